package schema_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/schema"
)

// TestContractNoticesEveryBrokenRow breaks each row in every way that a slip of the pen would, one at a time.
func TestContractNoticesEveryBrokenRow(t *testing.T) {
	c := readContract(t)
	n := 0
	for i := range schema.Catalog {
		for what, broken := range mutants(&schema.Catalog[i]) {
			rows := slices.Clone(schema.Catalog)
			rows[i] = broken
			n++
			// its own row and its parent tell of most, quickly
			if len(violations(rows, c, broken.Name, broken.Parent())) == 0 && len(violations(rows, c)) == 0 {
				t.Errorf("%s with %s: nothing noticed", schema.Catalog[i].Name, what)
			}
		}
	}
	if n < 500 {
		t.Errorf("%d mutants, want at least 500", n)
	}
}

// mutants returns broken copies of a row, by what was done to them.
func mutants(r *schema.Resource) map[string]schema.Resource {
	all := map[string]schema.Resource{}
	change := func(what string, f func(*schema.Resource)) {
		m := *r
		m.FieldScopes = maps.Clone(r.FieldScopes)
		f(&m)
		all[what] = m
	}
	for what, member := range map[string]func(*schema.Resource) *string{
		"name":     func(m *schema.Resource) *string { return &m.Name },
		"path":     func(m *schema.Resource) *string { return &m.Path },
		"query":    func(m *schema.Resource) *string { return &m.Query },
		"items":    func(m *schema.Resource) *string { return &m.Items },
		"id":       func(m *schema.Resource) *string { return &m.ID },
		"born":     func(m *schema.Resource) *string { return &m.Born },
		"clock":    func(m *schema.Resource) *string { return &m.Clock },
		"embed":    func(m *schema.Resource) *string { return &m.Embed },
		"urn":      func(m *schema.Resource) *string { return &m.URN },
		"title":    func(m *schema.Resource) *string { return &m.Title },
		"scope":    func(m *schema.Resource) *string { return &m.Scope },
		"group":    func(m *schema.Resource) *string { return &m.Group },
		"get":      func(m *schema.Resource) *string { return &m.Get },
		"revision": func(m *schema.Resource) *string { return &m.Revision },
		"API":      func(m *schema.Resource) *string { return &m.API },
		"open":     func(m *schema.Resource) *string { return (*string)(&m.Open) },
		"when":     func(m *schema.Resource) *string { return (*string)(&m.When) },
	} {
		change("another "+what, func(m *schema.Resource) { *member(m) += "x" })
		if *member(r) != "" {
			change("no "+what, func(m *schema.Resource) { *member(m) = "" })
		}
	}
	change("another kind", func(m *schema.Resource) { m.Kind = (m.Kind + 1) % 4 })
	change("another absence", func(m *schema.Resource) { m.Absent = (m.Absent + 1) % 4 })
	change("other pages", func(m *schema.Resource) { m.PerPage = -1 - m.PerPage })
	change("another minimum interval", func(m *schema.Resource) { m.MinInterval += time.Minute })
	change("what is seen of it the other way", func(m *schema.Resource) { m.Filtered = !m.Filtered })
	change("whose it is the other way", func(m *schema.Resource) { m.Global = !m.Global })
	for what, member := range map[string]func(*schema.Resource) *schema.Paths{
		"mask":    func(m *schema.Resource) *schema.Paths { return &m.Mask },
		"set":     func(m *schema.Resource) *schema.Paths { return &m.Sets },
		"ignored": func(m *schema.Resource) *schema.Paths { return &m.Ignore },
		"only":    func(m *schema.Resource) *schema.Paths { return &m.Only },
		"pii":     func(m *schema.Resource) *schema.Paths { return &m.PII },
	} {
		breakPaths(what, *member(r),
			func(how string, p schema.Paths) { change(how, func(m *schema.Resource) { *member(m) = p }) })
	}
	for resource, paths := range r.FieldScopes {
		breakPaths("field scope "+resource, paths, func(how string, p schema.Paths) {
			change(how, func(m *schema.Resource) { m.FieldScopes[resource] = p })
		})
	}
	for what := range r.Why {
		change("no reason for "+what, func(m *schema.Resource) { m.Why = maps.Clone(r.Why); delete(m.Why, what) })
	}
	needless := append([]string{"id"}, departing...)
	if what := needless[len(r.Name)%len(needless)]; r.Why[what] == "" && r.API == "" { // one a row: they are many
		change("a reason for "+what, func(m *schema.Resource) { m.Why = union(map[string]string{what: "none"}, r.Why) })
	}
	for _, p := range []schema.Paths{"id", "name", "status"} {
		if schema.Known(r.Name).Has(string(p)) && !slices.Contains(strings.Fields(string(r.Ignore)), string(p)) {
			change("ignored "+string(p), func(m *schema.Resource) { m.Ignore += " " + p })
		}
	}
	return all
}

// breakPaths loses each of the paths, misspells it, and gives it a key that it doesn't have.
func breakPaths(what string, paths schema.Paths, try func(how string, p schema.Paths)) {
	list := strings.Fields(string(paths))
	for i, p := range list {
		for how, broken := range map[string]string{
			"lost ": "", "misspelt ": p + "x", "keyed ": strings.TrimRight(p, "]") + "[other]",
		} {
			others := slices.Clone(list)
			others[i] = broken
			try(how+what+" "+p, schema.Paths(strings.Join(others, " ")))
		}
	}
}
