package apidoc

import (
	"maps"
	"slices"
	"strings"
)

// Endpoints returns the document's GETs with their members, sorted by path. Types are "array", "object", or "value".
func (d *Document) Endpoints() []Endpoint {
	var all []Endpoint
	for _, path := range slices.Sorted(slices.Values(d.Paths())) {
		all = append(all, Endpoint{Path: path, Query: d.Query(path), Fields: d.Shape(path).Fields()})
	}
	return all
}

// Query returns the names of the query parameters of a path's GET, sorted.
func (d *Document) Query(path string) []string {
	item := d.deref(d.deref(d.root["paths"])[path])
	var names []string
	for _, at := range []object{item, d.deref(item["get"])} {
		parameters, _ := at["parameters"].([]any)
		for _, p := range parameters {
			if o := d.deref(p); o["in"] == "query" {
				names = append(names, o["name"].(string))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Scopes returns the scopes of which a path's GET needs one, as the document says: none if it doesn't.
func (d *Document) Scopes(path string) []string {
	var all []string
	security, _ := d.deref(d.deref(d.deref(d.root["paths"])[path])["get"])["security"].([]any)
	for _, s := range security {
		scopes, _ := d.deref(s)["bearer_auth"].([]any)
		for _, scope := range scopes {
			if text, ok := scope.(string); ok {
				all = append(all, text)
			}
		}
	}
	return all
}

// Fields returns the members of a shape, sorted by path.
func (t *Tree) Fields() []Field {
	var all []Field
	var walk func(t *Tree, path string)
	walk = func(t *Tree, path string) {
		if path != "" {
			all = append(all, Field{Path: path, Type: t.kind()})
		}
		if t.Elem != nil {
			walk(t.Elem, path+"[]")
		}
		for _, name := range slices.Sorted(maps.Keys(t.Members)) {
			walk(t.Members[name], strings.TrimPrefix(path+"."+name, "."))
		}
	}
	walk(t, "")
	return all
}

func (t *Tree) kind() string {
	switch {
	case t.Type != "":
		return t.Type
	case t.Elem != nil:
		return "array"
	case t.Members != nil || t.Any:
		return "object"
	}
	return "value"
}

// Add adds members to a shape. Where an object's members are known, no map of any others is made of it.
func (t *Tree) Add(fields []Field) {
	for _, f := range fields {
		if above, _, isMap := strings.Cut(f.Path, ".*"); !isMap || !t.closed(above) {
			t.include(f)
		}
	}
}

// closed reports whether the members of the object at a path are known by their names.
func (t *Tree) closed(path string) bool {
	at := t.At(path)
	return at != nil && at.Members != nil && at.Members["*"] == nil
}

// Has reports whether something is known at a path: "a.b[].c".
func (t *Tree) Has(path string) bool {
	for part := range strings.SplitSeq(path, ".") {
		if t.Any {
			return true
		}
		name, brackets, _ := strings.Cut(part, "[")
		next := t.Members[name]
		if next == nil {
			next = t.Members["*"]
		}
		if next == nil && name == "*" && t.Members != nil {
			return true // any of those that are known by their names
		}
		for range strings.Count(brackets, "]") {
			if next == nil {
				break
			}
			next = next.Elem
		}
		if next == nil {
			return false
		}
		t = next
	}
	return true
}
