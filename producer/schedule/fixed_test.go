package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/schedule"
)

// next is the collection whose turn it is, and how long after the start.
func next(s *schedule.Schedule, now time.Time) string {
	k, due, _ := s.Next(now)
	return fmt.Sprint(k.Resource, " ", due.Sub(start))
}

func TestWhatItsParentTellsOfIsReadEveryFourthInterval(t *testing.T) {
	read := schedule.Result{Requests: 1}
	told := schedule.Result{Requests: 1, ShownByParent: true}
	for _, tc := range []struct {
		name   string
		result schedule.Result
		hint   time.Duration // after the sweep; 0: none
		want   string
	}{
		{"nobody tells", read, 0, "records 10m0s"},
		{"its parent tells nothing new", told, 0, "records 40m0s"},
		{"its parent moves", told, 11 * time.Minute, "records 11m0s"},
		{
			"it could not be read",
			schedule.Result{Requests: 1, ShownByParent: true, Outcome: schedule.Failed},
			0,
			"records 10m0s",
		},
		{"a second look decides", schedule.Result{Requests: 1, ShownByParent: true, Within: time.Minute}, 0, "records 1m0s"},
		{
			"it is not offered",
			schedule.Result{Requests: 1, ShownByParent: true, After: time.Hour},
			11 * time.Minute,
			"records 1h0m0s",
		},
		{"its parent moves while it rests", told, time.Second, "records 30s"},
	} {
		s := schedule.New(schedule.Options{Interval: 10 * time.Minute})
		s.Add(start, key("records"), schedule.Traits{MinInterval: 30 * time.Second})
		s.Finish(start, key("records"), tc.result)
		now := start.Add(tc.hint)
		if tc.hint > 0 {
			s.Hint(now, key("records"))
		}
		if got := next(s, now); got != tc.want {
			t.Errorf("%s: next is %s, want %s", tc.name, got, tc.want)
		}
	}
}

// A pass over what was never read waits for nothing but the source; the hour is kept all the same.
func TestAFirstPassIsNotSpreadOverTheHour(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: time.Minute, PerHour: 1000})
	for i := range 400 {
		s.Add(start, key(fmt.Sprint(i)), schedule.Traits{})
	}
	for range 400 {
		k, due, _ := s.Next(start)
		if due.After(start) {
			t.Fatalf("%s waits for %v", k.Resource, due.Sub(start))
		}
		s.Finish(start, k, schedule.Result{Requests: 1})
	}
	n := 400
	for now := start; ; n++ {
		k, due, _ := s.Next(now)
		if now = due; now.Sub(start) >= time.Hour {
			break
		}
		s.Finish(now, k, schedule.Result{Requests: 1})
	}
	if n > 1000 || n < 800 {
		t.Errorf("%d requests in the first hour, the limit is 1000", n)
	}
}

func TestAHintIsForOneSweep(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: 10 * time.Minute})
	s.Add(start, key("records"), schedule.Traits{})
	s.Finish(start, key("records"), schedule.Result{Requests: 1, ShownByParent: true})
	at := start.Add(10 * time.Minute)
	s.Hint(at, key("records"))
	s.Finish(at, key("records"), schedule.Result{Requests: 1, ShownByParent: true})
	if got, want := next(s, at), "records 50m0s"; got != want {
		t.Errorf("next is %s, want %s: four intervals later", got, want)
	}
}

func TestAfterARestartWhatHasNotMovedIsNotReadAgain(t *testing.T) {
	for _, tc := range []struct {
		name string
		age  time.Duration
		will bool
		want string
	}{
		{"read lately", 15 * time.Minute, true, "records 25m0s"},
		{"read by a clock that was ahead", -time.Hour, true, "records 40m0s"},
		{"read too long ago", 40 * time.Minute, false, "records 0s"},
	} {
		s := schedule.New(schedule.Options{Interval: 10 * time.Minute})
		s.Add(start, key("records"), schedule.Traits{})
		if got := s.AcceptUnchanged(start, key("records"), tc.age); got != tc.will {
			t.Errorf("%s: will do is %v, want %v", tc.name, got, tc.will)
		}
		if got := next(s, start); got != tc.want {
			t.Errorf("%s: next is %s, want %s", tc.name, got, tc.want)
		}
		if got, want := s.Fresh() == 0, tc.will; got != want {
			t.Errorf("%s: counts as swept is %v, want %v", tc.name, got, want)
		}
	}
	s := schedule.New(schedule.Options{Interval: 10 * time.Minute})
	s.Add(start, key("records"), schedule.Traits{})
	s.Finish(start, key("records"), schedule.Result{Requests: 1})
	if s.AcceptUnchanged(start.Add(time.Minute), key("records"), time.Minute) {
		t.Error("what was swept since the start is put off")
	}
}

// A thousand zones that tell of their records take a quarter of their requests: the interval is as short as that
// allows.
func TestTheLimitAllowsMoreWhereParentsTell(t *testing.T) {
	s := schedule.New(schedule.Options{Interval: time.Minute, PerHour: 1000})
	for i := range 1000 {
		s.Add(start, key(fmt.Sprint(i)), schedule.Traits{})
	}
	reads, hours := map[schedule.Key]int{}, map[int]int{}
	const span = 12 * time.Hour
	for now := start; ; {
		k, due, _ := s.Next(now)
		if !due.Before(start.Add(span)) {
			break
		}
		if due.After(now) {
			now = due
		}
		if now.Sub(start) >= span/2 { // the first intervals were planned before anybody told of anything
			reads[k]++
		}
		hours[int(now.Sub(start)/time.Hour)]++
		s.Finish(now, k, schedule.Result{Requests: 1, ShownByParent: true})
	}
	if got, want := s.Plan().Interval.Round(time.Second), 947*time.Second; got != want {
		t.Errorf("interval in force %v, want %v: 250 requests at 950 an hour", got, want)
	}
	for h, n := range hours {
		if n > 1000 {
			t.Errorf("hour %d: %d requests, the limit is 1000", h, n)
		}
	}
	for k, n := range reads {
		if n < 5 || n > 6 { // four intervals are 63 minutes
			t.Errorf("%s was read %d times in 6 hours, want 5 or 6", k.Resource, n)
		}
	}
	for i := range 900 {
		s.Remove(key(fmt.Sprint(i)))
	}
	if got, want := s.Plan().Interval.Round(time.Second), 95*time.Second; got != want {
		t.Errorf("interval in force %v once 900 are gone, want %v", got, want)
	}
}
