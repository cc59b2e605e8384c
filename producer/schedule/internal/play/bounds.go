package play

import (
	"maps"
	"math"
	"slices"
)

// Together are the pairs of kinds that move together: changes of one are at least twice as often near a change of the
// other as they are at other times of the same hour.
type Together map[[2]string]bool

// within is how far apart changes may be that one cause had, in seconds: a `terraform apply` takes about so long.
const within = 60

// MovingTogether finds the pairs of kinds in the whole of some traces: more than anybody can have learned.
func MovingTogether(traces []*Trace) Together {
	near, usual := map[[2]string]float64{}, map[[2]string]float64{}
	for _, t := range traces {
		at := t.changesByKind()
		for a, b := range pairs(at) {
			near[[2]string{a, b}] += pairsNear(at[a], at[b], 0)
			for _, shift := range []float64{300, 600, 1200} {
				usual[[2]string{a, b}] += (pairsNear(at[a], at[b], shift) + pairsNear(at[a], at[b], -shift)) / 6
			}
		}
	}
	related := Together{}
	for pair, n := range near {
		if n >= 5 && n >= 2*max(usual[pair], 1) {
			related[pair] = true
		}
	}
	return related
}

// pairs yields each kind with each other one.
func pairs(at map[string][]float64) func(yield func(a, b string) bool) {
	return func(yield func(a, b string) bool) {
		for a := range at {
			for b := range at {
				if a != b && !yield(a, b) {
					return
				}
			}
		}
	}
}

// changesByKind returns the times of the measured day's changes, in order.
func (t *Trace) changesByKind() map[string][]float64 {
	at := map[string][]float64{}
	for _, it := range t.Items {
		for _, c := range it.Changes {
			if c.At < t.Measured {
				at[it.Kind] = append(at[it.Kind], c.At)
			}
		}
	}
	for times := range maps.Values(at) {
		slices.Sort(times)
	}
	return at
}

// pairsNear counts the pairs of which the second is within a minute of the first and a shift.
func pairsNear(first, second []float64, shift float64) float64 {
	n := 0
	for _, t := range first {
		from, _ := slices.BinarySearch(second, t+shift-within)
		to, _ := slices.BinarySearch(second, t+shift+within)
		n += to - from
	}
	return float64(n)
}

// movedWith returns the items of kinds that move together with an item's that did change near what its sweep found, and
// were not seen since.
func (a *account) movedWith(item int, at float64, related Together) []int {
	if len(related) == 0 || len(a.found) == 0 {
		return nil
	}
	var moved []int
	for other := range a.t.Items {
		it := &a.t.Items[other]
		if related[[2]string{a.t.Items[item].Kind, it.Kind}] && !(a.gates && it.Embeds) && a.changedNear(other, at) {
			moved = append(moved, other)
		}
	}
	return moved
}

// changedNear reports whether an item has a change that was not seen, within a minute of what the last sweep found.
func (a *account) changedNear(item int, at float64) bool {
	for _, c := range a.t.Items[item].Changes[a.seen[item]:] {
		if c.At > at {
			return false
		}
		if slices.ContainsFunc(a.found, func(t float64) bool { return math.Abs(c.At-t) <= within }) {
			return true
		}
	}
	return false
}

// countsApart returns the trace with what is created and deleted in each long list as an item of its own, of one page.
func (t *Trace) countsApart() *Trace {
	apart := *t
	apart.Items = slices.Clone(t.Items)
	for i, it := range t.Items {
		if it.Pages == 1 {
			continue
		}
		count := it
		count.Kind, count.Pages, count.Gate, count.Embeds, count.Changes = it.Kind+" count", 1, -1, false, nil
		apart.Items[i].Changes = nil
		for _, c := range it.Changes {
			to := &apart.Items[i].Changes
			if c.Counted {
				to = &count.Changes
			}
			*to = append(*to, c)
		}
		apart.Items = append(apart.Items, count)
	}
	return &apart
}
