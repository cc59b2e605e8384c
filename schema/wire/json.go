package wire

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

// JSON with data is put together of parts: what was encoded once is not read again.

// jsonChange is an event without its images.
type jsonChange struct {
	Source  schema.Source `json:"source"`
	Op      schema.Op     `json:"op"`
	TsMS    int64         `json:"ts_ms"`
	Changes *string       `json:"changes"`
}

func (t *topic) event(e *schema.Event, before, after []types.Value) []byte {
	if len(t.columns) == 0 {
		return e.Marshal()
	}
	b := append(make([]byte, 0, room(e.Before, e.After)), `{"before":`...)
	b = t.row(b, e.Before, before)
	b = t.row(append(b, `,"after":`...), e.After, after)
	rest := marshal(&jsonChange{e.Source, e.Op, e.TsMS, e.Changes})
	rest[0] = ','
	return append(b, rest...)
}

func (t *topic) row(b []byte, r *schema.Row, values []types.Value) []byte {
	if r == nil {
		return append(b, "null"...)
	}
	return t.object(b, marshal(r), values)
}

func (t *topic) current(r *schema.Current, values []types.Value) []byte {
	if len(t.columns) == 0 {
		return r.Marshal()
	}
	return t.object(nil, r.Marshal(), values)
}

// object appends an object with data as its last member.
func (t *topic) object(b, object []byte, values []types.Value) []byte {
	b = append(append(b, object[:len(object)-1]...), `,"data":`...)
	return append(appendJSON(b, t.columns, values), '}')
}

// marshal encodes as an event is.
func marshal(v any) []byte {
	b, err := json.Marshal(v, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(err) // strings and numbers
	}
	return b
}
