package schedule

import (
	"container/heap"
	"math"
	"time"
)

// LeastRest is the least time between two sweeps of a collection, where the interval is learned.
const LeastRest = 10 * time.Second

const (
	flatLaw     = 0.26  // the exponent as long as nothing is learned: flat, since rates are guesses
	exponent    = 0.4   // when much is: 1/2 is best for the mean, 1/3 for the tail
	much        = 100.0 // changes; with so many the exponent is half way
	leastRest   = float64(LeastRest / time.Second)
	longest     = 4.0   // times the uniform interval
	longestEver = day   //
	planEvery   = 60.0  // seconds
	backlogIn   = 600.0 // seconds in which what is overdue is caught up with
	firstShare  = 0.5   // of the requests go to first sweeps, while there are any
	firstRetry  = 10.0  // seconds after a sweep that failed; each further one doubles it
	lastRetry   = 600.0
	lookAgain   = 3600.0 // seconds after one that was refused again
)

// plan is what the intervals follow from.
type plan struct {
	at      float64 // when it was made
	stale   bool    // something changed that matters
	theta   float64 // interval = theta * share
	law     float64 // the exponent in share
	limit   float64 // no interval is longer, unless a collection's own rest is
	price   float64 // seconds of waiting, weighted, that a request saves at the margin
	stretch float64 // how much longer than its max_age a collection waits; 1: none does
	turn    float64 // requests for first sweeps less those for others, while there are first ones
}

// expect sets what is known of a collection before its first sweep.
func (s *Schedule) expect(it *item, t Traits) {
	k := s.kinds[it.key.Resource]
	if k == nil {
		pace := t.Pace
		if pace <= 0 || math.IsNaN(pace) || math.IsInf(pace, 0) {
			pace = 1
		}
		k = &kind{prior: usual * pace, at: s.now}
		s.kinds[it.key.Resource] = k
	}
	it.kind = k
	it.rest = max(it.rest, leastRest)
	s.tell(it, t.Told)
	it.remember(t.Memory, s.now)
}

// nextLearned answers the collection to read next and when: as soon as there are tokens for it, what is due; where the
// bucket is full, what is due next.
func (s *Schedule) nextLearned(now float64) (*item, float64) {
	s.retune(now)
	it, fresh := s.due.first(), s.first.first()
	if fresh != nil && (it == nil || it.due > now || s.plan.turn <= 0) {
		return fresh, s.budget.enough(now, fresh.cost)
	}
	if it == nil {
		return nil, 0
	}
	full := s.budget.full(now)
	if it.due > full && s.earliest(it) > full {
		it = s.spare(full)
	}
	at := max(s.budget.enough(now, it.cost), s.pausedUntil(it))
	if !it.signaled {
		at = max(at, min(it.due, full), s.earliest(it))
	}
	return it, at
}

// spare answers what to read before it is due, where requests would be lost otherwise: of those that are due soon, the
// first that has rested by then.
func (s *Schedule) spare(by float64) *item {
	best := s.due.first()
	found := false
	for _, it := range s.due.items[:min(len(s.due.items), 128)] { // a heap has what is due soon at its beginning
		if s.earliest(it) <= by && (!found || it.due < best.due) {
			best, found = it, true
		}
	}
	return best
}

// earliest is when a collection may be read again.
func (s *Schedule) earliest(it *item) float64 {
	if !it.known || it.failures > 0 || it.asked {
		return it.due
	}
	return max(it.last+it.rest, s.pausedUntil(it))
}

func (s *Schedule) doneLearned(it *item, began float64, r Result) {
	if len(s.first.items) > 0 {
		if it.known {
			s.plan.turn -= float64(it.cost) * firstShare
		} else {
			s.plan.turn += float64(it.cost) * (1 - firstShare)
		}
	} else {
		s.plan.turn = 0
	}
	it.signaled = false
	switch r.Outcome {
	case Good:
		it.failures = 0
		s.tell(it, r.Told)
		if it.known {
			it.learn(began, r.Records, r.Changes)
		}
		it.records, it.last, it.known = max(r.Records, 0), began, true
		s.prepare(it)
		it.interval = s.intervalOf(it)
		s.move(it, began+it.interval)
	case Refused:
		after := lookAgain
		if it.failures++; it.failures == 1 {
			after = lastRetry // it may have been a slip of the API
		}
		s.move(it, began+after)
	default:
		it.failures++
		s.move(it, began+min(lastRetry, firstRetry*math.Exp2(float64(min(it.failures, 10)-1))))
	}
	it.asked = false
	if within := began + max(r.Within.Seconds(), it.rest); r.Within > 0 && within < it.due {
		it.asked = true
		s.move(it, within)
	}
	if after := began + r.After.Seconds(); after > it.due {
		it.asked = true
		s.move(it, after)
	}
}

