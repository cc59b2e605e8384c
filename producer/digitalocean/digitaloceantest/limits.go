package digitaloceantest

import (
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// count notes a request, sets the headers that every response has, and returns how long the client must wait if it
// has asked too often: DigitalOcean's limits are sliding.
func (a *Account) count(req *http.Request, r *Response) time.Duration {
	now := time.Now()
	a.serial++
	a.requests = append(a.requests, request{now, r.Resource, req.URL.RequestURI()})
	hour := after(a.requests, now.Add(-time.Hour))
	minute := after(hour, now.Add(-time.Minute))
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	r.Header.Set("X-Request-Id", fmt.Sprintf("fake-%06d", a.serial))
	r.Header.Set("Ratelimit-Limit", strconv.Itoa(a.opts.PerHour))
	r.Header.Set("Ratelimit-Remaining", strconv.Itoa(max(0, a.opts.PerHour-len(hour))))
	r.Header.Set("Ratelimit-Reset", strconv.FormatInt(hour[0].at.Add(time.Hour).Unix(), 10))
	wait := max(over(now, hour, a.opts.PerHour, time.Hour), over(now, minute, a.opts.PerHour/20, time.Minute))
	switch path := req.URL.Path; {
	case path == "/v2/account/keys":
		keys := only(minute, func(p string) bool { return p == path })
		wait = max(wait, over(now, keys, 10, time.Minute))
	case strings.HasPrefix(path, "/v2/cdn/endpoints"):
		endpoints := only(after(minute, now.Add(-10*time.Second)),
			func(p string) bool { return strings.HasPrefix(p, "/v2/cdn/endpoints") })
		wait = max(wait, over(now, endpoints, 5, 10*time.Second))
	}
	return wait
}

// after returns the requests that came after a moment.
func after(requests []request, from time.Time) []request {
	return requests[sort.Search(len(requests), func(i int) bool { return requests[i].at.After(from) }):]
}

// only returns the requests whose path is one of these.
func only(requests []request, match func(path string) bool) []request {
	return slices.DeleteFunc(slices.Clone(requests), func(r request) bool {
		path, _, _ := strings.Cut(r.uri, "?")
		return !match(path)
	})
}

// over returns how long it takes until fewer than limit requests count.
func over(now time.Time, requests []request, limit int, window time.Duration) time.Duration {
	if len(requests) <= limit {
		return 0
	}
	return requests[len(requests)-limit].at.Add(window).Sub(now)
}

// Requests returns every request so far, as path and query, in order.
func (a *Account) Requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, r := range a.requests {
		all = append(all, r.uri)
	}
	return all
}

// Count returns the requests so far for a resource, listings and by id; "" for all.
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
