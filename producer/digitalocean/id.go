package digitalocean

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
)

// lenient lets a record through that has duplicate names or bad UTF-8: it is quarantined alone, and spoils no page.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// twins counts equal records without an id, over a whole listing.
type twins map[string]int

// ownID answers a record's own id, by its row's rule.
func ownID(r *schema.Resource, record []byte, seen twins) (string, error) {
	switch {
	case r.ID != "":
		return idOf(r, record)
	case r.Kind == schema.Single:
		return r.Name, nil
	}
	id := hashID(record)
	if seen[id]++; seen[id] > 1 {
		return fmt.Sprintf("%s.%d", id, seen[id]), nil
	}
	return id, nil
}

// hashID is the id of a record that has none: itself, hashed in its canonical form where it has one.
func hashID(record []byte) string {
	v := jsontext.Value(bytes.Clone(record))
	if err := v.Canonicalize(jsontext.CanonicalizeRawInts(false)); err != nil {
		v = record
	}
	sum := sha256.Sum256(v)
	return hex.EncodeToString(sum[:8])
}

// idOf joins the members that identify a record.
func idOf(r *schema.Resource, record []byte) (string, error) {
	names := strings.Split(r.ID, "+")
	values, err := members(record, names)
	if err != nil {
		return "", err
	}
	return schema.OwnID(values...), nil
}

// members answers the top-level members of a record that have the given names: strings that are not empty, or numbers.
func members(record []byte, names []string) ([]string, error) {
	values := make([]string, len(names))
	missing := len(names)
	d := jsontext.NewDecoder(bytes.NewBuffer(record), lenient...)
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("it is not an object")
	}
	for missing > 0 && d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, errUnreadable
		}
		i := slices.Index(names, name.String())
		if i < 0 || values[i] != "" {
			if _, err := d.ReadValue(); err != nil {
				return nil, errUnreadable
			}
			continue
		}
		if values[i], err = scalar(d); err != nil {
			return nil, fmt.Errorf("its %s %w", names[i], err)
		}
		missing--
	}
	if i := slices.Index(values, ""); i >= 0 {
		return nil, fmt.Errorf("it has no %s", names[i])
	}
	return values, nil
}

var errUnreadable = errors.New("it can't be read")

// scalar reads a string that is not empty, or a number as it stands there.
func scalar(d *jsontext.Decoder) (string, error) {
	v, err := d.ReadValue()
	if err != nil {
		return "", errors.New("can't be read")
	}
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
