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
	"github.com/wI2L/jsondiff"
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
	b, err := counted(r, before)
	if err != nil {
		return "", fmt.Errorf("body before: %w", err)
	}
	a, err := counted(r, after)
	if err != nil {
		return "", fmt.Errorf("body after: %w", err)
	}
	d := differ{rules: r, ops: []operation{}}
	d.object("", b, a, []*node{&r.top})
	if d.err != nil {
		return "", fmt.Errorf("describe changes: %w", d.err)
	}
	text, err := encode(d.ops)
	if err != nil {
		return "", fmt.Errorf("describe changes: %w", err)
	}
	return string(text), nil
}

// counted leaves of a body what counts.
func counted(r *Rules, body []byte) ([]byte, error) {
	f := former{rules: r, stored: true}
	err := f.form(body)
	return f.print, err
}

// encode is encoding/json without the escapes that HTML needs.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
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
		d.list(path, old, now)
	default:
		d.ops = append(d.ops, operation{Op: "replace", Path: path, Value: now, Old: old})
	}
}

func (d *differ) object(path string, old, now []byte, active []*node) {
	was, is, names := map[string][]byte{}, map[string][]byte{}, []string{}
	for name, v := range members(old) {
		was[string(name)] = v
		names = append(names, string(name))
	}
	for name, v := range members(now) {
		is[string(name)] = v
		names = append(names, string(name))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		o, n := was[name], is[name]
		at := path + "/" + pointer(name)
		next, do := d.rules.step(nil, active, []byte(name[1:len(name)-1]))
		if do&set != 0 {
			o, n = orNone(o, n), orNone(n, o)
		}
		switch {
		case n == nil:
			d.remove(at, o)
		case o == nil:
			d.add(at, n)
		default:
			d.value(at, o, n, next, do)
		}
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
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(string(name))
}

// set pairs the elements by their key, or as a whole.
func (d *differ) set(path string, old, now []byte, active []*node) {
	next, do := d.rules.step(nil, active, []byte("[]"))
	key := setKey(active)
	partners := map[string][]element{}
	for i, v := range slices.Collect(elements(old)) {
		id := identity(v, key)
		partners[id] = append(partners[id], element{i, v})
	}
	var come []element
	for i, v := range slices.Collect(elements(now)) {
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

// list compares arrays whose order counts.
func (d *differ) list(path string, old, now []byte) {
	n, m := len(inside(old, true)), len(inside(now, true))
	if n*m > maxTable {
		d.ops = append(d.ops, operation{Op: "replace", Path: path, Value: now, Old: old})
		return
	}
	patch, err := jsondiff.CompareJSON(old, now, jsondiff.LCS(), jsondiff.UnmarshalFunc(unmarshal))
	if err != nil && d.err == nil {
		d.err = err
	}
	for _, p := range patch {
		op := operation{Op: p.Type, Path: path + p.Path}
		if p.Type != jsondiff.OperationRemove {
			op.Value = d.json(p.Value)
		}
		if p.Type != jsondiff.OperationAdd {
			op.Old = d.json(p.OldValue)
		}
		d.ops = append(d.ops, op)
	}
}

func (d *differ) json(v any) jsontext.Value {
	b, err := encode(v)
	if err != nil && d.err == nil {
		d.err = err
	}
	return b
}

// unmarshal keeps numbers as they are: a change of a large one would go unseen.
func unmarshal(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(v)
}
