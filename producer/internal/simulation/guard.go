package simulation

import (
	"time"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/schema"
)

// show notes what a listing shows whose deletes two looks confirm.
func (j *judge) show(w *world, resource string, ids []string) {
	if row := schema.Lookup(resource); row == nil || row.Absent != schema.Twice {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range ids {
		j.shown[w.id+" "+resource+" "+id] = time.Now()
	}
}

// unshow forgets what listings showed: the ownership that saw it is over, and may not have committed it.
func (j *judge) unshow() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.shown)
}

// guarded holds that a mass delete is believed after ten minutes, whatever the API's clock says: of all records of a
// collection, where it had several and no look by id confirms. It is called with the lock.
func (j *judge) guarded(events []*schema.Event) {
	type collection struct{ account, resource, parent string }
	deleted := map[collection][]string{}
	for _, e := range events {
		row := schema.Lookup(e.Source.Table)
		if e.Op != schema.Deleted || e.Source.Cause != nil || row == nil || row.Absent != schema.Twice {
			continue
		}
		parent, _ := schema.CutID(e.ID())
		c := collection{e.Source.DB, row.Name, parent}
		deleted[c] = append(deleted[c], e.ID())
	}
	for c, ids := range deleted {
		left := 0
		for id := range j.consumer.Held(c.account, c.resource) {
			if parent, _ := schema.CutID(id); parent == c.parent {
				left++
			}
		}
		for _, id := range ids {
			shown := time.Since(j.shown[c.account+" "+c.resource+" "+id])
			if len(ids) > 1 && left == 0 && shown < absence.GuardLook {
				j.note("all %d %s of %q are deleted, and %s was shown %v ago", len(ids), c.resource, c.parent, id, shown)
			}
		}
	}
}
