package schedule_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/schedule"
)

// game plays a schedule in virtual time against collections whose sweeps cost requests and find changes.
type game struct {
	s       *schedule.Schedule
	now     time.Time
	result  func(k schedule.Key, now time.Time) schedule.Result
	reads   map[schedule.Key]int
	last    map[schedule.Key]time.Time
	oldest  time.Duration
	all     []time.Time // of requests
	headers func(own int) (perHour, remaining int)
}

func newGame(o schedule.Options) *game {
	return &game{
		s: schedule.New(o), now: start, reads: map[schedule.Key]int{}, last: map[schedule.Key]time.Time{},
		result: func(schedule.Key, time.Time) schedule.Result { return schedule.Result{Requests: 1, Records: 10} },
	}
}

// play goes on until the end of a span.
func (g *game) play(t *testing.T, span time.Duration) {
	t.Helper()
	end := g.now.Add(span)
	for turns := 0; ; turns++ {
		k, due, ok := g.s.Next(g.now)
		if !ok || due.After(end) {
			g.now = end
			return
		}
		if due.After(g.now) {
			g.now = due
		}
		if turns > 1_000_000 {
			t.Fatalf("a busy loop at %v", g.now)
		}
		r := g.result(k, g.now)
		for range r.Requests {
			g.all = append(g.all, g.now)
		}
		if was, ok := g.last[k]; ok {
			g.oldest = max(g.oldest, g.now.Sub(was))
		}
		g.reads[k]++
		g.last[k] = g.now
		g.s.Finish(g.now, k, r)
		if g.headers != nil {
			perHour, remaining := g.headers(g.most(time.Hour, len(g.all)-1))
			g.s.Limit(g.now, perHour, remaining)
		}
	}
}

