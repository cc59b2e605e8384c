package schema

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// IDOf returns the segment of a record that names it: the members of the row's ID, as Segment joins them. It also reads
// records that have duplicate names or bad UTF-8 elsewhere. An error says what is wrong, never what is in the record.
func (r *Resource) IDOf(record []byte) (string, error) {
	values, err := Members(record, strings.Split(r.ID, "+")...)
	if err != nil {
		return "", err
	}
	return Segment(values...), nil
}

// Members returns the members of a record that have the given names: strings that are not empty, or numbers as they
// stand there. "a.b" is a member of a member.
func Members(record []byte, names ...string) ([]string, error) {
	values := make([]string, len(names))
	missing := len(names)
	d := jsontext.NewDecoder(bytes.NewBuffer(record), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("it is not an object")
	}
	for missing > 0 && d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, errUnreadable
		}
		i := slices.IndexFunc(names, func(n string) bool {
			return n == name.String() || strings.HasPrefix(n,
				name.String()+".")
		})
		v, err := d.ReadValue()
		if err != nil {
			return nil, errUnreadable
		}
		if i < 0 || values[i] != "" {
			continue
		}
		if values[i], err = member(v, names[i]); err != nil {
			return nil, err
		}
		missing--
	}
	if i := slices.Index(values, ""); i >= 0 {
		return nil, fmt.Errorf("it has no %s", names[i])
	}
	return values, nil
}

var errUnreadable = errors.New("it can't be read")

// member returns the value of the member name, whose first part has the value v.
func member(v jsontext.Value, name string) (string, error) {
	if _, rest, deeper := strings.Cut(name, "."); deeper {
		values, err := Members(v, rest)
		if err != nil {
			return "", fmt.Errorf("in its %s: %w", name[:len(name)-len(rest)-1], err)
		}
		return values[0], nil
	}
	value, err := scalar(v)
	if err != nil {
		return "", fmt.Errorf("its %s %w", name, err)
	}
	return value, nil
}

// scalar reads a string that is not empty, or a number as it stands there.
func scalar(v jsontext.Value) (string, error) {
	switch v.Kind() {
	case '0':
		return string(v), nil
	case '"':
		s, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return "", errors.New("is not UTF-8")
		}
		if len(s) == 0 {
			return "", errors.New("is empty")
		}
		return string(s), nil
	}
	return "", fmt.Errorf("is not a string or a number but %s", v.Kind())
}
