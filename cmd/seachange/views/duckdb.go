package views

import (
	"fmt"

	"github.com/seachange/seachange/schema/types"
)

type duckdb struct{ plain }

func (duckdb) milliseconds(ms string) string { return "epoch_ms(" + ms + ")" }
func (duckdb) instant(s string) string {
	return fmt.Sprintf("make_timestamp(epoch_us(TRY_CAST(%s AS TIMESTAMPTZ)))", s)
}
func (duckdb) json(s string) string { return when(fmt.Sprintf("json_valid(%s)", s), s) }

func (duckdb) is(at place, kinds string) string {
	return fmt.Sprintf("json_type(%s, %s) IN (%s)", at.base, at.dollar(), kinds)
}

func (duckdb) string(at place) string {
	return fmt.Sprintf("json_extract_string(%s, %s)", at.base, at.dollar())
}

func (d duckdb) cast(at place, kinds, to string) string {
	return when(d.is(at, kinds), fmt.Sprintf("TRY_CAST(%s AS %s)", d.string(at), to))
}

func (d duckdb) scalar(at place, k types.Kind) string {
	switch k {
	case types.String:
		return when(d.is(at, "'VARCHAR'"), d.string(at))
	case types.Long:
		return d.cast(at, "'BIGINT', 'UBIGINT'", "BIGINT")
	case types.Double:
		return d.cast(at, "'BIGINT', 'UBIGINT', 'DOUBLE'", "DOUBLE")
	case types.Boolean:
		return d.cast(at, "'BOOLEAN'", "BOOLEAN")
	case types.Timestamp:
		return when(d.is(at, "'VARCHAR'"), d.instant(d.string(at)))
	}
	return when(fmt.Sprintf("json_type(%s, %s) <> 'NULL'", at.base, at.dollar()),
		fmt.Sprintf("json_extract(%s, %s)", at.base, at.dollar()))
}

func (d duckdb) id(at place) string {
	return when(d.is(at, "'VARCHAR', 'BIGINT', 'UBIGINT'"), d.string(at))
}

func (d duckdb) object(at place, fields []field) string {
	return when(d.is(at, "'OBJECT'"), "struct_pack("+members(fields, func(f field) string {
		return d.quote(f.name) + " := " + f.sql
	})+")")
}

func (d duckdb) list(at place, elem func(place) string, _ string) string {
	x := at.elem()
	return when(d.is(at, "'ARRAY'"), fmt.Sprintf("list_transform(json_extract(%s, %s), lambda %s: %s)",
		at.base, text(unquoted(at.dollar())+"[*]"), x.base, elem(x)))
}

func (d duckdb) first(at place, member, is, wanted string) string {
	return fmt.Sprintf("json_extract_string(list_filter(json_extract(%s, %s), "+
		"lambda x: json_extract_string(x, '$.%s') = '%s')[1], '$.%s')",
		at.base, text(unquoted(at.dollar())+"[*]"), member, is, wanted)
}

// unquoted is a literal's text.
func unquoted(literal string) string { return literal[1 : len(literal)-1] }

func (duckdb) word(k types.Kind) string {
	return kinds(k, "JSON", "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP")
}

func (d duckdb) structOf(fields []field) string {
	return "STRUCT(" + typed(fields, d.quote) + ")"
}
func (duckdb) arrayOf(elem string) string { return elem + "[]" }

func (d duckdb) comments(view, doc string, columns []output) []string {
	return commented(d.quote, view, doc, columns)
}
