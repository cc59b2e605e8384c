package schedule

import (
	"container/heap"
	"math"
	"time"
)

// LeastRest is the least time between two sweeps of a collection, where the interval is learned.
const LeastRest = 10 * time.Second

const (
	flatLaw       = 0.26  // the exponent as long as nothing is learned: flat, since rates are guesses
	exponent      = 0.4   // when much is: 1/2 is best for the mean, 1/3 for the tail
	much          = 100.0 // changes; with so many the exponent is half way
	leastInterval = float64(LeastRest / time.Second)
	longest       = 4.0 // times the uniform interval
	longestEver   = day
	planEvery     = 60.0  // seconds
	noise         = 0.1   // of the rate: what differs by more is news
	steadyIn      = 600.0 // seconds in which a smaller difference is taken up
	backlogIn     = 600.0 // seconds in which what is overdue is caught up with
	firstShare    = 0.5   // of the requests go to first sweeps, while there are any
	firstRetry    = 10.0  // seconds after a sweep that failed; each further one doubles it
	lastRetry     = 600.0
	refusedWait   = 3600.0 // seconds after one that was refused again
)

// plan is what the intervals follow from.
type plan struct {
	at      float64 // when it was made
	theta   float64 // interval = theta * share
	law     float64 // the exponent in share
	limit   float64 // no interval is longer, unless a collection's own minimum is
	rate    float64 // requests a second, smoothed
	price   float64 // seconds of waiting, weighted, that a request saves at the margin
	stretch float64 // how much longer than its max_age a collection waits; 1: none does
	turn    float64 // requests for first sweeps less those for others, while there are first ones
}

// learned is the mode in which each collection has an interval of its own, by how often it changes.
type learned struct {
	*Schedule

	kinds map[string]*kind
	first queue // never swept, the most worth a request first
	plans plan
}

func newLearned(s *Schedule) *learned {
	l := &learned{Schedule: s, kinds: map[string]*kind{}, plans: plan{stretch: 1}}
	l.first.better = worthMore
	return l
}

func (l *learned) place(it *item, t Traits) {
	l.expect(it, t)
	if it.phase == fresh && l.pausedUntil(it) <= l.now {
		heap.Push(&l.first, it)
	} else {
		heap.Push(&l.due, it)
	}
}

// acceptUnchanged needs nothing: what was remembered has its place in the plan.
func (l *learned) acceptUnchanged(*item, float64) bool { return false }

// expect sets what is known of a collection before its first sweep.
func (l *learned) expect(it *item, t Traits) {
	k := l.kinds[it.key.Resource]
	if k == nil {
		rate := t.ChangeRate
		if rate <= 0 || math.IsNaN(rate) || math.IsInf(rate, 0) {
			rate = 1
		}
		k = &kind{prior: usual * rate, at: l.now}
		l.kinds[it.key.Resource] = k
	}
	it.kind = k
	it.minInterval = max(it.minInterval, leastInterval)
	l.setShown(it, t.ShownByParent)
	it.remember(t.Memory, l.now)
}

// next returns the collection to read next and when: what was never read, ahead of the rate as long as the hour allows
// it; as soon as there are tokens for it, what is due; where the bucket is full, what is due next.
func (l *learned) next(now float64) (*item, float64) {
	l.retune(now)
	it, first := l.due.first(), l.first.first()
	if first != nil && l.budget.mayHurry(now, first.cost) {
		return first, max(now, l.budget.hurry)
	}
	if first != nil && (it == nil || it.due > now || l.plans.turn <= 0) {
		return first, l.budget.enough(now, first.cost)
	}
	if it == nil {
		return nil, 0
	}
	full := l.budget.full(now)
	if it.due > full && l.earliest(it) > full {
		it = l.spare(full)
	}
	at := max(l.budget.enough(now, it.cost), l.pausedUntil(it))
	if it.phase != signaled {
		at = max(at, min(it.due, full), l.earliest(it))
	}
	return it, at
}

// spare returns what to read before it is due, where requests would be lost otherwise: of those that are due soon, the
// first that has rested by then.
func (l *learned) spare(by float64) *item {
	best := l.due.first()
	found := false
	for _, it := range l.due.items[:min(len(l.due.items), 128)] { // a heap has what is due soon at its beginning
		if !it.away() && l.earliest(it) <= by && (!found || it.due < best.due) {
			best, found = it, true
		}
	}
	return best
}

// earliest is when a collection may be read again.
func (l *learned) earliest(it *item) float64 {
	switch it.phase {
	case fresh, failing, asked:
		return it.due
	}
	return max(it.last+it.minInterval, l.pausedUntil(it))
}

func (l *learned) begin(*item, float64) {}

func (l *learned) finish(it *item, began float64, r Result) {
	l.count(it)
	switch r.Outcome {
	case Good:
		l.replan(it, began, r)
	case Refused:
		after := refusedWait
		if it.failures == 0 {
			after = lastRetry // it may have been a slip of the API
		}
		l.failed(it, began+after)
	default:
		l.failed(it, began+min(lastRetry, firstRetry*math.Exp2(float64(min(it.failures, 10)))))
	}
	if within := began + max(r.Within.Seconds(), it.minInterval); r.Within > 0 && within < it.due {
		it.phase = asked
		l.move(it, within)
	}
	if after := began + r.After.Seconds(); after > it.due {
		it.phase = asked
		l.move(it, after)
	}
}

