package schedule_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/schedule"
)

// After a restart the token's used requests are mostly our own: they are no reason to hold back, and the limit holds
// all the same.
func TestARestartGoesOnWithTheBudget(t *testing.T) {
	for _, tt := range []struct {
		others int // an hour, before and after
		pause  time.Duration
	}{{0, 10 * time.Second}, {1500, 10 * time.Second}, {0, 20 * time.Minute}, {1500, 2 * time.Hour}} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			g := newGame(schedule.Options{})
			g.add(500, "a", schedule.Traits{})
			g.headers = func(own int) (int, int) { return 5000, 5000 - tt.others - own }
			g.play(t, 3*time.Hour)
			known := int(g.s.Plan().Others)
			g.now = g.now.Add(tt.pause)
			g.s = schedule.New(schedule.Options{})
			g.add(500, "a", schedule.Traits{})
			g.s.Resume(g.now, known, tt.pause)
			g.s.Limit(g.now, 5000, 5000-tt.others) // stale: of an answer before the first request
			from, want := len(g.all), 4000-tt.others
			g.play(t, 20*time.Minute)
			if n := len(g.all) - from; n < want/3*9/10 {
				t.Errorf("%d requests in the 20 minutes after a restart, want about %d", n, want/3)
			}
			g.play(t, 2*time.Hour)
			// the bucket, for the second start too, and a minute, as requests are counted by minutes
			g.within(t, want+2*60+want/60, 250)
			if n := int(g.s.Plan().Others); n < tt.others-100 || n > tt.others+100 {
				t.Errorf("%d requests of others in the last hour, want %d", n, tt.others)
			}
		})
	}
}

// Others who came while nobody watched are known as such an hour later at the latest, and nobody is refused meanwhile.
func TestOthersWhoCameDuringAPauseAreFoundOut(t *testing.T) {
	g := newGame(schedule.Options{})
	g.add(500, "a", schedule.Traits{})
	g.s.Resume(g.now, 0, time.Minute)
	least := 5000
	g.headers = func(own int) (int, int) {
		least = min(least, 2500-own)
		return 5000, max(0, 2500-own)
	}
	g.play(t, 3*time.Hour)
	if least < 0 {
		t.Errorf("%d requests over the limit", -least)
	}
	if n := g.s.Plan().Others; n < 2400 || n > 2600 {
		t.Errorf("%.0f requests of others, want 2500", n)
	}
}

// What was overdue when an earlier schedule ended is read before what was read since, however the plan changes
// meanwhile.
func TestWhatARestartFindsOverdueIsNotPutOff(t *testing.T) {
	g := newGame(schedule.Options{})
	m := schedule.Memory{Requests: 1, Records: 10, Changes: 50, Watched: 3600}
	for i, age := range []float64{10, 300, 600} {
		m.AgeS = age
		g.add(10, fmt.Sprint(i), schedule.Traits{Memory: m})
	}
	g.s.Resume(g.now, 0, 10*time.Second)
	g.s.Limit(g.now, 5000, 4000)
	g.s.Next(g.now)                                                  // the plan
	g.s.Finish(g.now, schedule.Key{}, schedule.Result{Requests: 60}) // what a burst can take
	g.now = g.now.Add(2 * time.Second)                               // and some time
	g.add(30, "new", schedule.Traits{})                              // all intervals become longer
	g.play(t, time.Minute)
	for _, resource := range []string{"1", "2"} {
		for i := range 10 {
			if k := (schedule.Key{Resource: resource, Parent: fmt.Sprint(i)}); g.reads[k] == 0 {
				t.Errorf("%v was overdue at the start, and is not read for a minute", k)
			}
		}
	}
}

// A collection that was read for hours and had not changed is known as if what was learned had been kept each time.
func TestWhatIsLearnedOfACalmCollectionIsForetold(t *testing.T) {
	s := schedule.New(schedule.Options{PerHour: 5000})
	k, now := key("droplets"), start
	s.Add(now, k, schedule.Traits{})
	look := func(changes int) schedule.Memory {
		s.Finish(now, k, schedule.Result{Requests: 1, Records: 10, Changes: changes})
		now = now.Add(time.Minute)
		m, _ := s.Memory(k)
		return m
	}
	look(0)
	for range 50 {
		look(1)
	}
	then := look(2)
	for _, hours := range []int{1, 9, 30} {
		var m schedule.Memory
		for range 60 * hours {
			m = look(0)
		}
		then = then.Calm(time.Duration(hours) * time.Hour)
		for what, pair := range map[string][2]float64{
			"changes": {m.Changes, then.Changes}, "watched": {m.Watched, then.Watched}, "hot": {m.Hot, then.Hot},
			"follow": {m.Follow, then.Follow}, "after": {m.After, then.After},
		} {
			if want, got := pair[0], pair[1]; math.Abs(want-got) > want/50+0.001 {
				t.Errorf("%s after %d hours more: %v, want %v", what, hours, got, want)
			}
		}
	}
}
