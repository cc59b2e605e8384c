package views

import (
	"fmt"

	"github.com/seachange/seachange/schema/types"
)

type trino struct{ plain }

func (trino) milliseconds(ms string) string { return "from_unixtime_nanos(" + ms + " * 1000000)" }
func (trino) instant(s string) string       { return "TRY(from_iso8601_timestamp(" + s + "))" }
func (trino) json(s string) string          { return when(s+" IS JSON", s) }

// of is the place as a path to what is of some type, or nothing.
func (trino) of(at place, condition string) string {
	return text("strict " + unquoted(at.dollar()) + " ? (" + condition + ")")
}

const (
	isText   = `@.type() == "string"`
	isNumber = `@.type() == "number"`
	isObject = `@.type() == "object"`
	isArray  = `@.type() == "array"`
)

func (d trino) string(at place, condition string) string {
	return fmt.Sprintf("json_value(%s, %s)", at.base, d.of(at, condition))
}

func (d trino) cast(at place, condition, to string) string {
	return fmt.Sprintf("TRY_CAST(%s AS %s)", d.string(at, condition), to)
}

func (d trino) scalar(at place, k types.Kind) string {
	switch k {
	case types.String:
		return d.string(at, isText)
	case types.Long:
		return d.cast(at, isNumber, "BIGINT")
	case types.Double:
		return d.cast(at, isNumber, "DOUBLE")
	case types.Boolean:
		return d.cast(at, `@.type() == "boolean"`, "BOOLEAN")
	case types.Timestamp:
		return d.instant(d.string(at, isText))
	}
	return fmt.Sprintf("json_query(%s, %s)", at.base, text("strict "+unquoted(at.dollar())))
}

func (d trino) id(at place) string { return d.string(at, isText+" || "+isNumber) }

func (d trino) object(at place, fields []field) string {
	row := "CAST(ROW(" + values(fields) + ") AS " + d.structOf(fields) + ")"
	return when(fmt.Sprintf("json_exists(%s, %s)", at.base, d.of(at, isObject)), row)
}

// list maps elements that are each JSON in a text.
func (d trino) list(at place, elem func(place) string, _ string) string {
	x := at.elem()
	json := place{base: "json_format(" + x.base + ")", depth: x.depth}
	return fmt.Sprintf("transform(TRY_CAST(TRY(json_parse(json_query(%s, %s))) AS ARRAY(JSON)), %s -> %s)",
		at.base, d.of(at, isArray), x.base, elem(json))
}

func (d trino) first(at place, member, is, wanted string) string {
	path := fmt.Sprintf(`lax %s[*] ? (@.%s == "%s").%s`, unquoted(at.dollar()), member, is, wanted)
	return fmt.Sprintf("json_value(%s, %s)", at.base, text(path))
}

func (trino) word(k types.Kind) string {
	return kinds(k, "VARCHAR", "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP(3) WITH TIME ZONE")
}

func (d trino) structOf(fields []field) string {
	return "ROW(" + typed(fields, d.quote) + ")"
}
func (trino) arrayOf(elem string) string { return "ARRAY(" + elem + ")" }

func (d trino) comments(view, doc string, columns []output) []string {
	return commented(d.quote, view, doc, columns)
}