// Hint says that a collection's parent tells of a change in it. It becomes due now; where the interval is learned, if that is
// worth its requests.
func (s *Schedule) Hint(now time.Time, k Key) {
	at := s.at(now)
	it := s.items[k]
	if it == nil || it.in != &s.due || !it.known || it.failures > 0 || it.asked || it.hinted {
		return
	}
	due := max(at, it.last+it.rest)
	if !s.learns() {
		s.hintFixed(it, due)
		return
	}
	if due >= it.due || it.weight*(it.hits+2)/(it.hints+3)*(it.due-due) <= s.plan.price*float64(it.cost) {
		return
	}
	it.hints++
	it.hinted = true
	s.move(it, due)
}

// prepare makes what a collection's interval follows from.
func (s *Schedule) prepare(it *item) {
	it.share = math.Pow(float64(it.cost)/(it.weight*it.rate()), s.plan.law)
}

// bounds are the shortest and the longest interval of a collection.
func (s *Schedule) bounds(it *item) (least, most float64) {
	most = s.plan.limit
	if it.maxAge > 0 {
		most = min(most, it.maxAge)
	}
	return it.rest, max(most*s.plan.stretch, it.rest)
}

func (s *Schedule) intervalOf(it *item) float64 {
	least, most := s.bounds(it)
	return min(max(s.plan.theta*it.share, least), most)
}

// retune makes the plan anew, once a minute or where something changed.
func (s *Schedule) retune(now float64) {
	if p := &s.plan; p.theta > 0 && now-p.at < planEvery && (!p.stale || now-p.at < 1) {
		return
	}
	s.plan.at, s.plan.stale = now, false
	full := s.budget.rate()
	s.plan.limit = min(longestEver, longest*float64(s.cost)/full)
	s.plan.law = s.exponent()
	backlog := 0.0
	for _, it := range s.due.items {
		s.prepare(it)
		if it.due < now {
			backlog += float64(it.cost)
		}
	}
	rate := full
	if len(s.first.items) > 0 {
		rate *= 1 - firstShare
	}
	rate = max(rate-backlog/backlogIn, rate/2)
	s.fit(full)
	s.solve(rate)
	s.reschedule(rate)
}

// exponent follows from how many changes the rates were learned from.
func (s *Schedule) exponent() float64 {
	changes := 0.0
	for _, it := range s.due.items {
		changes += it.changes
	}
	return flatLaw + (exponent-flatLaw)*changes/(changes+much)
}

// fit lengthens the longest intervals where they alone would spend nearly everything, those of what is still to be read
// for the first time too: what can't be held is known at the start.
func (s *Schedule) fit(rate float64) {
	s.plan.stretch = 1
	const most = 0.9
	needed := 0.0
	for _, q := range []*queue{&s.due, &s.first} {
		for _, it := range q.items {
			_, longest := s.bounds(it)
			needed += float64(it.cost) / longest
		}
	}
	s.plan.stretch = max(1, needed/(most*rate))
}

// solve finds the theta with which the plan spends so many requests a second.
func (s *Schedule) solve(rate float64) {
	low, high := 0.0, 1.0
	for s.spends(high) > rate && high < 1e12 {
		low, high = high, high*8
	}
	for range 24 {
		mid := (low + high) / 2
		if s.spends(mid) > rate {
			low = mid
		} else {
			high = mid
		}
	}
	s.plan.theta = high
}

// spends answers how many requests a second a theta asks for.
func (s *Schedule) spends(theta float64) float64 {
	sum := 0.0
	for _, it := range s.due.items {
		least, most := s.bounds(it)
		sum += float64(it.cost) / min(max(theta*it.share, least), most)
	}
	return sum
}

// reschedule moves each collection to its new interval, and finds what a request is worth.
func (s *Schedule) reschedule(rate float64) {
	waiting := 0.0
	for _, it := range s.due.items {
		interval := s.intervalOf(it)
		waiting += it.weight * it.rate() * interval / 2
		switch {
		case !it.known || it.failures > 0 || it.signaled || it.hinted || it.asked:
		case it.interval == 0: // remembered
			it.due = it.last + interval
		default:
			it.due = it.last + (it.due-it.last)*interval/it.interval
		}
		it.due = max(it.due, s.pausedUntil(it))
		it.interval = interval
	}
	s.plan.price = waiting / rate
	heap.Init(&s.due)
}
