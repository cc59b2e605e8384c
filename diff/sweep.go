package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/seachange/seachange/schema"
)

// SweepOptions say how a sweep is to be taken.
type SweepOptions struct {
	// First is the initial snapshot of the collection: new records are r, not c.
	First bool
	// AgainBelow makes a repeated snapshot: an unchanged record whose LSN is lower comes again as r. 0: none.
	AgainBelow int64
	// Afresh has every record looked at, also those of pages that have not changed.
	Afresh bool
	// Carry are paths whose scope is known to be missing: where they are empty the old value stays.
	Carry []string
	// Behind are the records that the sweep before showed older than they are known: its Sweep.Behind.
	Behind map[string]Behind
	// FieldScopes are all paths of the row's FieldScopes. Emptied watches them.
	FieldScopes schema.Paths
}

// Sweep compares one reading of a collection with its state. The state moves only in Apply. A state has one sweep at a
// time; one that isn't applied is simply left.
type Sweep struct {
	s       *State
	o       SweepOptions
	n       uint32
	carrier *carrier

	fields      []field
	sights      map[*record]*sight // that differ
	fresh       map[string]*record // that the state doesn't have
	order       []*sight
	pages       []*shown
	quarantined map[string]bool
	unknown     map[string]bool
	unreadable  map[string][]string
	behind      map[string]Behind
	claims      claims // of records that are known by an instant
	seen        int
	seenBefore  int // of them, in earlier chunks
	pending     int // bytes of this chunk's changes
}

// shown is a page of a sweep.
type shown struct {
	*page
	beganMS, endedMS int64
	keep             bool // its sum may be remembered
}

// field is a path of the row's FieldScopes.
type field struct {
	path   string
	steps  []string
	filled bool // some record of this sweep has something there
}

// Sweep begins a sweep.
func (s *State) Sweep(o SweepOptions) *Sweep {
	s.sweeps++
	s.carry(o.Carry)
	w := &Sweep{
		s: s, o: o, n: s.sweeps, sights: map[*record]*sight{}, fresh: map[string]*record{},
		quarantined: map[string]bool{}, unknown: map[string]bool{}, unreadable: map[string][]string{},
		behind: maps.Clone(o.Behind),
	}
	w.carrier = newCarrier(s.rules, o.Carry)
	if all, err := o.FieldScopes.Steps(); err == nil { // Compile has refused others
		for i, path := range strings.Fields(string(o.FieldScopes)) {
			w.fields = append(w.fields, field{path: path, steps: all[i]})
		}
	}
	return w
}

// Page compares the records of a page as they come and returns how many they were. A page whose sum is known is not
// ranged over. An error is the page's own: it broke midway, what came before stays compared.
func (w *Sweep) Page(p Page) (records int, err error) {
	if known := w.s.pages[p.Sum]; known != nil && !w.everything() {
		w.again(known, p)
		return len(known.records), nil
	}
	sh := &shown{page: &page{sum: p.Sum}, beganMS: p.BeganMS, endedMS: p.EndedMS, keep: p.Sum != 0}
	w.pages = append(w.pages, sh)
	shown := p.Records
	if w.s.rules.dated {
		shown = w.dated(shown)
	}
	for rec, err := range shown {
		if err != nil {
			sh.keep = false
			return records, err
		}
		records++
		w.record(rec, sh)
	}
	return records, nil
}

// everything reports whether equal bytes are no reason to look away.
func (w *Sweep) everything() bool { return w.o.Afresh || w.o.AgainBelow > 0 }

// again takes a page that is remembered.
func (w *Sweep) again(known *page, p Page) {
	sh := &shown{page: known, beganMS: p.BeganMS, endedMS: p.EndedMS, keep: true}
	w.pages = append(w.pages, sh)
	for _, r := range known.records {
		if w.s.rules.dated {
			w.take(r.id, r)
		}
		w.same(r, sh)
	}
}

// same takes a record whose bytes are known to mean no change.
func (w *Sweep) same(r *record, sh *shown) {
	w.mark(r)
	if len(w.sights) > 0 && w.sights[r] != nil {
		w.unchanged(r, w.s.pack.Unpack(nil, r.body), sh)
	}
}

// Shown reports whether the sweep showed a record that the state has.
func (w *Sweep) Shown(id string) bool {
	r := w.s.records[id]
	return (r != nil && r.sweep == w.n) || w.quarantined[id]
}

// Reread has the page with this sum ranged over when it is shown next, also if it stays the same.
func (w *Sweep) Reread(sum uint64) {
	for _, sh := range w.pages {
		sh.keep = sh.keep && sh.sum != sum
	}
}

// mark notes that a record was shown.
func (w *Sweep) mark(r *record) {
	if r.sweep != w.n {
		r.sweep = w.n
		w.seen++
		delete(w.behind, r.id)
	}
}

