// Package schedule decides which collection of an account is read next, so that a change is seen as early as the
// account's requests allow. It is pure: no clock, no I/O, no goroutine; the time is handed to it. One goroutine, the
// account's, uses a Schedule.
//
// What is common to all collections (what there is, when it is due, what was spent) is the Schedule's; how the next
// sweep of each is planned is one of three modes. With Options.Interval every collection has the same fixed interval.
// Without, the mode learns from what each sweep found how often each collection changes, and spends the budget where a
// request saves most waiting; see docs/explanation/freshness.md. With Options.Once there is one pass over everything.
package schedule

import (
	"cmp"
	"container/heap"
	"math"
	"strings"
	"time"
)

// Key names a collection of an account: a resource and the parent's id, "" at the top level.
type Key struct{ Resource, Parent string }

// Compare orders keys by resource, then parent.
func (k Key) Compare(l Key) int {
	return cmp.Or(strings.Compare(k.Resource, l.Resource), strings.Compare(k.Parent, l.Parent))
}

// Options of a Schedule.
type Options struct {
	Interval time.Duration // between two sweeps of a collection, of every one alike; 0: learned
	Once     bool          // one pass: nothing is read twice unless somebody asks
	// requests that the token has an hour; 5,000 by default where intervals are learned, else no limit
	PerHour int
	Share   float64 // of PerHour, for learned intervals: the rest is left to others. 0.8 by default
}

// Traits are what is known of a collection beforehand.
type Traits struct {
	Weight        float64       // how much its changes matter beside others'; 1 by default
	ChangeRate    float64       // how often one of its records changes, beside the usual: a first guess. 1 by default
	MinInterval   time.Duration // the least time between two sweeps; 10 s by default where the interval is learned
	ShownByParent bool          // its parent tells when something in it changes, as far as is known
	// the longest time between two sweeps, where the budget holds it; 0: four times the uniform one's
	MaxAge time.Duration
	Memory Memory // of an earlier Schedule
}

// Outcome is how a sweep ended.
type Outcome int

const (
	Good      Outcome = iota
	Failed            // something that may pass: it is tried again soon, then less and less often
	Refused           // the token may not read it, or the account has no such thing: tried in 10 minutes, then every hour
	Throttled         // the API said to wait; see Pause
)

// Result is how a sweep went.
type Result struct {
	Requests      int           // what it cost
	Records       int           // that the collection has
	Changes       int           // records that changed, came or went since the last sweep. A first one has none
	Outcome       Outcome       // nothing is learned of what is not Good
	Within        time.Duration // the next one is wanted so long after this one began, or sooner; 0: the schedule says
	After         time.Duration // no sooner than this; 0: the schedule says
	Again         bool          // a first sweep does not count as made, once: the next one tells what it was worth
	ShownByParent bool          // its parent tells when something in it changes: it is read then, and seldom otherwise
}

// Schedule decides which collection is read next.
type Schedule struct {
	opts      Options
	mode      mode
	items     map[Key]*item
	due       queue // by time
	added     int
	fresh     int                // collections that have not been swept
	pause     map[string]float64 // by resource: none of its collections is read before
	cost      int                // of one sweep of everything, in requests
	shownCost int                // of cost: of collections whose parents tell of changes
	stale     bool               // collections or the limit are not what they were when the sweeps were planned

	epoch  time.Time // the first time that was handed in
	now    float64   // the last one, in seconds since; it never goes back
	budget budget
}

// mode plans the next sweep of each collection.
type mode interface {
	// place puts a collection that was not known before into a queue.
	place(it *item, t Traits)
	// next returns the collection whose turn comes first, and when; nil if there is none.
	next(now float64) (*item, float64)
	// finish plans the sweep after the one that began at a time.
	finish(it *item, began float64, r Result)
	// hint takes up that the parent of a planned collection moved; it may be read again from a time on.
	hint(it *item, from float64)
	// acceptUnchanged takes up that the parent of a collection which was not swept yet has not moved since it was read
	// at a time. It reports whether that is as good as a sweep.
	acceptUnchanged(it *item, read float64) bool
	// begin takes up that a collection is being read from a time on.
	begin(it *item, at float64)
	// left is how long the first sweeps take that are still to be made, at the least.
	left(now float64) float64
	// every is how long after another the sweeps of a collection are planned; 0: there is no second one.
	every(it *item) float64
	// plan is what the intervals follow from.
	plan() Plan
}

