package producer

import (
	"maps"
	"slices"
	"time"
)

// Mark is a collection's status as the sweeps topic has it: how complete the history is. Every event of the account with
// an lsn up to LastLSN stands before it.
type Mark struct {
	// As in its key, for readers that see values alone. Marks of older releases lack them.
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	ParentID  string `json:"parent_id"`

	Status      Status   `json:"status"`
	Reason      string   `json:"reason,omitempty"`
	BeganMS     int64    `json:"began_ms"`
	EndedMS     int64    `json:"ended_ms"`
	WholeMS     int64    `json:"whole_ms"` // when the last whole sweep began that lacked nothing: up to then the history is known; 0: there was none
	Records     int      `json:"records"`
	LastLSN     int64    `json:"last_lsn"`
	SinceMS     int64    `json:"since_ms"`
	Held        []string `json:"held"` // suspects, the first hundred, and paths as "path:…"
	HeldCount   int      `json:"held_count"`
	Quarantined int      `json:"quarantined"`
}

// markKey is the key of a mark.
type markKey struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	ParentID  string `json:"parent_id"`
}

// markEvery is the least time between two marks of a collection whose status stays.
const markEvery = time.Minute

// status sets a collection's status, and marks a change of it in both topics.
func (p *publication) status(c *collection, s Status, reason string) (changed bool) {
	changed = c.head.Status != s
	c.dirty = c.dirty || changed || c.head.Reason != reason
	c.head.Status, c.head.Reason = s, reason
	if changed {
		c.head.SinceMS = p.tsMS
		p.mark(c, 0)
		p.unit(p.markRecord(c, "status"))
	}
	return changed
}

// say sets a collection's status outside of a sweep of it.
func (p *publication) say(c *collection, s Status, reason string) {
	if p.status(c, s, reason) {
		p.headOf(c)
	}
}

// mark adds a mark, unless the last one is younger than so much.
func (p *publication) mark(c *collection, every time.Duration) {
	if now := time.Now(); c.marked.IsZero() || every == 0 || now.Sub(c.marked) >= every {
		c.marked = now
		p.unit(p.markRecord(c, "sweeps"))
	}
}

func (p *publication) markRecord(c *collection, meta string) Record {
	return Record{
		Topic: p.topic(meta), Account: p.a.id,
		Key:   encode(markKey{p.a.id, c.id.Resource, c.id.Parent}),
		Value: encode(p.a.markOf(c)),
	}
}

func (a *account) markOf(c *collection) Mark {
	return Mark{
		AccountID: a.id, Resource: c.id.Resource, ParentID: c.id.Parent,
		Status: c.head.Status, Reason: c.head.Reason, BeganMS: c.beganMS, EndedMS: c.endedMS, WholeMS: c.head.CleanMS, Records: c.records(),
		LastLSN: a.head.NextLSN - 1, SinceMS: c.head.SinceMS, Held: c.heldList(), HeldCount: c.heldCount(), Quarantined: c.quarantined,
	}
}

// shownHeld is how many suspects are shown by id.
const shownHeld = 100

// heldList answers what is held back: missing records that nothing has confirmed, and fields that can't be read.
func (c *collection) heldList() []string {
	held := slices.Sorted(maps.Keys(c.head.Suspects))
	held = append([]string{}, held[:min(len(held), shownHeld)]...)
	for _, path := range c.head.HeldPaths {
		held = append(held, "path:"+path)
	}
	for _, member := range slices.Sorted(maps.Keys(c.head.Unreadable)) {
		for _, id := range slices.Sorted(maps.Keys(c.head.Unreadable[member])) {
			held = append(held, "path:"+member+" of "+id)
		}
	}
	return held
}

func (c *collection) heldCount() int {
	n := len(c.head.Suspects) + len(c.head.HeldPaths)
	for _, ids := range c.head.Unreadable {
		n += len(ids)
	}
	return n
}

// unmark takes the mark of a collection away that is gone with its parent.
func (p *publication) unmark(c *collection) Record {
	return Record{Topic: p.topic("sweeps"), Account: p.a.id, Key: encode(markKey{p.a.id, c.id.Resource, c.id.Parent})}
}

// schemaChange makes the record that announces paths.
func (p *publication) schemaChange(c *collection, paths []string) Record {
	return Record{
		Topic: p.topic("schema-changes"), Account: p.a.id,
		Key: encode(struct {
			AccountID string `json:"account_id"`
			Resource  string `json:"resource"`
		}{p.a.id, c.id.Resource}),
		Value: encode(struct {
			AccountID string   `json:"account_id"`
			Resource  string   `json:"resource"`
			Paths     []string `json:"paths"`
			TsMS      int64    `json:"ts_ms"`
		}{p.a.id, c.id.Resource, paths, p.tsMS}),
	}
}
