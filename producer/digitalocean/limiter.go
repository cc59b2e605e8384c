package digitalocean

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/seachange/seachange/schema"
)

// limiter keeps a token's requests within DigitalOcean's limits, those of the token and those of single paths, and
// waits where a 429 said so. Several clients of one token share one.
type limiter struct {
	mu     sync.Mutex
	hour   window
	minute window
	routes map[string]*routeLimit
	until  time.Time // no request of this token before
	stated int       // requests an hour, as the API last said
	left   int       // of the hour, as the API last said; -1: it hasn't
	sent   int64     // requests let through so far

	maxHour, maxMinute int // what the options allow; 0: what the API does
}

// route is what requests are counted by where a path has limits of its own: the row's path, with its placeholders.
type route struct {
	name  string
	limit schema.Limit
}

// routeOf is the route of a row's listing.
func routeOf(r *schema.Resource) route { return route{r.Path, r.Limit} }

// routeByID is the route of single records: the listing's, where a limit counts both.
func routeByID(r *schema.Resource) route {
	if r.Limit.Below {
		return routeOf(r)
	}
	return route{name: cmp.Or(r.Get, r.Path+"/{id}")}
}

// routeLimit is what is known of a route.
type routeLimit struct {
	own   *window // nil: it has no limit of its own, as far as is known
	until time.Time
}

const (
	defaultPerHour = 5000
	minuteShare    = 0.05 // of the hourly limit, as DigitalOcean has it
	minuteSpare    = 0.05 // of a minute's limit: not planned with
)

func newLimiter(perHour, perMinute int) *limiter {
	l := &limiter{maxHour: perHour, maxMinute: perMinute, routes: map[string]*routeLimit{}, left: -1}
	hour, minute := l.bounds(cmp.Or(perHour, defaultPerHour))
	l.hour = window{limit: hour, span: time.Hour}
	l.minute = window{limit: minute, span: time.Minute}
	return l
}

// bounds returns the limits in force where the API allows perHour.
func (l *limiter) bounds(perHour int) (hour, minute int) {
	if l.maxHour > 0 {
		perHour = min(perHour, l.maxHour)
	}
	if l.maxMinute > 0 {
		return perHour, l.maxMinute
	}
	return perHour, max(2, int(minuteShare*float64(perHour)))
}

// tune takes up the hourly limit that a response stated and what is left of it, and reports whether the limit is news.
func (l *limiter) tune(perHour, left int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	changed := perHour != l.stated
	l.stated, l.left = perHour, left
	l.hour.limit, l.minute.limit = l.bounds(perHour)
	return changed
}

// of returns what is known of a route.
func (l *limiter) of(r route) *routeLimit {
	known := l.routes[r.name]
	if known == nil {
		known = &routeLimit{}
		if r.limit.Requests > 0 {
			known.own = &window{limit: r.limit.Requests, span: r.limit.Window}
		}
		l.routes[r.name] = known
	}
	return known
}

// wait blocks until a request may be sent, or ctx ends.
func (l *limiter) wait(ctx context.Context, r route) error {
	for {
		d := l.take(time.Now(), r)
		if d <= 0 {
			return ctx.Err()
		}
		t := time.NewTimer(d)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

// take counts a request in every window, or in none and returns how long until it may succeed. A request is counted
// only at the moment it is sent: one counted in the hour while it still waits for the minute would count in the wrong
// span.
func (l *limiter) take(now time.Time, r route) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.of(r)
	windows := []*window{&l.hour, &l.minute}
	if known.own != nil {
		windows = append(windows, known.own)
	}
	d := max(l.until.Sub(now), known.until.Sub(now))
	for _, w := range windows {
		d = max(d, w.wait(now))
	}
	if d > 0 {
		return d
	}
	for _, w := range windows {
		w.add(now)
	}
	l.sent++
	return 0
}

// paused returns how long a 429 still keeps requests of a route back.
func (l *limiter) paused(r route) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(time.Until(l.until), time.Until(l.of(r).until), 0)
}

// pause keeps back what a 429 is about for d, and reports whether that is all of the token's requests.
//
// A 429 doesn't tell which limit it is of. It is taken for the route's own, unless the hour is used up, this process
// has used up the minute, or another route without a limit of its own is paused already: then it is the token's.
func (l *limiter) pause(r route, d time.Duration, hourUsedUp bool) (all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	all = r.limit.Requests == 0 && (hourUsedUp || l.left == 0 || l.minute.wait(now) > 0 || l.anotherPaused(r, now))
	known := l.of(r)
	known.until = later(known.until, now.Add(d))
	if all {
		l.until = later(l.until, now.Add(d))
	}
	return all
}

// anotherPaused reports whether a 429 keeps back another route that has no limit of its own.
func (l *limiter) anotherPaused(r route, now time.Time) bool {
	for name, other := range l.routes {
		if name != r.name && other.own == nil && other.until.After(now) {
			return true
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// perHour returns how many requests an hour may be planned with: the hour's limit, or what the minute's lets through.
func (l *limiter) perHour() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	spare := max(1, int(minuteSpare*float64(l.minute.limit)))
	return min(l.hour.limit, 60*(l.minute.limit-spare))
}

// remaining returns how many requests are left of the hour, as the API last said; -1 if it hasn't.
func (l *limiter) remaining() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left
}

// requests returns how many requests were let through so far.
func (l *limiter) requests() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent
}

// window counts requests in a sliding span of time. It counts by slots: a request counts from when it is made until its
// slot is a span old, so that never more than limit fall into any span, and up to a slot's length later than they
// could.
type window struct {
	limit int
	span  time.Duration

	slots  [slotsPerSpan + 1]int32
	newest int64 // number of the newest slot since the epoch
	epoch  time.Time
	sum    int
}

const slotsPerSpan = 100

func (w *window) slot() time.Duration { return w.span / slotsPerSpan }

// roll forgets what no longer counts.
func (w *window) roll(now time.Time) {
	if w.epoch.IsZero() {
		w.epoch = now
	}
	n := int64(now.Sub(w.epoch) / w.slot())
	for range min(n-w.newest, int64(len(w.slots))) {
		w.newest++
		i := w.newest % int64(len(w.slots))
		w.sum -= int(w.slots[i])
		w.slots[i] = 0
	}
	w.newest = max(w.newest, n)
}

func (w *window) add(now time.Time) {
	w.roll(now)
	w.slots[w.newest%int64(len(w.slots))]++
	w.sum++
}

// wait returns how long until one more request fits.
func (w *window) wait(now time.Time) time.Duration {
	w.roll(now)
	over := w.sum - w.limit + 1
	for age := int64(len(w.slots)) - 1; over > 0 && age >= 0; age-- {
		n := w.newest - age
		if n < 0 {
			continue
		}
		if over -= int(w.slots[n%int64(len(w.slots))]); over <= 0 {
			free := w.epoch.Add(time.Duration(n+int64(len(w.slots))) * w.slot())
			return free.Sub(now)
		}
	}
	return 0
}
