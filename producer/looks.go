package producer

import (
	"cmp"
	"slices"
	"time"

	"github.com/seachange/seachange/producer/state"
)

// looksEvery is the least time between two looks entries: what a crash forgets of looks that found nothing.
const looksEvery = time.Minute - flushEvery/2 // every second flush

// Most sweeps find nothing. Committing a checkpoint for each would be most of what an idle account writes, so that
// these looks go to the log together: collections by their numbers, moments as distances from one. They may be lost, as
// a crash then only has the window of the next change begin earlier.

// looks adds, where it is due, when each collection was looked at and had not changed: of those looked at since the
// last time, or of all. What the log had in a slot is told again before the slot is written over. The state is told
// what its checkpoints don't tell, and readers what the statuses don't.
func (p *publication) looks(all bool) {
	a := p.a
	if !all && time.Since(a.looksAt) < looksEvery {
		return
	}
	still := slices.DeleteFunc(a.sorted(), func(c *collection) bool { return c.stillMS <= c.toldMS })
	said := slices.DeleteFunc(a.sorted(), func(c *collection) bool { return c.stillMS <= c.saidMS || !c.tellsReaders() })
	if a.untold {
		said = nil
	}
	if len(still)+len(said) == 0 {
		return
	}
	a.looksAt = time.Now()
	if a.lookSlot++; all || a.lookSlot >= state.LookSlots {
		a.lookSlot = 0
	}
	if a.lookSlot == 0 || len(still) > 0 {
		l := a.looksOf(still, (*collection).numbered)
		if a.lookSlot == 0 {
			l.PerHour, l.Others, l.Seq = a.checkpoint.PerHour, a.checkpoint.Others, a.looksSeq+1
		}
		p.unit(p.state(state.LooksKey(a.id, a.lookSlot), state.Encode(l)))
	}
	if (a.lookSlot == 0 && !a.untold) || len(said) > 0 {
		p.unit(p.looksRecord(a.looksOf(said, (*collection).tellsReaders)))
	}
	for _, c := range still {
		c.told()
	}
	for _, c := range said {
		c.toldReaders()
	}
}

// looksRecord makes looks for readers. Their seq is above all that an earlier owner gave, whose clock may have been
// ahead: it counts on from the clock, or from what the state has. That a status was written after some looks is told by
// it, as the two are in different topics.
func (p *publication) looksRecord(l *state.Looks) Record {
	a := p.a
	a.looksSeq++
	return Record{
		Topic: state.LooksTopic(p.prefix()), Account: a.id,
		Key: state.Encode(state.LooksSlot{AccountID: a.id, Slot: a.lookSlot}),
		Value: state.Encode(state.ToldLooks{
			AccountID: a.id, AtMS: l.AtMS, Ages: l.Ages, Since: l.Since, Seq: a.looksSeq, LastLSN: a.checkpoint.NextLSN - 1,
		}),
	}
}

// looksOf returns looks for the present slot. Slot 0 has when each of some collections was looked at last, so that
// every other slot may be written over. The other slots have which were looked at since the last one, all at the moment
// of the earliest: later looks are said to be a little older than they are, which is safe.
func (a *account) looksOf(since []*collection, some func(*collection) bool) *state.Looks {
	l := &state.Looks{}
	if a.lookSlot > 0 {
		l.AtMS = slices.MinFunc(since, func(c, d *collection) int { return cmp.Compare(c.stillMS, d.stillMS) }).stillMS
		for _, c := range since {
			l.Seen(c.checkpoint.Number)
		}
		return l
	}
	for _, c := range a.collections {
		l.AtMS = max(l.AtMS, c.stillMS) // all are on the API's clock
	}
	for _, c := range a.collections {
		if some(c) {
			l.Age(c.checkpoint.Number, c.stillMS)
		}
	}
	return l
}

// anyNumberless reports whether a collection has a status in the log whose number may be another's: the state was made
// anew, or an older release wrote it. Then looks would move that status by another collection's sweeps. Those that
// nobody reads don't count: flush writes their statuses before the looks.
func (a *account) anyNumberless() bool {
	for _, c := range a.collections {
		if c.numberless && c.checkpoint.Status != state.NeverSwept && (!a.leaves(c) || c.flight.inAir()) {
			return true
		}
	}
	return false
}

// leaves reports whether a collection has such a status that no sweep of it may ever write again.
func (a *account) leaves(c *collection) bool {
	s := c.checkpoint.Status
	return c.numberless && s != state.NeverSwept && (s != state.Whole || a.rows[c.id.Resource] == nil)
}

// numbers are those that an account's collections have in its looks. One that is free again is given again: the
// checkpoint that says whose it is stands behind all looks that meant another one.
type numbers struct {
	last int
	free []int
}

// countNumbers finds out which numbers the restored collections have.
func (m *memory) countNumbers() {
	taken := map[int]bool{}
	m.numbers = numbers{}
	for _, c := range m.collections {
		taken[c.checkpoint.Number] = true
		m.numbers.last = max(m.numbers.last, c.checkpoint.Number)
	}
	for n := 1; n < m.numbers.last; n++ {
		if !taken[n] {
			m.numbers.free = append(m.numbers.free, n)
		}
	}
}

// take returns a number that no collection has.
func (n *numbers) take() int {
	if i := len(n.free) - 1; i >= 0 {
		free := n.free[i]
		n.free = n.free[:i]
		return free
	}
	n.last++
	return n.last
}

// give takes a number back.
func (n *numbers) give(number int) {
	if number > 0 {
		n.free = append(n.free, number)
	}
}

// takeLooks moves the checkpoints on that stand before an account's looks in the log.
func (m *memory) takeLooks(key, value []byte) error {
	l, err := m.checkpoint.TakeLooks(key, value)
	if l.Seq > 0 {
		m.looksSeq = max(m.looksSeq, l.Seq+state.LookSlots)
	}
	for _, c := range m.collections {
		c.lookedAt(l.Of(c.checkpoint.Number))
	}
	return err
}
