package main

import (
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/internal/apidoc"
)

// offer is what a source says that DigitalOcean offers.
type offer struct {
	from      string // "godo", "document"
	endpoints []apidoc.Endpoint
	// values returns the values that a member of an endpoint may have, nil if the source doesn't say.
	values func(path string, f apidoc.Field) []string
	scopes func(path string) []string // nil: the source says nothing of scopes
}

func ofClient(c *apidoc.Client) offer {
	return offer{
		from: "godo", endpoints: c.Endpoints,
		values: func(_ string, f apidoc.Field) []string { return c.Enums[enumeration(f)] },
	}
}

// enumeration is the name of a member's type: "FirewallRuleAction" of string(FirewallRuleAction).
func enumeration(f apidoc.Field) string {
	_, name, _ := strings.Cut(f.Type, "(")
	return strings.TrimSuffix(name, ")")
}

func ofDocument(d *apidoc.Document) offer {
	shapes := map[string]*apidoc.Tree{}
	values := func(path string, f apidoc.Field) []string {
		if shapes[path] == nil {
			shapes[path] = d.Shape(path)
		}
		if t := shapes[path].At(f.Path); t != nil {
			return t.Enum
		}
		return nil
	}
	return offer{from: "document", endpoints: d.Endpoints(), values: values, scopes: d.Scopes}
}

// knowledge is what is known until now.
type knowledge struct {
	doc    *apidoc.Document
	later  []apidoc.Get
	client *apidoc.Client
	paths  map[string]bool         // blank
	doced  map[string]string       // the document's spelling, by the blank path
	shapes map[string]*apidoc.Tree // of a row's answers
}

// known reads what the catalogue knows: DigitalOcean's document, what was decided about what came later, and the
// release of godo that was last taken in. Against a release, it is the document's and that release's.
func known(against string) (*knowledge, error) {
	k := &knowledge{paths: map[string]bool{}, doced: map[string]string{}, shapes: map[string]*apidoc.Tree{}}
	var err error
	if against == "" {
		if k.doc, err = apidoc.DigitalOcean(); err != nil {
			return nil, err
		}
		if k.later, err = apidoc.Later(); err != nil {
			return nil, err
		}
		for i := range schema.Catalog {
			k.paths[apidoc.Blank(schema.Catalog[i].Path)] = true
		}
		k.client, err = apidoc.Godo()
	} else {
		if k.doc, err = apidoc.Original(); err != nil {
			return nil, err
		}
		k.client, _, err = readGodo(against)
	}
	if err != nil {
		return nil, err
	}
	for _, path := range k.doc.Paths() {
		k.paths[apidoc.Blank(path)], k.doced[apidoc.Blank(path)] = true, path
	}
	for _, g := range k.later {
		k.paths[apidoc.Blank(g.Path)] = true
	}
	for _, e := range k.client.Endpoints {
		k.paths[apidoc.Blank(e.Path)] = true
	}
	return k, nil
}

// shape returns all that is known of a row's answers.
func (k *knowledge) shape(r *schema.Resource) *apidoc.Tree {
	if k.shapes[r.Name] == nil {
		k.shapes[r.Name] = k.grow(r)
	}
	return k.shapes[r.Name]
}

func (k *knowledge) grow(r *schema.Resource) *apidoc.Tree {
	t := new(apidoc.Tree)
	if path := k.documented(r.Path); path != "" {
		t = k.doc.Shape(path)
	}
	for i := range k.later {
		if apidoc.Blank(k.later[i].Path) == apidoc.Blank(r.Path) {
			t.Add(k.later[i].Shape(apidoc.Records(r)[0]).Fields())
		}
	}
	if e := k.client.Endpoint(r.Path); e != nil {
		t.Add(e.Fields)
	}
	return t
}

// documented returns the document's spelling of a path, empty if it doesn't have it.
func (k *knowledge) documented(path string) string { return k.doced[apidoc.Blank(path)] }

// values returns the values that a member of a row's answers was known to have.
func (k *knowledge) values(r *schema.Resource, f apidoc.Field) []string {
	all := slices.Clone(k.client.Enums[enumeration(f)])
	if shape := k.shapes[r.Name]; shape != nil {
		if t := shape.At(f.Path); t != nil {
			all = append(all, t.Enum...)
			all = append(all, k.client.Enums[enumeration(apidoc.Field{Type: t.Type})]...)
		}
	}
	return all
}
