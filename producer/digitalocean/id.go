package digitalocean

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
)

// lenient lets a record through that has duplicate names or bad UTF-8: it is quarantined alone, and spoils no page.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// twins counts equal records without an id, over a whole listing.
type twins map[string]int

// ownID returns a record's own id as a segment, by its row's rule.
func ownID(r *schema.Resource, record []byte, seen twins) (string, error) {
	switch {
	case r.ID != "":
		return r.IDOf(record)
	case jsontext.Value(record).Kind() != '{':
		return "", errors.New("it is not an object")
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

var errUnreadable = errors.New("it can't be read")
