package views

import (
	"fmt"
	"strings"

	"github.com/seachange/seachange/schema/types"
)

// clickhouse has neither null lists nor null structs: they are empty, and structs of nulls.
type clickhouse struct{ backquoted }

func (clickhouse) makeSchema(name string) string { return "CREATE DATABASE IF NOT EXISTS " + name }

// part makes what is never null one that may be: else lag and lead say 0 where there is none.
func (clickhouse) part(column, name string) string {
	return fmt.Sprintf("toNullable(e.%s.`%s`)", column, name)
}

func (clickhouse) milliseconds(ms string) string {
	return "fromUnixTimestamp64Milli(" + ms + ", 'UTC')"
}

func (clickhouse) instant(s string) string {
	return fmt.Sprintf("parseDateTime64BestEffortOrNull(%s, 3, 'UTC')", s)
}
func (clickhouse) json(s string) string { return "ifNull(" + s + ", '')" }

// args are the arguments of a function on a place.
func (clickhouse) args(at place) string {
	args := []string{at.base}
	for _, m := range at.path {
		args = append(args, text(m))
	}
	return strings.Join(args, ", ")
}

func (d clickhouse) cast(at place, is, value string) string {
	return fmt.Sprintf("if(JSONType(%s) IN (%s), %s, NULL)", d.args(at), is, value)
}

func (d clickhouse) scalar(at place, k types.Kind) string {
	a := d.args(at)
	switch k {
	case types.String:
		return d.cast(at, "'String'", "JSONExtractString("+a+")")
	case types.Long:
		return d.cast(at, "'Int64', 'UInt64'", "toInt64OrNull(JSONExtractRaw("+a+"))")
	case types.Double:
		return d.cast(at, "'Int64', 'UInt64', 'Double'", "toFloat64OrNull(JSONExtractRaw("+a+"))")
	case types.Boolean:
		return d.cast(at, "'Bool'", "CAST(JSONExtractBool("+a+") AS Bool)")
	case types.Timestamp:
		return d.cast(at, "'String'", d.instant("JSONExtractString("+a+")"))
	}
	return "nullIf(nullIf(JSONExtractRaw(" + a + "), ''), 'null')"
}

func (d clickhouse) id(at place) string {
	a := d.args(at)
	return fmt.Sprintf("multiIf(JSONType(%s) = 'String', JSONExtractString(%s), "+
		"JSONType(%s) IN ('Int64', 'UInt64'), JSONExtractRaw(%s), NULL)", a, a, a, a)
}

func (d clickhouse) object(_ place, fields []field) string {
	return "CAST(tuple(" + values(fields) + ") AS " + d.structOf(fields) + ")"
}

func (d clickhouse) list(at place, elem func(place) string, _ string) string {
	x := at.elem()
	return fmt.Sprintf("arrayMap(%s -> %s, JSONExtractArrayRaw(%s))", x.base, elem(x), d.args(at))
}

func (d clickhouse) first(at place, member, is, wanted string) string {
	return fmt.Sprintf("nullIf(JSONExtractString(arrayFirst("+
		"x -> JSONExtractString(x, '%s') = '%s', JSONExtractArrayRaw(%s)), '%s'), '')", member, is, d.args(at), wanted)
}

func (clickhouse) word(k types.Kind) string {
	return "Nullable(" + kinds(k, "String", "String", "Int64", "Float64", "Bool", "DateTime64(3, 'UTC')") + ")"
}

func (d clickhouse) structOf(fields []field) string {
	return "Tuple(" + typed(fields, d.quote) + ")"
}
func (clickhouse) arrayOf(elem string) string { return "Array(" + elem + ")" }
func (clickhouse) inlineComments() bool       { return true }
func (clickhouse) parent(id string) string    { return "replaceRegexpOne(" + id + ", '/?[^/]*$', '')" }
