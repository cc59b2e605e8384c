package producer

import (
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
)

// show tells the status board what is known of a collection now.
func (a *account) show(c *collection) {
	if a.config != nil && a.collections[c.id] == c {
		a.p.status.SetCollection(a.config.Name, c.report())
	}
}

// showSwept tells the status board that a sweep of c was committed.
func (a *account) showSwept(c *collection, changes int) {
	b := a.source.Budget()
	limits := status.Limits{PerHour: b.PerHour, Remaining: b.Remaining}
	a.p.status.SetSwept(a.config.Name, c.report(), changes, limits)
	if a.collections[c.id] != c { // it went with its parent meanwhile
		a.p.status.RemoveCollection(a.config.Name, c.id)
	}
}

// showUnwatched tells the status board what is remembered of an account without a token here.
func (a *account) showUnwatched() {
	var known []status.Collection
	for _, c := range a.collections {
		if c.head.Status != state.NeverSwept {
			known = append(known, c.report())
		}
	}
	a.p.status.SetUnwatched(a.id, a.head.Name, known)
}

func (c *collection) report() status.Collection {
	return status.Collection{
		Resource: c.id.Resource, ParentID: c.id.Parent, Status: c.head.Status, Reason: c.head.Reason,
		SinceMS: c.head.SinceMS, WholeMS: c.head.WholeMS, Records: c.records(),
		Held: c.head.Held(), HeldCount: c.head.HeldCount(), Why: c.head.HeldWhy.String(), HeldReason: c.head.HeldWhy.Reason, Quarantined: c.quarantined,
	}
}

// records counts a collection's records, with those that are published and not in the state yet; of a log, those that
// are remembered.
func (c *collection) records() int { return max(c.state.Len()+c.coming, len(c.head.LogIDs)) }
