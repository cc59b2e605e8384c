package views

import (
	"fmt"
	"strings"

	"github.com/seachange/seachange/schema/types"
)

// dialect is what engines say in different words.
type dialect interface {
	makeSchema(name string) string
	quote(name string) string
	part(column, member string) string // a member of a struct of an event
	milliseconds(ms string) string     // since 1970, as a timestamp
	instant(text string) string        // RFC 3339, as a timestamp
	json(text string) string           // what the others take members out of; null, or nothing, if it is no JSON

	scalar(at place, kind types.Kind) string
	id(at place) string // a text or a whole number, as a text
	object(at place, fields []field) string
	list(at place, elem func(place) string, kind string) string
	first(list place, member, is, wanted string) string // of the first element whose member is so

	word(kind types.Kind) string
	structOf(fields []field) string
	arrayOf(elem string) string

	header(view, doc string, columns []output) string
	comments(view, doc string, columns []output) []string // statements
	inlineComments() bool
	parent(id string) string // the ids of the records that it is below
}

// plain is what most engines have in common.
type plain struct{}

func (plain) makeSchema(name string) string   { return "CREATE SCHEMA IF NOT EXISTS " + name }
func (plain) quote(name string) string        { return `"` + name + `"` }
func (plain) part(column, name string) string { return fmt.Sprintf(`e.%s."%s"`, column, name) }
func (plain) inlineComments() bool            { return false }
func (plain) header(view, _ string, _ []output) string {
	return "CREATE OR REPLACE VIEW " + view + " AS"
}
func (plain) comments(string, string, []output) []string { return nil }
func (plain) parent(id string) string {
	return fmt.Sprintf("coalesce(regexp_extract(%s, '^(.*)/[^/]*$', 1), '')", id)
}

// backquoted is plain, with other quotes around names.
type backquoted struct{ plain }

func (backquoted) quote(name string) string        { return "`" + name + "`" }
func (backquoted) part(column, name string) string { return fmt.Sprintf("e.%s.`%s`", column, name) }

// commented are statements that comment on a view and its columns.
func commented(quote func(string) string, view, doc string, columns []output) []string {
	all := []string{fmt.Sprintf("COMMENT ON VIEW %s IS %s", view, text(doc))}
	for _, c := range columns {
		if c.doc != "" {
			all = append(all, fmt.Sprintf("COMMENT ON COLUMN %s.%s IS %s", view, quote(c.name), text(c.doc)))
		}
	}
	return all
}

// listed is a view's header with its columns and their comments, written by comment.
func listed(
	quote func(string) string, view string, columns []output, comment func(doc string) string, after string,
) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE OR REPLACE VIEW %s (\n", view)
	for i, c := range columns {
		b.WriteString("  " + quote(c.name))
		if c.doc != "" {
			b.WriteString(" " + comment(c.doc))
		}
		if i < len(columns)-1 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString(")" + after + " AS")
	return b.String()
}

// members writes fields, with commas between them.
func members(fields []field, write func(field) string) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = write(f)
	}
	return strings.Join(parts, ", ")
}

// values are the fields' values.
func values(fields []field) string { return members(fields, func(f field) string { return f.sql }) }

// typed are the fields' names, each with its type.
func typed(fields []field, quote func(string) string) string {
	return members(fields, func(f field) string { return quote(f.name) + " " + f.kind })
}

// kinds maps the kinds of types to an engine's words, in their order: JSON, String, Long, Double, Boolean, Timestamp.
func kinds(k types.Kind, words ...string) string { return words[k] }
