package schedule

import "container/heap"

// item is a collection. Times are in seconds since the Schedule's epoch.
type item struct {
	key       Key
	cost      int     // of a sweep, in requests
	order     int     // of adding, for equals
	swept     bool    // since it was added
	busy      bool    // it can't be read now: all others come first
	begun     bool    // it is being read: the same
	start     float64 // when that began
	held      int     // requests that it may still make
	phase     phase
	throttled int  // sweeps in a row that the API said to wait with
	again     bool // Result.Again was granted
	shownCost int  // what of its cost is in Schedule.shownCost; 0: nobody tells of its changes
	last      float64
	due       float64

	in *queue
	at int // in it

	// What follows is learned, or used to learn.
	known       bool // last and records are of a sweep
	weight      float64
	minInterval float64 // least time between two sweeps
	maxAge      float64 // 0: none
	records     int
	changes     float64 // counted, fading
	watched     float64 // seconds that they were counted in, fading
	hot         float64 // changes of the last minutes, fading fast
	follow      float64 // changes that followed others, of this item
	after       float64 // chances that they had
	kind        *kind
	interval    float64 // as planned last
	share       float64 // (cost / (weight * rate))^plan.law, of the last plan
	hints       float64
	hits        float64
	failures    int
}

// away reports whether it can't be read now.
func (it *item) away() bool { return it.busy || it.begun }

// phase is why a collection is due when it is.
type phase int

const (
	fresh    phase = iota // it was never read
	planned               // its interval
	failing               // its last sweep gave nothing: it is tried again
	asked                 // Result.Within or Result.After
	hinted                // Hint: what the next sweep finds was announced
	signaled              // Signal: it is read, whatever it costs
)

// queue is a heap of items.
type queue struct {
	items  []*item
	better func(a, b *item) bool
}

func dueEarlier(a, b *item) bool {
	if a.away() != b.away() {
		return b.away()
	}
	if a.due != b.due {
		return a.due < b.due
	}
	return a.order < b.order
}

// worthMore is the order of first sweeps: what matters most for a request.
func worthMore(a, b *item) bool {
	if a.away() != b.away() {
		return b.away()
	}
	x, y := a.weight*float64(b.cost), b.weight*float64(a.cost)
	if x != y {
		return x > y
	}
	return a.order < b.order
}

// first returns the head, nil if there is none that can be read now.
func (q *queue) first() *item {
	if len(q.items) == 0 || q.items[0].away() {
		return nil
	}
	return q.items[0]
}

func (q *queue) move(it *item, due float64) {
	it.due = due
	heap.Fix(q, it.at)
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (q *queue) Len() int           { return len(q.items) }
func (q *queue) Less(i, j int) bool { return q.better(q.items[i], q.items[j]) }

func (q *queue) Swap(i, j int) {
	q.items[i], q.items[j] = q.items[j], q.items[i]
	q.items[i].at, q.items[j].at = i, j
}

func (q *queue) Push(x any) {
	it := x.(*item)
	it.in, it.at = q, len(q.items)
	q.items = append(q.items, it)
}

func (q *queue) Pop() any {
	last := len(q.items) - 1
	it := q.items[last]
	q.items[last] = nil
	q.items = q.items[:last]
	return it
}
