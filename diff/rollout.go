package diff

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/canonical"
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

// Rollouts finds the roll-outs of one resource in one look at an account. The zero value has looked at nothing.
type Rollouts struct {
	shown   int            // records that were known before
	updates int            // of them
	pure    int            // of these
	comes   map[string]int // of these, by path
}

// Find marks the updates of sweeps that are a roll-out: of collections that are embedded in the records of one listing
// there are many, and of a large listing one chunk comes after the other. Known is how many records were known before,
// where later chunks may show more of them; else 0. What was not shown yet counts as what stays as it is: a roll-out by
// these chunks is one by the whole look.
func (o *Rollouts) Find(sweeps []*Sweep, known int) {
	var updates []*Change
	for _, w := range sweeps {
		o.shown += w.seen - w.seenBefore - len(w.fresh)
		for _, ch := range w.Changes() {
			if ch.Op == schema.Updated {
				updates = append(updates, ch)
			}
		}
	}
	if len(updates) == 0 {
		return
	}
	o.updates += len(updates)
	all := o.count(sweeps[0].s.rules, updates)
	others := max(o.shown, known) - o.updates
	for _, p := range all {
		p.change.Rollout = !slices.ContainsFunc(p.paths, func(path string) bool {
			return o.comes[path] < leastRollout || 2*o.comes[path] <= others+o.pure
		})
	}
}

// count counts the updates that are nothing but members that come and go, and returns them.
func (o *Rollouts) count(rules *Rules, updates []*Change) (all []pure) {
	f := finder{rules: rules, without: map[string]*Rules{}}
	if o.comes == nil {
		o.comes = map[string]int{}
	}
	for _, ch := range updates {
		if p := (pure{ch, f.moved(ch)}); len(p.paths) > 0 {
			all = append(all, p)
			for _, path := range p.paths {
				o.comes[path]++
			}
		}
	}
	o.pure += len(all)
	return all
}

// finder compares bodies without the members that come and go.
type finder struct {
	rules   *Rules
	without map[string]*Rules // by the paths that are ignored, too
}

// moved returns the paths of the members that come to a record or go from it, if nothing else changes in it.
func (f *finder) moved(ch *Change) []string {
	if ch.Before == nil || ch.After == nil {
		return nil
	}
	m := moves{rules: f.rules, paths: map[string]bool{}}
	m.objects([][]byte{ch.Before}, [][]byte{ch.After}, []*node{&f.rules.top}, f.rules.top.do, nil)
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
	x, y := r.borrow(true), r.borrow(true)
	defer x.giveBack()
	defer y.giveBack()
	return x.form(ch.Before) == nil && y.form(ch.After) == nil && bytes.Equal(x.fingerprint, y.fingerprint)
}

// moves collects what comes and goes.
type moves struct {
	rules *Rules
	paths map[string]bool
}

// objects compares the members that objects at one path have, before and after: those of an array, together.
func (m *moves) objects(before, after [][]byte, active []*node, do verb, path []string) {
	was, is := gather(before), gather(after)
	names := maps.Clone(was)
	maps.Copy(names, is)
	for name := range names {
		if equal(was[name], is[name]) {
			continue
		}
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
func (m *moves) values(was, is [][]byte, active []*node, do verb, path []string) {
	if a, b := inner(was, '{'), inner(is, '{'); len(a) > 0 && len(b) > 0 {
		m.objects(a, b, active, do, path)
	}
	a, b := elements(inner(was, '[')), elements(inner(is, '['))
	if len(a) > 0 && len(b) > 0 {
		next, d := m.rules.step(nil, active, []byte("[]"))
		m.values(a, b, next, d, append(slices.Clone(path), "[]"))
	}
}

// inner returns the values that begin so.
func inner(values [][]byte, open byte) [][]byte {
	return slices.DeleteFunc(slices.Clone(values), func(v []byte) bool { return v[0] != open })
}

// elements returns those of some arrays.
func elements(arrays [][]byte) [][]byte {
	var all [][]byte
	for _, a := range arrays {
		all = slices.AppendSeq(all, canonical.Elements(a))
	}
	return all
}

// gather returns the values of each member of some objects, never none.
func gather(objects [][]byte) map[string][][]byte {
	all := map[string][][]byte{}
	for _, o := range objects {
		for name, v := range canonical.Members(o) {
			name = name[1 : len(name)-1]
			all[string(name)] = append(all[string(name)], v)
		}
	}
	return all
}

func equal(was, is [][]byte) bool { return slices.EqualFunc(was, is, bytes.Equal) }
