package digitalocean

import (
	"cmp"
	"context"
	"math"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter keeps a token's requests within DigitalOcean's limits, which are sliding: no more than so many in any hour, in
// any minute.
//
// A token bucket lets through at most burst + rate*window requests in any window: it may be full at the beginning and
// fills while the window lasts. So a limit is kept by a bucket with rate = (limit-burst)/window. A large burst starts
// fast and then is slower than the limit allows; the hour's is small, since a plan lives from its rate, and the minute's
// is as large as lets its rate still fill the hour; it is small where a minute of our own doesn't let it.
type limiter struct {
	mu      sync.Mutex
	hour    *rate.Limiter
	minute  *rate.Limiter
	special []special
	until   time.Time // a 429 said to wait

	maxHour, maxMinute int // what the options allow; 0: what the API does
	limit              int // in force, an hour
}

// special is a limit of one path's own.
type special struct {
	applies func(path string) bool
	bucket  *rate.Limiter
}

const (
	defaultPerHour = 5000
	minuteShare    = 0.05 // of the hourly limit, as DigitalOcean has it

	hourBurst    = 0.05 // shares of a limit that may come at once
	minuteBurst  = 0.60 // at most
	specialBurst = 0.40
)

func newLimiter(perHour, perMinute int) *limiter {
	l := &limiter{maxHour: perHour, maxMinute: perMinute}
	hour, minute := l.bounds(cmp.Or(perHour, defaultPerHour))
	l.limit = hour
	l.hour = rate.NewLimiter(bucket(hour, time.Hour, hourBurst))
	l.minute = rate.NewLimiter(bucket(minute, time.Minute, minuteAtOnce(hour, minute)))
	// GET /v2/account/keys is allowed 10 times a minute, everything below /v2/cdn/endpoints 5 times in 10 seconds.
	keys := func(path string) bool { return path == "/v2/account/keys" }
	cdn := func(path string) bool { return strings.HasPrefix(path, "/v2/cdn/endpoints") }
	l.special = []special{
		{keys, rate.NewLimiter(bucket(10, time.Minute, specialBurst))},
		{cdn, rate.NewLimiter(bucket(5, 10*time.Second, specialBurst))},
	}
	return l
}

// bounds answers the limits in force where the API allows perHour.
func (l *limiter) bounds(perHour int) (hour, minute int) {
	if l.maxHour > 0 {
		perHour = min(perHour, l.maxHour)
	}
	if l.maxMinute > 0 {
		return perHour, l.maxMinute
	}
	return perHour, max(2, int(minuteShare*float64(perHour)))
}

// minuteAtOnce answers the share of a minute's limit that may come at once.
func minuteAtOnce(hour, minute int) float64 {
	return min(minuteBurst, max(hourBurst, 1-float64(hour)/60/float64(minute)))
}

// bucket answers the rate and burst that keep a limit of at least 2 in any window.
func bucket(limit int, window time.Duration, burstShare float64) (rate.Limit, int) {
	burst := max(1, int(burstShare*float64(limit)))
	return rate.Limit(float64(limit-burst) / window.Seconds()), burst
}

// tune takes up the hourly limit that a response stated.
func (l *limiter) tune(perHour int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	hour, minute := l.bounds(perHour)
	if hour < 2 || hour == l.limit {
		return
	}
	l.limit = hour
	retune(l.hour, hour, time.Hour, hourBurst)
	retune(l.minute, minute, time.Minute, minuteAtOnce(hour, minute))
}

func retune(b *rate.Limiter, limit int, window time.Duration, burstShare float64) {
	r, burst := bucket(limit, window, burstShare)
	b.SetLimit(r)
	b.SetBurst(burst)
}

// specialFor answers whether a path has a limit of its own.
func (l *limiter) specialFor(path string) *rate.Limiter {
	for _, s := range l.special {
		if s.applies(path) {
			return s.bucket
		}
	}
	return nil
}

// wait blocks until a request for path may be sent, or ctx ends.
func (l *limiter) wait(ctx context.Context, path string) error {
	for {
		d := l.take(time.Now(), path)
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

// take takes a request from every bucket, or from none and answers how long until it may succeed. A request is taken
// only at the moment it is sent: one taken from the hour while it still waits for the minute would count in the wrong window.
func (l *limiter) take(now time.Time, path string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	buckets := []*rate.Limiter{l.hour, l.minute}
	if s := l.specialFor(path); s != nil {
		buckets = append(buckets, s)
	}
	d := l.until.Sub(now)
	for _, b := range buckets {
		d = max(d, shortfall(b, now))
	}
	if d > 0 {
		return d
	}
	for _, b := range buckets {
		b.AllowN(now, 1)
	}
	return 0
}

// shortfall answers how long until b has a whole token.
func shortfall(b *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - b.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing/float64(b.Limit())*float64(time.Second)) + time.Microsecond
}

// pause lets no request through for d.
func (l *limiter) pause(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.until) {
		l.until = until
	}
}

// perHour answers how many requests an hour may be planned with: the hour's limit, or what the minute's lets through.
func (l *limiter) perHour() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return min(l.limit, int(math.Round(float64(l.minute.Limit())*time.Hour.Seconds())))
}
