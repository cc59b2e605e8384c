package digitalocean

import (
	"net/http"
	"sync"
	"time"
)

// clock bounds the API's time. A window's ends must be true on one clock, the API's: this machine's may be wrong, or
// jump. So time here is monotonic from the start of the process, and what lies between it and the API's is learned from
// each response's Date.
//
// A response whose headers say Date: D, a whole second, was made at some moment s with D <= s < D+1s. The request left
// before s and the headers came after it, so that with L for our clock
//
//	s - L(answered) <= API - L <= s - L(sent)
//	D - L(answered) <= API - L <  D + 1s - L(sent)
//
// The lower bound dates a beginning and the upper one an end, whoever's clock is off: a record was like that after the
// first and before the second.
type clock struct {
	mu        sync.Mutex
	start     time.Time     // of the process, with its monotonic reading
	low, high time.Duration // API - L; zero until a Date was seen: then this machine's clock has to do
}

func newClock(start time.Time) *clock { return &clock{start: start} }

// local is L: the wall clock as it was at the start, plus what passed since, so that a jump doesn't matter.
func (c *clock) local(t time.Time) time.Time { return c.start.Round(0).Add(t.Sub(c.start)) }

// learn takes the bounds from a response. Only the last one counts: clocks drift apart, and the API has several.
func (c *clock) learn(ex *exchange) {
	date, err := http.ParseTime(ex.header.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.low = date.Sub(c.local(ex.answered))
	c.high = date.Add(time.Second).Sub(c.local(ex.sent))
}

// window answers bounds of a beginning and an end on the API's clock, in ms since 1970.
func (c *clock) window(began, ended time.Time) (beganMS, endedMS int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, e := c.local(began).Add(c.low), c.local(ended).Add(c.high)
	return b.UnixMilli(), e.Add(time.Millisecond - 1).UnixMilli()
}

// until answers how long it is to a moment on the API's clock, at most.
func (c *clock) until(moment time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return moment.Sub(c.local(time.Now()).Add(c.low))
}
