package diff

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema/canonical"
)

// member is one of an object: its name, still quoted, and its value. Where it is left out, both are nil.
type member struct{ name, value []byte }

// append appends the member to those of an object.
func (m member) append(object []byte) []byte {
	if m.name == nil {
		return object
	}
	object = append(comma(object, '{'), m.name...)
	return append(append(object, ':'), m.value...)
}

// membersOf returns the members of an object in canonical form.
func membersOf(b []byte) []member {
	all := make([]member, 0, 32)
	for name, v := range canonical.Members(b) {
		all = append(all, member{name, v})
	}
	return all
}

// readMembers returns the members of any text, also those whose name comes twice. An error means that it is no object.
func readMembers(b []byte) ([]member, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(b), jsontext.AllowDuplicateNames(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("it is no object")
	}
	all := make([]member, 0, 32)
	for d.PeekKind() == '"' {
		name, err := readPart(d, b)
		if err != nil {
			return nil, err
		}
		value, err := readPart(d, b)
		if err != nil {
			return nil, err
		}
		all = append(all, member{name, value})
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return all, nil
}

// readPart returns the next name or value of the text b.
func readPart(d *jsontext.Decoder, b []byte) ([]byte, error) {
	v, err := d.ReadValue()
	end := d.InputOffset()
	return b[end-int64(len(v)) : end], err
}

// pairs yields the members of two objects side by side, by their quoted names.
func pairs(was, is []member) iter.Seq2[member, member] {
	byName := func(x, y member) int { return bytes.Compare(x.name, y.name) }
	slices.SortFunc(was, byName)
	slices.SortFunc(is, byName)
	return func(yield func(m, n member) bool) {
		for len(was) > 0 || len(is) > 0 {
			var m, n member
			if len(is) == 0 || (len(was) > 0 && byName(was[0], is[0]) <= 0) {
				m = was[0]
			}
			if len(was) == 0 || (len(is) > 0 && byName(is[0], was[0]) <= 0) {
				n = is[0]
			}
			if !yield(m, n) {
				return
			}
			was, is = was[min(1, len(m.name)):], is[min(1, len(n.name)):]
		}
	}
}
