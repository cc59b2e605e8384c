package status

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/state"
)

// Report is what is known of everything, for people and monitors.
type Report struct {
	Accounts []Account `json:"accounts"`
}

// Of is the part of a report that is about one account, by its configured name or its id.
func (r Report) Of(account string) Report {
	others := func(a Account) bool { return a.Name != account && a.AccountID != account }
	return Report{Accounts: slices.DeleteFunc(slices.Clone(r.Accounts), others)}
}

// Account is what is known of a configured account, or of one that is remembered and has no token here.
type Account struct {
	Name        string `json:"name"`       // "" where no token is configured
	AccountID   string `json:"account_id"` // "" until identified
	AccountName string `json:"account_name"`
	// Owned reports whether this process works on the account's shard. What is known of others is with their owner.
	Owned       bool         `json:"owned"`
	Error       string       `json:"error,omitempty"` // why it is not identified
	PerHour     int          `json:"per_hour"`
	Remaining   int          `json:"remaining"` // requests left in this hour; -1: not said
	Collections []Collection `json:"collections"`
	Unknown     []Unknown    `json:"unknown,omitempty"` // members that no document has, by resource and path
}

// Unknown is a member that no document has: its path into a record, or with a slash before it into the answer.
type Unknown struct {
	Resource string `json:"resource"`
	Path     string `json:"path"`
	SinceMS  int64  `json:"since_ms"` // when it was seen first; 0: before that was noted
}

// Collection is what is known of a collection.
type Collection struct {
	Resource    string         `json:"resource"`
	ParentID    string         `json:"parent_id"`
	Status      state.Status   `json:"status"`
	Reason      string         `json:"reason,omitempty"`
	SinceMS     int64          `json:"since_ms"`
	WholeMS     int64          `json:"-"`      // when the last whole sweep began; 0: there was none
	WholeAt     time.Time      `json:"-"`      // the same on this process's clock; zero: it was not this process's
	AgeMS       int64          `json:"age_ms"` // since then, as of the report; -1: there was none
	Records     int            `json:"records"`
	Held        []string       `json:"held"` // the first hundred
	HeldCount   int            `json:"held_count"`
	Why         string         `json:"why,omitempty"`         // why they are held, for people
	HeldReason  absence.Reason `json:"held_reason,omitempty"` // the same in a word
	Quarantined int            `json:"quarantined"`
}

func (c *Collection) id() state.CollectionID {
	return state.CollectionID{Resource: c.Resource, Parent: c.ParentID}
}

// Report is what is known now.
func (b *Board) Report(now time.Time) Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := Report{Accounts: []Account{}}
	for _, name := range b.names {
		r.Accounts = append(r.Accounts, b.accounts[name].report(name, now))
	}
	for _, id := range slices.Sorted(maps.Keys(b.unwatched)) {
		r.Accounts = append(r.Accounts, b.unwatched[id].report("", now))
	}
	return r
}

func (a *account) report(name string, now time.Time) Account {
	r := Account{
		Name: name, AccountID: a.id, AccountName: a.name, Owned: a.owned,
		PerHour: a.limits.PerHour, Remaining: a.limits.Remaining, Collections: a.sorted(), Unknown: a.unknown,
	}
	if a.err != nil {
		r.Error = a.err.Error()
	}
	for i := range r.Collections {
		c := &r.Collections[i]
		c.AgeMS = c.age(now).Milliseconds()
	}
	return r
}

func (a *account) sorted() []Collection {
	return slices.SortedFunc(maps.Values(a.collections), func(x, y Collection) int {
		return cmp.Or(cmp.Compare(x.Resource, y.Resource), cmp.Compare(x.ParentID, y.ParentID))
	})
}

// age is how long ago the last whole sweep began, -1 ms if there was none. Of an earlier owner's only the API's clock
// tells, which may be ahead of ours.
func (c *Collection) age(now time.Time) time.Duration {
	switch {
	case c.WholeMS == 0:
		return -time.Millisecond
	case !c.WholeAt.IsZero():
		return now.Sub(c.WholeAt)
	}
	return max(0, now.Sub(time.UnixMilli(c.WholeMS)))
}
