package diff

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema/canonical"
)

// operation is a line of a description, in JSON Patch's words.
type operation struct {
	Op    string         `json:"op"` // add, remove or replace
	Path  string         `json:"path"`
	Value jsontext.Value `json:"value,omitempty"`
	Old   jsontext.Value `json:"old,omitempty"` // on remove and replace
}

// Patch describes what differs between two bodies: a JSON text of [{"op","path","value","old"}]. It is for people and
// rules, not to be applied: what is no reason for an event is left out, a set that is absent or null is an empty one,
// the elements of a set are added and removed as a whole, unless they have a key, and a path's index is that of the
// body after, or before for what was removed, less equal elements of a set.
func Patch(r *Rules, before, after []byte) (string, error) {
	before, after = r.apart(before, after)
	b, a := r.borrow(true), r.borrow(true)
	defer b.giveBack()
	defer a.giveBack()
	if err := b.form(before); err != nil {
		return "", fmt.Errorf("body before: %w", err)
	}
	if err := a.form(after); err != nil {
		return "", fmt.Errorf("body after: %w", err)
	}
	d := differ{rules: r, ops: []operation{}}
	d.object("", b.fingerprint, a.fingerprint, []*node{&r.top})
	if d.err != nil {
		return "", fmt.Errorf("describe changes: %w", d.err)
	}
	text, err := encode(d.ops)
	if err != nil {
		return "", fmt.Errorf("describe changes: %w", err)
	}
	return string(text), nil
}

// encode is encoding/json without the escapes that HTML needs.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// apart returns two bodies without most of the objects and arrays that are the same in both: it costs less to see that
// than to form them. What may say how other members are read stays.
func (r *Rules) apart(before, after []byte) (b, a []byte) {
	was, err1 := readMembers(before)
	is, err2 := readMembers(after)
	if err1 != nil || err2 != nil {
		return before, after
	}
	f := r.borrow(true)
	defer f.giveBack()
	b, a = []byte{'{'}, []byte{'{'}
	for m, n := range pairs(was, is) {
		nested := len(m.value) > 0 && (m.value[0] == '{' || m.value[0] == '[')
		if nested && bytes.Equal(m.value, n.value) && !f.hint(m.name[1:len(m.name)-1]).title {
			continue
		}
		b, a = m.append(b), n.append(a)
	}
	return append(b, '}'), append(a, '}')
}

type differ struct {
	rules *Rules
	ops   []operation
	err   error // the first one
}

func (d *differ) add(path string, value []byte) {
	d.ops = append(d.ops, operation{Op: "add", Path: path, Value: value})
}

func (d *differ) remove(path string, old []byte) {
	d.ops = append(d.ops, operation{Op: "remove", Path: path, Old: old})
}

func (d *differ) value(path string, old, now []byte, active []*node, do verb) {
	switch {
	case bytes.Equal(old, now):
	case old[0] == '{' && now[0] == '{':
		d.object(path, old, now, active)
	case old[0] == '[' && now[0] == '[' && do&set != 0:
		d.set(path, old, now, active)
	case old[0] == '[' && now[0] == '[':
		d.list(path, old, now, active)
	default:
		d.ops = append(d.ops, operation{Op: "replace", Path: path, Value: now, Old: old})
	}
}

func (d *differ) object(path string, old, now []byte, active []*node) {
	for m, n := range pairs(membersOf(old), membersOf(now)) {
		if !bytes.Equal(m.value, n.value) {
			d.member(path, cmp.Or(string(m.name), string(n.name)), m.value, n.value, active)
		}
	}
}

// member compares one of two objects, which has another value, or is left out of one of them.
func (d *differ) member(path, quoted string, old, now []byte, active []*node) {
	at := path + "/" + pointer(quoted)
	next, do := d.rules.step(nil, active, []byte(quoted[1:len(quoted)-1]))
	if do&set != 0 {
		old, now = orNone(old, now), orNone(now, old)
	}
	switch {
	case now == nil:
		d.remove(at, old)
	case old == nil:
		d.add(at, now)
	default:
		d.value(at, old, now, next, do)
	}
}