// record takes one record of a page. Most are known by the hash of their bytes and cost nothing more; the others are
// brought to canonical form and compared. One that can't be read is set aside: it is neither missing nor changed,
// and stays as it was published.
func (w *Sweep) record(rec Record, sh *shown) {
	for _, member := range rec.Unreadable {
		w.unreadable[member] = append(w.unreadable[member], rec.ID)
		sh.keep = false // it is told of each sweep
	}
	r := w.s.records[rec.ID]
	if r == nil {
		r = w.fresh[rec.ID]
	}
	raw := xxhash.Sum64(rec.JSON)
	if r != nil && r.raw == raw && raw != 0 && !w.everything() {
		sh.records = append(sh.records, r)
		w.same(r, sh)
		return
	}
	f := w.s.rules.borrow(false)
	defer f.giveBack()
	if err := f.form(rec.JSON); err != nil {
		w.quarantined[rec.ID] = true
		sh.keep = false
		return
	}
	if r == nil {
		r = &record{id: rec.ID}
		w.fresh[rec.ID] = r
	}
	sh.records = append(sh.records, r)
	w.mark(r)
	w.look(f.body)
	w.fill(f.body)
	w.compare(r, f, raw, rec.Unreadable, sh)
}

// Seen is the number of records that were shown and could be read.
func (w *Sweep) Seen() int { return w.seen }

// Quarantined returns the ids of records that could not be read, sorted. They are not missing.
func (w *Sweep) Quarantined() []string { return slices.Sorted(maps.Keys(w.quarantined)) }

// Missing returns the ids of records that the state has and this sweep did not show, sorted. It means something only
// after every page was read: the caller knows.
func (w *Sweep) Missing() []string {
	var ids []string
	for id, r := range w.s.records {
		if r.sweep != w.n && !w.quarantined[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Unreadable returns the members that could not be read of some records (Record.Unreadable), with those records' ids.
func (w *Sweep) Unreadable() map[string][]string { return w.unreadable }

// Unknown returns the paths of what DigitalOcean's document doesn't have, sorted: "a.b[].c", of an unknown object only
// itself. Only records that had to be compared are looked at.
func (w *Sweep) Unknown() []string { return slices.Sorted(maps.Keys(w.unknown)) }

// Apply moves the state, after the changes were committed, or at once if there are none. whole says that every page was
// read, which ends a rebase, but for records that were missing or set aside: those are rebased when they are seen.
// After a failed commit it must not be called: drop the state.
func (w *Sweep) Apply(whole bool) {
	for _, sh := range w.pages {
		for _, r := range sh.records {
			r.seenMS = sh.beganMS
		}
	}
	for _, t := range w.order {
		if len(t.changes) > 0 {
			w.write(t)
		}
	}
	for _, sh := range w.pages {
		w.remember(sh)
	}
	if whole && !w.s.rebasing() {
		w.s.was = nil
	}
}

// Pending is how many bytes the changes hold that were not applied yet. Where records are known by an instant it is 0:
// which showing is of which record is known at the end.
func (w *Sweep) Pending() int {
	if w.s.rules.dated {
		return 0
	}
	return w.pending
}

// Next begins the next chunk of a sweep: what was shown so far is applied, and its changes are forgotten. What was
// shown and what is missing stay those of the whole sweep.
func (w *Sweep) Next() {
	w.o.Behind = maps.Clone(w.o.Behind)
	maps.DeleteFunc(w.o.Behind, func(id string, _ Behind) bool { _, ok := w.behind[id]; return !ok })
	clear(w.sights)
	clear(w.fresh)
	w.order, w.pages = nil, nil
	w.seenBefore, w.pending = w.seen, 0
}

// write makes a sight the state. The page that showed the record before no longer says what is in the state, so that
// it is forgotten.
func (w *Sweep) write(t *sight) {
	r, ch := t.record, t.changes[len(t.changes)-1]
	w.s.forget(r.page)
	r.fingerprint, r.raw, r.rebase, r.gone = ch.Fingerprint, t.raw, false, false
	r.seenMS, r.tsMS, r.lsn, r.source = ch.SeenMS, ch.TsMS, ch.LSN, ch.SourceMS
	r.body = ""
	if !ch.NoBody {
		r.body = w.s.pack.Pack(ch.After)
	}
	w.s.records[r.id] = r
}

// remember keeps a page for the next sweep. Of two that showed the same record the later one is kept: the earlier one
// may not say what is in the state.
func (w *Sweep) remember(sh *shown) {
	for _, r := range sh.records {
		if r.page != sh.page {
			w.s.forget(r.page)
		}
		sh.keep = sh.keep && !r.gone
	}
	if !sh.keep || len(sh.records) == 0 {
		return
	}
	for _, r := range sh.records {
		r.page = sh.page
	}
	w.s.pages[sh.sum] = sh.page
}