// most returns the largest number of requests in any such span, of those from the one with a number on.
func (g *game) most(span time.Duration, from int) int {
	most := 0
	for i, first := max(from, 0), 0; i < len(g.all); i++ {
		for g.all[i].Sub(g.all[first]) >= span {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func (g *game) within(t *testing.T, perHour, perMinute int) {
	t.Helper()
	if n := g.most(time.Hour, 0); n > perHour {
		t.Errorf("%d requests in an hour, want %d at the most", n, perHour)
	}
	if n := g.most(time.Minute, 0); n > perMinute {
		t.Errorf("%d requests in a minute, want %d at the most", n, perMinute)
	}
}

func (g *game) add(n int, resource string, t schedule.Traits) {
	for i := range n {
		g.s.Add(g.now, schedule.Key{Resource: resource, Parent: fmt.Sprint(i)}, t)
	}
}

func TestWhatChangesIsReadMoreOften(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(100, "a", schedule.Traits{})
	busy := schedule.Key{Resource: "a", Parent: "7"}
	g.result = func(k schedule.Key, _ time.Time) schedule.Result {
		r := schedule.Result{Requests: 1, Records: 10}
		if k == busy && g.reads[k]%2 == 1 {
			r.Changes = 1
		}
		return r
	}
	g.play(t, 6*time.Hour)
	idle := g.reads[schedule.Key{Resource: "a", Parent: "8"}]
	if g.reads[busy] < 3*idle {
		t.Errorf("read %d times, a collection that never changes %d times", g.reads[busy], idle)
	}
	g.within(t, 4060, 250)
	if uniform := 90 * time.Second; g.oldest > 42*uniform/10 {
		t.Errorf("a collection waited %v, four times uniform is %v", g.oldest, 4*uniform)
	}
	if n := len(g.all); n < 6*3900 {
		t.Errorf("%d requests in 6 hours, want the budget of 4000 an hour used", n)
	}
}

func TestTheBudgetIsAShareAndLeavesOthersAlone(t *testing.T) {
	g := newGame(schedule.Options{Share: 0.8})
	g.add(500, "a", schedule.Traits{})
	var refused int
	others := func() int { // 2,000 an hour in hours 2 to 5, beside ours
		h := g.now.Sub(start).Hours()
		return int(2000 * (min(max(h-2, 0), 1) - min(max(h-5, 0), 1)))
	}
	g.headers = func(own int) (int, int) {
		left := 5000 - own - others()
		if left < 0 {
			refused++
		}
		return 5000, max(left, 0)
	}
	g.play(t, 2*time.Hour)
	alone := len(g.all)
	if alone < 2*3900 {
		t.Errorf("%d requests in 2 hours alone, want nearly 8000", alone)
	}
	g.play(t, time.Hour) // the neighbour's hour fills
	before := len(g.all)
	g.play(t, 2*time.Hour)
	beside := float64(len(g.all)-before) / 2
	if beside < 1800 || beside > 2100 {
		t.Errorf("%.0f requests an hour beside 2000 of others, want 4000 less theirs", beside)
	}
	if refused > 0 {
		t.Errorf("%d requests were over the token's limit", refused)
	}
}

func TestAbsurdHeadersAreNotBelieved(t *testing.T) {
	for _, tt := range []struct{ perHour, remaining int }{
		{0, 0},
		{-5, 3},
		{5000, 1 << 40},
		{5000, -1},
		{math.MaxInt, math.MaxInt},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			g := newGame(schedule.Options{})
			g.add(50, "a", schedule.Traits{})
			g.headers = func(int) (int, int) { return tt.perHour, tt.remaining }
			g.play(t, time.Hour)
			if tt.perHour < math.MaxInt { // that is an answer, and the limiter's to hold
				g.within(t, 4060, 250)
			}
			if len(g.all) < 200 {
				t.Errorf("%d requests in an hour: the account is not watched any more", len(g.all))
			}
		})
	}
}

func TestALimitThatFallsToNothingLeavesLittle(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(50, "a", schedule.Traits{})
	g.headers = func(int) (int, int) { return 5000, 0 }
	g.play(t, 4*time.Hour)
	if n := g.most(time.Hour, 0); n > 200 || len(g.all) < 40 {
		t.Errorf("%d requests in an hour, %d in all, where nothing is left", n, len(g.all))
	}
}

func TestAnEmptyAccountIsNoBusyLoop(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(3, "a", schedule.Traits{})
	g.result = func(schedule.Key, time.Time) schedule.Result { return schedule.Result{Requests: 1} }
	g.play(t, time.Hour)
	if n := len(g.all); n > 3*361 {
		t.Errorf("%d requests in an hour, want each of three collections no more often than every 10 s", n)
	}
	empty := newGame(schedule.Options{})
	empty.play(t, time.Hour)
	if len(empty.all) > 0 {
		t.Error("requests for no collection")
	}
}

func TestWhatFailsIsTriedLessAndLess(t *testing.T) {
	for _, tt := range []struct {
		outcome     schedule.Outcome
		least, most int
	}{{schedule.Failed, 10, 25}, {schedule.Refused, 3, 3}} {
		g := newGame(schedule.Options{})
		g.add(1, "bad", schedule.Traits{})
		g.add(100, "good", schedule.Traits{})
		g.result = func(k schedule.Key, _ time.Time) schedule.Result {
			if k.Resource == "bad" {
				return schedule.Result{Requests: 1, Outcome: tt.outcome}
			}
			return schedule.Result{Requests: 1, Records: 1}
		}
		g.play(t, 2*time.Hour)
		if n := g.reads[schedule.Key{Resource: "bad", Parent: "0"}]; n < tt.least || n > tt.most {
			t.Errorf("outcome %d: tried %d times in 2 hours, want %d to %d", tt.outcome, n, tt.least, tt.most)
		}
	}
}

func TestTenThousandChildrenAtOnceStarveNobody(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(20, "table", schedule.Traits{Weight: 4, ChangeRate: 10})
	g.result = func(k schedule.Key, _ time.Time) schedule.Result {
		r := schedule.Result{Requests: 1, Records: 10}
		if k.Resource == "table" && g.reads[k]%3 == 2 {
			r.Changes = 1
		}
		return r
	}
	g.play(t, time.Hour)
	g.add(10_000, "child", schedule.Traits{})
	g.oldest = 0
	g.play(t, 2*time.Hour)
	for k, at := range g.last {
		if k.Resource == "table" && g.now.Sub(at) > 15*time.Minute {
			t.Errorf("%v waits since %v", k, g.now.Sub(at))
		}
	}
	if left := g.s.Fresh(); left > 7000 {
		t.Errorf("%d of 10000 are still to be read for the first time", left)
	}
	g.within(t, 4060, 250)
}

func TestAClockThatGoesBackStopsNothing(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(30, "a", schedule.Traits{})
	g.play(t, time.Hour)
	before := len(g.all)
	g.now = g.now.Add(-30 * time.Minute)
	g.play(t, 2*time.Hour)
	if n := len(g.all) - before; n < 3600 || n > 2*4060 {
		t.Errorf("%d requests in the 2 hours after the clock went back half an hour", n)
	}
}

func TestHintIsFollowedAtOnceAndItsWorthIsLearned(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(2000, "a", schedule.Traits{ChangeRate: 0.1})
	g.play(t, 3*time.Hour)
	k := schedule.Key{Resource: "a", Parent: "5"}
	g.s.Hint(g.now, k)
	next, due, _ := g.s.Next(g.now)
	if next != k || due.Sub(g.now) > 2*time.Second {
		t.Errorf("next is %v in %v, want what was hinted at", next, due.Sub(g.now))
	}
}

func TestWhatItsParentTellsOfIsReadLessOftenUntilItTellsNoMore(t *testing.T) {
	interval := func(told bool, r schedule.Result) time.Duration {
		s := schedule.New(schedule.Options{})
		for i := range 1000 {
			s.Add(start, schedule.Key{Resource: "others", Parent: fmt.Sprint(i)}, schedule.Traits{})
			s.Finish(start, schedule.Key{Resource: "others", Parent: fmt.Sprint(i)}, schedule.Result{Requests: 1, Records: 10})
		}
		k := key("records")
		s.Add(start, k, schedule.Traits{ShownByParent: told})
		s.Finish(start, k, r)
		for _, row := range s.Forecast(start.Add(2 * time.Minute)) {
			if row.Key == k {
				return row.Interval
			}
		}
		t.Fatal("not in the plan")
		return 0
	}
	plain := interval(false, schedule.Result{Requests: 1, Records: 10})
	if told := interval(true, schedule.Result{Requests: 1, Records: 10, ShownByParent: true}); told < plain*3/2 {
		t.Errorf("told of: every %v, want seldomer than what is not: %v", told, plain)
	}
	if again := interval(true, schedule.Result{Requests: 1, Records: 10}); again != plain {
		t.Errorf("told of no more: every %v, want %v as what never was", again, plain)
	}
}

func TestMaxAgeHoldsWhereTheBudgetAllows(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(400, "a", schedule.Traits{})
	g.s.Add(g.now, key("b"), schedule.Traits{MaxAge: time.Minute, ChangeRate: 0.01, Weight: 0.01})
	g.play(t, time.Hour)
	reads := g.reads[key("b")]
	if reads < 55 {
		t.Errorf("read %d times in an hour, want once a minute", reads)
	}
	if s := g.s.Plan().Stretch; s != 1 {
		t.Errorf("stretched %v times, want not", s)
	}
	g.add(500, "c", schedule.Traits{MaxAge: time.Minute})
	g.play(t, time.Hour)
	if s := g.s.Plan().Stretch; s < 5 {
		t.Errorf("stretched %v times: 500 a minute don't fit into 66 a minute", s)
	}
	g.within(t, 4060, 250)
}

func TestMemorySurvivesARestart(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(200, "a", schedule.Traits{})
	busy := schedule.Key{Resource: "a", Parent: "3"}
	result := func(k schedule.Key, _ time.Time) schedule.Result {
		r := schedule.Result{Requests: 1, Records: 10}
		if k == busy {
			r.Changes = 1
		}
		return r
	}
	g.result = result
	g.play(t, 5*time.Hour)

	again := newGame(schedule.Options{})
	again.now, again.result = g.now.Add(time.Minute), result
	for i := range 200 {
		k := schedule.Key{Resource: "a", Parent: fmt.Sprint(i)}
		m, ok := g.s.Memory(k)
		if !ok {
			t.Fatalf("%v: nothing learned", k)
		}
		m.AgeS = again.now.Sub(g.last[k]).Seconds()
		again.s.Add(again.now, k, schedule.Traits{Memory: m})
	}
	for _, row := range again.s.Forecast(again.now) {
		if row.Key == busy && row.PerDay < 1000 {
			t.Errorf("%.0f changes a day at the restart, want what was learned", row.PerDay)
		}
	}
	again.play(t, 30*time.Minute)
	idle := again.reads[schedule.Key{Resource: "a", Parent: "4"}]
	if again.reads[busy] < 3*max(idle, 1) {
		t.Errorf("after the restart read %d times in half an hour, others %d times", again.reads[busy], idle)
	}
	if again.s.Fresh() > 0 {
		t.Errorf("%d collections not read in half an hour", again.s.Fresh())
	}
}

func TestPlanIsTheSameForTheSameHistory(t *testing.T) {
	run := func() []schedule.Row {
		g := newGame(schedule.Options{})
		g.add(50, "a", schedule.Traits{})
		g.add(50, "b", schedule.Traits{Weight: 3})
		g.play(t, time.Hour)
		return g.s.Forecast(g.now)
	}
	a, b := run(), run()
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("row %d: %+v and %+v", i, a[i], b[i])
		}
	}
}

func BenchmarkRetune(b *testing.B) {
	s := schedule.New(schedule.Options{})
	for i := range 7000 {
		k := schedule.Key{Resource: "a", Parent: fmt.Sprint(i)}
		s.Add(start, k,
			schedule.Traits{Memory: schedule.Memory{Requests: 1, Records: i % 50, Watched: 3600, Changes: float64(i % 7)}})
	}
	now := start
	for b.Loop() {
		now = now.Add(61 * time.Second)
		s.Next(now)
	}
}
