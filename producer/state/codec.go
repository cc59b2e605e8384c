package state

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// Encode makes the JSON of an entry, a key or a value of the topics beside the state: the same for the same v.
func Encode(v any) []byte {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // only our own types come here
	}
	return b
}

// Decode reads an entry into v. Members that v doesn't have are ignored.
func Decode(key, value []byte, v any) error {
	if err := json.Unmarshal(value, v); err != nil {
		return fmt.Errorf("state entry %q: %w", key, err)
	}
	return nil
}

var (
	bodyMember = []byte(`,"body":`)
	endOfEntry = []byte(`}`)
)

// EncodeRecord makes a record's entry. The body, which is in canonical form, ends it as it stands.
func EncodeRecord(r Record) []byte {
	body := r.Body
	if r.Body = nil; body == nil {
		return Encode(r)
	}
	return slices.Concat(bytes.TrimSuffix(Encode(r), endOfEntry), bodyMember, body, endOfEntry)
}

// DecodeRecord reads a record's entry. The body, which ends it, is taken as it stands, since we wrote it: to look at
// each byte of it again would be half of a restore's time. It is a part of value.
func DecodeRecord(key, value []byte) (r Record, err error) {
	rest, body, _ := bytes.Cut(value, bodyMember)
	body, ok := bytes.CutSuffix(body, endOfEntry)
	if !ok || !bytes.HasSuffix(body, endOfEntry) { // without a body
		return r, Decode(key, value, &r)
	}
	err = Decode(key, slices.Concat(rest, endOfEntry), &r)
	r.Body = body
	return r, err
}
