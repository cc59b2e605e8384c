package play

import (
	"container/heap"
	"math"
)

// Oracle plays a trace with intervals that follow from how often each item really changes in the day to come, planned
// once: what learning is held against. It knows no hour of the day and no burst, and its requests come evenly.
func Oracle(t *Trace, o Options) *Result {
	a := newAccount(t, o)
	p := planAll(a)
	for at := 0.0; ; {
		next := p.items[0]
		at = max(at, next.last+leastRest)
		if at >= a.end {
			return a.close()
		}
		a.sweep(next.item, at)
		next.last, next.due = at, at+next.interval
		heap.Fix(p, 0)
		for _, kid := range a.tells(next.item, at) {
			p.hint(p.by[kid], at)
		}
		at += next.cost / perSecond
	}
}

const (
	exponent  = 0.4
	leastRest = 10.0 // seconds
	longest   = 4.0  // times uniform
	day       = 86400.0
	perSecond = PerHour * Share / 3600.0
	unseen    = 0.05 // changes a day of what doesn't change in the trace, or whose gate tells of all of them
)

// planned is an item with its interval.
type planned struct {
	item         int
	cost, weight float64
	gain         float64 // changes a second, weighted
	interval     float64
	last, due    float64
	place        int // in the heap
}

// oraclePlan is a heap of items by when they are due.
type oraclePlan struct {
	items []*planned
	by    map[int]*planned
	price float64 // seconds of waiting, weighted, that a request saves
}

func planAll(a *account) *oraclePlan {
	p := &oraclePlan{by: map[int]*planned{}}
	pages := 0.0
	for i := range a.t.Items {
		it := &a.t.Items[i]
		if a.gates && it.Embeds {
			continue
		}
		n := &planned{item: i, cost: float64(it.Pages), weight: it.Weight, last: -leastRest, place: len(p.items)}
		n.gain = it.Weight * unseen / day
		if !a.gates || it.Gate < 0 {
			n.gain += it.Weight * a.perSecond(i)
		}
		for _, kid := range a.kids[i] {
			n.gain += a.t.Items[kid].Weight * a.perSecond(kid)
		}
		pages += n.cost
		p.items, p.by[i] = append(p.items, n), n
	}
	p.solve(longest * pages / perSecond)
	heap.Init(p)
	return p
}

// perSecond is how often an item changes in the measured day.
func (a *account) perSecond(item int) float64 {
	n := 0
	for _, c := range a.t.Items[item].Changes {
		if c.At < a.t.Measured {
			n++
		}
	}
	return float64(n) / a.t.Measured
}

// solve finds the intervals that spend the budget.
func (p *oraclePlan) solve(limit float64) {
	low, high := 0.0, 1e9
	for range 60 {
		theta, spent := (low+high)/2, 0.0
		for _, n := range p.items {
			n.interval = min(max(theta*math.Pow(n.cost/n.gain, exponent), leastRest), limit)
			spent += n.cost / n.interval
		}
		if spent > perSecond {
			low = theta
		} else {
			high = theta
		}
	}
	for i, n := range p.items {
		n.due = n.interval * float64(i) / float64(len(p.items)) // not all at once
		p.price += n.gain * n.interval / 2 / perSecond
	}
}

// hint has an item read now whose gate tells of a change, if that is worth its requests.
func (p *oraclePlan) hint(n *planned, now float64) {
	if n.weight*(n.due-now) > p.price*n.cost {
		n.due = now
		heap.Fix(p, n.place)
	}
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (p *oraclePlan) Len() int           { return len(p.items) }
func (p *oraclePlan) Less(i, j int) bool { return p.items[i].due < p.items[j].due }
func (p *oraclePlan) Push(any)           {}
func (p *oraclePlan) Pop() any           { return nil }

func (p *oraclePlan) Swap(i, j int) {
	p.items[i], p.items[j] = p.items[j], p.items[i]
	p.items[i].place, p.items[j].place = i, j
}
