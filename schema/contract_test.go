package schema_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/internal/apidoc"
)

// contract is what DigitalOcean's document, and its review, say about the catalogue's resources.
type contract struct {
	GETs      map[string]string       `json:"gets"`    // as the document spells them, each with the document that it is known since
	Never     map[string]string       `json:"never"`   // what makes or shows a credential, and why
	Engines   []string                `json:"engines"` // of databases
	Later     []laterFact             `json:"later"`   // GETs that the document lacks, each with the release of godo that it is known since
	Resources map[string]resourceFact `json:"resources"`
}

// laterFact is a GET that came after the document: what was decided about it, and why.
type laterFact struct {
	Path    string `json:"path"`
	Since   string `json:"since"`
	Verdict string `json:"verdict,omitempty"` // resource, get of a resource, excluded; empty: the rows, and reasons, say it
	Name    string `json:"name,omitempty"`
	Why     string `json:"why,omitempty"`
}

type resourceFact struct {
	Path        string              `json:"path"`
	Kind        string              `json:"kind"`
	Items       string              `json:"items"`
	ID          string              `json:"id"`
	Paged       bool                `json:"paged"`
	Query       []string            `json:"query"`
	Scopes      []string            `json:"scopes"`
	GetScopes   []string            `json:"get_scopes"` // of the GET by id
	FieldScopes map[string][]string `json:"field_scopes"`
	Secrets     []secretFact        `json:"secrets"`
	Volatile    []string            `json:"volatile"`
	Projected   []string            `json:"projected"` // of Volatile: whole objects of others, of which one member counts
	Sets        []keyedRow          `json:"sets"`      // without a key: the whole element
	Ordered     []string            `json:"ordered"`
	PII         []string            `json:"pii"`
	AvoidWith   string              `json:"avoid_with"`

	// Asked is what is to be decided about members that godo alone has: "set", "noise", "secret", "personal".
	Asked map[string]string `json:"asked,omitempty"`
	// Since is the release of godo that brought the listing, where DigitalOcean's document doesn't have it.
	Since string `json:"since,omitempty"`
	// Decided has what the row sets and no document can know, so that a change of it is noticed.
	Decided map[string]string `json:"decided,omitempty"`
	// Row has all that the row sets where no document, or no review, has the listing.
	Row map[string]string `json:"row,omitempty"`
}

type secretFact struct {
	Path  string `json:"path"`
	Class string `json:"class"`
}

func extract(t *testing.T, doc *apidoc.Document, reviewed []reviewedRow) contract {
	t.Helper()
	c := contract{Resources: map[string]resourceFact{}, Never: map[string]string{}}
	for _, row := range reviewed {
		if why, ok := strings.CutPrefix(row.Safe, "no: "); ok {
			c.Never[row.Path] = why
		}
	}
	c.GETs = map[string]string{}
	for _, path := range doc.Paths() {
		c.GETs[path] = "document of " + apidoc.Day
	}
	for _, g := range later() {
		if g.Hidden() {
			c.Never[g.Path] = g.Decision.Kind + ": " + g.Decision.Reason
		}
		why := g.Decision.Kind + ": " + g.Decision.Reason
		c.Later = append(c.Later, laterFact{g.Path, since(&g), g.Decision.Verdict, g.Decision.Name, why})
	}
	for _, e := range godo().Endpoints {
		same := func(p string) bool { return blank(p) == blank(e.Path) }
		if documented(doc.Paths(), e.Path) == "" &&
			!slices.ContainsFunc(c.Later, func(l laterFact) bool { return same(l.Path) }) {
			c.Later = append(c.Later, laterFact{Path: e.Path, Since: "godo " + e.Since})
		}
	}
	c.Engines = doc.Enum("/v2/databases", "databases[].engine")
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		row := find(reviewed, r)
		if row == nil || documented(doc.Paths(), r.Path) == "" {
			fact := ownFact(doc, r)
			fact.asked(doc, r)
			c.Resources[r.Name] = fact
			continue
		}
		fact := row.fact(r)
		fact.asked(doc, r)
		for _, row := range reviewed {
			if blank(row.Path) == blank(r.Path)+"/{}" {
				fact.GetScopes = row.Scopes
			}
		}
		fact.needs(shape(doc, r), r)
		fact.Decided = decided(r, fact, nameable(shape(doc, r)))
		c.Resources[r.Name] = fact
	}
	return c
}