// orNone returns a set, which is none where it is left out beside another array.
func orNone(v, beside []byte) []byte {
	if v == nil && beside != nil && beside[0] == '[' {
		return []byte("[]")
	}
	return v
}

// pointer escapes a quoted name for a JSON Pointer.
func pointer(quoted string) string {
	name, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return quoted
	}
	return strings.ReplaceAll(strings.ReplaceAll(string(name), "~", "~0"), "/", "~1")
}

// set pairs the elements by their key, or as a whole.
func (d *differ) set(path string, old, now []byte, active []*node) {
	next, do := d.rules.step(nil, active, []byte("[]"))
	key := setKey(active)
	partners := map[string][]element{}
	for i, v := range slices.Collect(canonical.Elements(old)) {
		id := identity(v, key)
		partners[id] = append(partners[id], element{i, v})
	}
	var come []element
	for i, v := range slices.Collect(canonical.Elements(now)) {
		id := identity(v, key)
		if p := partners[id]; len(p) > 0 {
			partners[id] = p[1:]
			d.value(path+"/"+strconv.Itoa(i), p[0].value, v, next, do)
			continue
		}
		come = append(come, element{i, v})
	}
	d.leave(path, partners)
	for _, e := range come {
		d.add(path+"/"+strconv.Itoa(e.i), e.value)
	}
}

// element is one of an array, with its index.
type element struct {
	i     int
	value []byte
}

// leave removes the elements that have no partner.
func (d *differ) leave(path string, partners map[string][]element) {
	var gone []element
	for _, p := range partners {
		gone = append(gone, p...)
	}
	slices.SortFunc(gone, func(a, b element) int { return cmp.Compare(a.i, b.i) })
	for _, e := range gone {
		d.remove(path+"/"+strconv.Itoa(e.i), e.value)
	}
}

// identity is what an element of a set is known by.
func identity(v []byte, key []string) string {
	var id []byte
	for _, k := range key {
		if m := lookup(v, k); m != nil {
			id = append(append(id, m...), ',')
		}
	}
	if len(id) == 0 {
		return string(v)
	}
	return string(id)
}

// maxTable bounds the table that the longest common subsequence needs.
const maxTable = 1 << 20

// list compares arrays whose order counts: their longest common subsequence stays, and what lies between its elements
// is compared in pairs, as far as there are two of them.
func (d *differ) list(path string, old, now []byte, active []*node) {
	was, is := slices.Collect(canonical.Elements(old)), slices.Collect(canonical.Elements(now))
	if len(was)*len(is) > maxTable {
		d.ops = append(d.ops, operation{Op: "replace", Path: path, Value: now, Old: old})
		return
	}
	next, do := d.rules.step(nil, active, []byte("[]"))
	i, j := 0, 0
	for _, equal := range append(subsequence(was, is), pair{len(was), len(is)}) {
		for i < equal.old || j < equal.now {
			at := path + "/" + strconv.Itoa(j)
			switch {
			case i == equal.old:
				d.add(at, is[j])
				j++
			case j == equal.now:
				d.remove(at, was[i])
				i++
			default:
				d.value(at, was[i], is[j], next, do)
				i, j = i+1, j+1
			}
		}
		i, j = i+1, j+1
	}
}

// pair has the indices of elements that are equal.
type pair struct{ old, now int }

// subsequence returns the longest common one.
func subsequence(was, is [][]byte) []pair {
	longest := make([][]int, len(was)+1) // that of was[:i] and is[:j]
	for i := range longest {
		longest[i] = make([]int, len(is)+1)
	}
	for i, old := range was {
		for j, now := range is {
			if bytes.Equal(old, now) {
				longest[i+1][j+1] = longest[i][j] + 1
			} else {
				longest[i+1][j+1] = max(longest[i][j+1], longest[i+1][j])
			}
		}
	}
	var pairs []pair
	for i, j := len(was), len(is); i > 0 && j > 0; {
		switch {
		case bytes.Equal(was[i-1], is[j-1]):
			i, j = i-1, j-1
			pairs = append(pairs, pair{i, j})
		case longest[i-1][j] > longest[i][j-1]:
			i--
		default:
			j--
		}
	}
	slices.Reverse(pairs)
	return pairs
}
