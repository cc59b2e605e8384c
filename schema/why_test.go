package schema_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
)

// reasons holds that each reason of a row explains something: one that nothing needs was for what is no longer so.
func (k *checker) reasons(r *schema.Resource, f resourceFact) {
	for _, what := range slices.Sorted(maps.Keys(r.Why)) {
		switch {
		case r.Why[what] == "":
			k.fault(r, "Why: no reason is given for %s", what)
		case slices.Contains(departing, what): // row holds these
		case !k.needed(r, f, what):
			k.fault(r, "Why: %s is as the documents suggest, or is not there: take the reason out", what)
		}
	}
}

// needed reports whether a row departs at a path from what the documents say of it.
func (k *checker) needed(r *schema.Resource, f resourceFact, path string) bool {
	ignored := slices.Contains(strings.Fields(string(r.Ignore)), path)
	volatile := slices.Contains(f.Volatile, path)
	_, asked := f.Asked[path]
	switch {
	case volatile && !above(all(r.Ignore), one(path)) && !projected(r.Only, path):
		return true // it is news
	case ignored && len(steady(r, f, one(path))) > 0:
		return true // it is noise
	case asked:
		return true // it is none of what godo's name and type suggest
	}
	filled := k.filled(r, f)
	for resource, paths := range r.FieldScopes {
		if slices.Contains(strings.Fields(string(paths)), path) && !slices.Contains(filled[resource], path) {
			return true
		}
	}
	return false
}

// steady returns the known paths that a pattern of Ignore names and that nothing calls volatile, or that stand in
// something volatile that the row calls news.
func steady(r *schema.Resource, f resourceFact, pattern []string) [][]string {
	var volatile [][]string
	for _, path := range f.Volatile {
		if r.Why[path] == "" {
			volatile = append(volatile, one(path))
		}
	}
	for path, question := range f.Asked {
		if question == "noise" {
			volatile = append(volatile, one(path))
		}
	}
	return slices.DeleteFunc(slices.Clone(known(r)),
		func(p []string) bool { return !match(pattern, p) || above(volatile, p) })
}

// explained reports whether a row, or the rule for all rows, has a reason for a path.
func explained(r *schema.Resource, path string) bool {
	for pattern := range union(schema.Defaults().Why, r.Why) {
		if steps := all(schema.Paths(pattern)); len(steps) == 1 && covers(steps, one(path)) {
			return true
		}
	}
	return false
}
