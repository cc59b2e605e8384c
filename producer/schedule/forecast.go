package schedule

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// Plan is what the learned intervals follow from.
type Plan struct {
	PerHour float64 // requests that are spent in an hour, in the long run; 0 where no budget is planned with
	Alone   float64 // requests that would be spent in an hour if nobody else used the token
	Others  float64 // requests that other users of the token made in the last hour
	Price   float64 // seconds of waiting, weighted, that a request saves at the margin
	Stretch float64 // how much longer than its max_age a collection waits, as the budget doesn't hold it; 1: not longer
	Longest time.Duration
	// Interval is the fixed one in force: that asked for, or longer where the limit doesn't allow it; 0 if there is none.
	Interval time.Duration `json:",omitzero"`
}

// Plan returns the plan in force.
func (s *Schedule) Plan() Plan { return s.mode.plan() }

// Interval returns the time between two sweeps of a collection, as it is planned now; 0 if that is not known, or no
// second sweep is planned.
func (s *Schedule) Interval(k Key) time.Duration {
	it := s.items[k]
	if it == nil || it.phase == fresh {
		return 0
	}
	every := s.mode.every(it)
	if every == 0 {
		return 0
	}
	return seconds(max(every, it.minInterval))
}

func (l *learned) every(it *item) float64 { return it.interval }

func (l *learned) plan() Plan {
	return Plan{
		PerHour: l.budget.plain() * 3600, Alone: l.budget.alone(), Others: l.budget.others,
		Price: l.plans.price, Stretch: l.plans.stretch,
		Longest: seconds(l.plans.limit),
	}
}

// Uniform is the mean time from a change to the sweep that shows it, if the plan's requests went to one interval for
// all, of which everything takes so many.
func (p Plan) Uniform(requests int) time.Duration {
	return seconds(max(float64(requests)*3600/p.PerHour, leastInterval) / 2)
}

// Row is one collection in a plan.
type Row struct {
	Key      Key
	Requests int // of a sweep
	Records  int
	Weight   float64
	PerDay   float64       // records that change in a day, as learned
	Interval time.Duration // between two sweeps
	Age      time.Duration // since the last sweep began; negative: there was none
	Due      time.Duration // from now; negative: overdue
	Why      string        // its interval is this one
}

// Forecast returns the plan of every collection, the next one first; nil where no interval is learned. It is for a
// Schedule that was made to look ahead: what was never swept has its place in the plan from then on.
func (s *Schedule) Forecast(now time.Time) []Row {
	l, ok := s.mode.(*learned)
	if !ok {
		return nil
	}
	return l.forecast(s.at(now))
}

func (l *learned) forecast(at float64) []Row {
	for len(l.first.items) > 0 {
		heap.Push(&l.due, heap.Pop(&l.first))
	}
	l.plans.theta = 0
	l.retune(at)
	var rows []Row
	for _, it := range l.due.items {
		rows = append(rows, l.row(it, at))
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Or(cmp.Compare(a.Due, b.Due), a.Key.Compare(b.Key)) })
	return rows
}

func (l *learned) row(it *item, at float64) Row {
	r := Row{
		Key: it.key, Requests: it.cost, Records: it.records, Weight: it.weight, PerDay: it.rate() * day,
		Interval: seconds(it.interval), Age: seconds(at - it.last), Due: seconds(it.due - at), Why: l.why(it),
	}
	if !it.known {
		r.Age = -1
	}
	return r
}

// why tells what an interval comes from.
func (l *learned) why(it *item) string {
	least, most := l.bounds(it)
	switch {
	case it.phase == failing:
		return "failed"
	case it.phase == hinted:
		return "its parent changed"
	case it.phase == signaled || it.phase == asked:
		return "asked for"
	case it.phase == fresh:
		return "never read"
	case it.interval <= least:
		return "shortest allowed"
	case it.maxAge > 0 && it.interval >= most && most < l.plans.limit:
		return "max_age"
	case it.interval >= most:
		return "longest allowed"
	}
	return "learned"
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Mean is the mean time from a change to the sweep that shows it, over all expected changes; 0 without any.
func Mean(rows []Row) time.Duration {
	sum, rates := 0.0, 0.0
	for _, r := range rows {
		sum += r.PerDay * r.Interval.Seconds() / 2
		rates += r.PerDay
	}
	if rates == 0 {
		return 0
	}
	return seconds(sum / rates)
}
