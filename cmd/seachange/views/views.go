// Package views writes the SQL of a lake: records with their types over the table of events, in an engine's words. It
// is pure.
package views

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

// Options say for whom the SQL is.
type Options struct {
	Engine   string // one of Engines
	Events   string // the table of events: bronze.events
	Versions string // a table of versions that is there; empty: a view of them is made
	Schema   string // in which the views are made: silver
	// Resources by name; none is all of which a document names the members.
	Resources []string
}

// Engines returns their names, in order.
func Engines() []string { return slices.Sorted(maps.Keys(dialects())) }

func dialects() map[string]dialect {
	return map[string]dialect{
		"bigquery": bigquery{}, "clickhouse": clickhouse{}, "duckdb": duckdb{}, "flink": flink{}, "snowflake": snowflake{},
		"spark": spark{}, "trino": trino{},
	}
}

// SQL returns statements that make the views, each ended by a semicolon: events and versions, of all records, and of
// each resource <resource>_events, <resource>_versions and <resource>, what is there now.
func SQL(o Options) (string, error) {
	d, ok := dialects()[o.Engine]
	if !ok {
		return "", fmt.Errorf("no engine %q: there are %s", o.Engine, strings.Join(Engines(), ", "))
	}
	w := writer{dialect: d, o: o}
	w.statement(d.makeSchema(o.Schema))
	w.events()
	if w.o.Versions == "" {
		w.o.Versions = o.Schema + ".versions"
		w.versions()
	}
	resources := o.Resources
	if len(resources) == 0 {
		for i := range schema.Catalog {
			if name := schema.Catalog[i].Name; len(types.Fields(name)) > 0 {
				resources = append(resources, name)
			}
		}
	}
	for _, r := range resources {
		row := schema.Lookup(r)
		if row == nil {
			return "", fmt.Errorf("no resource %q: seachange resources lists them", r)
		}
		w.resource(row)
	}
	return w.b.String(), nil
}

// writer writes statements.
type writer struct {
	dialect
	o Options
	b strings.Builder
}

func (w *writer) statement(sql string) {
	if sql != "" {
		fmt.Fprintf(&w.b, "%s;\n\n", sql)
	}
}

// output is a column of a view.
type output struct{ name, sql, doc string }

// view writes a view, of columns from a table or a query in brackets.
func (w *writer) view(name, doc string, columns []output, from string) {
	w.statement(w.header(w.o.Schema+"."+name, doc, columns) + "\n" + w.selected(columns) + "\n" + from)
	w.statement(strings.Join(w.comments(w.o.Schema+"."+name, doc, columns), ";\n"))
}

func (w *writer) selected(columns []output) string {
	lines := make([]string, len(columns))
	for i, c := range columns {
		comma := ","
		if i == len(columns)-1 {
			comma = ""
		}
		lines[i] = fmt.Sprintf("  %s AS %s%s", c.sql, w.quote(c.name), comma)
		if c.doc != "" && w.inlineComments() {
			lines[i] += " -- " + c.doc
		}
	}
	return "SELECT\n" + strings.Join(lines, "\n")
}

// events writes the view of all events.
func (w *writer) events() {
	columns := append([]output{{"resource", "v.resource", ""}}, w.eventColumns()...)
	from := fmt.Sprintf("FROM (SELECT %s FROM %s e) v", w.eventParts(), w.o.Events)
	w.view("events", "Every event of DigitalOcean's records; a delete has the record as it was", columns, from)
}

