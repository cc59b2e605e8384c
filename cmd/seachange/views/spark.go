package views

import (
	"fmt"
	"strings"

	"github.com/seachange/seachange/schema/types"
)

type spark struct{ backquoted }

func (spark) makeSchema(name string) string { return "CREATE NAMESPACE IF NOT EXISTS " + name }
func (spark) milliseconds(ms string) string { return "timestamp_millis(" + ms + ")" }
func (spark) instant(s string) string       { return "try_to_timestamp(" + s + ")" }
func (spark) json(s string) string          { return "try_parse_json(" + s + ")" }
func (spark) path(at place) string          { return text("$" + at.steps(`["`, `"]`)) }

func (d spark) get(at place, kind string) string {
	return fmt.Sprintf("try_variant_get(%s, %s, '%s')", at.base, d.path(at), kind)
}

// kind is what is there: BIGINT, DECIMAL(2,1), DOUBLE, BOOLEAN, STRING, OBJECT<…>, ARRAY<…>.
func (d spark) kind(at place) string { return "schema_of_variant(" + d.get(at, "variant") + ")" }

func (d spark) scalar(at place, k types.Kind) string {
	switch k {
	case types.String:
		return when(d.kind(at)+" = 'STRING'", d.get(at, "string"))
	case types.Long:
		return when(d.kind(at)+" = 'BIGINT'", d.get(at, "bigint"))
	case types.Double:
		return when(fmt.Sprintf("substr(%s, 1, 3) IN ('BIG', 'DEC', 'DOU')", d.kind(at)), d.get(at, "double"))
	case types.Boolean:
		return when(d.kind(at)+" = 'BOOLEAN'", d.get(at, "boolean"))
	case types.Timestamp:
		return when(d.kind(at)+" = 'STRING'", d.instant(d.get(at, "string")))
	}
	return when(d.kind(at)+" <> 'VOID'", "to_json("+d.get(at, "variant")+")")
}

func (d spark) id(at place) string {
	return when(d.kind(at)+" IN ('STRING', 'BIGINT') OR "+d.kind(at)+" LIKE 'DECIMAL(%,0)'", d.get(at, "string"))
}

func (d spark) object(at place, fields []field) string {
	return when(d.kind(at)+" LIKE 'OBJECT<%'", "named_struct("+members(fields, func(f field) string {
		return text(f.name) + ", " + f.sql
	})+")")
}

func (d spark) list(at place, elem func(place) string, _ string) string {
	x := at.elem()
	return when(d.kind(at)+" LIKE 'ARRAY<%'",
		fmt.Sprintf("transform(%s, %s -> %s)", d.get(at, "array<variant>"), x.base, elem(x)))
}

func (d spark) first(at place, member, is, wanted string) string {
	return fmt.Sprintf("try_variant_get(get(filter(%s, "+
		"x -> try_variant_get(x, '$.%s', 'string') = '%s'), 0), '$.%s', 'string')",
		d.get(at, "array<variant>"), member, is, wanted)
}

func (spark) word(k types.Kind) string {
	return kinds(k, "STRING", "STRING", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP")
}

func (d spark) structOf(fields []field) string {
	return "STRUCT<" + members(fields, func(f field) string { return d.quote(f.name) + ": " + f.kind }) + ">"
}
func (spark) arrayOf(elem string) string { return "ARRAY<" + elem + ">" }

func (d spark) header(view, doc string, columns []output) string {
	return listed(d.quote, view, columns, func(doc string) string { return "COMMENT " + escaped(doc) },
		"\nCOMMENT "+escaped(doc))
}

// escaped is a literal where backslashes escape.
func escaped(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
