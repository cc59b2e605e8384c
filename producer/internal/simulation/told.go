package simulation

import (
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema"
)

// tells takes what statuses and looks tell readers, and holds that no collection of their account is told as read later
// than it was. It is called with the lock.
func (j *judge) tells(r producer.Record) {
	if r.Topic != state.SweepsTopic(prefix) && r.Topic != state.LooksTopic(prefix) {
		return
	}
	if _, err := j.told.Take(r.Topic, r.Key, r.Value); err != nil {
		j.note("%s: %v", r.Topic, err)
	}
	w := j.sim.worldOf(r.Account)
	if w == nil {
		return
	}
	for c, s := range j.told.Of(r.Account) {
		read, ok := j.lastRead(w, c)
		if told := time.UnixMilli(s.WholeMS); ok && s.WholeMS > 0 && told.After(read) {
			j.note("%s %s of %s is told as read %v after it was", c.Resource, c.ParentID, w.id, told.Sub(read))
		}
	}
}

// lastRead returns, on the API's clock, when a collection's listing, or that of what it is embedded in, was last
// answered well, or with 404, which says of what is below a record that it is gone; of what is below a record that is
// as new, when that appeared.
func (j *judge) lastRead(w *world, c state.AccountCollection) (at time.Time, ok bool) {
	row, parent := schema.Lookup(c.Resource), c.ParentID
	for row.Embed != "" {
		above, _, err := schema.SplitID(parent)
		if err != nil {
			return at, false
		}
		row, parent = schema.Lookup(row.Parent()), above
	}
	path, err := row.URL(parent)
	if err != nil {
		return at, false
	}
	at = j.reads[w.id+" "+path]
	for _, other := range []time.Time{j.nothings[w.id+" "+path], j.appeared[w.id+" "+row.Parent()+" "+parent]} {
		if other.After(at) {
			at = other
		}
	}
	return at.Add(j.sim.plan.clock + max(j.sim.plan.jump, 0)), true
}

// tellsLate is how much later readers may be told of a look than it was.
const tellsLate = longestCommit + 2*time.Minute

// tellsOlder is how much older a look may be told than it was: looks go to the log once a minute, all at the moment of
// the earliest, and that may have been asked for before the last ones went.
const tellsOlder = 90 * time.Second

// tellsAll holds that readers are told of a collection's looks.
func (j *judge) tellsAll(p *process, w *world, c status.Collection) {
	read := time.UnixMilli(c.WholeMS)
	late := time.Now().Add(j.sim.plan.clock).Sub(read) > tellsLate
	if c.Status != state.Whole || !late || j.sim.plan.jump != 0 || schema.Lookup(c.Resource).API != "" {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.told.Of(w.id)[state.AccountCollection{AccountID: w.id, Resource: c.Resource, ParentID: c.ParentID}]
	if s == nil || read.Sub(time.UnixMilli(s.SweptMS())) > tellsOlder {
		j.note("%s knows of %s %s of %s as read %v; told is %+v", p, c.Resource, c.ParentID, w.id, read, s)
	}
}
