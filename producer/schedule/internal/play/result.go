package play

import (
	"sort"
)

// Result is how a policy did on a trace.
type Result struct {
	Waits    []Wait
	Requests []float64 // when each was made
	StaleS   float64   // for how long records were behind, in all
	LongestS float64   // between two sweeps of a collection
	Items    int
	Records  int
}

// Wait is the time from a change to its detection.
type Wait struct {
	Seconds, Weight float64
	Kind            string
}

// Mean is the mean wait, in seconds.
func (r *Result) Mean() float64 {
	sum := 0.0
	for _, w := range r.Waits {
		sum += w.Seconds
	}
	return sum / float64(max(len(r.Waits), 1))
}

// WeightedMean is the mean wait, where what matters more counts more, in seconds.
func (r *Result) WeightedMean() float64 {
	sum, weights := 0.0, 0.0
	for _, w := range r.Waits {
		sum += w.Seconds * w.Weight
		weights += w.Weight
	}
	return sum / max(weights, 1e-9)
}

// Quantile is the wait that the share q of changes is below, in seconds.
func (r *Result) Quantile(q float64) float64 {
	if len(r.Waits) == 0 {
		return 0
	}
	all := make([]float64, len(r.Waits))
	for i, w := range r.Waits {
		all[i] = w.Seconds
	}
	sort.Float64s(all)
	return all[min(len(all)-1, int(q*float64(len(all))))]
}

// Most is the largest number of requests in any span of so many seconds.
func (r *Result) Most(seconds float64) int {
	most, first := 0, 0
	for i, t := range r.Requests {
		for r.Requests[first] <= t-seconds {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// PerHour is the mean number of requests in an hour of the measured day.
func (r *Result) PerHour(measured float64) float64 {
	n := sort.SearchFloat64s(r.Requests, measured)
	return float64(n) / (measured / 3600)
}

// Join puts results of several traces together.
func Join(all []*Result) *Result {
	sum := &Result{}
	for _, r := range all {
		sum.Waits = append(sum.Waits, r.Waits...)
		sum.StaleS += r.StaleS
		sum.LongestS = max(sum.LongestS, r.LongestS)
	}
	return sum
}
