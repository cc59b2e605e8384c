package state

import (
	"strings"

	"github.com/seachange/seachange/schema"
)

// Pause is an operator's word that something is read no more.
type Pause struct {
	Reason string `json:"reason,omitempty"` // for people
	AtMS   int64  `json:"at_ms"`            // when it was asked for
}

// paused begins the reason in the status of what is paused.
const paused = "paused by an operator"

// Text is the reason in the status of what is paused.
func (p Pause) Text() string {
	if p.Reason == "" {
		return paused
	}
	return paused + ": " + p.Reason
}

// Paused reports whether the collection is unwatched since an operator paused it.
func (s *CollectionStatus) Paused() bool {
	return s.Status == Unwatched && strings.HasPrefix(s.Reason, paused)
}

// PauseOf returns what holds a resource up: a pause of the account, of the resource, or of what it is below.
func (a *AccountCheckpoint) PauseOf(r *schema.Resource) (p Pause, ok bool) {
	if p, ok = a.Paused[""]; ok {
		return p, true
	}
	for ; r != nil; r = schema.Lookup(r.Parent()) {
		if p, ok = a.Paused[r.Name]; ok {
			return p, true
		}
	}
	return Pause{}, false
}

// Pause has a resource, or with "" the account, read no more.
func (a *AccountCheckpoint) Pause(resource string, p Pause) {
	if a.Paused == nil {
		a.Paused = map[string]Pause{}
	}
	a.Paused[resource] = p
}

// Resume ends the pause of a resource; with "" every pause of the account.
func (a *AccountCheckpoint) Resume(resource string) {
	if delete(a.Paused, resource); resource == "" {
		a.Paused = nil
	}
}
