package producer

import (
	"time"

	"github.com/seachange/seachange/producer/state"
)

// statusEvery is the least time between two records of a collection whose status stays, and refreshEvery the longest of
// one in which nothing moves but what looks tell.
const (
	statusEvery  = time.Minute
	refreshEvery = 24 * time.Hour
)

// status sets a collection's status, and publishes a change of it in both topics.
func (p *publication) status(c *collection, s state.Status, reason string) (changed bool) {
	if changed = c.setStatus(s, reason, p.tsMS); changed {
		p.publishStatus(c, 0)
		p.unit(p.statusRecord(c, state.StatusTopic(p.prefix()), p.a.collectionStatus(c)))
	}
	return changed
}

// say sets a collection's status outside of a sweep of it.
func (p *publication) say(c *collection, s state.Status, reason string) {
	if p.status(c, s, reason) {
		p.commitCheckpoint(c)
	}
}

// publishStatus adds a collection's status to the sweeps topic, unless the last one is younger than so much, or looks
// tell the same.
func (p *publication) publishStatus(c *collection, every time.Duration) {
	c.number(p.a.numbers.take)
	if s := p.a.collectionStatus(c); c.statusDue(&s, every, p.a.untold) {
		p.unit(p.statusRecord(c, state.SweepsTopic(p.prefix()), s))
	}
}

func (p *publication) statusRecord(c *collection, topic string, s state.CollectionStatus) Record {
	return Record{Topic: topic, Account: p.a.id, Key: state.StatusKey(p.a.id, c.id), Value: state.Encode(s)}
}

func (a *account) collectionStatus(c *collection) state.CollectionStatus {
	return state.CollectionStatus{
		AccountID: a.id, Resource: c.id.Resource, ParentID: c.id.Parent,
		Status: c.checkpoint.Status, Reason: c.checkpoint.Reason, SinceMS: c.checkpoint.SinceMS,
		BeganMS: c.beganMS, EndedMS: c.endedMS, WholeMS: c.checkpoint.CleanMS,
		Records: c.records(), LastLSN: a.checkpoint.NextLSN - 1,
		Held: c.checkpoint.Held(), HeldCount: c.checkpoint.HeldCount(),
		HeldReason: c.checkpoint.HeldWhy.Reason, HeldWhy: c.checkpoint.HeldWhy.String(), Quarantined: c.quarantined,
		IntervalMS: a.schedule.Interval(c.id).Milliseconds(), Number: c.checkpoint.Number, LooksSeq: a.looksSeq,
	}
}

// removeStatus takes the status of a collection away that is gone with its parent.
func (p *publication) removeStatus(c *collection) Record {
	return Record{Topic: state.SweepsTopic(p.prefix()), Account: p.a.id, Key: state.StatusKey(p.a.id, c.id)}
}

// schemaChange announces paths that no document has, or that are mistyped. The listing's path names ids at most, and
// never a value.
func (p *publication) schemaChange(c *collection, paths, mistyped []string) state.SchemaChange {
	listing, err := c.row.URL(c.id.Parent)
	if err != nil {
		listing = c.row.Path
	}
	return state.SchemaChange{
		AccountID: p.a.id, Resource: c.id.Resource, Paths: paths, Mistyped: mistyped, Listing: listing, TsMS: p.tsMS,
	}
}

func (p *publication) schemaChangeRecord(change state.SchemaChange) Record {
	return Record{
		Topic: state.SchemaChangesTopic(p.prefix()), Account: p.a.id,
		Key: state.SchemaChangeKey(p.a.id, change.Resource), Value: state.Encode(change),
	}
}
