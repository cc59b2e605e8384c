package diff

import (
	"bytes"

	"github.com/seachange/seachange/schema"
)

// Change is a difference between what was published of a record and what a sweep showed.
type Change struct {
	// Op is c, u, d or r; empty where the state moves without an event.
	Op schema.Op
	ID string
	// Before and After are bodies. Before is nil on c and r, and on u where the state doesn't keep the body; After on d.
	Before, After []byte
	// Fingerprint is that of After.
	Fingerprint uint64
	// The change happened after PrevMS, the last showing of the record (0 for a new one), and before EndedMS, when the
	// page that showed it was complete. SeenMS is when that page's request began.
	PrevMS, SeenMS, EndedMS int64
	// LSN, TsMS and SourceMS are kept with the record. The producer sets them, before Apply; until then they are the last
	// event's.
	LSN, TsMS, SourceMS int64
	// NoBody says that the state does not keep the body. The producer sets it, before Apply.
	NoBody bool
	// Rollout says that the update is DigitalOcean's change to most records. Rollouts sets it.
	Rollout bool
}

// sight is a record that a sweep shows and that isn't known to be unchanged.
type sight struct {
	record           *record
	isNew            bool
	old              []byte // its body in the state; nil: not kept
	form             Form   // as the API gave it
	unreadable       []string
	raw              uint64
	beganMS, endedMS int64
	changes          []*Change
}

// Changes returns what changed, in the order in which the API gave it; where one id has another incarnation, d before
// c. The changes are the sweep's own: what the producer sets in them is taken by Apply.
func (w *Sweep) Changes() []*Change {
	var all []*Change
	for _, t := range w.order {
		all = append(all, t.changes...)
	}
	return all
}

// compare takes the record as it was just formed. What is older by the row's clock than what is known is dropped and
// its page read again: a replica of the API's lags, and would have the record jump back and forth.
func (w *Sweep) compare(r *record, f *canonicalizer, raw uint64, unreadable []string, sh *shown) {
	isNew := w.fresh[r.id] != nil
	if !isNew && f.sum() == r.fingerprint && !r.rebase && !w.wanted(r) {
		w.settle(r, raw, f.body, sh)
		return
	}
	t := &sight{
		record: r, isNew: isNew, raw: raw, beganMS: sh.beganMS, endedMS: sh.endedMS, unreadable: unreadable,
		form: Form{Body: bytes.Clone(f.body), Fingerprint: f.sum()},
	}
	if !isNew {
		t.old = w.s.pack.Unpack(nil, r.body)
	}
	if w.superseded(r, t.form.Body) || (w.s.rules.older(t.form.Body, t.old) && w.lags(r, sh.beganMS)) {
		sh.keep = false
		return
	}
	if t.changes = w.judge(t); len(t.changes) == 0 {
		w.settle(r, raw, t.form.Body, sh)
		return
	}
	w.put(t)
}

// put notes a difference. The later of two showings of a record wins, in the place of the first.
func (w *Sweep) put(t *sight) {
	w.pending += len(t.old) + len(t.form.Body)
	if before := w.sights[t.record]; before != nil {
		*before = *t
		return
	}
	w.sights[t.record] = t
	w.order = append(w.order, t)
}

// settle takes a record that is no change, and remembers its bytes.
func (w *Sweep) settle(r *record, raw uint64, body []byte, sh *shown) {
	if w.unchanged(r, body, sh) {
		r.raw, r.rebase = raw, false
	}
}

// unchanged withdraws what an earlier page of this sweep showed of a record, unless that is newer by the row's clock.
func (w *Sweep) unchanged(r *record, body []byte, sh *shown) bool {
	t := w.sights[r]
	if t == nil {
		return true
	}
	if w.superseded(r, body) {
		sh.keep = false
		return false
	}
	t.changes = nil
	return true
}

// superseded reports whether an earlier page of this sweep showed something newer of a record than body.
func (w *Sweep) superseded(r *record, body []byte) bool {
	t := w.sights[r]
	return t != nil && len(t.changes) > 0 && w.s.rules.older(body, t.form.Body)
}

