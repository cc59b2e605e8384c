package state

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/diff/absence"
)

// Status is what is known of a collection, in a word.
type Status string

const (
	Whole   Status = "whole"      // the last sweep read everything
	Partial Status = "partial"    // the last sweep ended early; what it read was published
	Failing Status = "failed"     // the last sweep read nothing
	Stopped Status = "stopped"    // the account's token is refused
	NoScope Status = "unreadable" // the token lacks the scope
	// Unwatched is what nobody reads: no token for the account is here, the resource is not asked for, or it is paused.
	Unwatched Status = "unwatched"
	// NotOffered is what the API does not offer below a living parent, or not yet: nothing of it is known.
	NotOffered Status = "not_offered"
	NeverSwept Status = "" // no sweep has ended yet
)

// Complete reports whether all was read that the API offers.
func (s Status) Complete() bool { return s == Whole || s == NotOffered }

// CollectionStatus is a value of the topics of sweeps and statuses: how complete the history of a collection is. Every
// event of the account with an lsn up to LastLSN stands before it.
type CollectionStatus struct {
	// As in its key, for readers that see values alone. Those of older releases lack them.
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	ParentID  string `json:"parent_id"`

	Status  Status `json:"status"`
	Reason  string `json:"reason,omitempty"`
	BeganMS int64  `json:"began_ms"`
	EndedMS int64  `json:"ended_ms"`
	// WholeMS is when the last whole sweep began that lacked nothing: up to then the history is known; 0: there was none.
	WholeMS   int64    `json:"whole_ms"`
	Records   int      `json:"records"`
	LastLSN   int64    `json:"last_lsn"`
	SinceMS   int64    `json:"since_ms"`
	Held      []string `json:"held"` // the first hundred suspects, and paths as "path:…"
	HeldCount int      `json:"held_count"`
	// HeldReason is why they are held, in a word. Added after the first release, as HeldWhy.
	HeldReason  absence.Reason `json:"held_reason,omitempty"`
	HeldWhy     string         `json:"held_why,omitempty"` // the same, for people
	Quarantined int            `json:"quarantined"`
	// IntervalMS is the time between two sweeps, as it is planned now; 0: unknown, as with run --once.
	IntervalMS int64 `json:"interval_ms,omitzero"`
	// Number is the collection's in the account's looks, of which those with a Seq above LooksSeq tell when it was read
	// since, unchanged; 0: they don't tell.
	Number   int   `json:"number,omitzero"`
	LooksSeq int64 `json:"looks_seq,omitzero"`
}

// clean reports whether the last sweep was whole and lacked nothing.
func (s *CollectionStatus) clean() bool { return s.Status == Whole && s.WholeMS == s.BeganMS }

// Told reports whether s, with looks behind it, tells all that now says: the times of whole sweeps alone have moved on,
// or the interval a little.
func (s CollectionStatus) Told(now CollectionStatus) bool {
	if !s.clean() || !now.clean() || now.Number == 0 || now.BeganMS < s.BeganMS || !slices.Equal(s.Held, now.Held) ||
		!near(s.IntervalMS, now.IntervalMS) {
		return false
	}
	for _, t := range []*CollectionStatus{&s, &now} {
		t.BeganMS, t.EndedMS, t.WholeMS, t.LastLSN, t.IntervalMS, t.LooksSeq, t.Held = 0, 0, 0, 0, 0, 0, nil
	}
	return reflect.DeepEqual(s, now)
}

// near reports whether an interval is not much longer or shorter than another one.
func near(a, b int64) bool { return a == b || (a > 0 && b > 0 && 2*max(a, b) <= 3*min(a, b)) }

// Move takes over when the collection was last read whole and lacked nothing, as looks tell readers.
func (s *CollectionStatus) Move(l *ToldLooks) {
	if s.Number == 0 || l.Seq <= s.LooksSeq {
		return
	}
	began := l.Of(s.Number)
	s.WholeMS, s.BeganMS, s.EndedMS = max(s.WholeMS, began), max(s.BeganMS, began), max(s.EndedMS, began)
}

// SweptMS is when the last whole sweep began, also one that holds something back; 0: there was none.
func (s *CollectionStatus) SweptMS() int64 {
	if s.Status == Whole {
		return max(s.BeganMS, s.WholeMS)
	}
	return s.WholeMS
}

// AccountCollection names a collection of any account: the key of its status.
type AccountCollection struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	ParentID  string `json:"parent_id"`
}

// Compare orders by account, resource and parent.
func (c AccountCollection) Compare(d AccountCollection) int {
	return cmp.Or(
		cmp.Compare(c.AccountID, d.AccountID), cmp.Compare(c.Resource, d.Resource), cmp.Compare(c.ParentID, d.ParentID))
}

// StatusKey is the key of a collection's status.
func StatusKey(account string, k CollectionID) []byte {
	return Encode(AccountCollection{account, k.Resource, k.Parent})
}

// ParseStatus reads a record of the topics of sweeps and statuses. A tombstone, which says that the collection went
// with its parent, has a nil status.
func ParseStatus(key, value []byte) (AccountCollection, *CollectionStatus, error) {
	var c AccountCollection
	if err := json.Unmarshal(key, &c); err != nil {
		return c, nil, fmt.Errorf("key of a collection's status: %w", err)
	}
	if value == nil {
		return c, nil, nil
	}
	s := &CollectionStatus{}
	if err := json.Unmarshal(value, s); err != nil {
		return c, nil, fmt.Errorf("status of %s: %w", c.Resource, err)
	}
	return c, s, nil
}

// SchemaChange is a value of the topic of schema changes: members that no document of DigitalOcean's has, or whose
// values are of another type there. It never has a value in it.
type SchemaChange struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	// Paths are into a record, "a.b[].c"; with a slash before it a member lies beside the records.
	Paths []string `json:"paths"`
	// Mistyped are members that have a column in data, with values of another type: null there, and in the body alone.
	Mistyped []string `json:"mistyped,omitempty"`
	Listing  string   `json:"listing,omitempty"` // what was asked for: "/v2/vpcs/5a4/members"
	TsMS     int64    `json:"ts_ms"`             // when they were seen first
}

// ParseSchemaChange reads a value of the topic of schema changes.
func ParseSchemaChange(value []byte) (SchemaChange, error) {
	var change SchemaChange
	if err := json.Unmarshal(value, &change); err != nil {
		return change, fmt.Errorf("schema change: %w", err)
	}
	return change, nil
}

// SchemaChangeKey is the key of a schema change.
func SchemaChangeKey(account, resource string) []byte {
	return Encode(struct {
		AccountID string `json:"account_id"`
		Resource  string `json:"resource"`
	}{account, resource})
}

// RequestKey is the key of an operator's request, and of its answer: a newer request of its kind replaces an older one.
// The answer has a key of its own, so that the request stays until its owner has read it.
type RequestKey struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	Answer    bool   `json:"answer,omitzero"`
	Kind      string `json:"kind,omitempty"` // of a request that doesn't replace those of other kinds
}
