package digitalocean_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/producer/digitalocean"
)

// meter notes when requests come, and states a limit.
type meter struct {
	at    []time.Time
	limit int // stated; 0: none
	left  int // stated; 17 by default
}

func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	m.at = append(m.at, time.Now())
	a := answer{body: `{"things":[],"endpoints":[],"ssh_keys":[]}`}
	if m.limit > 0 {
		a.header = http.Header{
			"Ratelimit-Limit":     {fmt.Sprint(m.limit)},
			"Ratelimit-Remaining": {fmt.Sprint(cmp.Or(m.left, 17))},
		}
	}
	return a.response(req), nil
}

// most returns the most requests in any window of the length.
func (m *meter) most(window time.Duration) int {
	most, from := 0, 0
	for to := range m.at {
		for m.at[to].Sub(m.at[from]) >= window {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

func TestLimitsHoldInEveryWindow(t *testing.T) {
	for _, tc := range []struct {
		name               string
		resource           string // things by default
		perHour, perMinute int
		stated             int
		window             time.Duration
		limit              int
		least              int // the limit must be used as far as this
	}{
		{name: "an hour", window: time.Hour, limit: 5000, least: 4900},
		{name: "a minute", window: time.Minute, limit: 250, least: 200},
		{name: "an hour as stated", stated: 20000, window: time.Hour, limit: 20000, least: 19000},
		{name: "a minute as stated", stated: 20000, window: time.Minute, limit: 1000, least: 800},
		{name: "less is stated than asked for", perHour: 5000, stated: 1200, window: time.Hour, limit: 1200, least: 1100},
		{name: "less is asked for than stated", perHour: 600, stated: 5000, window: time.Hour, limit: 600, least: 550},
		{name: "a minute as asked for", perMinute: 20, window: time.Minute, limit: 20, least: 15},
		{name: "the least", perHour: 2, window: time.Hour, limit: 2, least: 1},
		{name: "the keys' own", resource: "ssh_keys", window: time.Minute, limit: 10, least: 8},
		{name: "the CDN's own", resource: "cdn_endpoints", window: 10 * time.Second, limit: 5, least: 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &meter{limit: tc.stated}
				c := client(t, m, func(o *digitalocean.Options) { o.PerHour, o.PerMinute = tc.perHour, tc.perMinute })
				r := things(nil)
				if tc.resource != "" {
					r = row(t, tc.resource)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
				defer cancel()
				idle := time.Now().Add(90 * time.Minute) // after a burst, and again after a pause
				for ctx.Err() == nil {
					if len(m.at) == 300 && time.Now().Before(idle) {
						time.Sleep(10 * time.Minute)
					}
					list(ctx, c, r, "")
				}
				if got := m.most(tc.window); got > tc.limit || got < tc.least {
					t.Errorf("got %d requests in %v, want %d to %d", got, tc.window, tc.least, tc.limit)
				}
			})
		})
	}
}

func TestBudget(t *testing.T) {
	m := &meter{}
	c := client(t, m)
	if got := c.Budget(); got.PerHour != 5000 || got.Remaining != -1 || got.Requests != 0 {
		t.Errorf("before the first response: got %+v", got)
	}
	m.limit = 20000
	list(t.Context(), c, things(nil), "")
	if got := c.Budget(); got.PerHour != 20000 || got.Remaining != 17 || got.Requests != 1 {
		t.Errorf("after it: got %+v", got)
	}
	m.limit = 10
	list(t.Context(), c, row(t, "ssh_keys"), "")
	if got := c.Budget(); got.PerHour != 20000 {
		t.Errorf("after a path with a limit of its own: got %+v", got)
	}
}

// What the limits allow in a minute counts in the hour that is planned with, and is what goes through.
func TestTheBudgetIsWhatAMinuteAllowsToo(t *testing.T) {
	for _, tc := range []struct{ perMinute, stated, want int }{
		{perMinute: 10, stated: 5000, want: 540},
		{perMinute: 10, stated: 20000, want: 540},
		{perMinute: 2, stated: 5000, want: 60},
		{perMinute: 70, stated: 5000, want: 4020},
		{perMinute: 100, stated: 5000, want: 5000},
		{perMinute: 100, stated: 300, want: 300},
		{perMinute: 0, stated: 5000, want: 5000},
	} {
		t.Run(fmt.Sprintf("%d a minute, %d an hour", tc.perMinute, tc.stated), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &meter{limit: tc.stated, left: tc.stated - 1}
				c := client(t, m, func(o *digitalocean.Options) { o.PerMinute = tc.perMinute })
				list(t.Context(), c, things(nil), "")
				if got, left := c.Budget(), min(tc.want, m.left); got.PerHour != tc.want || got.Remaining != left {
					t.Errorf("%d an hour, %d of them left, want %d and %d", got.PerHour, got.Remaining, tc.want, left)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
				defer cancel()
				for ctx.Err() == nil {
					list(ctx, c, things(nil), "")
				}
				if got, least := m.most(time.Hour), tc.want*95/100; got < least {
					t.Errorf("%d requests went through in an hour, want %d", got, least)
				}
			})
		})
	}
}

// said returns with these ratelimit headers; "" is left out.
type said struct{ limit, remaining string }

func (s *said) RoundTrip(req *http.Request) (*http.Response, error) {
	a := answer{body: `{"things":[]}`, header: http.Header{}}
	if s.limit != "" {
		a.header.Set("Ratelimit-Limit", s.limit)
		a.header.Set("Ratelimit-Remaining", s.remaining)
	}
	return a.response(req), nil
}

// Limits that can't be change nothing, and are told of once in a while.
func TestHeadersThatCantBeAreToldOf(t *testing.T) {
	for _, bad := range []said{
		{},
		{"0", "0"},
		{"1", "0"},
		{"-5", "3"},
		{"5000", "-1"},
		{"many", "1"},
		{"9223372036854775807", "7"},
	} {
		t.Run(bad.limit, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var text strings.Builder
				api := &said{"3000", "2999"}
				c := client(t, api, func(o *digitalocean.Options) { o.Logger = slog.New(slog.NewTextHandler(&text, nil)) })
				list(t.Context(), c, things(nil), "")
				*api = bad
				for range 50 {
					list(t.Context(), c, things(nil), "")
				}
				if got := c.Budget(); got.PerHour != 3000 || got.Remaining != 2999 {
					t.Errorf("%d an hour, %d left, want what was said before", got.PerHour, got.Remaining)
				}
				if n := strings.Count(text.String(), "ratelimit headers"); n != 1 {
					t.Errorf("told of %d times, want once:\n%s", n, text.String())
				}
				time.Sleep(2 * time.Hour)
				list(t.Context(), c, things(nil), "")
				if n := strings.Count(text.String(), "ratelimit headers"); n != 2 {
					t.Errorf("told of %d times two hours later, want again", n)
				}
			})
		})
	}
}
