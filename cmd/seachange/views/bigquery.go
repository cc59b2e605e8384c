package views

import (
	"fmt"
	"strings"

	"github.com/seachange/seachange/schema/types"
)

type bigquery struct{ backquoted }

func (bigquery) milliseconds(ms string) string { return "TIMESTAMP_MILLIS(" + ms + ")" }
func (bigquery) instant(s string) string       { return "SAFE_CAST(" + s + " AS TIMESTAMP)" }
func (bigquery) json(s string) string {
	return "SAFE.PARSE_JSON(" + s + ", wide_number_mode => 'round')"
}

func (bigquery) get(at place) string { return at.base + at.steps(".`", "`") }

func (d bigquery) cast(at place, is, value string) string {
	return fmt.Sprintf("IF(JSON_TYPE(%s) = '%s', %s(%s), NULL)", d.get(at), is, value, d.get(at))
}

func (d bigquery) scalar(at place, k types.Kind) string {
	switch k {
	case types.String:
		return d.cast(at, "string", "SAFE.STRING")
	case types.Long:
		return d.cast(at, "number", "SAFE.INT64")
	case types.Double:
		return d.cast(at, "number", "SAFE.FLOAT64")
	case types.Boolean:
		return d.cast(at, "boolean", "SAFE.BOOL")
	case types.Timestamp:
		return d.instant(d.cast(at, "string", "SAFE.STRING"))
	}
	return d.get(at)
}

func (d bigquery) id(at place) string {
	return fmt.Sprintf("IF(JSON_TYPE(%s) IN ('string', 'number'), LAX_STRING(%s), NULL)", d.get(at), d.get(at))
}

func (d bigquery) object(at place, fields []field) string {
	return fmt.Sprintf("IF(JSON_TYPE(%s) = 'object', STRUCT(%s), NULL)", d.get(at),
		members(fields, func(f field) string { return f.sql + " AS " + d.quote(f.name) }))
}

// A list can't hold nulls, nor lists.
func (d bigquery) list(at place, elem func(place) string, kind string) string {
	if kind == "JSON" || strings.HasPrefix(kind, "ARRAY<") {
		return "JSON_QUERY_ARRAY(" + d.get(at) + ")"
	}
	x := at.elem()
	return fmt.Sprintf("ARRAY(SELECT y FROM (SELECT %s AS y FROM UNNEST(JSON_QUERY_ARRAY(%s)) AS %s) "+
		"WHERE y IS NOT NULL)",
		elem(x), d.get(at), x.base)
}

func (d bigquery) first(at place, member, is, wanted string) string {
	return fmt.Sprintf("(SELECT LAX_STRING(x.%s) FROM UNNEST(JSON_QUERY_ARRAY(%s)) AS x "+
		"WHERE LAX_STRING(x.%s) = '%s' LIMIT 1)",
		d.quote(wanted), d.get(at), d.quote(member), is)
}

func (bigquery) word(k types.Kind) string {
	return kinds(k, "JSON", "STRING", "INT64", "FLOAT64", "BOOL", "TIMESTAMP")
}

func (d bigquery) structOf(fields []field) string {
	return "STRUCT<" + typed(fields, d.quote) + ">"
}
func (bigquery) arrayOf(elem string) string { return "ARRAY<" + elem + ">" }

func (d bigquery) header(view, doc string, columns []output) string {
	option := func(doc string) string { return "OPTIONS (description = " + escaped(doc) + ")" }
	return listed(d.quote, view, columns, option, "\n"+option(doc))
}
func (bigquery) parent(id string) string { return "REGEXP_REPLACE(" + id + ", r'/?[^/]*$', '')" }
