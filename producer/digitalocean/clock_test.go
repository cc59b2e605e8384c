package digitalocean_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestWindowsAreTrueOnTheAPIsClock asks an API whose clock is off, over a slow line, and holds the window that a page
// states against the moment at which the API looked.
func TestWindowsAreTrueOnTheAPIsClock(t *testing.T) {
	const there, back, body = 70 * time.Millisecond, 130 * time.Millisecond, 400 * time.Millisecond
	for _, tc := range []struct {
		name  string
		off   time.Duration // the API's clock, less ours
		phase time.Duration // after a whole second
	}{
		{"equal clocks", 0, 0},
		{"ours is two hours late", 2 * time.Hour, 200 * time.Millisecond},
		{"ours is two hours ahead", -2 * time.Hour, 999 * time.Millisecond},
		{"just before a whole second", 0, 929 * time.Millisecond},
		{"just after a whole second", 0, 931 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var looked time.Time // on the API's clock
				c := client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
					time.Sleep(there)
					looked = time.Now().Add(tc.off)
					time.Sleep(back)
					resp := answer{body: `{"things":[]}`, header: http.Header{"Date": {looked.UTC().Format(http.TimeFormat)}}}.response(req)
					resp.Body = slow{resp.Body, body}
					return resp, nil
				}))
				time.Sleep(tc.phase)
				sent := time.Now().Add(tc.off)
				for page, err := range c.Pages(t.Context(), things(nil), "") {
					if err != nil {
						t.Fatal(err)
					}
					ended := time.Now().Add(tc.off)
					if began := time.UnixMilli(page.BeganMS); began.After(sent) || sent.Sub(began) > time.Second+there+back {
						t.Errorf("began: got %v, sent at %v", began, sent)
					}
					if end := time.UnixMilli(page.EndedMS); end.Before(ended) ||
						end.Sub(ended) > time.Second+there+back+time.Millisecond {
						t.Errorf("ended: got %v, complete at %v", end, ended)
					}
				}
			})
		})
	}
}

// slow is a body whose end takes its time.
type slow struct {
	body interface {
		Read([]byte) (int, error)
		Close() error
	}
	takes time.Duration
}

func (s slow) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	if err != nil {
		time.Sleep(s.takes)
	}
	return n, err
}

func (s slow) Close() error { return s.body.Close() }

func TestWithoutADateOurClockHasToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, stub{"/v2/things": {body: `{"things":[]}`}})
		time.Sleep(1500 * time.Millisecond)
		for page, err := range c.Pages(t.Context(), things(nil), "") {
			if now := time.Now().UnixMilli(); err != nil || page.BeganMS != now || page.EndedMS != now {
				t.Errorf("got %d to %d, %v, want %d", page.BeganMS, page.EndedMS, err, now)
			}
		}
	})
}

// A clock that is set two hours ahead and back: each window holds the moment on the clock before and on the one after,
// and a beginning is never after an end that comes later.
func TestWindowsAreTrueOverAJumpOfTheAPIsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := time.Duration(0)
		c := client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			return answer{body: `{"things":[]}`, header: http.Header{"Date": {time.Now().Add(off).UTC().Format(http.TimeFormat)}}}.response(req), nil
		}))
		look := func() (began, ended time.Duration) {
			for page, err := range c.Pages(t.Context(), things(nil), "") {
				if err != nil {
					t.Fatal(err)
				}
				began, ended = time.Until(time.UnixMilli(page.BeganMS)), time.Until(time.UnixMilli(page.EndedMS))
			}
			return began, ended
		}
		for _, step := range []struct {
			wait, off    time.Duration
			began, ended time.Duration // at most and at least, beside our clock
			name         string
		}{
			{0, 0, 0, 0, "before"},
			{time.Minute, 2 * time.Hour, 0, 2 * time.Hour, "ahead"},
			{time.Minute, 0, 0, 2 * time.Hour, "back"},
			{25 * time.Hour, 0, 0, 0, "a day later"},
			{time.Minute, -2 * time.Hour, -2 * time.Hour, 0, "late"},
			{time.Minute, 0, -2 * time.Hour, 0, "right again"},
		} {
			time.Sleep(step.wait)
			off = step.off
			began, ended := look()
			if began > step.began || step.began-began > 2*time.Second || ended < step.ended || ended-step.ended > 2*time.Second {
				t.Errorf("%s: a window from %v to %v, want %v to %v", step.name, began, ended, step.began, step.ended)
			}
		}
	})
}
