package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/schedule"
)

// token is a DigitalOcean token: 5,000 requests in an hour and perMinute in a minute, both sliding, whoever makes them.
type token struct {
	perMinute    int
	at           []time.Time
	hour, minute int // the first of at that is within one
}

// take makes a request, and returns whether it was refused.
func (k *token) take(now time.Time) (refused bool) {
	if k.left(now) <= 0 || len(k.at)-k.minute >= k.perMinute {
		return true
	}
	k.at = append(k.at, now)
	return false
}

// left returns how many requests are left of the hour.
func (k *token) left(now time.Time) int {
	for k.hour < len(k.at) && now.Sub(k.at[k.hour]) >= time.Hour {
		k.hour++
	}
	for k.minute < len(k.at) && now.Sub(k.at[k.minute]) >= time.Minute {
		k.minute++
	}
	return 5000 - (len(k.at) - k.hour)
}

// neighbour is the token's other user: so many requests an hour, and once burst more of them within a time.
type neighbour struct {
	perHour, burst int
	within         time.Duration
}

// next returns when it makes a request after one at now.
func (n neighbour) next(now time.Time) time.Time {
	if in := now.Sub(start); in >= 3*time.Hour && in < 3*time.Hour+n.within {
		return now.Add(n.within / time.Duration(n.burst))
	}
	return now.Add(time.Hour / time.Duration(n.perHour))
}

// A token that others use too, as the default budget has room for: nobody is refused, ever, and what is left is used.
func TestNobodyOfASharedTokenIsRefused(t *testing.T) {
	for _, tt := range []struct {
		neighbour
		perMinute   int
		least, most int // of our requests in the second and third hours
	}{
		{neighbour{900, 165, time.Minute}, 250, 3000, 3100},
		// its burst and our own requests are more than 250 in a minute: that limit no header tells of
		{neighbour{2000, 840, 4 * time.Minute}, 5000, 1850, 2000},
	} {
		for _, collections := range []int{50, 500, 5000} {
			t.Run(fmt.Sprintf("%d beside %d", collections, tt.perHour), func(t *testing.T) {
				s := schedule.New(schedule.Options{})
				for i := range collections {
					s.Add(start, schedule.Key{Resource: "a", Parent: fmt.Sprint(i)}, schedule.Traits{})
				}
				k := &token{perMinute: tt.perMinute}
				var ours, counted, refused, theirsRefused int
				for now, theirs := start, start; now.Before(start.Add(6 * time.Hour)); {
					next, due, _ := s.Next(now)
					if !due.After(theirs) {
						now = later(now, due)
						if k.take(now) {
							refused++
						}
						ours++
						if in := now.Sub(start); in >= time.Hour && in < 3*time.Hour {
							counted++
						}
						s.Finish(now, next, schedule.Result{Requests: 1, Records: 10, Changes: ours % 7 / 6})
						s.Limit(now, 5000, k.left(now))
						continue
					}
					now = theirs
					if k.take(now) {
						theirsRefused++
					}
					theirs = tt.next(theirs)
				}
				if refused > 0 || theirsRefused > 0 {
					t.Errorf("%d requests of ours were refused, and %d of the neighbour's", refused, theirsRefused)
				}
				if counted < 2*tt.least || counted > 2*tt.most {
					t.Errorf("%d requests in 2 hours beside the neighbour, want %d to %d an hour", counted, tt.least, tt.most)
				}
			})
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// A clock that jumps ahead is a long pause: everything is due, and nothing is asked for more than the bucket has.
func TestAClockThatJumpsAheadStopsAndStarvesNothing(t *testing.T) {
	for _, jump := range []time.Duration{24 * time.Hour, 365 * 24 * time.Hour} {
		g := newGame(schedule.Options{})
		g.add(200, "a", schedule.Traits{})
		g.play(t, time.Hour)
		g.now = g.now.Add(jump)
		clear(g.reads)
		from := len(g.all)
		g.play(t, 30*time.Minute)
		if n := g.most(time.Minute, from); n > 130 {
			t.Errorf("%d requests in a minute after a jump of %v", n, jump)
		}
		for i := range 200 {
			if k := (schedule.Key{Resource: "a", Parent: fmt.Sprint(i)}); g.reads[k] == 0 {
				t.Fatalf("%v was not read in half an hour after a jump of %v", k, jump)
			}
		}
	}
}
