package schedule_test

import (
	"testing"
	"time"

	"github.com/seachange/seachange/producer/schedule"
)

// Two Schedules of one process share a token: together they spend one budget, and neither takes the other for a
// stranger.
func TestSchedulesBesideEachOtherSpendOneBudget(t *testing.T) {
	both := [2]*schedule.Schedule{schedule.New(schedule.Options{}), schedule.New(schedule.Options{})}
	for i, n := range []int{500, 30} { // an account, and the public catalogues
		for j := range n {
			rest := []time.Duration{0, time.Hour}[i]
			both[i].Add(start, schedule.Key{Resource: "a", Parent: string(rune(j))}, schedule.Traits{MinInterval: rest})
		}
	}
	k := &token{perMinute: 250}
	var spent [2]int64
	var last []time.Time
	for now := start; now.Before(start.Add(5 * time.Hour)); {
		a, dueA, _ := both[0].Next(now)
		b, dueB, _ := both[1].Next(now)
		i, key, due := 0, a, dueA
		if dueB.Before(dueA) {
			i, key, due = 1, b, dueB
		}
		now = later(now, due)
		if k.take(now) {
			t.Fatalf("refused at %v", now.Sub(start))
		}
		spent[i]++
		last = append(last, now)
		both[i].Finish(now, key, schedule.Result{Requests: 1, Records: 10})
		both[0].Beside(now, spent[1])
		both[1].Beside(now, spent[0])
		both[i].Limit(now, 5000, k.left(now))
	}
	for i, s := range both {
		if n := s.Plan().Others; n > 5 {
			t.Errorf("schedule %d takes %.0f requests for others'", i, n)
		}
	}
	inLastHour := 0
	for _, at := range last {
		if at.After(start.Add(4 * time.Hour)) {
			inLastHour++
		}
	}
	if inLastHour < 3900 || inLastHour > 4060 {
		t.Errorf("%d requests in an hour, want the budget of 4000", inLastHour)
	}
	if spent[1] < 30*4 {
		t.Errorf("%d requests of the smaller one in 5 hours, want each of 30 collections once an hour", spent[1])
	}
}
