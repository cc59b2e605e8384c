// Package hint joins to a change what happened beside it: DigitalOcean's actions, and the notes of those who annotate.
// DigitalOcean's API has no audit log, so neither says who made the change.
package hint

import (
	"fmt"
	"slices"
	"time"
)

// Hint is something that overlaps a change's window and is about its record. It is no proof of anything.
type Hint struct {
	Kind string    `json:"kind"` // ActionKind or NoteKind
	ID   string    `json:"id"`   // of the action, or the note
	Text string    `json:"text"`
	By   string    `json:"by,omitempty"` // of a note: who wrote it, as it says itself
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"` // zero: it is not over, as far as is known
}

// What a hint may be.
const (
	ActionKind = "action"
	NoteKind   = "note"
)

// String is the hint in words, marked as such.
func (h Hint) String() string {
	if h.Kind == NoteKind {
		return fmt.Sprintf("hint, not proof: note of %s: %s", h.By, h.Text)
	}
	return "hint, not proof: action " + h.Text
}

// Record names a record of an account.
type Record struct{ Resource, ID string }

// Change is what hints are wanted for.
type Change struct {
	Account       string
	Records       []Record // the one that changed, and those that it is about
	After, Before time.Time
}

// window reports whether the change has one that from and to overlap; a zero to is no end.
func (c *Change) window(from, to time.Time) bool {
	return !c.After.IsZero() && !from.After(c.Before) && (to.IsZero() || !to.Before(c.After))
}

// most is how many hints of a change are named: those that began last.
const most = 5

func newest(all []Hint) []Hint {
	slices.SortStableFunc(all, func(a, b Hint) int { return b.From.Compare(a.From) })
	return all[:min(most, len(all))]
}

// Of returns the hints that actions and notes have for a change, the newest first; nil of either is none.
func Of(actions *Actions, notes *Notes, c Change) []Hint {
	return newest(slices.Concat(actions.of(&c), notes.of(&c)))
}
