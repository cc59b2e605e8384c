package producer

import (
	"maps"
	"slices"

	"github.com/tidwall/gjson" // one member: a fifth of the time of jsontext (BenchmarkJSON of exposure)

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/schema"
)

// noteUnreadable notes which members of which records could not be read, and returns whether that is news. The
// checkpoint must still be that of the last sweep.
func (s *sweep) noteUnreadable(p *part) (changed bool) {
	cp := p.c.checkpoint
	now := map[string]map[string]int64{}
	note := func(member, id string, since int64) {
		if now[member] == nil {
			now[member] = map[string]int64{}
		}
		now[member][id] = since
	}
	for member, ids := range cp.Unreadable {
		for id, since := range ids {
			if p.waits(id) {
				note(member, id, since)
			}
		}
	}
	for member, ids := range p.w.Unreadable() {
		for _, id := range ids {
			note(member, id, p.seenLast(member, id))
		}
	}
	if changed = p.c.noteUnreadable(now); changed {
		s.a.log.Warn("not everything of each record can be read: what was known of it stays", "resource", p.c.id.Resource,
			"members", slices.Sorted(maps.Keys(now)))
	}
	return changed
}

// waits reports whether a record is known that this sweep neither showed nor found deleted.
func (p *part) waits(id string) bool {
	return p.c.state.Has(id) && !p.w.Shown(id) && !slices.ContainsFunc(p.gone, func(g gone) bool { return g.id == id })
}

// seenLast returns when a member of a record was seen last that can't be read now; 0: never.
func (p *part) seenLast(member, id string) int64 {
	if since, ok := p.c.checkpoint.Unreadable[member][id]; ok {
		return since
	}
	was, known := p.c.state.Get(id)
	if !known || !gjson.GetBytes(was.Body, member).Exists() {
		return 0
	}
	return max(was.SeenMS, p.c.checkpoint.CleanMS)
}

// hiddenSince returns since when a change may have happened that was hidden: that of a member which could not be read.
// For any other change, and where the member was never read before, it is ms.
func (c *collection) hiddenSince(ch *diff.Change, ms int64) int64 {
	if ch.Op != schema.Updated {
		return ms
	}
	for member, ids := range c.checkpoint.Unreadable {
		since := ids[ch.ID]
		if since > 0 && gjson.GetBytes(ch.Before, member).Raw != gjson.GetBytes(ch.After, member).Raw {
			ms = min(ms, since)
		}
	}
	return ms
}

// unreadable returns that what the collection's records held at some members is kept, if it is.
func (c *collection) unreadable() absence.Held {
	if len(c.checkpoint.Unreadable) == 0 {
		return absence.Held{}
	}
	return absence.Held{Reason: absence.Unreadable}
}
