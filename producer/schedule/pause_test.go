package schedule_test

import (
	"testing"
	"time"

	"github.com/seachange/seachange/producer/schedule"
)

// What the API limits by its path waits, whoever asks for it; the others go on.
func TestAPausedResourceHoldsUpNobodyElse(t *testing.T) {
	for name, o := range map[string]schedule.Options{"fixed": {Interval: time.Minute, PerHour: 5000}, "learned": {}} {
		t.Run(name, func(t *testing.T) {
			g := newGame(o)
			g.add(5, "limited", schedule.Traits{})
			g.add(20, "free", schedule.Traits{})
			g.play(t, 10*time.Minute)
			g.s.Pause(g.now, "limited", 10*time.Minute)
			g.add(1, "limited", schedule.Traits{}) // known already
			g.s.Add(g.now, schedule.Key{Resource: "limited", Parent: "new"}, schedule.Traits{})
			g.s.Signal(g.now, schedule.Key{Resource: "limited", Parent: "1"})
			g.s.Hint(g.now, schedule.Key{Resource: "limited", Parent: "2"})
			clear(g.reads)
			g.play(t, 10*time.Minute-time.Second)
			for k, n := range g.reads {
				if k.Resource == "limited" {
					t.Errorf("%v was read %d times while it is paused", k, n)
				}
			}
			if n := g.reads[schedule.Key{Resource: "free", Parent: "3"}]; n < 8 {
				t.Errorf("another one was read %d times in 10 minutes", n)
			}
			g.play(t, 2*time.Minute)
			for _, parent := range []string{"0", "1", "2", "3", "4", "new"} {
				if k := (schedule.Key{Resource: "limited", Parent: parent}); g.reads[k] == 0 {
					t.Errorf("%v was not read in the 2 minutes after the pause", k)
				}
			}
		})
	}
}

// A first sweep that was told to wait is still to be made; a pass doesn't wait for it without end.
func TestAThrottledFirstSweepIsNotMade(t *testing.T) {
	for name, o := range map[string]schedule.Options{"fixed": {Interval: time.Minute}, "learned": {}} {
		s := schedule.New(o)
		s.Add(start, key("a"), schedule.Traits{})
		now := start
		for i, want := range []int{1, 1, 0} {
			s.Pause(now, "a", time.Minute)
			s.Finish(now, key("a"), schedule.Result{Requests: 1, Outcome: schedule.Throttled})
			if got := s.Fresh(); got != want {
				t.Errorf("%s: %d to be read after %d throttled sweeps, want %d", name, got, i+1, want)
			}
			if _, due, _ := s.Next(now); due.Before(now.Add(time.Minute)) {
				t.Errorf("%s: due in %v, want in a minute", name, due.Sub(now))
			}
			now = now.Add(time.Minute)
		}
	}
}
