package types

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema/canonical"
)

// Value is what is in a column. The zero Value is null.
type Value struct {
	// JSON is the value as the record has it, of a kind without others within it: a Timestamp is a string.
	JSON jsontext.Value
	// Within are the values of a Struct, in the order of its fields, or the elements of an Array. Nil: null.
	Within []Value
}

// IsNull reports whether there is no value.
func (v *Value) IsNull() bool { return v.JSON == nil && v.Within == nil }

// Read returns a record's values in the order of the fields, and where it has values of another type than its columns:
// member paths, "a.b[].c", sorted. Those are null, and so is what is missing, an empty string where an instant should
// be, or masked where no string should be. The record is a body: canonical JSON. The values share its memory. They are
// nil if it is no object.
func Read(fields []Field, record []byte) (values []Value, mistyped []string) {
	if len(record) == 0 || record[0] != '{' {
		return nil, nil
	}
	r := reader{free: make([]Value, len(record)/16)} // most columns that aren't null have members of about that length
	v := r.object(fields, record)
	if len(r.mistyped) == 0 {
		return v.Within, nil
	}
	slices.Sort(r.mistyped)
	return v.Within, slices.Compact(r.mistyped)
}

type reader struct {
	free     []Value  // to be taken by what is within a value
	path     []string // of the value that is read
	mistyped []string
}

// values returns n nulls.
func (r *reader) values(n int) []Value {
	if n > len(r.free) {
		r.free = make([]Value, max(n, 32))
	}
	taken := r.free[:n:n]
	r.free = r.free[n:]
	return taken
}

func (r *reader) value(t *Type, b []byte) Value {
	switch {
	case t.Kind == Struct && b[0] == '{':
		return r.object(t.Fields, b)
	case t.Kind == Array && b[0] == '[':
		return r.array(t.Elem, b)
	case b[0] == 'n':
		return Value{}
	}
	v, ok := scalar(t.Kind, b)
	if !ok {
		r.mistyped = append(r.mistyped, strings.TrimPrefix(strings.Join(r.path, ""), "."))
	}
	return Value{JSON: v}
}

// object reads the members that have columns. Most come in the order of these.
func (r *reader) object(fields []Field, b []byte) Value {
	v, next := Value{Within: r.values(len(fields))}, 0
	for name, b := range canonical.Members(b) {
		i := find(fields, next, name[1:len(name)-1])
		if i < 0 {
			continue
		}
		next = i + 1
		f := &fields[i]
		r.path = append(r.path, ".", f.Member)
		if f.shared {
			r.each(fields, f.Member, b, v.Within)
		} else {
			v.Within[i] = r.value(&f.Type, b)
		}
		r.path = r.path[:len(r.path)-2]
	}
	return v
}

// find returns the index of a member's column, which is most likely next; negative without one.
func find(fields []Field, next int, member []byte) int {
	for i := next; i < len(fields); i++ {
		if fields[i].Member == string(member) {
			return i
		}
	}
	return slices.IndexFunc(fields[:next], func(f Field) bool { return f.Member == string(member) })
}

// each reads a value into the first column that takes it, where a member has several: it keeps what it had.
func (r *reader) each(fields []Field, member string, b []byte, into []Value) {
	before := len(r.mistyped)
	for i := range fields {
		if fields[i].Member != member {
			continue
		}
		r.mistyped = r.mistyped[:before]
		if into[i] = r.value(&fields[i].Type, b); len(r.mistyped) == before {
			return
		}
	}
}

func (r *reader) array(elem *Type, b []byte) Value {
	n := 0
	for range canonical.Elements(b) {
		n++
	}
	v := Value{Within: r.values(n)}
	if n == 0 {
		v.Within = []Value{}
	}
	r.path = append(r.path, "[]")
	i := 0
	for b := range canonical.Elements(b) {
		v.Within[i] = r.value(elem, b)
		i++
	}
	r.path = r.path[:len(r.path)-1]
	return v
}

// masked begins what stands in place of a secret.
const masked = `"***`

// scalar returns a value if it is of a kind, nil if it is as good as null, and reports whether it is either.
func scalar(k Kind, v jsontext.Value) (jsontext.Value, bool) {
	text, number := v[0] == '"', v[0] == '-' || ('0' <= v[0] && v[0] <= '9')
	switch {
	case k == JSON, k == String && text, k == Boolean && (v[0] == 't' || v[0] == 'f'):
		return v, true
	case bytes.HasPrefix(v, []byte(masked)):
		return nil, true
	case k == Double && number:
		if _, err := strconv.ParseFloat(string(v), 64); err == nil {
			return v, true
		}
	case k == Long && number:
		return whole(v)
	case k == Timestamp && text:
		if len(v) == len(`""`) {
			return nil, true
		}
		if _, err := Instant(v); err == nil {
			return v, true
		}
	}
	return nil, false
}

// exact is up to which whole numbers a float64 tells one from the next.
const exact = 1 << 53

// whole returns a whole number without a fraction or an exponent.
func whole(v jsontext.Value) (jsontext.Value, bool) {
	if _, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return v, true
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return nil, false
	}
	return strconv.AppendInt(nil, int64(f), 10), true
}

// Instant returns the instant that the value of a Timestamp names.
func Instant(v jsontext.Value) (time.Time, error) {
	if len(v) < len(`""`) {
		return time.Time{}, errors.New("not an instant")
	}
	return time.Parse(time.RFC3339, string(v[1:len(v)-1]))
}