// New makes an empty schedule.
func New(o Options) *Schedule {
	s := &Schedule{opts: o, items: map[Key]*item{}, pause: map[string]float64{}}
	s.due.better = dueEarlier
	s.budget.begin(o)
	switch {
	case o.Once:
		s.mode = newPass(s)
	case o.Interval > 0:
		s.mode = &fixed{Schedule: s, interval: o.Interval.Seconds()}
	default:
		s.mode = newLearned(s)
	}
	return s
}

// at takes up a time. One that is earlier than the last is taken for the last.
func (s *Schedule) at(now time.Time) float64 {
	if s.epoch.IsZero() {
		s.epoch = now
	}
	s.now = max(s.now, now.Sub(s.epoch).Seconds())
	return s.now
}

// time is the reverse of at, for a caller who waits: it is never a moment too early.
func (s *Schedule) time(at float64) time.Time {
	const aYear = 365 * 24 * 3600
	return s.epoch.Add(time.Duration(math.Ceil(min(at, s.now+aYear) * 1e9)))
}

// Add makes a collection due now, if it isn't known yet.
func (s *Schedule) Add(now time.Time, k Key, t Traits) {
	if s.items[k] != nil {
		return
	}
	s.added++
	s.fresh++
	it := &item{
		key: k, cost: 1, order: s.added,
		weight: weightOf(t.Weight), maxAge: t.MaxAge.Seconds(), minInterval: t.MinInterval.Seconds(),
	}
	it.due = max(s.at(now), s.pausedUntil(it))
	s.items[k] = it
	s.mode.place(it, t)
	s.cost += it.cost
	s.stale = true
}

func weightOf(w float64) float64 {
	if w <= 0 || math.IsNaN(w) || math.IsInf(w, 0) {
		return 1
	}
	return w
}

// Remove forgets a collection.
func (s *Schedule) Remove(k Key) {
	it := s.items[k]
	if it == nil {
		return
	}
	s.cost -= it.cost
	s.release(it)
	s.setShown(it, false)
	s.settle(it)
	heap.Remove(it.in, it.at)
	delete(s.items, k)
	s.stale = true
}

// Busy has a collection not be read, or be read again: what was found in it is still on its way. Others go on.
func (s *Schedule) Busy(k Key, busy bool) {
	if it := s.items[k]; it != nil && it.busy != busy {
		it.busy = busy
		heap.Fix(it.in, it.at)
	}
}

// Begin says that a collection is being read from now on, and that the first request is made. Others come first until
// Finish, or Drop. What it may still cost is kept for it.
func (s *Schedule) Begin(now time.Time, k Key) {
	at := s.at(now)
	it := s.items[k]
	if it == nil || it.begun {
		return
	}
	it.begun, it.start, it.held = true, at, it.cost-1
	s.budget.spend(at, 1, !it.swept)
	s.budget.held += float64(it.held)
	s.mode.begin(it, at)
	heap.Fix(it.in, it.at)
}

// Drop takes a Begin back: what was read is not used. The request was made all the same.
func (s *Schedule) Drop(k Key) {
	if it := s.items[k]; it != nil && it.begun {
		s.release(it)
		heap.Fix(it.in, it.at)
	}
}

// release ends what Begin began, and returns how many requests of it are spent.
func (s *Schedule) release(it *item) (spent int) {
	if !it.begun {
		return 0
	}
	s.budget.held -= float64(it.held)
	it.begun, it.held = false, 0
	return 1
}

// Next returns the collection whose turn comes first, and when, of those that aren't busy or being read. It stays first
// until Begin, Finish, Busy, Signal, Hint or Remove.
func (s *Schedule) Next(now time.Time) (k Key, due time.Time, ok bool) {
	it, at := s.mode.next(s.at(now))
	if it == nil {
		return Key{}, time.Time{}, false
	}
	return it.key, s.time(at), true
}

// Finish ends a sweep that began at the given time.
func (s *Schedule) Finish(began time.Time, k Key, r Result) {
	at := s.at(began)
	requests := max(r.Requests, 0)
	it := s.items[k]
	if it == nil {
		s.budget.spend(at, requests, false)
		return
	}
	if it.begun {
		at = it.start
	}
	if more := requests - s.release(it); more > 0 {
		s.budget.spend(s.now, more, !it.swept)
	}
	if r.Outcome == Good || requests > it.cost { // a sweep that ended early says no more than that
		s.cost += max(requests, 1) - it.cost
		it.cost = max(requests, 1)
	}
	s.dated(it)
	again := r.Again && !it.again
	it.again = it.again || r.Again
	if it.throttled++; !again && (r.Outcome != Throttled || it.throttled >= throttledOften) {
		s.settle(it)
		it.throttled = 0
	}
	s.mode.finish(it, at, r)
}

