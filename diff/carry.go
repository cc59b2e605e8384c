package diff

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
)

// carrier puts old values back where their absence says nothing: at paths whose scope is missing, and, with a mask key,
// where a masked value is empty or absent.
type carrier struct {
	rules *Rules
	carry []string
	paths *Rules // what to carry and to mask, and the sets on the way there; nil until a record has changed
}

func newCarrier(r *Rules, carry []string) *carrier { return &carrier{rules: r, carry: carry} }

// compile makes the tree of paths. Most sweeps find nothing changed and need none.
func (c *carrier) compile() {
	c.paths = new(Rules)
	all := []struct {
		paths schema.Paths
		do    verb
	}{{schema.Paths(strings.Join(c.carry, " ")), carry}, {c.rules.lists.Sets, set}, {c.rules.lists.Mask, mask}}
	if len(c.rules.key) == 0 {
		all = all[:2]
	}
	for _, l := range all {
		// A path that can't be read is none of the row's: there is nothing at it.
		_ = c.paths.add(l.paths, l.do)
	}
}

// idle reports whether there is nothing to put back.
func (c *carrier) idle() bool { return len(c.carry) == 0 && len(c.rules.key) == 0 }

// restore returns form with the values of old put back. Old is a body, nil if there is none. What was put back is
// brought to canonical form once more, so that its fingerprint is the same as if the API had sent it.
func (c *carrier) restore(old []byte, form Form) Form {
	if c.idle() || old == nil || bytes.Equal(old, form.Body) {
		return form
	}
	if c.paths == nil {
		c.compile()
	}
	merged, changed := c.merge(differing(old, form.Body))
	if changed {
		merged, changed = c.merge(old, form.Body)
	}
	if !changed {
		return form
	}
	if merged, err := c.rules.formed(merged, true); err == nil {
		return merged
	}
	return form
}

// differing returns the members of two bodies that are not the same in both: what is the same has nothing to put back.
func differing(old, body []byte) (was, is []byte) {
	was, is = []byte{'{'}, []byte{'{'}
	for m, n := range pairs(membersOf(old), membersOf(body)) {
		if !bytes.Equal(m.value, n.value) {
			was, is = m.append(was), n.append(is)
		}
	}
	return append(was, '}'), append(is, '}')
}

// merge returns body with the values of old put back, and reports whether there were any.
func (c *carrier) merge(old, body []byte) (merged []byte, changed bool) {
	was, is := tree(old), tree(body)
	if was == nil || is == nil {
		return nil, false
	}
	before, err1 := json.Marshal(is)
	merged, err2 := json.Marshal(c.object(was, is, []*node{&c.paths.top}))
	return merged, err1 == nil && err2 == nil && !bytes.Equal(before, merged)
}

// keep returns form with members of old as they are there, also null, for those that could not be read this time.
// Old is a body, nil if there is none.
func (r *Rules) keep(old []byte, form Form, members []string) Form {
	if old == nil || len(members) == 0 {
		return form
	}
	var was, is map[string]json.RawMessage
	if json.Unmarshal(old, &was) != nil || json.Unmarshal(form.Body, &is) != nil {
		return form
	}
	for _, name := range members {
		if v, ok := was[name]; ok {
			is[name] = v
		}
	}
	merged, err := json.Marshal(is)
	if err != nil {
		return form
	}
	if merged, err := r.formed(merged, true); err == nil {
		return merged
	}
	return form
}

// tree decodes a body; numbers stay as they are. Nil if it is no object.
func tree(body []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v map[string]any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

func (c *carrier) value(old, is any, active []*node, do verb) any {
	if (do&carry != 0 && nothing(is) && !nothing(old)) || (do&mask != 0 && wasKeyed(old) && nothing(is)) {
		return old
	}
	switch old := old.(type) {
	case map[string]any:
		if is, ok := is.(map[string]any); ok {
			return c.object(old, is, active)
		}
	case []any:
		if is, ok := is.([]any); ok {
			return c.array(old, is, active)
		}
	}
	return is
}

// object puts back what members of an object had. An object that is missing comes back whole if it held nothing but
// what can be lost: without a scope DigitalOcean leaves it out with it.
func (c *carrier) object(old, is map[string]any, active []*node) map[string]any {
	for name, o := range old {
		next, do := c.paths.step(nil, active, []byte(name))
		v, present := is[name]
		if inner, ok := o.(map[string]any); ok && !present && do&carry == 0 {
			if nothing(c.rest(inner, next)) {
				is[name] = inner // it held nothing else, and was left out with it
			}
			continue
		}
		if v = c.value(o, v, next, do); present || v != nil {
			is[name] = v
		}
	}
	return is
}

// array pairs the elements of two arrays and puts back into each what its partner had.
func (c *carrier) array(old, is []any, active []*node) []any {
	next, do := c.paths.step(nil, active, []byte("[]"))
	if len(next) == 0 && len(c.paths.deep.child) == 0 {
		return is
	}
	key := setKey(active)
	partners := map[string][]any{}
	for _, o := range old {
		id := c.identity(o, next, key)
		partners[id] = append(partners[id], o)
	}
	for i, v := range is {
		id := c.identity(v, next, key)
		if all := partners[id]; len(all) > 0 {
			is[i] = c.value(all[0], v, next, do)
			partners[id] = all[1:]
		}
	}
	return is
}

// identity is what an element is known by: the key of its set, or all that can't be lost with a scope. Two that are
// alike by it are paired in their order, which then makes no difference.
func (c *carrier) identity(v any, active []*node, key []string) string {
	var id any
	if m, ok := v.(map[string]any); ok && key != nil {
		var parts []any
		for _, k := range key {
			parts = append(parts, m[k])
		}
		id = parts
	} else {
		id = c.rest(v, active)
	}
	b, err := json.Marshal(id)
	if err != nil {
		return ""
	}
	return string(b)
}

// rest returns a value without what can be carried, and without what is empty then.
func (c *carrier) rest(v any, active []*node) any {
	switch v := v.(type) {
	case map[string]any:
		left := map[string]any{}
		for name, m := range v {
			next, do := c.paths.step(nil, active, []byte(name))
			if do&(carry|mask) != 0 {
				continue
			}
			if m = c.rest(m, next); !nothing(m) {
				left[name] = m
			}
		}
		return left
	case []any:
		next, _ := c.paths.step(nil, active, []byte("[]"))
		left := make([]any, 0, len(v))
		for _, e := range v {
			left = append(left, c.rest(e, next))
		}
		return left
	}
	return v
}

// nothing reports whether a value is empty, or a masked one that was: an empty value is masked as the word alone,
// without a hash.
func nothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == "" || v == strings.Trim(plain, `"`)
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func wasKeyed(v any) bool {
	s, ok := v.(string)
	return ok && isKeyed([]byte(`"`+s+`"`))
}

// Carry puts the old values back at these paths, where they are empty now, after the sweep has compared everything:
// only then is it known that a path emptied everywhere at once. Changes that are none any more vanish. The paths are
// carried by the sweeps that follow as long as SweepOptions.Carry names them.
func (w *Sweep) Carry(paths []string) {
	w.o.Carry = union(w.o.Carry, paths)
	w.s.carried = union(w.s.carried, paths)
	w.carrier = newCarrier(w.s.rules, w.o.Carry)
	for _, t := range w.order {
		if t.isNew || len(t.changes) == 0 {
			continue
		}
		if t.changes = w.judge(t); len(t.changes) == 0 {
			t.record.raw, t.record.rebase = t.raw, false
		}
	}
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
