package diff

import (
	"bytes"
	"iter"
	"time"

	"github.com/seachange/seachange/schema"
)

// Where records are known by an instant, one that the API writes otherwise than before, with another precision or in
// another zone, is the record that it was. Two of one second stay two, also while the API shows both by one text: each
// showing takes another record.

// claims are what the showings of a sweep took.
type claims struct {
	taken map[*record]bool
	as    map[string]*record // by the id that was shown
}

// dated gives the records of a page the ids by which the state knows them.
func (w *Sweep) dated(records iter.Seq2[Record, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		var all []Record
		var broken error
		for rec, err := range records {
			if broken = err; err != nil {
				break
			}
			rec.JSON = bytes.Clone(rec.JSON)
			all = append(all, rec)
		}
		known := w.claim(all)
		for i, rec := range all {
			if known[i] != nil {
				rec.ID = known[i].id
			}
			if !yield(rec, nil) {
				return
			}
		}
		if broken != nil {
			yield(Record{}, broken)
		}
	}
}

// claim returns which record of the state each showing is of, nil for a new one: first those that are written as
// before.
func (w *Sweep) claim(shown []Record) []*record {
	known := make([]*record, len(shown))
	for i, rec := range shown {
		if r := w.s.records[rec.ID]; r != nil && !w.claims.taken[r] {
			known[i] = w.take(rec.ID, r)
		}
	}
	for i, rec := range shown {
		if known[i] == nil {
			known[i] = w.nearest(rec.ID)
		}
	}
	return known
}

func (w *Sweep) take(id string, r *record) *record {
	if w.claims.taken == nil {
		w.claims = claims{map[*record]bool{}, map[string]*record{}}
	}
	w.claims.taken[r], w.claims.as[id] = true, r
	return r
}

// nearest returns the record whose instant is that of an id, and that no other showing is of; else the one that was
// shown by this id before.
func (w *Sweep) nearest(id string) *record {
	var found *record
	var least time.Duration
	m, ok := momentOfID(id)
	for known, r := range w.s.records {
		o, isMoment := momentOfID(known)
		if !ok || !isMoment || !o.same(m) || w.claims.taken[r] {
			continue
		}
		if d := m.distance(o); found == nil || d < least || (d == least && known < found.id) {
			found, least = r, d
		}
	}
	if found == nil {
		return w.claims.as[id]
	}
	return w.take(id, found)
}

// distance is how far two instants that are the same lie apart; an instant is more often cut off than rounded.
func (m moment) distance(o moment) time.Duration {
	d, unit := m.at.Sub(o.at).Abs(), max(m.unit, o.unit)
	if !m.at.Truncate(unit).Equal(o.at.Truncate(unit)) {
		d += unit
	}
	return d
}

func momentOfID(id string) (moment, bool) {
	_, own, err := schema.SplitID(id)
	if err != nil {
		return moment{}, false
	}
	return readMoment(own)
}
