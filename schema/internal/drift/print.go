package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

func (r *Report) print(w io.Writer, format string) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r)
	case "pr":
		return r.pullRequest(w)
	}
	return r.text(w)
}

// name is what was read.
func (r *Report) name() string {
	var names []string
	if r.Godo != "" {
		names = append(names, fmt.Sprintf("godo %s (%s)", r.Godo, r.Day))
	}
	if r.Document != "" {
		names = append(names, r.Document)
	}
	return cmp.Or(strings.Join(names, " and "), "godo's source")
}

// section is a part of the report: a title, what is to be done, and a line an entry, its columns parted by tabs.
type section struct {
	title, todo string
	lines       []string
}

func (r *Report) sections() []section {
	s := []section{
		{"Listings without a row or a reason", "add the row, or the reason why there is none to " +
			"schema/testdata/without.txt", nil},
		{"GETs that list nothing", "what makes or shows a credential goes on the never-called list, else give the " +
			"reason in the same file", nil},
		{
			"Members without a decision", "secret: Mask or Show; personal: PII; set: Sets; noise: Ignore; partial: Partial",
			nil,
		},
		{"New values of known members", "look whether one of them opens, closes or deletes", nil},
		{"Scopes that moved", "change the row's Scope, and tell operators in CHANGELOG.md", nil},
		{"Offered no more", "look whether the path was renamed; a row is never renamed", nil},
		{"Not understood", "methods of godo whose source doesn't show what they ask for: look at them by hand", nil},
	}
	add := func(i int, columns ...string) { s[i].lines = append(s[i].lines, strings.Join(columns, "\t")) }
	for _, l := range r.Listings {
		add(0, l.Path, l.Items, strings.Join(l.Methods, " "))
	}
	for _, l := range r.Others {
		add(1, l.Path, strings.Join(l.Methods, " "))
	}
	for _, m := range r.Members {
		add(2, m.Resource, m.Path, m.Type, m.Question)
	}
	for _, v := range r.Values {
		add(3, v.Resource, v.Path, strings.Join(v.Values, " "), v.Why)
	}
	for _, v := range r.Scopes {
		add(4, v.Resource, v.Was, strings.Join(v.Is, " or "))
	}
	for _, v := range r.Gone {
		add(5, v.Resource, v.Path, "in the "+v.From)
	}
	for _, v := range r.Unread {
		add(6, v)
	}
	return s
}

func (r *Report) text(w io.Writer) error {
	if r.Empty() {
		_, err := fmt.Fprintf(w, "%s: nothing that the catalogue doesn't know\n", r.name())
		return err
	}
	fmt.Fprintf(w, "%s has what the catalogue doesn't know:\n", r.name())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range r.sections() {
		if len(s.lines) == 0 {
			continue
		}
		fmt.Fprintf(table, "\n%s: %d\n", s.title, len(s.lines))
		for _, line := range s.lines {
			fmt.Fprintln(table, "  "+line)
		}
	}
	return table.Flush()
}

// pullRequest writes the body of a pull request, nothing if there is nothing to decide.
func (r *Report) pullRequest(w io.Writer) error {
	if r.Empty() {
		return nil
	}
	fmt.Fprintf(w, "%s has what the catalogue doesn't know. This takes it in: the contract test asks for what is left to "+
		"decide.\n", r.name())
	for _, s := range r.sections() {
		if len(s.lines) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n## %s\n\nTo do: %s.\n\n", s.title, s.todo)
		for _, line := range s.lines {
			fmt.Fprintf(w, "- [ ] %s\n", strings.Join(strings.FieldsFunc(line, func(c rune) bool { return c == '\t' }), " · "))
		}
	}
	if len(r.Listings) > 0 {
		fmt.Fprint(w, "\n## Rows to begin with\n\nAdd what holds to the schema's catalogue, then run `go generate ./schema`.\n\n```go\n")
		for _, l := range r.Listings {
			fmt.Fprintln(w, l.Row)
		}
		fmt.Fprint(w, "```\n")
	}
	_, err := fmt.Fprintln(w, "\nNothing here was called: godo's structs are shared by requests and answers, so a member "+
		"may never show.")
	return err
}
