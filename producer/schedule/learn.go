package schedule

import "math"

const (
	day          = 24 * 3600.0
	usual        = 0.05 / day // changes of a record a second, before anything is known
	memory       = 3 * day    // after which what was counted of a collection has faded to a third
	kindMemory   = 30 * day
	burst        = 300.0 // seconds in which a change makes others likely
	followsFirst = 0.1   // the share of changes that follow others, before anything is known
	hushed       = 0.1   // of that where a parent tells of changes: what it doesn't tell of is left
	few          = 0.1   // of a record, so that an empty collection is not certain to stay so
)

// kind is what the collections of one resource have in common. Its counts fade.
type kind struct {
	prior   float64 // changes of a record a second, a first guess
	changes float64
	watched float64 // record-seconds
	follow  float64 // changes that followed others
	after   float64 // chances that they had
	at      float64
}

// fade brings the counts up to now.
func (k *kind) fade(now float64) {
	f := math.Exp(-max(0, now-k.at) / kindMemory)
	k.changes, k.watched, k.follow, k.after = k.changes*f, k.watched*f, k.follow*f, k.after*f
	k.at = max(k.at, now)
}

// perRecord is how often a record of the kind changes, a second; of those that a parent tells of, unannounced.
func (k *kind) perRecord(shown bool) float64 {
	prior := k.prior
	if shown {
		prior *= hushed
	}
	return (1 + k.changes) / (1/prior + k.watched)
}

// follows is the share of changes that follow others within minutes.
func (k *kind) follows() float64 {
	return min(0.9, (2*followsFirst+k.follow)/(2+k.after))
}

// size is a collection's number of records, never nothing.
func (it *item) size() float64 { return float64(it.records) + few }

// base is how many records change in a second, leaving bursts aside: what was counted, drawn to what is usual of the
// kind.
func (it *item) base() float64 {
	return (1 + it.changes) / (1/(it.kind.perRecord(it.shownCost > 0)*it.size()) + it.watched)
}

// rate is how many records change in a second. A burst counts in full until the next sweep says whether it goes on.
func (it *item) rate() float64 {
	e := it.kind.follows()
	return (1-e)*it.base() + e*it.hot/burst
}

// learn counts what a sweep found that began at now.
func (it *item) learn(now float64, records, changes int) {
	gap := now - it.last
	n := float64(max(changes, 0))
	if it.phase == hinted { // announced: what is learned is what no parent tells
		if n > 0 {
			it.hits++
		}
		n = 0
	}
	k, e := it.kind, it.kind.follows()
	k.fade(now)
	x := it.hot * (1 - math.Exp(-gap/burst))
	if all := e*x + (1-e)*it.base()*gap; all > 0 {
		k.follow += n * e * x / all
		it.follow += n * e * x / all
	}
	k.after += x
	it.after += x
	it.records = max(records, 0)
	k.changes += n
	k.watched += gap * it.size()
	f := math.Exp(-gap / memory)
	it.changes, it.watched = it.changes*f+n, it.watched*f+gap
	it.hot = it.hot*math.Exp(-gap/burst) + n
}
