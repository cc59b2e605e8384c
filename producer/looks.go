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
// last time, or of all. What the log had in a slot is told again before the slot is written over.
func (p *publication) looks(all bool) {
	a := p.a
	if !all && time.Since(a.looksAt) < looksEvery {
		return
	}
	fresh := slices.DeleteFunc(a.sorted(), func(c *collection) bool { return c.stillMS <= c.toldMS })
	if len(fresh) == 0 {
		return
	}
	a.looksAt = time.Now()
	if a.lookSlot++; all || a.lookSlot >= state.LookSlots {
		a.lookSlot = 0
	}
	l := a.looksSince(fresh)
	if a.lookSlot == 0 {
		l = a.allLooks()
	}
	for _, c := range fresh {
		c.told()
	}
	p.unit(p.state(state.LooksKey(a.id, a.lookSlot), state.Encode(l)))
}

// allLooks is what slot 0 holds: when each collection was looked at last, so that every other slot may be written over.
func (a *account) allLooks() *state.Looks {
	l := &state.Looks{PerHour: a.checkpoint.PerHour, Others: a.checkpoint.Others}
	for _, c := range a.collections {
		l.AtMS = max(l.AtMS, c.stillMS) // all are on the API's clock
	}
	for _, c := range a.collections {
		if n := c.checkpoint.Number; n > 0 {
			l.Age(n, c.stillMS)
		}
	}
	return l
}

// looksSince is what the other slots hold: which collections were looked at since the last slot, all at the moment of
// the earliest of these. Later looks are said to be a little older than they are, which is safe.
func (a *account) looksSince(fresh []*collection) *state.Looks {
	first := slices.MinFunc(fresh, func(c, d *collection) int { return cmp.Compare(c.stillMS, d.stillMS) })
	l := &state.Looks{AtMS: first.stillMS}
	for _, c := range fresh {
		l.Seen(c.checkpoint.Number)
	}
	return l
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

// look moves the checkpoints on that stand before an account's looks in the log.
func (m *memory) look(key, value []byte) error {
	var l state.Looks
	if value == nil {
		return nil
	}
	if err := state.Decode(key, value, &l); err != nil {
		return err
	}
	m.checkpoint.Look(&l)
	for _, c := range m.collections {
		c.lookedAt(l.Of(c.checkpoint.Number))
	}
	return nil
}
