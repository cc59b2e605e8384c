package digitaloceantest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// count notes a request, sets the headers that every response has, and answers how long the client must wait if it
// has asked too often: DigitalOcean's limits are sliding.
func (a *Account) count(req *http.Request, r *Response) time.Duration {
	now := time.Now()
	a.serial++
	a.requests = append(a.requests, request{now, r.Resource, req.URL.RequestURI()})
	hour := a.since(now.Add(-time.Hour), "/")
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	r.Header.Set("X-Request-Id", fmt.Sprintf("fake-%06d", a.serial))
	r.Header.Set("Ratelimit-Limit", strconv.Itoa(a.opts.PerHour))
	r.Header.Set("Ratelimit-Remaining", strconv.Itoa(max(0, a.opts.PerHour-len(hour))))
	r.Header.Set("Ratelimit-Reset", strconv.FormatInt(hour[0].Add(time.Hour).Unix(), 10))
	path := req.URL.Path
	wait := over(now, hour, a.opts.PerHour, time.Hour)
	wait = max(wait, over(now, a.since(now.Add(-time.Minute), "/"), a.opts.PerHour/20, time.Minute))
	if path == "/v2/account/keys" {
		wait = max(wait, over(now, a.since(now.Add(-time.Minute), path), 10, time.Minute))
	}
	if strings.HasPrefix(path, "/v2/cdn/endpoints") {
		wait = max(wait, over(now, a.since(now.Add(-10*time.Second), "/v2/cdn/endpoints"), 5, 10*time.Second))
	}
	return wait
}

// since answers when requests came after a moment whose path begins so.
func (a *Account) since(from time.Time, prefix string) []time.Time {
	var at []time.Time
	for i := len(a.requests) - 1; i >= 0 && a.requests[i].at.After(from); i-- {
		if path, _, _ := strings.Cut(a.requests[i].uri, "?"); strings.HasPrefix(path, prefix) && (prefix != "/v2/account/keys" || path == prefix) {
			at = append(at, a.requests[i].at)
		}
	}
	for i, j := 0, len(at)-1; i < j; i, j = i+1, j-1 {
		at[i], at[j] = at[j], at[i]
	}
	return at
}

// over answers how long it takes until fewer than limit requests count.
func over(now time.Time, at []time.Time, limit int, window time.Duration) time.Duration {
	if len(at) <= limit {
		return 0
	}
	return at[len(at)-limit].Add(window).Sub(now)
}

// Requests answers every request so far, as path and query, in order.
func (a *Account) Requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, r := range a.requests {
		all = append(all, r.uri)
	}
	return all
}

// Count answers the requests so far for a resource, listings and by id; "" for all.
func (a *Account) Count(resource string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, r := range a.requests {
		if resource == "" || r.resource == resource {
			n++
		}
	}
	return n
}
