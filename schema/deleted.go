package schema

import "slices"

// IsDeleted reports whether a record that is shown by id, though no list has it, is in a state that means deleted: the
// row's Deleted, or a word for it in one of the members that tell a state. A list that has such a record shows a
// record.
func (r *Resource) IsDeleted(record []byte) bool {
	if r.Deleted != "" && r.Deleted.Holds(record) {
		return true
	}
	for _, member := range []string{"status.state", "status.phase", "status", "state", "phase"} {
		if value, err := Members(record, member); err == nil && meansDeleted(value[0]) {
			return true
		}
	}
	return false
}

// meansDeleted reports whether a state is over for good: "deleted", "STATUS_DELETED". One that is "deleting" is not.
func meansDeleted(state string) bool {
	words := wordsOf(state)
	return len(words) > 0 && slices.Contains([]string{"deleted", "destroyed", "removed", "terminated"},
		words[len(words)-1])
}
