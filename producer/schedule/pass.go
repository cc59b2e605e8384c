package schedule

import (
	"container/heap"
	"math"
	"time"
)

// pass is the mode in which everything is read once. What is asked for again is read again while the pass goes on.
type pass struct {
	*Schedule

	trust float64 // for so long a collection is as it was read, if its parent has not moved since
}

// leastTrust is how long a pass trusts a parent where no interval says it.
const leastTrust = time.Minute

func newPass(s *Schedule) *pass {
	return &pass{Schedule: s, trust: longest * max(s.opts.Interval, leastTrust).Seconds()}
}

func (p *pass) every(*item) float64 { return 0 }

func (p *pass) place(it *item, _ Traits) { heap.Push(&p.due, it) }

// next goes as fast as a minute allows that leaves something to other users of the token.
func (p *pass) next(_ float64) (*item, float64) {
	it := p.due.first()
	if it == nil {
		return nil, 0
	}
	if p.opts.PerHour <= 0 || p.budget.free() >= 1 {
		return it, it.due
	}
	return it, max(it.due, p.budget.hurry)
}

func (p *pass) begin(*item, float64) {}

func (p *pass) finish(it *item, began float64, r Result) {
	it.phase, it.last = planned, began
	due := math.Inf(1)
	if r.Outcome == Throttled {
		due = began
	}
	if r.Within > 0 {
		due = min(due, began+r.Within.Seconds())
	}
	if due < math.Inf(1) {
		it.phase = asked
	}
	p.move(it, due)
}

func (p *pass) hint(it *item, from float64) {
	it.phase = signaled
	p.move(it, from)
}

func (p *pass) acceptUnchanged(it *item, read float64) bool {
	if read+p.trust <= p.now {
		return false
	}
	p.settle(it)
	it.last, it.phase = read, planned
	p.move(it, math.Inf(1))
	return true
}

func (p *pass) left(float64) float64 {
	if p.opts.PerHour <= 0 {
		return 0
	}
	return float64(p.Schedule.fresh) / p.budget.hurried()
}

func (p *pass) plan() Plan { return Plan{Others: p.budget.others, Stretch: 1} }
