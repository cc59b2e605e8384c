package schema_test

import (
	"slices"
	"strings"
	"sync"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/secret"
)

// match reports whether a path of the language names a concrete one, slowly and plainly.
func match(pattern, path []string) bool {
	if n := len(pattern); n > 0 && isKey(pattern[n-1]) {
		pattern = pattern[:n-1]
	}
	if n := len(path); n > 0 && isKey(path[n-1]) {
		path = path[:n-1]
	}
	switch {
	case len(pattern) == 0:
		return len(path) == 0
	case pattern[0] == "**":
		return match(pattern[1:], path) || (len(path) > 0 && match(pattern, path[1:]))
	case len(path) == 0:
		return false
	}
	return (pattern[0] == path[0] || (pattern[0] == "*" && path[0] != "[]")) && match(pattern[1:], path[1:])
}

func isKey(step string) bool { return step[0] == '[' && step != "[]" }

// all returns the steps of paths, none where one doesn't parse: that is found elsewhere.
func all(paths schema.Paths) [][]string {
	steps, _ := paths.Steps()
	return steps
}

// one returns the steps of a concrete path.
func one(path string) []string { return all(schema.Paths(path))[0] }

// covers reports whether one of the patterns names a concrete path.
func covers(patterns [][]string, path []string) bool {
	return slices.ContainsFunc(patterns, func(p []string) bool { return match(p, path) })
}

// above reports whether one of the patterns names a concrete path or something that it is in.
func above(patterns [][]string, path []string) bool {
	for i := range path {
		if covers(patterns, path[:i+1]) {
			return true
		}
	}
	return false
}

// projected reports whether a path is in an object of which only another member counts.
func projected(only schema.Paths, path string) bool {
	return slices.ContainsFunc(all(only), func(p []string) bool {
		object := strings.TrimSuffix(spell(p[:len(p)-1]), "[]")
		return path != spell(p) && (path == object || strings.HasPrefix(path, object+"."))
	})
}

// setKey returns the key of the set at a path.
func setKey(sets schema.Paths, path string) (key string, ok bool) {
	steps := one(path)
	for _, p := range all(sets) {
		if match(p, steps) {
			if last := p[len(p)-1]; isKey(last) {
				key = strings.Trim(last, "[]")
			}
			ok = true
		}
	}
	return key, ok
}

// known returns the steps of the known paths of a row that the language can name.
func known(r *schema.Resource) [][]string { return knownSteps()[r.Name] }

var knownSteps = sync.OnceValue(func() map[string][][]string {
	all := map[string][][]string{}
	for i := range schema.Catalog {
		name := schema.Catalog[i].Name
		if schema.Known(name) == nil {
			continue // TestKnownPathsHaveThemselves tells it
		}
		for _, p := range schema.Known(name).Paths() {
			if steps, err := schema.Paths(p).Steps(); err == nil {
				all[name] = append(all[name], steps[0])
			}
		}
	}
	return all
})

// open returns the known paths of a row below which the document doesn't say what there is: an agent within an agent.
func open(r *schema.Resource) [][]string { return openSteps()[r.Name] }

var openSteps = sync.OnceValue(func() map[string][][]string {
	all := map[string][][]string{}
	for name, paths := range knownSteps() {
		all[name] = slices.DeleteFunc(slices.Clone(paths),
			func(p []string) bool { return !schema.Known(name).Has(spell(p) + ".what.ever") })
	}
	return all
})

// netted returns the known paths of each row that the safety net masks, by its paths or by the words of their names.
var netted = sync.OnceValue(func() map[string][][]string {
	net, caught := all(schema.Defaults().Mask), map[string][][]string{}
	for name, paths := range knownSteps() {
		for _, p := range paths {
			if covers(net, p) || (worded(p) && isLeaf(schema.Known(name), p)) {
				caught[name] = append(caught[name], p)
			}
		}
	}
	return caught
})

// worded reports whether the words of a path's names make its value a secret.
func worded(path []string) bool {
	kind := secret.Open
	for _, name := range path {
		switch k := secret.Name(name); {
		case name == "[]":
		case k != secret.Open:
			kind = k
		case secret.About(name):
			kind = secret.Open
		case kind == secret.Several:
			kind = secret.Secret // a member of one of several
		}
	}
	return kind == secret.Secret
}

func isLeaf(known *schema.KnownPaths, path []string) bool {
	return !slices.ContainsFunc(known.Paths(), func(p string) bool {
		return strings.HasPrefix(p, spell(path)+".") || p == spell(path)+"[]"
	})
}