// since is the document that a GET is known since.
func since(g *apidoc.Get) string {
	e := godo().Endpoint(g.Path)
	switch {
	case e == nil:
		return "document of 2026-10, or a reference page"
	case g.Since == "" || g.Since == "?":
		return "godo " + e.Since
	}
	return "godo " + g.Since
}

// asked adds what is to be decided about the members that godo alone has. What is embedded is another row's.
func (f *resourceFact) asked(doc *apidoc.Document, r *schema.Resource) {
	was, added := described(doc, r), shape(doc, r)
	embedded := schema.Embedded(r)
	f.Asked = map[string]string{}
	for _, field := range godoFields(r) {
		first, _, _ := strings.Cut(field.Path, ".")
		is := slices.Contains(embedded, strings.TrimSuffix(first, "[]"))
		if strings.HasSuffix(field.Path, "[]") || strings.Contains(field.Path, "*") || is || was.Has(field.Path) ||
			!added.Has(field.Path) {
			continue
		}
		if question := apidoc.Question(field); question != "" {
			f.Asked[field.Path] = question
		}
	}
}

// needs adds the members that a description says to need a scope, where the review missed it. Of a member within
// another one that needs the same scope nothing is said.
func (f *resourceFact) needs(t *apidoc.Tree, r *schema.Resource) {
	for scope, paths := range t.Needing() {
		known := all(schema.Paths(strings.Join(append(slices.Clone(f.FieldScopes[scope]), paths...), " ")))
		for _, path := range paths {
			told := slices.Contains(f.FieldScopes[scope], path)
			within := slices.ContainsFunc(known, func(p []string) bool {
				return (spell(p) != path && strings.HasPrefix(path, spell(p)+".")) ||
					(spell(p) != path && strings.HasPrefix(path, spell(p)+"[]"))
			})
			if scope != r.Scope && !told && !within {
				f.FieldScopes[scope] = append(f.FieldScopes[scope], path)
			}
		}
	}
}

func (row *reviewedRow) fact(r *schema.Resource) resourceFact {
	f := resourceFact{
		Path: blank(row.Path), Kind: row.Kind, Items: row.ItemsKey + row.ObjectKey, ID: row.IDFields,
		Paged: row.Pagination != "none", Query: row.OptionalQuery, Scopes: row.Scopes, FieldScopes: map[string][]string{},
		Secrets: row.secrets(), Ordered: row.Ordered,
		PII: row.PII, AvoidWith: row.AvoidWith,
	}
	for scope, paths := range row.FieldScopes {
		f.FieldScopes[scope] = slices.DeleteFunc(paths, func(p string) bool { return strings.HasPrefix(p, "...") })
	}
	for _, v := range row.VolatileFields {
		for _, p := range v.Fields {
			if strings.HasPrefix(p, "/") { // beside the records, not in them
				continue
			}
			f.Volatile = append(f.Volatile, p)
			if strings.Contains(v.Why, "project to") {
				f.Projected = append(f.Projected, p)
			}
		}
	}
	for _, p := range row.SetArrays {
		f.set(keyedRow{Path: p}, r.Items)
	}
	for _, k := range row.KeyedArrays {
		if k.Key == "(whole object)" {
			k.Key = ""
		}
		f.set(k, r.Items)
	}
	return f
}

// set adds a set: "**.regions (9 paths)" is a pattern, and what begins with a slash lies beside the records, which are
// where the review has its root, which may be deeper than items, where the row has it.
func (f *resourceFact) set(k keyedRow, items string) {
	k.Path, _, _ = strings.Cut(k.Path, " (")
	beside, isBeside := strings.CutPrefix(k.Path, "/")
	switch whole := items == ""; {
	case isBeside && whole:
		k.Path = strings.ReplaceAll(beside, "{*}", ".*")
	case isBeside:
		return
	case whole && f.Items != "" && !strings.HasPrefix(k.Path, "**"):
		k.Path = f.Items + "." + k.Path
	}
	f.Sets = append(f.Sets, k)
}

// TestCatalogKeepsTheContract holds every row against DigitalOcean's document and its review.
func TestCatalogKeepsTheContract(t *testing.T) {
	for _, v := range violations(schema.Catalog, readContract(t)) {
		t.Error(v)
	}
}

func readContract(t *testing.T) contract {
	t.Helper()
	text, err := os.ReadFile("testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var c contract
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}
