package diff

import (
	"errors"
	"fmt"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
)

// Records returns the records of r that are embedded in a record of their parent: the elements of its array member.
// parent is the parent's id. Where records have only an id, a string is one. An error names what is wrong with the
// array, never what is in it; ErrNotShown is that of a record without the array, or with null where the row doesn't
// call that none.
func Records(r *schema.Resource, member, parent string, record []byte) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		array, err := embedded(r, record, member)
		if err != nil {
			yield(Record{}, fmt.Errorf("%s of %s: %w", r.Name, parent, err))
			return
		}
		for i, element := range array {
			if element.Kind() == '"' && bare(r) {
				element = jsontext.Value(fmt.Sprintf(`{%q:%s}`, r.ID, element))
			}
			segment, err := r.IDOf(element)
			if err != nil {
				yield(Record{}, fmt.Errorf("%s of %s: element %d: %w", r.Name, parent, i, err))
				return
			}
			if !yield(Record{ID: schema.JoinID(parent, segment), JSON: element}, nil) {
				return
			}
		}
	}
}

// bare reports whether records have nothing but their id.
func bare(r *schema.Resource) bool {
	known := schema.Known(r.Name)
	return known != nil && len(known.Paths()) == 1
}

// lenient reads what the canonical form refuses, so that one bad record is set aside alone.
func lenient(b []byte, v any) error {
	return json.Unmarshal(b, v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// ErrNotShown means that a parent's record doesn't show what is embedded in it: nothing is known of it.
var ErrNotShown = errors.New("the parent's record doesn't show them")

func embedded(r *schema.Resource, record []byte, member string) ([]jsontext.Value, error) {
	var top map[string]jsontext.Value
	if lenient(record, &top) != nil {
		return nil, errors.New("the parent is not an object")
	}
	var array []jsontext.Value
	v := top[member]
	switch {
	case len(v) == 0:
		return nil, fmt.Errorf("%w: it has no %s", ErrNotShown, member)
	case v.Kind() == 'n' && !r.NullIsNone:
		return nil, fmt.Errorf("%w: its %s is null", ErrNotShown, member)
	case lenient(v, &array) != nil:
		return nil, fmt.Errorf("%s is not an array", member)
	}
	return array, nil
}