// resource writes a resource's views.
func (w *writer) resource(r *schema.Resource) {
	typed := w.columns(r)
	events := slices.Concat(w.eventColumns(), typed)
	from := fmt.Sprintf("FROM (SELECT %s, %s AS j FROM %s e WHERE %s = '%s') v",
		w.eventParts(), w.json(w.row("body")), w.o.Events, w.part("source", "table"), r.Name)
	w.view(r.Name+"_events", "Every event of "+r.Name+"; a delete has the record as it was", events, from)
	versions := slices.Concat(w.versionColumns(), typed)
	from = fmt.Sprintf("FROM (SELECT v.*, %s AS j FROM %s v WHERE v.resource = '%s') v",
		w.json("v.body"), w.o.Versions, r.Name)
	w.view(r.Name+"_versions", "Each of "+r.Name+" as it was, from when to when", versions, from)
	var now []output
	for _, c := range versions {
		if !strings.HasPrefix(c.name, "ended_") {
			now = append(now, output{c.name, w.quote(c.name), c.doc})
		}
	}
	from = fmt.Sprintf("FROM %s.%s_versions WHERE %s IS NULL", w.o.Schema, r.Name, w.quote("ended_before"))
	w.view(r.Name, "The "+r.Name+" that are there now", now, from)
}

// row is a column of an event's row: the one after it, or else the one before.
func (w *writer) row(column string) string {
	return fmt.Sprintf("coalesce(%s, %s)", w.part("after", column), w.part("before", column))
}

// eventParts are the columns of an event that its views and the versions are made of.
func (w *writer) eventParts() string {
	parts := []string{w.part("source", "db") + " AS account_id", w.part("source", "table") + " AS resource"}
	for _, c := range []string{"id", "urn", "parent_id", "name", "region", "created_at", "body", "body_sha256"} {
		parts = append(parts, fmt.Sprintf("%s AS %s", w.row(c), w.quote(c)))
	}
	parts = append(parts, "e.op AS op", w.part("source", "lsn")+" AS lsn",
		w.part("source", "prev_ts_ms")+" AS after_ms",
		w.part("source", "ts_ms")+" AS before_ms", "e.changes AS changes")
	return strings.Join(parts, ", ")
}

// described are columns of a view that has them, with the words of versionsColumns.
func (w *writer) described(names ...string) (all []output) {
	for _, c := range versionsColumns {
		if slices.Contains(names, c.name) {
			all = append(all, output{c.name, "v." + w.quote(c.name), c.doc})
		}
	}
	return all
}

func (w *writer) eventColumns() []output {
	row := w.described("account_id", "id", "urn", "parent_id", "name", "region")
	return append(row,
		output{"created_at", w.instant("v.created_at"), "as DigitalOcean says it"},
		output{"op", "v.op", "c created, u updated, d deleted, r first seen"},
		output{"lsn", "v.lsn", "the account's event number: the order of its events"},
		output{"changed_after", w.milliseconds("v.after_ms"), "the change happened after this; null when first seen"},
		output{"changed_before", w.milliseconds("v.before_ms"), "the change happened before this"},
		output{"changes", "v.changes", "what an update changed, as JSON"},
		output{"body", "v.body", "the record as DigitalOcean sent it, as JSON"})
}

func (w *writer) versionColumns() []output {
	return w.described("account_id", "id", "urn", "parent_id", "name", "region", "created_at", "op", "lsn",
		"valid_after", "valid_before", "ended_after", "ended_before", "body")
}

// columns are the members of a resource's records, with their types.
func (w *writer) columns(r *schema.Resource) []output {
	var taken []string
	for _, c := range slices.Concat(w.eventColumns(), w.versionColumns()) {
		taken = append(taken, c.name)
	}
	var all []output
	for _, c := range Columns(r, taken) {
		all = append(all, output{c.Name, w.value(place{base: "v.j"}.in(c.Member), c.Field.Name, c.Type), c.Doc})
	}
	return append(all, w.addresses(r)...)
}

// Column is a member of a resource's records as a column beside those of the row.
type Column struct {
	Name string // of the column; that of the member may be taken
	types.Field
}

// Columns returns the columns of a resource's members, beside columns whose names are taken: what the row has already
// has no second one, and a member that is called like another column is body_….
func Columns(r *schema.Resource, taken []string) (all []Column) {
	for _, f := range types.Fields(r.Name) {
		if (f.Name == "id" && r.Parent() == "") || (sameAsRow(f) && slices.Contains(taken, f.Name)) {
			continue
		}
		name := f.Name
		if slices.Contains(taken, strings.ToLower(name)) {
			name = "body_" + name
		}
		all = append(all, Column{name, f})
	}
	return all
}

