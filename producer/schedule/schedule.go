// Package schedule decides which collection of an account is read next. It is pure: no clock, no I/O, no goroutine; the
// time is handed to it. One goroutine, the account's, uses a Schedule.
package schedule

import (
	"cmp"
	"container/heap"
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
	Interval time.Duration // between two sweeps of a collection
	PerHour  int           // requests that may be spent in an hour
}

// Result is how a sweep went.
type Result struct {
	Requests int           // what it cost
	After    time.Duration // the next one begins so long after this one did; 0: the interval
}

// Schedule gives each collection the same fixed interval, and stretches it for all where the hourly limit asks for it.
type Schedule struct {
	opts  Options
	items map[Key]*item
	due   queue
	cost  int // of one sweep of everything, in requests
	added int
	fresh int       // collections that have not been swept
	pace  time.Time // nothing before this
}

type item struct {
	key      Key
	due      time.Time
	began    time.Time // of its last sweep; zero before the first
	cost     int
	order    int // of adding, for equal times
	at       int // in the queue
	done     bool
	signaled bool
}

// New makes an empty schedule.
func New(o Options) *Schedule { return &Schedule{opts: o, items: map[Key]*item{}} }

// Add makes a collection due now, if it isn't known yet.
func (s *Schedule) Add(now time.Time, k Key) {
	if s.items[k] != nil {
		return
	}
	s.added++
	s.fresh++
	it := &item{key: k, due: now, cost: 1, order: s.added}
	s.items[k] = it
	s.cost += it.cost
	heap.Push(&s.due, it)
}

// Remove forgets a collection.
func (s *Schedule) Remove(k Key) {
	if it := s.items[k]; it != nil {
		s.cost -= it.cost
		s.settle(it)
		heap.Remove(&s.due, it.at)
		delete(s.items, k)
	}
}

// Next answers the collection whose turn comes first, and when. It stays first until Done, Signal or Remove.
func (s *Schedule) Next() (k Key, due time.Time, ok bool) {
	if len(s.due) == 0 {
		return Key{}, time.Time{}, false
	}
	for { // what was planned before everything's cost was known comes later than planned
		it := s.due[0]
		earliest := it.began.Add(s.least())
		if it.signaled || it.began.IsZero() || !it.due.Before(earliest) {
			break
		}
		s.move(it, earliest)
	}
	return s.due[0].key, later(s.due[0].due, s.pace), true
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// Done says that a sweep that began at the given time has ended.
func (s *Schedule) Done(began time.Time, k Key, r Result) {
	it := s.items[k]
	if it == nil {
		return
	}
	s.cost += max(r.Requests, 1) - it.cost
	it.cost = max(r.Requests, 1)
	after := r.After
	if after == 0 {
		after = s.opts.Interval
	}
	s.settle(it)
	it.began, it.signaled = began, false
	if s.least() > s.opts.Interval {
		s.pace = began.Add(s.afford(it.cost)) // spread over the hour
	}
	s.move(it, began.Add(max(after, s.least())))
}

// Signal makes a collection due now.
func (s *Schedule) Signal(now time.Time, k Key) {
	if it := s.items[k]; it != nil && it.due.After(now) {
		it.signaled = true
		s.move(it, now)
	}
}

// Limit sets what may be spent in an hour, as the API's headers say.
func (s *Schedule) Limit(perHour int) { s.opts.PerHour = perHour }

// Interval is the interval in force: the one asked for, or longer where the limit doesn't allow it.
func (s *Schedule) Interval() time.Duration { return max(s.opts.Interval, s.least()) }

// Fresh answers how many collections have not been swept since they were added.
func (s *Schedule) Fresh() int { return s.fresh }

func (s *Schedule) settle(it *item) {
	if !it.done {
		it.done = true
		s.fresh--
	}
}

// Len answers how many collections there are.
func (s *Schedule) Len() int { return len(s.items) }

// headroom is the share of the limit that is left to looks by id, retries and other users of the token.
const headroom = 0.05

// least is the shortest interval in which everything can be read within the limit.
func (s *Schedule) least() time.Duration { return s.afford(s.cost) }

// afford is the time in which the limit allows so many requests.
func (s *Schedule) afford(requests int) time.Duration {
	if s.opts.PerHour <= 0 {
		return 0
	}
	return time.Duration(float64(requests) / (float64(s.opts.PerHour) * (1 - headroom)) * float64(time.Hour))
}

func (s *Schedule) move(it *item, due time.Time) {
	it.due = due
	heap.Fix(&s.due, it.at)
}

type queue []*item

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if !q[i].due.Equal(q[j].due) {
		return q[i].due.Before(q[j].due)
	}
	return q[i].order < q[j].order
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}

func (q *queue) Push(x any) {
	it := x.(*item)
	it.at = len(*q)
	*q = append(*q, it)
}

func (q *queue) Pop() any {
	old := *q
	it := old[len(old)-1]
	*q = old[:len(old)-1]
	return it
}
