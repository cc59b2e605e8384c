package diff

import (
	"slices"

	"github.com/seachange/seachange/schema/canonical"
)

// fill notes which of the watched paths hold something in a body.
func (w *Sweep) fill(body []byte) {
	for i := range w.fields {
		f := &w.fields[i]
		f.filled = f.filled || filled(body, f.steps)
	}
}

// Emptied returns those of SweepOptions.FieldScopes, less what is carried already, that some records had something
// at, and that no record of this sweep has anything at: that is what a lost scope looks like. It may also be that
// somebody emptied the last one, so that the caller has to ask before it carries them.
func (w *Sweep) Emptied() []string {
	var paths []string
	for _, f := range w.fields {
		if !f.filled && !slices.Contains(w.o.Carry, f.path) && w.emptied(f) {
			paths = append(paths, f.path)
		}
	}
	return paths
}

func (w *Sweep) emptied(f field) bool {
	lost := slices.ContainsFunc(w.order, func(t *sight) bool { return len(t.changes) > 0 && filled(t.old, f.steps) })
	if !lost {
		return false
	}
	for _, r := range w.s.records { // those whose bytes were known
		t := w.sights[r]
		stays := r.sweep == w.n && (t == nil || len(t.changes) == 0)
		if stays && filled(w.s.pack.Unpack(nil, r.body), f.steps) {
			return false
		}
	}
	return true
}

// filled reports whether there is something at a path. Something masked says nothing.
func filled(v []byte, steps []string) bool {
	if v == nil || len(steps) == 0 {
		return !empty(v) && string(v) != plain
	}
	switch rest := steps[1:]; steps[0] {
	case "[]", "*":
		return slices.ContainsFunc(inside(v, steps[0] == "[]"), func(c []byte) bool { return filled(c, rest) })
	case "**":
		return filled(v, rest) || slices.ContainsFunc(inside(v, v[0] == '['), func(c []byte) bool { return filled(c, steps) })
	default:
		return filled(lookup(v, steps[0]), rest)
	}
}

// inside returns the elements of an array, or the values of an object's members.
func inside(v []byte, array bool) [][]byte {
	var all [][]byte
	switch {
	case array && v[0] == '[':
		all = slices.Collect(canonical.Elements(v))
	case !array && v[0] == '{':
		for _, m := range canonical.Members(v) {
			all = append(all, m)
		}
	}
	return all
}
