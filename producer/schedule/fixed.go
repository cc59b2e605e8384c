package schedule

import (
	"container/heap"
	"time"
)

// headroom is the share of the limit that a fixed interval leaves to looks by id, retries and other users of the token.
const headroom = 0.05

// fixed is the mode in which every collection has the same interval. A collection whose parent tells of its changes is
// read when the parent does, and otherwise every fourth interval.
type fixed struct {
	*Schedule

	interval float64 // as asked for
	pace     float64 // nothing before this
}

func (f *fixed) place(it *item, _ Traits) { heap.Push(&f.due, it) }

// next returns the collection that is due first. What was planned before everything's cost was known comes later than
// planned.
func (f *fixed) next(float64) (*item, float64) {
	it := f.due.first()
	if it == nil {
		return nil, 0
	}
	for {
		earliest := it.last + f.least()*it.patience()
		if it.phase == signaled || it.phase == fresh || it.due >= earliest {
			break
		}
		f.move(it, earliest)
		it = f.due.first()
	}
	return it, max(it.due, f.pace)
}

func (f *fixed) finish(it *item, began float64, r Result) {
	it.phase = planned
	if r.Within > 0 || r.After > 0 {
		it.phase = asked
	}
	f.setShown(it, r.ShownByParent && r.Outcome == Good && it.phase == planned)
	after := f.every(it)
	if r.Within > 0 {
		after = min(after, r.Within.Seconds())
	}
	after = max(after, r.After.Seconds(), it.minInterval, f.least())
	it.last = began
	f.begin(it, began)
	f.move(it, began+after)
}

// begin spreads sweeps over the hour where the limit asks for it; a first pass goes as fast as the source lets it.
func (f *fixed) begin(it *item, at float64) {
	if f.fresh == 0 && f.least() > f.interval {
		f.pace = max(f.pace, at+f.afford(float64(it.cost)))
	}
}

// hint has a collection read now whose parent tells of a change.
func (f *fixed) hint(it *item, from float64) {
	if from < it.due {
		it.phase = signaled
		f.move(it, from)
	}
}

// acceptUnchanged takes what has not moved for swept until it is four intervals old.
func (f *fixed) acceptUnchanged(it *item, read float64) bool {
	f.setShown(it, true)
	due := read + f.every(it)
	if due <= f.now {
		f.setShown(it, false)
		return false
	}
	f.settle(it)
	it.last, it.phase = read, planned
	f.move(it, due)
	return true
}

// left is told by the token's limit: what the burst of the start let through is no measure.
func (f *fixed) left(float64) float64 {
	if f.opts.PerHour <= 0 {
		return 0
	}
	return float64(f.Schedule.fresh) * 3600 / float64(f.opts.PerHour)
}

// plan is what little of one there is.
func (f *fixed) plan() Plan {
	return Plan{
		Others: f.budget.others, Stretch: 1,
		Interval: max(f.opts.Interval, time.Duration(f.least()*float64(time.Second))),
	}
}

// patience is how many intervals pass from one sweep to the next, if nobody asks.
func (it *item) patience() float64 {
	if it.shownCost > 0 {
		return longest
	}
	return 1
}

// every is the time from one sweep of a collection to the next, if nobody asks.
func (f *fixed) every(it *item) float64 { return max(f.interval, f.least()) * it.patience() }

// least is the shortest interval in which everything can be read within the limit.
func (f *fixed) least() float64 {
	return f.afford(float64(f.cost) - float64(f.shownCost)*(1-1/longest))
}

// afford is the time in which the limit allows so many requests.
func (f *fixed) afford(requests float64) float64 {
	if f.opts.PerHour <= 0 {
		return 0
	}
	return requests / (float64(f.opts.PerHour) * (1 - headroom)) * 3600
}
