package status

import (
	"cmp"
	"math"
	"time"

	"github.com/seachange/seachange/producer/state"
)

// tally sums a resource's collections, or an account's.
type tally struct {
	collections                         int
	age                                 float64
	records, held, quarantined, unknown int
	statuses                            statuses
}

// statuses count collections by status. There are a few, and a map for each resource of each account costs more.
type statuses []Count

func (s *statuses) add(status state.Status, n int) {
	for i := range *s {
		if (*s)[i].Status == status {
			(*s)[i].Collections += n
			return
		}
	}
	*s = append(*s, Count{status, n})
}

// tallied is an account with the tallies of its resources.
type tallied struct {
	id, name  string
	owned     bool
	remaining int
	rows      map[string]*tally
}

// tallied counts the collections of the accounts that are identified. It copies none: there may be a hundred thousand.
func (b *Board) tallied(now time.Time) []tallied {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []tallied
	for name, a := range b.every() {
		if a.id != "" {
			all = append(all, tallied{a.id, cmp.Or(name, a.name), a.owned, a.limits.Remaining, a.tallies(now)})
		}
	}
	return all
}

func (a *account) tallies(now time.Time) map[string]*tally {
	m := map[string]*tally{}
	for id, c := range a.collections {
		t := m[id.Resource]
		if t == nil {
			t = &tally{}
			m[id.Resource] = t
		}
		t.add(&c, now)
	}
	for _, u := range a.unknown {
		if t := m[u.Resource]; t != nil {
			t.unknown++
		}
	}
	return m
}

func (t *tally) add(c *Collection, now time.Time) {
	switch age := c.age(now); {
	case c.Status == state.NotOffered, c.Status == state.Unwatched: // nothing is to be seen, or nobody looks
	case age < 0:
		t.age = math.Inf(1)
	default:
		t.age = max(t.age, age.Seconds())
	}
	t.collections++
	t.held += c.HeldCount
	t.quarantined += c.Quarantined
	t.records += c.Records
	t.statuses.add(c.Status, 1)
}

// mostNamed is how many resources are named for one status: what is wrong with more is wrong with the account.
const mostNamed = 10

// gather sums an account up, under "". A resource keeps what somebody has to look at.
func gather(all map[string]*tally) map[string]*tally {
	resources := map[state.Status]int{}
	for _, t := range all {
		for _, s := range t.statuses {
			resources[s.Status]++
		}
	}
	sum := &tally{}
	rows := map[string]*tally{"": sum}
	for resource, t := range all {
		row := tally{held: t.held, quarantined: t.quarantined, unknown: t.unknown}
		sum.collections += t.collections
		sum.age = max(sum.age, t.age)
		sum.records += t.records
		for _, s := range t.statuses {
			if named(s.Status) && resources[s.Status] <= mostNamed {
				row.statuses.add(s.Status, s.Collections)
			} else {
				sum.statuses.add(s.Status, s.Collections)
			}
		}
		if row.held+row.quarantined+row.unknown+len(row.statuses) > 0 {
			rows[resource] = &row
		}
	}
	return rows
}

// named reports whether a resource is named that has collections of this status.
func named(s state.Status) bool {
	return s == state.Partial || s == state.Failing || s == state.NoScope || s == state.Unwatched
}
