package schema

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// KnownPaths are the paths into a resource's records that DigitalOcean's document has, in its schemas or its examples:
// "a.b[].c". Safe for many goroutines.
type KnownPaths struct {
	top    *shape
	beside []string // the members of an answer beside the records
}

// Known returns the known paths of a resource, nil if the catalogue has no such row. They are read at the first call.
func Known(resource string) *KnownPaths { return allKnown()[resource] }

// Has reports whether a path, or one that begins with it, is known. A member of a free-form map is known whatever it is
// called, also with dots in its name. Nil knows every path.
func (k *KnownPaths) Has(path string) bool {
	return k == nil || path == "" || k.top.has(strings.Split(path, "."))
}

// IsFree reports whether a path is in a map whose members the account names: labels.
func (k *KnownPaths) IsFree(path string) bool {
	return k != nil && k.top.isFree(strings.Split(path, "."))
}

// HasBeside reports whether a member of a listing's answer, beside the records, is known: "links". Nil knows every
// name.
func (k *KnownPaths) HasBeside(name string) bool { return k == nil || slices.Contains(k.beside, name) }

// Paths returns every known path, sorted. "*" stands for any member of a free-form map; what an object of which the
// document says nothing holds is left out.
func (k *KnownPaths) Paths() []string {
	var all []string
	k.top.walk("", func(path string) { all = append(all, path) })
	slices.Sort(all)
	return all
}

// Shapes are what a value of a record may be, which is gone through from the record to its members, theirs and so on.
// None: the value is not known.
type Shapes []*shape

// Shapes are those of a record.
func (k *KnownPaths) Shapes() Shapes { return Shapes{k.top} }

// Member appends to dst those of a member, whose name may have dots in it.
func (s Shapes) Member(dst Shapes, name []byte) Shapes {
	for _, own := range s {
		if own.holdsAny() {
			dst = append(dst, own)
			continue
		}
		for _, m := range []*shape{own.members[string(name)], own.members["*"]} {
			if m != nil {
				dst = append(dst, m)
			}
		}
	}
	return dst
}

// Element appends to dst those of an array's elements.
func (s Shapes) Element(dst Shapes) Shapes {
	for _, own := range s {
		if own.holdsAny() {
			dst = append(dst, own)
		} else if own.elem != nil {
			dst = append(dst, own.elem)
		}
	}
	return dst
}

// shape is what a value may be, of all its variants together.
type shape struct {
	members map[string]*shape // "*" is any member
	elem    *shape
	any     bool
}

// holdsAny reports whether all that is in a value is known.
func (s *shape) holdsAny() bool {
	m := s.members["*"]
	return s.any || (m != nil && m.members == nil && m.elem == nil)
}

// has tries how many of the parts are a member's name: some have dots in them.
func (s *shape) has(parts []string) bool {
	if len(parts) == 0 || s.holdsAny() {
		return true
	}
	for i := range parts {
		all := strings.Join(parts[:i+1], ".")
		own := strings.TrimRight(all, "[]")
		if strings.Contains(own, "[") {
			return false // what is in an array is no part of a name
		}
		for _, name := range []string{own, "*"} {
			if m := s.members[name].down(all[len(own):]); m != nil && m.has(parts[i+1:]) {
				return true
			}
		}
	}
	return false
}

func (s *shape) isFree(parts []string) bool {
	if len(parts) == 0 || s.any || s.members["*"] != nil {
		return len(parts) > 0
	}
	for i := range parts {
		all := strings.Join(parts[:i+1], ".")
		own := strings.TrimRight(all, "[]")
		if m := s.members[own].down(all[len(own):]); m != nil && m.isFree(parts[i+1:]) {
			return true
		}
	}
	return false
}

// down goes into an array for each closed bracket.
func (s *shape) down(brackets string) *shape {
	for range strings.Count(brackets, "]") {
		if s == nil {
			return nil
		}
		s = s.elem
	}
	return s
}

func (s *shape) walk(path string, visit func(string)) {
	if path != "" {
		visit(path)
	}
	if s.elem != nil {
		s.elem.walk(path+"[]", visit)
	}
	for name, m := range s.members {
		m.walk(strings.TrimPrefix(path+"."+name, "."), visit)
	}
}

// The file has a block a resource: its name after a "# ", and what stands beside its records; then an object a line,
// its path ("." is the record) and its members, arrays with a [] for each dimension; "*" for any member, "**" for
// whatever it holds.
//
//go:embed known.txt
var knownText string

// The same of what is in no document of DigitalOcean's, written by hand.
//
//go:embed known_spaces.txt
var knownSpaces string

var allKnown = sync.OnceValue(func() map[string]*KnownPaths { return parseKnown(knownText + knownSpaces) })

func parseKnown(text string) map[string]*KnownPaths {
	all := map[string]*KnownPaths{}
	var top *shape
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if words[0] == "#" {
			top = new(shape)
			all[words[1]] = &KnownPaths{top: top, beside: words[2:]}
			continue
		}
		top.at(words[0]).add(words[1:])
	}
	return all
}

// at returns the shape at a path whose parents have been added before.
func (s *shape) at(path string) *shape {
	if path == "." {
		return s
	}
	for part := range strings.SplitSeq(path, ".") {
		name, brackets, _ := strings.Cut(part, "[")
		next := s.members[name].down(brackets)
		if next == nil {
			panic(fmt.Sprintf("known.txt: %s comes before its parent", path))
		}
		s = next
	}
	return s
}

func (s *shape) add(members []string) {
	if slices.Equal(members, []string{"**"}) {
		s.any = true
		return
	}
	s.members = map[string]*shape{}
	for _, member := range members {
		name, brackets, _ := strings.Cut(member, "[")
		m := new(shape)
		s.members[name] = m
		for range strings.Count(brackets, "]") {
			m.elem = new(shape)
			m = m.elem
		}
	}
}
