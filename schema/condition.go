package schema

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Condition is "member=a|b": a top-level member of a record is a string of the given ones. Empty always holds.
type Condition string

// Holds says whether the condition holds for a record.
func (c Condition) Holds(record []byte) bool {
	if c == "" {
		return true
	}
	member, values, _ := strings.Cut(string(c), "=")
	var top map[string]jsontext.Value
	if err := json.Unmarshal(record, &top, jsontext.AllowInvalidUTF8(true)); err != nil {
		return false
	}
	v, err := jsontext.AppendUnquote(nil, top[member])
	return err == nil && slices.Contains(strings.Split(values, "|"), string(v))
}
