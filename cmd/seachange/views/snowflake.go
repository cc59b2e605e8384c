package views

import (
	"fmt"
	"strings"

	"github.com/seachange/seachange/schema/types"
)

type snowflake struct{ plain }

func (snowflake) part(column, name string) string {
	kind := "VARCHAR"
	if name == "lsn" || name == "ts_ms" || name == "prev_ts_ms" {
		kind = "NUMBER"
	}
	return fmt.Sprintf(`e.%s:"%s"::%s`, column, name, kind)
}
func (snowflake) quote(name string) string      { return name }
func (snowflake) milliseconds(ms string) string { return "TO_TIMESTAMP_NTZ(" + ms + ", 3)" }
func (snowflake) instant(s string) string       { return "TRY_TO_TIMESTAMP_TZ(" + s + ")" }
func (snowflake) json(s string) string          { return "TRY_PARSE_JSON(" + s + ")" }

// get is v:"a"."b".
func (snowflake) get(at place) string {
	return at.base + strings.Replace(at.steps(`."`, `"`), ".", ":", 1)
}

func (d snowflake) cast(at place, is, to string) string {
	return when(fmt.Sprintf("TYPEOF(%s) IN (%s)", d.get(at), is), d.get(at)+"::"+to)
}

func (d snowflake) scalar(at place, k types.Kind) string {
	switch k {
	case types.String:
		return d.cast(at, "'VARCHAR'", "VARCHAR")
	case types.Long:
		return d.cast(at, "'INTEGER'", "NUMBER(38, 0)")
	case types.Double:
		return d.cast(at, "'INTEGER', 'DECIMAL', 'DOUBLE'", "DOUBLE")
	case types.Boolean:
		return d.cast(at, "'BOOLEAN'", "BOOLEAN")
	case types.Timestamp:
		return when(fmt.Sprintf("TYPEOF(%s) = 'VARCHAR'", d.get(at)), d.instant(d.get(at)+"::VARCHAR"))
	}
	return when(fmt.Sprintf("TYPEOF(%s) <> 'NULL_VALUE'", d.get(at)), d.get(at))
}

func (d snowflake) id(at place) string { return d.cast(at, "'VARCHAR', 'INTEGER'", "VARCHAR") }

func (d snowflake) object(at place, fields []field) string {
	return when(fmt.Sprintf("TYPEOF(%s) = 'OBJECT'", d.get(at)),
		"OBJECT_CONSTRUCT_KEEP_NULL("+members(fields, func(f field) string { return text(f.name) + ", " + f.sql })+")")
}

func (d snowflake) list(at place, elem func(place) string, _ string) string {
	x := at.elem()
	return when(fmt.Sprintf("TYPEOF(%s) = 'ARRAY'", d.get(at)),
		fmt.Sprintf("TRANSFORM(%s::ARRAY, %s -> %s)", d.get(at), x.base, elem(x)))
}

func (d snowflake) first(at place, member, is, wanted string) string {
	return fmt.Sprintf(`FILTER(%s::ARRAY, x -> x:"%s"::VARCHAR = '%s')[0]:"%s"::VARCHAR`, d.get(at), member, is, wanted)
}

func (snowflake) word(k types.Kind) string {
	return kinds(k, "VARIANT", "VARCHAR", "NUMBER(38, 0)", "DOUBLE", "BOOLEAN", "TIMESTAMP_TZ")
}
func (snowflake) structOf([]field) string { return "OBJECT" }
func (snowflake) arrayOf(string) string   { return "ARRAY" }

func (d snowflake) header(view, doc string, columns []output) string {
	return listed(d.quote, view, columns, func(doc string) string { return "COMMENT " + escaped(doc) },
		"\nCOMMENT = "+escaped(doc))
}
func (snowflake) parent(id string) string { return "REGEXP_REPLACE(" + id + ", '/?[^/]*$', '')" }