// dated has a collection come by its time, and not by its worth.
func (s *Schedule) dated(it *item) {
	if it.in != &s.due {
		heap.Remove(it.in, it.at)
		heap.Push(&s.due, it)
	}
}

// settle counts a collection as swept.
func (s *Schedule) settle(it *item) {
	if !it.swept {
		it.swept = true
		s.fresh--
	}
}

// Signal makes a collection due now, whatever it costs.
func (s *Schedule) Signal(now time.Time, k Key) {
	at := s.at(now)
	if it := s.items[k]; it != nil && it.in == &s.due && it.due > at {
		it.phase = signaled
		s.move(it, at)
	}
}

// throttledOften is how often a first sweep may be throttled until it counts as made, so that a pass ends.
const throttledOften = 3

// Pause lets no collection of a resource be read for a time: the API limits its path. Others go on.
func (s *Schedule) Pause(now time.Time, resource string, d time.Duration) {
	at := s.at(now)
	s.pause[resource] = max(s.pause[resource], at+d.Seconds())
	for _, it := range s.items {
		if it.key.Resource != resource {
			continue
		}
		s.dated(it)
		s.move(it, it.due)
	}
}

// Hint says that a collection's parent tells of a change in it. It becomes due now; where the interval is learned, if
// that is worth its requests.
func (s *Schedule) Hint(now time.Time, k Key) {
	at := s.at(now)
	if it := s.items[k]; it != nil && it.in == &s.due && it.phase == planned {
		s.mode.hint(it, max(at, it.last+it.minInterval))
	}
}

// AcceptUnchanged says of a collection that was not swept since it was added that its parent tells of no change since
// it was last read, so long ago. It reports whether that will do, and the collection counts as swept.
func (s *Schedule) AcceptUnchanged(now time.Time, k Key, age time.Duration) bool {
	at := s.at(now)
	it := s.items[k]
	if it == nil || it.swept || it.begun || it.phase == signaled {
		return false
	}
	return s.mode.acceptUnchanged(it, at-max(0, age.Seconds()))
}

// setShown notes whether a collection's parent tells of its changes.
func (s *Schedule) setShown(it *item, shown bool) {
	s.shownCost -= it.shownCost
	it.shownCost = 0
	if shown {
		it.shownCost = it.cost
		s.shownCost += it.shownCost
	}
}

// pausedUntil is before all times, also those before the epoch, where nothing is paused.
func (s *Schedule) pausedUntil(it *item) float64 {
	if until, ok := s.pause[it.key.Resource]; ok {
		return until
	}
	return math.Inf(-1)
}

// move makes a collection due at a time, or when its resource is no longer paused.
func (s *Schedule) move(it *item, due float64) { s.due.move(it, max(due, s.pausedUntil(it))) }

// Limit takes up what a response said of the token: how many requests it has an hour, and how many of them are left; -1
// is not said. What cannot be is left unheeded.
func (s *Schedule) Limit(now time.Time, perHour, remaining int) {
	at := s.at(now)
	if perHour != s.opts.PerHour {
		s.opts.PerHour = perHour
		s.stale = true
	}
	s.budget.tell(at, perHour, remaining)
}

// Beside takes the number of requests that other Schedules of this process have made so far with the same token. They
// are spent from the same budget.
func (s *Schedule) Beside(now time.Time, total int64) { s.budget.spentBeside(s.at(now), total) }

// Resume says that an earlier Schedule has spent the same token's requests until so long ago, beside others who made so
// many in an hour: what the next answers say was used is not taken for theirs. It is called before the first Limit.
func (s *Schedule) Resume(now time.Time, others int, ago time.Duration) {
	s.budget.resume(s.at(now), float64(others), ago.Seconds())
}

// Left is how long the first sweeps take that are still to be made, at the least.
func (s *Schedule) Left(now time.Time) time.Duration { return seconds(s.mode.left(s.at(now))) }

// Fresh returns how many collections have not been swept since they were added.
func (s *Schedule) Fresh() int { return s.fresh }

// Len returns how many collections there are.
func (s *Schedule) Len() int { return len(s.items) }
