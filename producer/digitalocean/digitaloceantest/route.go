package digitaloceantest

import (
	"net/url"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
)

// target is what a path asks for.
type target struct {
	row    *schema.Resource
	parent string // its id, "" at the top level
	own    string // unescaped; "" for a listing
	byName string // the member that own stands for, "" for the id
}

// mostTargets is how many paths are remembered.
const mostTargets = 10_000

// find returns what an escaped path asks for; without a row: nothing.
func (a *Account) find(path string) target {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.targets[path]
	if !ok {
		if len(a.targets) == mostTargets {
			clear(a.targets)
		}
		t = targetOf(path)
		a.targets[path] = t
	}
	return t
}

// targetOf returns what an escaped path asks for. DigitalOcean has no GET by id where the catalogue confirms otherwise.
func targetOf(path string) target {
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if names, ok := match(r.Path, path); ok && r.API == "" {
			return target{row: r, parent: parentID(r, names)}
		}
	}
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.API != "" || r.Kind == schema.Single || (r.Absent != schema.ByGet && r.Kind != schema.Log) {
			continue
		}
		get := r.Get
		if get == "" {
			get = r.Path + "/{id}"
		}
		if names, ok := match(get, path); ok {
			return byID(r, names)
		}
	}
	return target{}
}

func byID(r *schema.Resource, names map[string]string) target {
	t := target{row: r, parent: parentID(r, names)}
	for name, segment := range names {
		member, isMember := strings.CutPrefix(name, ".")
		if name == "id" || isMember {
			t.own, _ = url.PathUnescape(segment)
		}
		if isMember {
			t.byName = member
		}
	}
	return t
}

func parentID(r *schema.Resource, names map[string]string) string {
	var segments []string
	for _, p := range r.Parents() {
		segments = append(segments, canonical(names[p]))
	}
	return strings.Join(segments, "/")
}

// canonical escapes a segment as ids are.
func canonical(segment string) string {
	s, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return url.PathEscape(s)
}

// match returns the segments of path that stand for {names} in a template.
func match(template, path string) (map[string]string, bool) {
	var names map[string]string
	for more := true; more; {
		var want, got string
		var both bool
		want, template, more = strings.Cut(template, "/")
		got, path, both = strings.Cut(path, "/")
		name, isName := strings.CutPrefix(want, "{")
		switch {
		case more != both, !isName && want != got, isName && got == "":
			return nil, false
		case isName:
			if names == nil {
				names = map[string]string{}
			}
			names[strings.TrimSuffix(name, "}")] = got
		}
	}
	return names, true
}

// scope is what a token needs for it: a look by id may need another one than the listing.
func (t target) scope() string {
	if t.own == "" {
		return t.row.Scope
	}
	return strings.Replace(t.row.Scope, ":list", ":read", 1)
}

// known reports whether the parent that a listing is below exists, and has such children.
func (a *Account) known(t target) bool {
	if t.parent == "" {
		return true
	}
	parent, ok := a.tables[t.row.Parent()].records[t.parent]
	return ok && t.row.When.Holds(parent)
}

// below returns the ids of a collection's records, in the order of their making; a log's, the newest first.
func (a *Account) below(t target) []string {
	ids := slices.Clone(a.tables[t.row.Name].order[t.parent])
	if t.row.Kind == schema.Log {
		slices.Reverse(ids)
	}
	return ids
}
