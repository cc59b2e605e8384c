package digitalocean_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/producer/digitalocean"
)

// strictAPI is an API whose limit is another one each minute, and whose answers take 300 ms. It notes what is sent
// though an answer said before that it may not be.
type strictAPI struct {
	t      *testing.T
	limits []int // an hour, by the minute
	began  time.Time

	mu       sync.Mutex
	at       []time.Time
	said     int       // the last limit that an answer stated
	from     time.Time // when a 429 was answered, which keeps requests back
	throttle int       // the request with this number is answered with 429
	underWay int
	most     int
}

func (s *strictAPI) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	now := time.Now()
	n := 1
	for i := len(s.at) - 1; i >= 0 && now.Sub(s.at[i]) < time.Minute; i-- {
		n++
	}
	if most := s.said / 20; s.said > 0 && n > most {
		s.t.Errorf("after %v: %d requests in a minute, and %d are allowed", now.Sub(s.began), n, most)
	}
	if since := now.Sub(s.from); since > 0 && since < 19*time.Second {
		s.t.Errorf("after %v: a request %v after a 429 that keeps them back for 20 s", now.Sub(s.began), since)
	}
	s.at = append(s.at, now)
	throttled := len(s.at) == s.throttle
	s.underWay++
	s.most = max(s.most, s.underWay)
	s.mu.Unlock()
	time.Sleep(300 * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	limit := s.limits[int(now.Sub(s.began)/time.Minute)%len(s.limits)]
	a := answer{body: `{"vpcs":[],"tags":[],"volumes":[],"domains":[]}`, header: http.Header{
		"Ratelimit-Limit": {fmt.Sprint(limit)}, "Ratelimit-Remaining": {fmt.Sprint(limit / 2)},
	}}
	if throttled {
		a.status = http.StatusTooManyRequests
		a.header.Set("Ratelimit-Remaining", "0")
		a.header.Set("Ratelimit-Reset", fmt.Sprint(time.Now().Add(20*time.Second).Unix()))
		s.from = time.Now()
		return a.response(req), nil
	}
	s.said = limit
	return a.response(req), nil
}

// What is asked for ahead keeps within the limits as everything does, also where these change from minute to minute,
// and with a 429 to one of several that are under way.
func TestLimitsHoldForAllThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &strictAPI{t: t, limits: []int{5000, 600, 20000, 1200, 5000}, began: time.Now(), throttle: 900}
		c := client(t, api)
		resources := []string{"vpcs", "tags", "volumes", "domains"}
		slots := make(chan struct{}, 4)
		for i := 0; time.Since(api.began) < 30*time.Minute; i++ {
			slots <- struct{}{}
			r := row(t, resources[i%4])
			if _, ok := c.Ahead(t.Context(), r, "", func() { <-slots }); ok {
				continue
			}
			list(t.Context(), c, r, "")
			<-slots
		}
		synctest.Wait()
		time.Sleep(time.Second)
		if api.most != 4 {
			t.Errorf("%d under way at a time, want 4", api.most)
		}
		if n := len(api.at); n < 1200 {
			t.Errorf("only %d requests in half an hour", n)
		}
		if b := c.Budget(); b.Requests != int64(len(api.at)) || b.TokenRequests != b.Requests {
			t.Errorf("%d requests are counted, %d of the token, and %d were made", b.Requests, b.TokenRequests, len(api.at))
		}
	})
}

// Listings that are under way at a time are each what the API answered to it, whenever it is wanted.
func TestListingsAheadAreNotMixedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		latency := map[string]time.Duration{
			"/v2/vpcs": 3 * time.Second, "/v2/tags": 2 * time.Second, "/v2/domains": time.Second,
		}
		api := roundTrip(func(req *http.Request) (*http.Response, error) {
			time.Sleep(latency[req.URL.Path])
			page := req.URL.Query().Get("page")
			return stub{
				"/v2/vpcs":    {body: `{"vpcs":[{"id":"v1"}],"links":{"pages":{"next":"https://x/?page=2"}}}`},
				"/v2/vpcs2":   {body: `{"vpcs":[{"id":"v2"}]}`},
				"/v2/tags":    {body: `{"tags":[{"name":"t"}]}`},
				"/v2/domains": {body: `{"domains":[{"name":"d.example"}]}`},
			}[req.URL.Path+page].response(req), nil
		})
		c := client(t, api)
		list(t.Context(), c, row(t, "domains"), "") // a buffer is spare now
		var all []func() listed
		for _, name := range []string{"vpcs", "tags", "domains"} {
			done := make(chan struct{})
			pages, ok := c.Ahead(t.Context(), row(t, name), "", func() { close(done) })
			if !ok {
				t.Fatalf("%s is not asked for ahead", name)
			}
			all = append(all, func() listed { <-done; return listedOf(pages) })
		}
		time.Sleep(time.Minute)
		list(t.Context(), c, row(t, "domains"), "")
		for i, want := range []string{"[v1 v2]", "[t]", "[d.example]"} {
			if l := all[i](); fmt.Sprint(l.ids) != want || l.err != nil {
				t.Errorf("got %v, %v, want %s", l.ids, l.err, want)
			}
		}
	})
}

// What was asked for with a token is not taken once another one was read, nor asked for before a token is known to be
// the account's.
func TestNothingIsTakenAheadOfAnotherToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		token, status := "dop_v1_obviously-fake", http.StatusInternalServerError
		api := roundTrip(func(req *http.Request) (*http.Response, error) {
			return stub{
				"/v2/account": {status: status, body: `{"account":{"uuid":"u","team":{"uuid":"team-1"}}}`},
				"/v2/tags":    {body: `{"tags":[{"name":"t"}]}`},
			}[req.URL.Path].response(req), nil
		})
		c := client(t, api, func(o *digitalocean.Options) {
			o.Account, o.Token = "team-1", func() (string, error) { return token, nil }
		})
		for _, when := range []string{"read", "known to be the account's"} {
			if _, ok := c.Ahead(t.Context(), row(t, "tags"), "", func() {}); ok {
				t.Errorf("asked for before the token is %s", when)
			}
			list(t.Context(), c, row(t, "tags"), "")
		}
		status = http.StatusOK
		if l := list(t.Context(), c, row(t, "tags"), ""); l.err != nil {
			t.Fatal(l.err)
		}
		done := make(chan struct{})
		pages, ok := c.Ahead(t.Context(), row(t, "tags"), "", func() { close(done) })
		if !ok {
			t.Fatal("not asked for ahead")
		}
		<-done
		token = "dop_v1_obviously-another"
		time.Sleep(2 * time.Minute)
		if _, ok := c.Ahead(t.Context(), row(t, "tags"), "", func() {}); ok {
			t.Error("asked for with a token that is to be read again")
		}
		if l := list(t.Context(), c, row(t, "tags"), ""); l.err != nil {
			t.Fatal(l.err)
		}
		if l := listedOf(pages); kind(t, l.err) != "failed" || len(l.ids) > 0 {
			t.Errorf("got %v, %v, want that another token was read", l.ids, l.err)
		}
	})
}

// The end of its context ends a request.
func TestARequestAheadEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}))
		list(t.Context(), c, row(t, "tags"), "") // after 30 seconds: the token is read
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		began := time.Now()
		pages, ok := c.Ahead(ctx, row(t, "tags"), "", func() { close(done) })
		if !ok {
			t.Fatal("not asked for ahead")
		}
		cancel()
		<-done
		if l := listedOf(pages); l.err == nil || time.Since(began) > time.Second {
			t.Errorf("got %v after %v", l.err, time.Since(began))
		}
	})
}
