package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/schedule"
)

var start = time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)

func key(name string) schedule.Key { return schedule.Key{Resource: name} }

// playFixed lets virtual time run to the end and returns how often each collection was read, and the requests of each
// hour.
func playFixed(
	s *schedule.Schedule, cost func(schedule.Key) int, span time.Duration,
) (reads map[schedule.Key]int, hours map[int]int) {
	reads, hours = map[schedule.Key]int{}, map[int]int{}
	for now := start; ; {
		k, due, ok := s.Next(now)
		if !ok || due.After(start.Add(span)) {
			return reads, hours
		}
		if due.After(now) {
			now = due
		}
		reads[k]++
		hours[int(now.Sub(start)/time.Hour)] += cost(k)
		s.Finish(now, k, schedule.Result{Requests: cost(k)})
	}
}

func TestEachCollectionIsReadOnceAnInterval(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: time.Minute, PerHour: 5000})
	for _, name := range []string{"droplets", "firewalls", "tags"} {
		s.Add(start, key(name), schedule.Traits{})
	}
	reads, _ := playFixed(s, func(schedule.Key) int { return 1 }, time.Hour-time.Second)
	for k, n := range reads {
		if n != 60 {
			t.Errorf("%s read %d times in an hour, want 60", k.Resource, n)
		}
	}
	if len(reads) != 3 {
		t.Errorf("%d collections read, want 3", len(reads))
	}
}

func TestIntervalStretchesToTheHourlyLimit(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: time.Minute, PerHour: 1000})
	for i := range 200 {
		s.Add(start, key(fmt.Sprint(i)), schedule.Traits{})
	}
	_, hours := playFixed(s, func(schedule.Key) int { return 2 }, 4*time.Hour-time.Second)
	for h, n := range hours {
		if n > 1000 {
			t.Errorf("hour %d: %d requests, the limit is 1000", h, n)
		}
		if h > 0 && n < 800 {
			t.Errorf("hour %d: %d requests, most of the limit should be used", h, n)
		}
	}
	if got := s.Plan().Interval; got < 24*time.Minute {
		t.Errorf("interval in force %v: 400 requests don't fit into less than 24 minutes at 1000 an hour", got)
	}
}

func TestSignalMakesDueNow(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: time.Hour, PerHour: 5000})
	s.Add(start, key("a"), schedule.Traits{})
	s.Add(start, key("b"), schedule.Traits{})
	s.Finish(start, key("a"), schedule.Result{Requests: 1})
	s.Finish(start, key("b"), schedule.Result{Requests: 1})
	s.Signal(start.Add(time.Minute), key("b"))
	if k, due, _ := s.Next(start); k != key("b") || !due.Equal(start.Add(time.Minute)) {
		t.Errorf("next is %v at %v, want b at once", k, due)
	}
}

func TestAnEarlierSweepCanBeAskedFor(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: time.Hour, PerHour: 5000})
	s.Add(start, key("a"), schedule.Traits{})
	s.Finish(start, key("a"), schedule.Result{Requests: 1, Within: time.Minute})
	if _, due, _ := s.Next(start); !due.Equal(start.Add(time.Minute)) {
		t.Errorf("due at %v, want a minute after it began", due)
	}
}

func TestFreshCountsWhatWasNeverRead(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: time.Minute})
	s.Add(start, key("a"), schedule.Traits{})
	s.Add(start, key("b"), schedule.Traits{})
	s.Add(start, key("c"), schedule.Traits{})
	s.Add(start, key("c"), schedule.Traits{})
	s.Finish(start, key("a"), schedule.Result{})
	s.Finish(start, key("a"), schedule.Result{})
	s.Remove(key("b"))
	if got := s.Fresh(); got != 1 {
		t.Errorf("fresh = %d, want 1", got)
	}
	if got := s.Len(); got != 2 {
		t.Errorf("len = %d, want 2", got)
	}
}

func TestNothingToDo(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: time.Minute})
	if _, _, ok := s.Next(start); ok {
		t.Error("an empty schedule has a next collection")
	}
	s.Remove(key("a"))
	s.Signal(start, key("a"))
	s.Finish(start, key("a"), schedule.Result{})
}

// Who waits for a sweep knows when to expect one.
func TestTheIntervalOfACollectionIsKnownOnceItWasRead(t *testing.T) {
	k, read := key("records"), schedule.Result{Requests: 1}
	for name, tt := range map[string]struct {
		o      schedule.Options
		result schedule.Result
		want   func(time.Duration) bool
	}{
		"fixed": {schedule.Options{Interval: time.Minute}, read, func(d time.Duration) bool { return d == time.Minute }},
		"told": {
			schedule.Options{Interval: time.Minute},
			schedule.Result{Requests: 1, ShownByParent: true},
			func(d time.Duration) bool { return d == 4*time.Minute },
		},
		"learned": {schedule.Options{}, read, func(d time.Duration) bool { return d >= schedule.LeastRest }},
		"once":    {schedule.Options{Once: true}, read, func(d time.Duration) bool { return d == 0 }},
	} {
		s := schedule.New(tt.o)
		if d := s.Interval(k); d != 0 {
			t.Errorf("%s: %s of one that is not there", name, d)
		}
		s.Add(start, k, schedule.Traits{MinInterval: 10 * time.Second})
		if d := s.Interval(k); d != 0 {
			t.Errorf("%s: %s before it was read", name, d)
		}
		s.Next(start)
		s.Finish(start, k, tt.result)
		if d := s.Interval(k); !tt.want(d) {
			t.Errorf("%s: %s", name, d)
		}
	}
}
