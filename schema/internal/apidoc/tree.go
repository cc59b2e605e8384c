package apidoc

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Tree is the shape of a value: what members it may have, whatever variant it is.
type Tree struct {
	Members map[string]*Tree // "*" is any member of a free-form map
	Elem    *Tree            // of an array
	Any     bool             // an object of which the document says nothing
	Enum    []string         // the values of a string, if the document lists them
	Scopes  []string         // without which it is empty, if the document says so: "vpc:read"
	Type    string           // as godo has it: "string", "int64", "array<object>"; empty in the document's own
	Kinds   []string         // JSON Schema's types that the document gives it, less null; "timestamp" for date-time
	Seen    []string         // the same, of the values in examples
	Doc     string           // the document's description

	object bool
}

// Shape returns the shape of a path's response, from its schema and its examples.
func (d *Document) Shape(path string) *Tree {
	root := new(Tree)
	content := d.Response(path)
	d.grow(root, content["schema"], nil)
	root.settle()
	for _, example := range d.examples(content) {
		root.learn(example)
	}
	for _, f := range d.later[path] {
		root.include(f)
	}
	return root
}

// Of returns the shape of a value that no document describes.
func Of(example any) *Tree {
	root := new(Tree)
	root.learn(example)
	return root
}

// grow adds what a schema says, all its variants together. A schema within itself is cut.
func (d *Document) grow(t *Tree, schema any, within []string) {
	if o, ok := schema.(object); ok && o["$ref"] != nil {
		ref := o["$ref"].(string)
		if slices.Contains(within, ref) {
			t.Any = true
			return
		}
		within = append(slices.Clip(within), ref)
	}
	s := d.deref(schema)
	if text, ok := s["description"].(string); ok {
		t.require(text)
		t.Doc = cmp.Or(t.Doc, text)
	}
	t.declare(s)
	for _, kind := range []string{"allOf", "anyOf", "oneOf"} {
		variants, _ := s[kind].([]any)
		for _, v := range variants {
			d.grow(t, v, within)
		}
	}
	for name, member := range d.deref(s["properties"]) {
		d.grow(t.member(name), member, within)
	}
	if more := s["additionalProperties"]; more != nil && more != false {
		d.grow(t.member("*"), more, within)
	}
	if items := s["items"]; items != nil {
		d.grow(t.elem(), items, within)
	}
	values, _ := s["enum"].([]any)
	for _, v := range values {
		if text, ok := v.(string); ok {
			t.Enum = append(t.Enum, text)
		}
	}
	t.object = t.object || s["type"] == "object"
}

// declare notes the types that a schema gives.
func (t *Tree) declare(s object) {
	kinds, _ := s["type"].([]any)
	if kind, ok := s["type"].(string); ok {
		kinds = []any{kind}
	}
	switch {
	case len(kinds) > 0:
	case s["properties"] != nil || s["additionalProperties"] != nil:
		kinds = []any{"object"}
	case s["items"] != nil:
		kinds = []any{"array"}
	case s["enum"] != nil:
		kinds = []any{"string"}
	}
	for _, kind := range kinds {
		switch {
		case kind == "null":
		case kind == "string" && s["format"] == "date-time":
			t.Kinds = append(t.Kinds, "timestamp")
		default:
			t.Kinds = append(t.Kinds, fmt.Sprint(kind))
		}
	}
}

// settle marks the objects without any known member.
func (t *Tree) settle() {
	t.Any = (t.Any || t.object) && t.Members == nil
	for _, m := range t.Members {
		m.settle()
	}
	if t.Elem != nil {
		t.Elem.settle()
	}
}

// learn adds what an example shows and the schema doesn't say.
func (t *Tree) learn(example any) {
	switch v := example.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			t.see("timestamp")
		} else {
			t.see("string")
		}
	case bool:
		t.see("boolean")
	case json.Number:
		if _, err := v.Int64(); err == nil {
			t.see("integer")
		} else {
			t.see("number")
		}
	case object:
		t.see("object")
		for name, value := range v {
			if !t.Any {
				t.known(name).learn(value)
			}
		}
	case []any:
		t.see("array")
		for _, value := range v {
			t.elem().learn(value)
		}
	}
}

func (t *Tree) see(kind string) { t.Seen = append(t.Seen, kind) }

func (t *Tree) known(name string) *Tree {
	if m := t.Members["*"]; m != nil && t.Members[name] == nil {
		return m
	}
	return t.member(name)
}

func (t *Tree) member(name string) *Tree {
	if t.Members == nil {
		t.Members = map[string]*Tree{}
	}
	if t.Members[name] == nil {
		t.Members[name] = new(Tree)
	}
	return t.Members[name]
}

func (t *Tree) elem() *Tree {
	if t.Elem == nil {
		t.Elem = new(Tree)
	}
	return t.Elem
}

// At returns the subtree at a path like "a.b[].c", nil without one. "" is the tree itself.
func (t *Tree) At(path string) *Tree {
	if path == "" {
		return t
	}
	for part := range strings.SplitSeq(path, ".") {
		name, brackets, _ := strings.Cut(part, "[")
		if t = t.Members[name]; t == nil {
			return nil
		}
		for range strings.Count(brackets, "]") {
			if t = t.Elem; t == nil {
				return nil
			}
		}
	}
	return t
}

// Needing returns the paths of what is empty without a scope, by the scope.
func (t *Tree) Needing() map[string][]string {
	all := map[string][]string{}
	t.needing("", all)
	return all
}

func (t *Tree) needing(path string, all map[string][]string) {
	for _, scope := range t.Scopes {
		if plain := strings.TrimSuffix(path, "[]"); !slices.Contains(all[scope], plain) {
			all[scope] = append(all[scope], plain)
		}
	}
	if t.Elem != nil {
		t.Elem.needing(path+"[]", all)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Members)) {
		t.Members[name].needing(strings.TrimPrefix(path+"."+name, "."), all)
	}
}

// Lines writes the tree, an object a line: its path ("." for the tree itself) and its members, arrays with a [] for
// each of their dimensions. "*" stands for any member of a map, "**" for whatever an object holds.
func (t *Tree) Lines() []string { return t.lines(nil, ".") }

func (t *Tree) lines(lines []string, path string) []string {
	if t.Any {
		return append(lines, path+" **")
	}
	if t.Members == nil {
		return lines
	}
	names := slices.Sorted(maps.Keys(t.Members))
	line, ends := path, make([]*Tree, len(names))
	for i, name := range names {
		end := t.Members[name]
		for ; end.Elem != nil; end = end.Elem {
			name += "[]"
		}
		names[i], ends[i] = name, end
		line += " " + name
	}
	lines = append(lines, line)
	for i, end := range ends {
		lines = end.lines(lines, strings.TrimPrefix(path+"."+names[i], ".."))
	}
	return lines
}

// Enum returns the values that a path's response may have at a path into it, in the document's order.
func (d *Document) Enum(path, at string) []string { return d.Shape(path).At(at).Enum }
