package diff

import (
	"errors"
	"fmt"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
)

// Records answers the records of r that are embedded in a record of their parent: the elements of its array member. parent
// is the parent's id. Where records have only an id, a string is one. Null or no such member is none. An error names what is wrong with the array, never what is in it.
func Records(r *schema.Resource, member, parent string, record []byte) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		array, err := embedded(record, member)
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

// bare says whether records have nothing but their id.
func bare(r *schema.Resource) bool {
	known := schema.Known(r.Name)
	return known != nil && len(known.Paths()) == 1
}

// lenient reads what the canonical form refuses, so that one bad record is set aside alone.
func lenient(b []byte, v any) error {
	return json.Unmarshal(b, v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func embedded(record []byte, member string) ([]jsontext.Value, error) {
	var top map[string]jsontext.Value
	if lenient(record, &top) != nil {
		return nil, errors.New("the parent is not an object")
	}
	var array []jsontext.Value
	if v := top[member]; len(v) > 0 && lenient(v, &array) != nil {
		return nil, fmt.Errorf("%s is not an array", member)
	}
	return array, nil
}
