// Package types says which members a resource's records have and of which type they are: the typed columns that schemas
// and tables have beside the body. They are made from DigitalOcean's document, and frozen: a column never goes, and
// never changes its type or its place. It is pure: no I/O, no clock.
package types

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Kind is what a value is.
type Kind int

const (
	JSON      Kind = iota // any value, as JSON in a string: maps that the account fills, and what may be several types
	String                // a string
	Long                  // a whole number of 64 bits
	Double                // a number
	Boolean               // true or false
	Timestamp             // an instant: a string as RFC 3339 has it
	Struct                // an object of which the members are known
	Array                 // a list of values of one type
)

var words = [...]string{"json", "string", "long", "double", "boolean", "timestamp", "struct", "array"}

// String returns the kind's word in types.txt.
func (k Kind) String() string { return words[k] }

// Type is the type of a value. Every value may be null.
type Type struct {
	Kind   Kind
	Fields []Field // of a Struct, in the order in which they came; never empty
	Elem   *Type   // of an Array
}

// Field is a column: a member of an object.
type Field struct {
	Name   string // of the column: letters, digits and underscores; no two of a struct differ in case only
	Member string // of the record: the same, unless a column can't be called so, or the document changed its type
	Doc    string // what DigitalOcean's document says of it, its first sentence; empty where it says nothing
	Type

	shared bool // another column has the same member
}

// Fields returns the columns of a resource's records, in a fixed order. None if the catalogue has no such row, or no
// document its members. They are read at the first call. Safe for many goroutines; not to be changed.
func Fields(resource string) []Field { return all()[resource] }

// The file has a block a resource: its name after a "# "; then a column a line, separated by tabs: its path, an array's
// elements with a [] for each dimension; its kind, with the member after a space where that has another name; its doc.
//
//go:embed types.txt
var text string

// The same of what is in no document of DigitalOcean's, written by hand.
//
//go:embed types_spaces.txt
var spaces string

var all = sync.OnceValue(func() map[string][]Field {
	resources, err := Parse(text + spaces)
	if err != nil {
		panic(err)
	}
	return resources
})

// Parse reads what types.txt holds: the columns of each resource. An error names the line at fault.
func Parse(text string) (map[string][]Field, error) {
	resources := map[string][]Field{}
	top, name, n := &Type{Kind: Struct}, "", 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if next, ok := strings.CutPrefix(line, "# "); ok {
			top, name = &Type{Kind: Struct}, next
			resources[name] = nil
			continue
		}
		parts := strings.Split(line, "\t")
		if len(parts) != 3 || name == "" || !top.add(parts[0], parts[1], parts[2]) {
			return nil, fmt.Errorf("types.txt: line %d is neither a resource nor a column of it", n)
		}
		resources[name] = top.Fields
	}
	return resources, nil
}

// add adds the type at a path, and reports whether what it is in was added before.
func (t *Type) add(path, kind, doc string) bool {
	kind, member, _ := strings.Cut(kind, " ")
	k := Kind(slices.Index(words[:], kind))
	if k < 0 {
		return false
	}
	above, last := "", path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		above, last = path[:i], path[i+1:]
	}
	if elem, ok := strings.CutSuffix(path, "[]"); ok {
		array := t.At(elem)
		if array == nil || array.Kind != Array {
			return false
		}
		array.Elem = &Type{Kind: k}
		return true
	}
	in := t.At(above)
	if in == nil || in.Kind != Struct {
		return false
	}
	if member == "" {
		member = last
	}
	f := Field{Name: last, Member: member, Doc: doc, Type: Type{Kind: k}}
	for i := range in.Fields {
		if in.Fields[i].Member == member {
			in.Fields[i].shared, f.shared = true, true
		}
	}
	in.Fields = append(in.Fields, f)
	return true
}

// At returns the type at a path of columns, "a.b[].c", nil without one. "" is the type itself.
func (t *Type) At(path string) *Type {
	if path == "" {
		return t
	}
	for part := range strings.SplitSeq(path, ".") {
		name, brackets, _ := strings.Cut(part, "[")
		if t = t.field(name); t == nil {
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

// field returns the type of the column of that name, nil without one.
func (t *Type) field(name string) *Type {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i].Type
		}
	}
	return nil
}
