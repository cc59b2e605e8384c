package schema

import (
	"slices"
	"strings"
)

// Condition is "member=a|b": a top-level member of a record is one of the given strings. Empty always holds.
type Condition string

// Holds says whether the condition holds for a record.
func (c Condition) Holds(record []byte) bool {
	if c == "" {
		return true
	}
	member, values, _ := strings.Cut(string(c), "=")
	value, err := Members(record, member)
	return err == nil && slices.Contains(strings.Split(values, "|"), value[0])
}