// wanted reports whether a record comes again in a repeated snapshot.
func (w *Sweep) wanted(r *record) bool { return r.lsn < w.o.AgainBelow }

// judge says what a sight is: new, another incarnation of its id, changed, or nothing. What can't be seen this time
// is put back first, as its absence is no change.
func (w *Sweep) judge(t *sight) []*Change {
	if t.isNew {
		return []*Change{w.change(t, w.newOp(), nil, t.form)}
	}
	if w.s.rules.reborn(t.old, t.form.Body) {
		gone := w.change(t, schema.Deleted, t.old, Form{})
		again := w.change(t, schema.Created, nil, t.form)
		return []*Change{gone, again}
	}
	form := w.s.rules.keep(t.old, w.carrier.restore(t.old, t.form), t.unreadable)
	op, changed := w.op(t, form)
	switch {
	case op == "" && w.wanted(t.record):
		return []*Change{w.change(t, schema.Read, nil, form)}
	case changed:
		return []*Change{w.change(t, op, t.old, form)}
	}
	return nil
}

func (w *Sweep) newOp() schema.Op {
	if w.o.First {
		return schema.Read
	}
	return schema.Created
}

// op reports whether form differs from the state, and whether that is an event.
func (w *Sweep) op(t *sight, form Form) (op schema.Op, changed bool) {
	same := form.Fingerprint == t.record.fingerprint
	switch {
	case !t.record.rebase || w.s.was == nil:
		changed = !same
	case t.old == nil: // it can't be brought under other rules
		changed = !same && !w.sameForThoseBefore(t, form)
		if !changed {
			return "", !same
		}
	case same || w.sameForBoth(t.old, form.Body):
		return "", !same || !bytes.Equal(t.old, form.Body)
	default:
		changed = true
	}
	if changed {
		return schema.Updated, true
	}
	return "", false
}

// sameForThoseBefore reports whether a record whose body isn't known any more is as it was for the rules before.
func (w *Sweep) sameForThoseBefore(t *sight, form Form) bool {
	was := *w.s.was
	if was.lists.Key == w.s.rules.lists.Key {
		was.key = w.s.rules.key
	}
	fingerprint, err := was.Fingerprint(form.Body)
	return err == nil && fingerprint == t.record.fingerprint
}

// sameForBoth reports whether two bodies are equal in all that both the rules before and those of now look at.
func (w *Sweep) sameForBoth(a, b []byte) bool {
	was, now := common(w.s.was, w.s.rules)
	x, err := both(&was, &now, a, false)
	y, err2 := both(&was, &now, b, false)
	if err != nil || err2 != nil {
		return false
	}
	return bytes.Equal(x, y) || (was.otherLook(&now) && hollowAlike(&was, &now, a, b))
}

// both leaves of a body what counts for two generations of rules.
func both(was, now *Rules, body []byte, hollow bool) ([]byte, error) {
	f := canonicalizer{rules: now, stored: true, hollow: hollow}
	if err := f.form(body); err != nil {
		return nil, err
	}
	g := canonicalizer{rules: was, stored: true, hollow: hollow}
	err := g.form(f.fingerprint)
	return g.fingerprint, err
}

func (w *Sweep) change(t *sight, op schema.Op, before []byte, after Form) *Change {
	r := t.record
	if op == schema.Read {
		before = nil
	}
	return &Change{
		Op: op, ID: r.id, Before: before, After: after.Body, Fingerprint: after.Fingerprint,
		PrevMS: r.seenMS, SeenMS: t.beganMS, EndedMS: t.endedMS, LSN: r.lsn, TsMS: r.tsMS,
		SourceMS: r.source,
	}
}

// reborn reports whether two bodies of one id are two incarnations.
func (r *Rules) reborn(old, body []byte) bool {
	return r.born != nil && instantsDiffer(find(old, r.born), find(body, r.born))
}

// older reports whether a body shows an earlier moment than another one, by the row's clock.
func (r *Rules) older(body, than []byte) bool {
	a, isA := momentOf(find(body, r.tick))
	b, isB := momentOf(find(than, r.tick))
	return r.tick != nil && isA && isB && a.before(b)
}
