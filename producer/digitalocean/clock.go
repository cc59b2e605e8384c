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
	seen      bool

	// of our wall clock from L: it moves when somebody sets it, and when the machine has slept
	drift           time.Duration
	set             time.Time     // when the API's clock was last seen to jump
	lowest, highest time.Duration // API - L before that
}

const (
	leap  = 5 * time.Second // two Dates that contradict each other by more: a clock was set
	doubt = 24 * time.Hour  // so long a window is made true on the clock as it was, too: nobody knows which one was right
)

func newClock(start time.Time) *clock { return &clock{start: start} }

// local is L: the wall clock as it was at the start, plus what passed since, so that a jump doesn't matter.
func (c *clock) local(t time.Time) time.Time { return c.start.Round(0).Add(t.Sub(c.start)) }

// learn takes the bounds from a response. Only the last one counts, since clocks drift apart and the API has several;
// but for a while after a jump what was before it, too.
func (c *clock) learn(ex *exchange) {
	date, err := http.ParseTime(ex.header.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := ex.answered.Round(0).Sub(c.start.Round(0))
	c.note(ex.answered, date.Sub(c.local(ex.answered)), date.Add(time.Second).Sub(c.local(ex.sent)),
		wall-ex.answered.Sub(c.start))
}

// note takes new bounds. They contradict the last ones if the API's clock was set; not if this machine slept, which
// stops L: then its wall clock went as far ahead.
func (c *clock) note(now time.Time, low, high, drift time.Duration) {
	contradicts := func(slept time.Duration) bool { return low-slept > c.high+leap || high-slept < c.low-leap }
	if c.seen && contradicts(0) && contradicts(drift-c.drift) {
		if !c.doubtful(now) {
			c.lowest, c.highest = c.low, c.high
		}
		c.lowest, c.highest, c.set = min(c.lowest, c.low), max(c.highest, c.high), now
	}
	c.low, c.high, c.drift, c.seen = low, high, drift, true
}

func (c *clock) doubtful(now time.Time) bool { return !c.set.IsZero() && now.Sub(c.set) < doubt }

// window returns bounds of a beginning and an end on the API's clock, in ms since 1970.
func (c *clock) window(began, ended time.Time) (beganMS, endedMS int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	low, high := c.low, c.high
	if c.doubtful(ended) {
		low, high = min(low, c.lowest), max(high, c.highest)
	}
	b, e := c.local(began).Add(low), c.local(ended).Add(high)
	return b.UnixMilli(), e.Add(time.Millisecond - 1).UnixMilli()
}

// until returns how long it is to a moment on the API's clock, at most.
func (c *clock) until(moment time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return moment.Sub(c.local(time.Now()).Add(c.low))
}
