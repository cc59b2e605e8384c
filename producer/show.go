package producer

import (
	"maps"
	"slices"

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

// showUnknown tells the status board which members were seen that no document has.
func (a *account) showUnknown() {
	if a.config == nil {
		return
	}
	var unknown []status.Unknown
	for _, resource := range slices.Sorted(maps.Keys(a.checkpoint.Announced)) {
		for _, path := range a.checkpoint.Announced[resource] {
			since := a.checkpoint.AnnouncedMS[resource][path]
			unknown = append(unknown, status.Unknown{Resource: resource, Path: path, SinceMS: since})
		}
	}
	a.p.status.SetUnknown(a.config.Name, unknown)
}

// showUnwatched tells the status board what is remembered of an account without a token here.
func (a *account) showUnwatched() {
	var known []status.Collection
	for _, c := range a.collections {
		if c.checkpoint.Status != state.NeverSwept {
			known = append(known, c.report())
		}
	}
	a.p.status.SetUnwatched(a.id, a.checkpoint.Name, known)
}

func (c *collection) report() status.Collection {
	return status.Collection{
		Resource: c.id.Resource, ParentID: c.id.Parent, Status: c.checkpoint.Status, Reason: c.checkpoint.Reason,
		SinceMS: c.checkpoint.SinceMS, WholeMS: c.checkpoint.WholeMS, WholeAt: c.wholeAt, Records: c.records(),
		Held: c.checkpoint.Held(), HeldCount: c.checkpoint.HeldCount(),
		Why: c.checkpoint.HeldWhy.String(), HeldReason: c.checkpoint.HeldWhy.Reason, Quarantined: c.quarantined,
	}
}
