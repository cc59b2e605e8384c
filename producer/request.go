package producer

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/producer/state"
)

// request is what an operator asked for, until it is answered: once each collection that it concerns was swept. It
// lives in memory alone: after a restart it is read from the topic again, unless its answer stands there.
type request struct {
	Request
	tookMS int64
	waits  map[collectionID]bool
	failed map[collectionID]string // why a collection was not read whole
	answer Answer                  // so far
}

// take begins what an operator asks for.
func (a *account) take(r Request) {
	q := &request{
		Request: r, tookMS: time.Now().UnixMilli(), waits: map[collectionID]bool{}, failed: map[collectionID]string{},
		answer: Answer{AccountID: a.id, Resource: r.Resource, Answered: r.Kind, ID: r.ID, AtMS: r.AtMS},
	}
	switch r.Kind {
	case KindRelease:
		a.release(q)
	case KindSnapshot:
		a.snapshot(q)
	case KindLook:
		a.look(q)
	case KindPause:
		a.pause(q)
	case KindResume:
		a.resume(q)
	default:
		a.log.Warn("operator's request is of an unknown kind: a newer seachange asked; upgrade this one", "kind", r.Kind,
			"resource", r.Resource)
		return
	}
	a.log.Info("operator's request", "kind", r.Kind, "resource", r.Resource, "collections", len(q.waits), "why", r.Reason)
	a.requests = append(a.requests, q)
}

// release publishes what is held back with the next sweeps, which are due now.
func (a *account) release(q *request) {
	for _, c := range a.of(q.Resource) {
		if len(c.checkpoint.Suspects) > 0 {
			c.release(q.AtMS)
			a.await(q, c)
		}
	}
}

// snapshot has the records of a resource published once more, unless that was done at this request before.
func (a *account) snapshot(q *request) {
	for _, c := range a.of(q.Resource) {
		if c.seen() && c.checkpoint.SnapshotMS < q.AtMS {
			a.snapshotAgain(c)
			c.noteSnapshotRequest(q.AtMS)
			a.await(q, c)
		}
	}
}

// look has the collections of a resource read now, or those of them that a record tells apart: it is in one, or one is
// below it. What it is below is read as well, as that may have just been made.
func (a *account) look(q *request) {
	row := a.rows[q.Resource]
	if row == nil {
		q.answer.Reason = "not watched in this configuration"
		return
	}
	all := a.of(q.Resource)
	others := func(c *collection) bool { return !c.concerns(q.Record) }
	if one := slices.DeleteFunc(slices.Clone(all), others); len(one) > 0 {
		all = one
	}
	for parent := a.rows[row.Parent()]; parent != nil; parent = a.rows[parent.Parent()] {
		all = append(a.of(parent.Name), all...)
	}
	for _, c := range all {
		a.await(q, c)
	}
}

// concerns reports whether a record is in c, or is what c is below.
func (c *collection) concerns(record string) bool {
	return c.state.Has(record) || (c.id.Parent == record && record != "")
}

// await has c swept now, and the request answered no sooner than that is committed.
func (a *account) await(q *request, c *collection) {
	q.waits[c.id] = true
	a.soon(c)
}

// noteSwept notes for the requests that wait for c that a sweep is committed: p is its part of it, or the root where c
// is embedded in the root's records and was not compared. A sweep that began before the request came doesn't count: it
// may have read what was there before.
func (a *account) noteSwept(c *collection, p *part) {
	for _, q := range a.requests {
		if p.tried.UnixMilli() < q.tookMS || !q.waits[c.id] {
			continue
		}
		if q.Kind != KindLook && q.Kind != KindResume && (p.err != nil || c != p.c) {
			continue // a release and a snapshot are done when a sweep of its own was whole
		}
		delete(q.waits, c.id)
		if c.id.Resource == q.Resource || q.Kind == KindResume {
			q.note(c, p)
		}
	}
}

// note takes up how a collection's sweep went.
func (q *request) note(c *collection, p *part) {
	n := &q.answer
	n.Collections++
	if c == p.c {
		n.Changes += p.changes()
		if n.Answered == KindRelease {
			n.Released += len(p.gone)
		}
	}
	if status, reason := p.status(); !status.Complete() {
		q.failed[c.id] = string(status) + ": " + reason
	}
}

// answerRequests writes the answers to the requests that are done. Those that went with their parents are not waited
// for, nor those that were paused meanwhile: nothing would read them.
func (a *account) answerRequests() {
	a.requests = slices.DeleteFunc(a.requests, func(q *request) bool {
		if q.Kind == KindLook && !a.isPaused(a.rows[q.Resource]) {
			a.awaitNew(q)
		}
		a.stopWaiting(q)
		// what went with its parent is not waited for
		maps.DeleteFunc(q.waits, func(id collectionID, _ bool) bool { return a.collections[id] == nil })
		if len(q.waits) > 0 {
			return false
		}
		a.answer(q)
		return true
	})
}

// awaitNew has a look wait for what was never read: what its own sweeps find, and what is below that.
func (a *account) awaitNew(q *request) {
	for row := a.rows[q.Resource]; row != nil; row = a.rows[row.Parent()] {
		for _, c := range a.of(row.Name) {
			if c.checkpoint.Status == state.NeverSwept && !q.waits[c.id] {
				a.await(q, c)
			}
		}
	}
}

// answer commits the answer to the requests topic, where whoever asked waits for it.
func (a *account) answer(q *request) {
	for _, c := range a.sorted() { // what went with its parent meanwhile is no failure
		q.answer.Reason = cmp.Or(q.answer.Reason, q.failed[c.id])
	}
	for _, c := range a.of(q.Resource) {
		q.answer.Held += len(c.checkpoint.Suspects)
	}
	a.log.Info("operator's request is done", "kind", q.Kind, "resource", q.Resource, "collections", q.answer.Collections,
		"changes", q.answer.Changes, "reason", q.answer.Reason)
	pub := a.publish()
	pub.unit(Record{
		Topic: state.RequestsTopic(pub.prefix()), Account: a.id,
		Key: state.Encode(q.Key(true)), Value: state.Encode(q.answer),
	})
	pub.commit(nil)
}

// snapshotAgain has every record of c published once more: those whose last event has a lower lsn than the next one. So
// a crash in between goes on where it stopped.
func (a *account) snapshotAgain(c *collection) {
	c.repeat(a.checkpoint.NextLSN)
}