// count notes whether a sweep was a first one: they take turns with the others.
func (l *learned) count(it *item) {
	if len(l.first.items) > 0 {
		if it.known {
			l.plans.turn -= float64(it.cost) * firstShare
		} else {
			l.plans.turn += float64(it.cost) * (1 - firstShare)
		}
	} else {
		l.plans.turn = 0
	}
}

// replan plans the next sweep after a good one.
func (l *learned) replan(it *item, began float64, r Result) {
	it.failures = 0
	l.setShown(it, r.ShownByParent)
	if it.known {
		it.learn(began, r.Records, r.Changes)
	}
	it.records, it.last = max(r.Records, 0), began
	it.known, it.phase = true, planned
	l.prepare(it)
	it.interval = l.intervalOf(it)
	l.move(it, began+it.interval)
}

func (l *learned) failed(it *item, due float64) {
	it.failures++
	it.phase = failing
	l.move(it, due)
}

// hint is followed if that is worth its requests.
func (l *learned) hint(it *item, from float64) {
	worth := it.weight * (it.hits + 2) / (it.hints + 3) * (it.due - from)
	if from >= it.due || worth <= l.plans.price*float64(it.cost) {
		return
	}
	it.hints++
	it.phase = hinted
	l.move(it, from)
}

// prepare makes what a collection's interval follows from.
func (l *learned) prepare(it *item) {
	it.share = math.Pow(float64(it.cost)/(it.weight*it.rate()), l.plans.law)
}

// bounds are the shortest and the longest interval of a collection.
func (l *learned) bounds(it *item) (least, most float64) {
	most = l.plans.limit
	if it.maxAge > 0 {
		most = min(most, it.maxAge)
	}
	return it.minInterval, max(most*l.plans.stretch, it.minInterval)
}

func (l *learned) intervalOf(it *item) float64 {
	least, most := l.bounds(it)
	return min(max(l.plans.theta*it.share, least), most)
}

// retune makes the plan anew, once a minute or where something changed.
func (l *learned) retune(now float64) {
	if p := &l.plans; p.theta > 0 && now-p.at < planEvery && (!l.stale || now-p.at < 1) {
		return
	}
	full := l.budget.plain()
	l.plans.limit = min(longestEver, longest*float64(l.cost)/full)
	l.plans.law = l.exponent()
	backlog := 0.0
	for _, it := range l.due.items {
		l.prepare(it)
		if it.due < now {
			backlog += float64(it.cost)
		}
	}
	rate := l.steady(l.budget.rate(), now)
	if len(l.first.items) > 0 {
		rate *= 1 - firstShare
	}
	backlog = max(0, backlog-rate*planEvery) // what the next minute reads anyway is none
	rate = max(rate-backlog/backlogIn, rate/2)
	l.plans.at, l.stale = now, false
	l.fit(full)
	l.solve(rate)
	l.reschedule(rate)
}

// steady smooths the rate that is planned with. Where many collections have the same long interval, one that is a
// hundredth longer has nothing due for a while, and one that is shorter has all of that due at once.
func (l *learned) steady(rate, now float64) float64 {
	p := &l.plans
	if p.rate == 0 || math.Abs(rate/p.rate-1) > noise {
		p.rate = rate
	}
	p.rate += (rate - p.rate) * min(1, (now-p.at)/steadyIn)
	return p.rate
}

// exponent follows from how many changes the rates were learned from.
func (l *learned) exponent() float64 {
	changes := 0.0
	for _, it := range l.due.items {
		changes += it.changes
	}
	return flatLaw + (exponent-flatLaw)*changes/(changes+much)
}

// fit lengthens the longest intervals where they alone would spend nearly everything, those of what is still to be read
// for the first time too: what can't be held is known at the start.
func (l *learned) fit(rate float64) {
	l.plans.stretch = 1
	const most = 0.9
	needed := 0.0
	for _, q := range []*queue{&l.due, &l.first} {
		for _, it := range q.items {
			_, longest := l.bounds(it)
			needed += float64(it.cost) / longest
		}
	}
	l.plans.stretch = max(1, needed/(most*rate))
}

// solve finds the theta with which the plan spends so many requests a second.
func (l *learned) solve(rate float64) {
	low, high := 0.0, 1.0
	for l.spends(high) > rate && high < 1e12 {
		low, high = high, high*8
	}
	for range 24 {
		mid := (low + high) / 2
		if l.spends(mid) > rate {
			low = mid
		} else {
			high = mid
		}
	}
	l.plans.theta = high
}

// spends returns how many requests a second a theta asks for.
func (l *learned) spends(theta float64) float64 {
	sum := 0.0
	for _, it := range l.due.items {
		least, most := l.bounds(it)
		sum += float64(it.cost) / min(max(theta*it.share, least), most)
	}
	return sum
}

// reschedule moves each collection to its new interval, and finds what a request is worth.
func (l *learned) reschedule(rate float64) {
	waiting := 0.0
	for _, it := range l.due.items {
		interval := l.intervalOf(it)
		waiting += it.weight * it.rate() * interval / 2
		if it.phase == planned {
			it.due = it.last + interval
		}
		it.due = max(it.due, l.pausedUntil(it))
		it.interval = interval
	}
	l.plans.price = waiting / rate
	heap.Init(&l.due)
}

// left is told by the rate at which first sweeps go: ahead of the plan's while the hour allows it.
func (l *learned) left(now float64) float64 {
	requests := float64(l.Schedule.fresh)
	ahead := min(requests, max(0, l.budget.headStart(now)))
	return ahead/l.budget.hurried() + (requests-ahead)/l.budget.rate()
}