// sameAsRow reports whether a member stands in a column of its own already.
func sameAsRow(f types.Field) bool {
	switch f.Name {
	case "name", "urn", "created_at":
		return f.Kind == types.String || f.Kind == types.Timestamp
	}
	return false
}

// addresses are of networks, which is a set: the place of an address in it means nothing.
func (w *writer) addresses(r *schema.Resource) (all []output) {
	top := types.Type{Kind: types.Struct, Fields: types.Fields(r.Name)}
	for _, version := range []string{"v4", "v6"} {
		list := "networks." + version
		if top.At(list+"[].ip_address") == nil || top.At(list+"[].type") == nil {
			continue
		}
		for _, kind := range []string{"public", "private"} {
			if version == "v6" && kind == "private" {
				continue
			}
			at := place{base: "v.j"}.in("networks").in(version)
			doc := fmt.Sprintf("the %s address of %s; networks is a set, in which places mean nothing", kind, list)
			all = append(all, output{kind + "_ip" + version, w.first(at, "type", kind, "ip_address"), doc})
		}
	}
	return all
}

// value is the SQL of a value of a type; null where what is there is of another type.
func (w *writer) value(at place, name string, t types.Type) string {
	switch t.Kind {
	case types.Struct:
		var fields []field
		for _, f := range t.Fields {
			fields = append(fields, field{f.Name, w.value(at.in(f.Member), f.Name, f.Type), w.typeOf(f.Name, f.Type)})
		}
		return w.object(at, fields)
	case types.Array:
		if t.Elem == nil {
			return w.scalar(at, types.JSON)
		}
		return w.list(at, func(elem place) string { return w.value(elem, name, *t.Elem) }, w.typeOf(name, *t.Elem))
	case types.Long:
		if IsID(name) {
			return w.id(at)
		}
	}
	return w.scalar(at, t.Kind)
}

// typeOf is a type in the engine's words.
func (w *writer) typeOf(name string, t types.Type) string {
	switch t.Kind {
	case types.Struct:
		var fields []field
		for _, f := range t.Fields {
			fields = append(fields, field{name: f.Name, kind: w.typeOf(f.Name, f.Type)})
		}
		return w.structOf(fields)
	case types.Array:
		if t.Elem == nil {
			return w.word(types.JSON)
		}
		return w.arrayOf(w.typeOf(name, *t.Elem))
	case types.Long:
		if IsID(name) {
			return w.word(types.String)
		}
	}
	return w.word(t.Kind)
}

// IsID reports whether a number names a record. Such are texts, as the ids of records are, so that the two join.
func IsID(name string) bool {
	return name == "id" || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids")
}

// place is where a value stands: in a JSON value, below some members.
type place struct {
	base  string
	path  []string
	depth int // of lists around it
}

func (p place) in(member string) place {
	return place{p.base, append(slices.Clone(p.path), member), p.depth}
}

// elem is the element of a list.
func (p place) elem() place {
	n := p.depth + 1
	return place{base: fmt.Sprintf("x%d", n), depth: n}
}

// dollar is the place as a JSON path, its members quoted: $."a"."b".
func (p place) dollar() string { return text("$" + p.steps(`."`, `"`)) }

// steps are the members of the path, each between two marks.
func (p place) steps(before, after string) string {
	var s strings.Builder
	for _, m := range p.path {
		s.WriteString(before + m + after)
	}
	return s.String()
}

// field is a member of a struct: its value, and its type in the engine's words.
type field struct{ name, sql, kind string }

// text is a literal.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// when is the value where a condition holds, else null.
func when(condition, value string) string {
	return fmt.Sprintf("CASE WHEN %s THEN %s END", condition, value)
}
