package diff

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
)

// A roll-out is DigitalOcean's change to a kind of record, not somebody's to a record: a member comes to, or goes from,
// most records of a resource in one look, and nothing else of them changes. Fewer than leastRollout records prove none,
// however many there are: an account with two clusters is told of both. What stands in a free-form map, and the
// elements of a documented set, are the account's own.
const leastRollout = 3

// pure is an update that is nothing but members that come and go.
type pure struct {
	change *Change
	paths  []string // these: the steps, joined, behind "+" or "-"
}

// FindRollouts marks the updates of sweeps that are a roll-out. The sweeps are of one resource in one account, made in
// one look: of collections that are embedded in the records of one listing there are many.
func FindRollouts(sweeps []*Sweep) {
	var updates []*Change
	shown := 0 // records that were known before
	for _, w := range sweeps {
		shown += w.seen - len(w.fresh)
		for _, ch := range w.Changes() {
			if ch.Op == schema.Updated {
				updates = append(updates, ch)
			}
		}
	}
	if len(updates) < leastRollout {
		return
	}
	f := finder{rules: sweeps[0].s.rules, without: map[string]*Rules{}}
	others, comes := shown-len(updates), map[string]int{}
	var all []pure
	for _, ch := range updates {
		if p := (pure{ch, f.moved(ch)}); len(p.paths) > 0 {
			all = append(all, p)
			for _, path := range p.paths {
				comes[path]++
			}
		}
	}
	for _, p := range all {
		p.change.Rollout = !slices.ContainsFunc(p.paths, func(path string) bool {
			return comes[path] < leastRollout || 2*comes[path] <= others+len(all)
		})
	}
}

// finder compares bodies without the members that come and go.
type finder struct {
	rules   *Rules
	without map[string]*Rules // by the paths that are ignored, too
}

// moved returns the paths of the members that come to a record or go from it, if nothing else changes in it.
func (f *finder) moved(ch *Change) []string {
	before, after := tree(ch.Before), tree(ch.After)
	if before == nil || after == nil {
		return nil
	}
	m := moves{rules: f.rules, paths: map[string]bool{}}
	m.objects([]map[string]any{before}, []map[string]any{after}, []*node{&f.rules.top}, f.rules.top.do, nil)
	paths := slices.Sorted(maps.Keys(m.paths))
	if len(paths) == 0 || !f.alikeWithout(paths, ch) {
		return nil
	}
	return paths
}

// alikeWithout reports whether a change is none where some paths are ignored.
func (f *finder) alikeWithout(paths []string, ch *Change) bool {
	id := strings.Join(paths, "\n")
	r := f.without[id]
	if r == nil {
		var err error
		if r, err = f.rules.lists.compile(); err != nil {
			return false // they were compiled before
		}
		r.key = f.rules.key
		for _, path := range paths {
			n := &r.top
			for step := range strings.SplitSeq(path[1:], "\x00") {
				n = n.at(step)
			}
			n.do |= ignore
		}
		f.without[id] = r
	}
	x, errX := counted(r, ch.Before)
	y, errY := counted(r, ch.After)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// moves collects what comes and goes.
type moves struct {
	rules *Rules
	paths map[string]bool
}

// objects compares the members that objects at one path have, before and after: those of an array, together.
func (m *moves) objects(before, after []map[string]any, active []*node, do verb, path []string) {
	was, is := gather(before), gather(after)
	names := maps.Clone(was)
	maps.Copy(names, is)
	for name := range names {
		next, d := m.rules.step(nil, active, []byte(name))
		at := append(slices.Clone(path), name)
		switch {
		case d&(ignore|omit) != 0 || (do&keep != 0 && d&only == 0):
		case was[name] != nil && is[name] != nil:
			m.values(was[name], is[name], next, d, at)
		case m.isOwn(at, d):
		case was[name] == nil:
			m.paths["+"+strings.Join(at, "\x00")] = true
		default:
			m.paths["-"+strings.Join(at, "\x00")] = true
		}
	}
}

// isOwn reports whether a member at a path comes and goes by the account's doing.
func (m *moves) isOwn(path []string, do verb) bool {
	dotted := strings.ReplaceAll(strings.Join(path, "."), ".[]", "[]")
	return (do&set != 0 && m.rules.known.Has(dotted)) || m.rules.known.IsFree(dotted)
}

// values goes into what is there before and after.
func (m *moves) values(was, is []any, active []*node, do verb, path []string) {
	if a, b := inner[map[string]any](was), inner[map[string]any](is); len(a) > 0 && len(b) > 0 {
		m.objects(a, b, active, do, path)
	}
	a, b := slices.Concat(inner[[]any](was)...), slices.Concat(inner[[]any](is)...)
	if len(a) > 0 && len(b) > 0 {
		next, d := m.rules.step(nil, active, []byte("[]"))
		m.values(a, b, next, d, append(slices.Clone(path), "[]"))
	}
}

// inner returns the values that are of a kind.
func inner[T any](values []any) []T {
	var all []T
	for _, v := range values {
		if t, ok := v.(T); ok {
			all = append(all, t)
		}
	}
	return all
}

// gather returns the values of each member of some objects, never none.
func gather(objects []map[string]any) map[string][]any {
	all := map[string][]any{}
	for _, o := range objects {
		for name, v := range o {
			all[name] = append(all[name], v)
		}
	}
	return all
}
