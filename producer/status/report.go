package status

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/state"
)

// Report is what is known of everything, for people and monitors.
type Report struct {
	Accounts []Account `json:"accounts"`
}

// mostInFull is how many accounts an overview has with all of their collections.
const mostInFull = 20

// Overview is Report, but of more than 20 accounts it has only the collections that somebody has to look at: those that
// are not read whole, or that hold something back, ten at most for a status. Account.LeftOut counts the others.
func (b *Board) Overview(now time.Time) Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.accounts)+len(b.unwatched) <= mostInFull {
		return b.report(now, (*account).sorted)
	}
	return b.report(now, (*account).conspicuous)
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
	LeftOut     int          `json:"left_out"` // collections that an overview doesn't show
	Counts      Counts       `json:"counts"`
	Unknown     []Unknown    `json:"unknown,omitempty"` // members that no document has, by resource and path
}

// Counts sum up all collections of an account.
type Counts struct {
	Collections int     `json:"collections"`
	Statuses    []Count `json:"statuses"`
	AgeMS       int64   `json:"age_ms"` // the longest of those that are watched; -1: one was never read whole
	Records     int     `json:"records"`
	Held        int     `json:"held"`
	Quarantined int     `json:"quarantined"`
}

// Count is how many collections of an account have one status.
type Count struct {
	Status      state.Status `json:"status"` // "": not read yet
	Collections int          `json:"collections"`
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
	return b.report(now, (*account).sorted)
}

// report has of each account those collections that shown returns.
func (b *Board) report(now time.Time, shown func(*account) []Collection) Report {
	r := Report{Accounts: []Account{}}
	for name, a := range b.every() {
		r.Accounts = append(r.Accounts, a.report(name, now, shown(a)))
	}
	return r
}

// every ranges over all accounts: those that are configured, by name, then those without a token here.
func (b *Board) every() iter.Seq2[string, *account] {
	return func(yield func(string, *account) bool) {
		for _, name := range b.names {
			if !yield(name, b.accounts[name]) {
				return
			}
		}
		for _, id := range slices.Sorted(maps.Keys(b.unwatched)) {
			if !yield("", b.unwatched[id]) {
				return
			}
		}
	}
}

func (a *account) report(name string, now time.Time, shown []Collection) Account {
	r := Account{
		Name: name, AccountID: a.id, AccountName: a.name, Owned: a.owned,
		PerHour: a.limits.PerHour, Remaining: a.limits.Remaining, Counts: a.counts(now), Collections: shown,
		LeftOut: len(a.collections) - len(shown), Unknown: a.unknown,
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

func (a *account) counts(now time.Time) Counts {
	sum := tally{statuses: statuses{}}
	for _, c := range a.collections {
		sum.add(&c, now)
	}
	slices.SortFunc(sum.statuses, func(x, y Count) int { return cmp.Compare(x.Status, y.Status) })
	age := int64(-1)
	if !math.IsInf(sum.age, 1) {
		age = int64(sum.age * 1000)
	}
	return Counts{
		Collections: sum.collections, Statuses: sum.statuses, AgeMS: age, Records: sum.records, Held: sum.held,
		Quarantined: sum.quarantined,
	}
}

func (a *account) sorted() []Collection {
	return slices.SortedFunc(maps.Values(a.collections), Collection.compare)
}

func (c Collection) compare(other Collection) int {
	return cmp.Or(cmp.Compare(c.Resource, other.Resource), cmp.Compare(c.ParentID, other.ParentID))
}

// conspicuous returns the collections that somebody has to look at, sorted.
func (a *account) conspicuous() []Collection {
	all := []Collection{}
	for _, c := range a.collections {
		if !c.Status.Complete() || c.HeldCount > 0 || c.Quarantined > 0 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, Collection.compare)
	named := map[state.Status]int{}
	return slices.DeleteFunc(all, func(c Collection) bool {
		named[c.Status]++
		return named[c.Status] > mostNamed
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
