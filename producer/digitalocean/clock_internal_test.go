package digitalocean

import (
	"testing"
	"time"
)

// A machine that slept finds the API's clock ahead, and its own as far: nobody set a clock, and windows stay narrow.
func TestSleepIsNoJumpOfTheAPIsClock(t *testing.T) {
	for _, tt := range []struct {
		name          string
		ahead, drift  time.Duration // the API's clock, and our wall clock, beside the time that we count
		began, beyond time.Duration // the window of this moment
	}{
		{"nothing", 0, 0, 0, time.Second},
		{"it slept for two hours", 2 * time.Hour, 2 * time.Hour, 2 * time.Hour, 2*time.Hour + time.Second},
		{"our clock was set", 0, 2 * time.Hour, 0, time.Second},
		{"the API's was", 2 * time.Hour, 0, 0, 2*time.Hour + time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.UnixMilli(1_000_000_000_000)
			c := newClock(start)
			c.note(start, 0, time.Second, 0)
			now := start.Add(time.Minute)
			c.note(now, tt.ahead, tt.ahead+time.Second, tt.drift)
			began, ended := c.window(now, now)
			if want := now.Add(tt.began).UnixMilli(); began != want {
				t.Errorf("it begins %v late", time.Duration(began-want)*time.Millisecond)
			}
			if want := now.Add(tt.beyond).UnixMilli(); ended != want {
				t.Errorf("it ends %v late", time.Duration(ended-want)*time.Millisecond)
			}
		})
	}
}
