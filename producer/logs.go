package producer

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// logSweep is one reading of a log: newest first, until a whole page is known. One known entry is not enough to stop
// at, as what is new may stand behind it. The state holds only the entries that are still open, since a log grows
// without end; the checkpoint's ids tell which are known.
type logSweep struct {
	sweep
	known map[string]bool
	fresh []string // ids, newest first
	met   bool     // something known was shown
	lost  []string // entries that are followed no more
}

// sweepLog reads c, a log, and publishes what is new, oldest first. A sweep that ends early publishes nothing: what it
// read would hide the entries behind it from the next one.
func (a *account) sweepLog(ctx context.Context, c *collection) (r schedule.Result, moved []collectionID) {
	s := &logSweep{sweep: sweep{a: a, root: a.begin(c)}, known: map[string]bool{}}
	for _, id := range c.checkpoint.LogIDs {
		s.known[id] = true
	}
	s.listLog(ctx)
	if s.root.err == nil {
		s.followOpen(ctx)
	}
	if ctx.Err() != nil {
		return r, nil
	}
	s.publishLog()
	return s.result()
}

// listLog reads pages until one holds nothing new, and at the first sweep until it has as many entries as can be
// remembered: an older one could not be told from a new one later.
func (s *logSweep) listLog(ctx context.Context) {
	p := s.root
	for page, err := range s.pages(ctx) {
		if err != nil {
			p.err = err
			s.unshown(p, page)
			return
		}
		before := len(s.fresh)
		page.Records = s.news(page.Records)
		if p.err = p.take(page); p.err != nil {
			return
		}
		if !p.c.seen() && len(s.fresh) >= state.LogMemory {
			s.a.log.Info("the initial snapshot of an append-only listing ends at its newest entries",
				"resource", p.c.id.Resource, "entries", len(s.fresh))
			return
		}
		if len(s.fresh) == before {
			return
		}
	}
}

// news passes on the entries that are new or still open.
func (s *logSweep) news(records iter.Seq2[diff.Record, error]) iter.Seq2[diff.Record, error] {
	return func(yield func(diff.Record, error) bool) {
		for rec, err := range records {
			open := s.root.c.state.Has(rec.ID)
			fresh := err == nil && !s.known[rec.ID]
			s.met = s.met || (err == nil && !fresh)
			if fresh {
				s.known[rec.ID] = true
				s.fresh = append(s.fresh, rec.ID)
			}
			if (err != nil || fresh || open) && !yield(rec, err) {
				return
			}
		}
	}
}

// followOpen asks by id for the open entries that the pages did not show: they are older than what was read. Such a
// request that gets no answer leaves the entry open, and the sweep whole.
func (s *logSweep) followOpen(ctx context.Context) {
	p := s.root
	for _, id := range p.c.follow.due(p.w.Missing(), p.c.age) {
		if s.silence >= patience {
			return
		}
		p.c.follow.noteLook(id)
		page, err := s.ask(ctx, p, id)
		se := new(SourceError)
		notFound := errors.As(err, &se) && se.Kind == Gone && !se.OfParent && s.trusted(p)
		if p.c.follow.answered(id, notFound) {
			s.lost = append(s.lost, id) // a log deletes nothing
			continue
		}
		if err != nil {
			s.a.log.Warn("open entry of a log not read", "resource", p.c.id.Resource, "id", id, "err", err)
			continue // it stays open
		}
		if _, err := p.w.Page(page); err != nil {
			p.err = err
			return
		}
	}
	s.settle()
}

// settle has those entries followed no more that were closed long ago, though something was never filled in: each costs
// requests, and nothing says that it will ever be.
func (s *logSweep) settle() {
	c := s.root.c
	for _, id := range c.state.IDs() {
		was, _ := c.state.Get(id)
		if c.age(id) >= lateFor && !c.row.Open.Holds(was.Body) && !slices.Contains(s.lost, id) {
			s.lost = append(s.lost, id)
		}
	}
}

// publishLog publishes what is new, oldest first, so that whatever prefix of it a crash leaves in the log is what the
// next sweep finds known, and the rest is new to it.
func (s *logSweep) publishLog() {
	p, a := s.root, s.a
	pub := a.publish()
	changes := p.w.Changes()
	if p.err != nil {
		changes = nil
	}
	// Nothing known was shown: between what was known and what is new, entries may have slid out of the listing.
	p.unreached = len(p.c.checkpoint.LogIDs) > 0 && !s.met
	p.c.openLog()
	pub.tail = func() []Record { return []Record{pub.checkpointRecord(p.c, p.c.storedCheckpoint())} }
	for _, ch := range slices.Backward(changes) {
		s.remember(ch)
		pub.change(p.c, ch, 0)
	}
	for _, id := range s.lost {
		pub.unit(pub.noRecord(p.c, id))
	}
	pub.cut()
	pub.tail = nil
	if p.err == nil {
		p.c.closeLog()
		s.unknown(pub, p)
	}
	s.finish(pub, p)
	s.stop(pub)
	s.say()
	pub.commit(func() { s.applyLog(changes) })
}

// remember puts a new entry's id before the others, in the checkpoint that goes with its event.
func (s *logSweep) remember(ch *diff.Change) {
	if ch.Op != schema.Created && ch.Op != schema.Read {
		return
	}
	s.root.c.remember(ch.ID)
}

// applyLog moves the memory on: only open entries stay.
func (s *logSweep) applyLog(changes []*diff.Change) {
	p := s.root
	if p.err == nil {
		p.c.apply(p.w, true, nil)
		for _, id := range s.lost {
			p.c.forget(id)
		}
		for _, ch := range changes {
			if !p.c.keeps(ch.After) {
				p.c.forget(ch.ID)
			}
		}
	}
	s.a.noteSwept(p.c, p)
	s.a.showSwept(p.c, len(changes))
}
