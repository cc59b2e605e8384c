package schema

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MayChange reports whether an entry of a Log may still change: it is open, or lacks what is filled in late.
func (r *Resource) MayChange(entry []byte) bool {
	if r.Open == "" {
		return false
	}
	return r.Open.Holds(entry) || (r.Late != "" && isNull(entry, r.Late))
}

// isNull reports whether a record has a member that is null.
func isNull(record []byte, name string) bool {
	var top map[string]jsontext.Value
	err := json.Unmarshal(record, &top, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return err == nil && top[name].Kind() == 'n'
}

// Condition is "member=a|b": a top-level member of a record is one of the given strings. Empty always holds.
type Condition string

// Holds reports whether the condition holds for a record.
func (c Condition) Holds(record []byte) bool {
	if c == "" {
		return true
	}
	member, values, _ := strings.Cut(string(c), "=")
	value, err := Members(record, member)
	return err == nil && slices.Contains(strings.Split(values, "|"), value[0])
}
