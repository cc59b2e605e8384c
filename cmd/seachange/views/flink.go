package views

import (
	"fmt"
	"strings"

	"github.com/seachange/seachange/schema/types"
)

// flink has no types of JSON values, and no lambdas: a number in a text counts as a number, and a list of anything but
// scalars stays a text.
type flink struct{ backquoted }

func (flink) makeSchema(name string) string { return "CREATE DATABASE IF NOT EXISTS " + name }
func (flink) milliseconds(ms string) string { return "TO_TIMESTAMP_LTZ(" + ms + ", 3)" }
func (flink) instant(s string) string {
	return fmt.Sprintf("TRY_CAST(REPLACE(REPLACE(%s, 'T', ' '), 'Z', '') AS TIMESTAMP(3))", s)
}
func (flink) json(s string) string { return when(s+" IS JSON", s) }
func (flink) path(at place) string { return text("$" + at.steps(".", "")) }

func (d flink) string(at place) string { return fmt.Sprintf("JSON_VALUE(%s, %s)", at.base, d.path(at)) }

func (d flink) scalar(at place, k types.Kind) string {
	switch k {
	case types.String:
		return d.string(at)
	case types.Timestamp:
		return d.instant(d.string(at))
	case types.JSON:
		return fmt.Sprintf("JSON_QUERY(%s, %s)", at.base, d.path(at))
	}
	return fmt.Sprintf("TRY_CAST(%s AS %s)", d.string(at), d.word(k))
}

func (d flink) id(at place) string { return d.string(at) }

func (d flink) object(at place, fields []field) string {
	row := "CAST(ROW(" + values(fields) + ") AS " + d.structOf(fields) + ")"
	return when(fmt.Sprintf("JSON_QUERY(%s, %s) LIKE '{%%'", at.base, d.path(at)), row)
}

func (d flink) list(at place, _ func(place) string, kind string) string {
	if kind == "STRING" {
		return fmt.Sprintf("JSON_QUERY(%s, %s RETURNING ARRAY<STRING>)", at.base, d.path(at))
	}
	return fmt.Sprintf("JSON_QUERY(%s, %s)", at.base, d.path(at))
}

func (d flink) first(at place, member, is, wanted string) string {
	path := fmt.Sprintf(`%s[?(@.%s == "%s")].%s`, unquoted(d.path(at)), member, is, wanted)
	return fmt.Sprintf("JSON_QUERY(%s, %s RETURNING ARRAY<STRING>)[1]", at.base, text(path))
}

func (flink) word(k types.Kind) string {
	return kinds(k, "STRING", "STRING", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP(3)")
}

func (d flink) structOf(fields []field) string {
	return "ROW<" + typed(fields, d.quote) + ">"
}

func (flink) arrayOf(elem string) string {
	if elem == "STRING" {
		return "ARRAY<STRING>"
	}
	return "STRING"
}

func (d flink) header(view, doc string, columns []output) string {
	var names []string
	for _, c := range columns {
		names = append(names, d.quote(c.name))
	}
	return fmt.Sprintf("CREATE VIEW IF NOT EXISTS %s (%s) COMMENT %s AS", view, strings.Join(names, ", "), text(doc))
}
func (flink) inlineComments() bool { return true }
func (flink) parent(id string) string {
	return fmt.Sprintf("REGEXP_REPLACE(%s, '/?[^/]*$', '')", id)
}
