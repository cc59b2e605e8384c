package digitalocean_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// throttle returns 429 to the listed paths, and an empty listing to the others.
type throttle struct {
	paths  map[string]http.Header // of the 429; "": to every path
	header http.Header            // of the others
}

func (s *throttle) RoundTrip(req *http.Request) (*http.Response, error) {
	for _, path := range []string{req.URL.Path, ""} {
		if h, ok := s.paths[path]; ok {
			return answer{status: 429, header: h, body: `{"id":"too_many_requests"}`}.response(req), nil
		}
	}
	body := `{"things":[],"endpoints":[],"ssh_keys":[],"tags":[],"volumes":[],"droplets":[],"domain_records":[]}`
	return answer{body: body, header: s.header}.response(req), nil
}

var retry30 = http.Header{"Retry-After": {"30"}, "Ratelimit-Limit": {"5000"}, "Ratelimit-Remaining": {"4000"}}

// A 429 keeps back the path that it is of, and the whole token only where there is evidence for it.
func TestWhatA429KeepsBack(t *testing.T) {
	plenty := http.Header{"Ratelimit-Limit": {"5000"}, "Ratelimit-Remaining": {"4000"}}
	nothing := http.Header{"Ratelimit-Limit": {"5000"}, "Ratelimit-Remaining": {"0"}}
	for _, tc := range []struct {
		name   string
		header http.Header            // of what is not throttled
		paths  map[string]http.Header // what is
		ask    []string               // in this order
		waits  time.Duration          // then volumes are asked for
		self   time.Duration          // and then the first of ask
	}{
		{
			"a path with a limit of its own", plenty,
			map[string]http.Header{"/v2/account/keys": retry30},
			[]string{"ssh_keys"},
			0, 30 * time.Second,
		},
		{
			"two of them", plenty,
			map[string]http.Header{"/v2/account/keys": retry30, "/v2/cdn/endpoints": retry30},
			[]string{"ssh_keys", "cdn_endpoints"},
			0, 30 * time.Second,
		},
		{
			"one of them whose headers speak of its own limit", plenty,
			map[string]http.Header{"/v2/cdn/endpoints": nothing},
			[]string{"cdn_endpoints"},
			0, time.Minute,
		},
		{
			"any other path", plenty,
			map[string]http.Header{"/v2/tags": retry30},
			[]string{"tags"},
			0, 30 * time.Second,
		},
		{
			"before any header was seen", nil,
			map[string]http.Header{"/v2/tags": {"Retry-After": {"30"}}},
			[]string{"tags"},
			0, 30 * time.Second,
		},
		{
			"a second path while the first waits", plenty,
			map[string]http.Header{"/v2/tags": retry30, "/v2/droplets": retry30},
			[]string{"tags", "droplets"},
			30 * time.Second, 30 * time.Second,
		},
		{
			"a path, and one with a limit of its own before", plenty,
			map[string]http.Header{"/v2/account/keys": retry30, "/v2/droplets": retry30},
			[]string{"ssh_keys", "droplets"},
			0, 30 * time.Second,
		},
		{
			"the hour is used up", plenty,
			map[string]http.Header{"/v2/tags": nothing},
			[]string{"tags"},
			time.Minute, time.Minute,
		},
		{
			"the others' headers say that the hour is used up", nothing,
			map[string]http.Header{"/v2/tags": retry30},
			[]string{"tags"},
			30 * time.Second, 30 * time.Second,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &throttle{tc.paths, tc.header}
				c := client(t, api)
				list(t.Context(), c, row(t, "certificates"), "") // an error, with headers
				list(t.Context(), c, row(t, "volumes"), "")
				began := time.Now()
				for _, name := range tc.ask {
					if got := list(t.Context(), c, row(t, name), ""); kind(t, got.err) != "throttled" {
						t.Fatalf("%s: got %v, want throttled", name, got.err)
					}
				}
				api.paths = nil
				if got := list(t.Context(), c, row(t, "volumes"), ""); got.err != nil {
					t.Fatal(got.err)
				}
				if waited := time.Since(began); waited != tc.waits {
					t.Errorf("another path waited %v, want %v", waited, tc.waits)
				}
				if got := list(t.Context(), c, row(t, tc.ask[0]), ""); got.err != nil {
					t.Fatal(got.err)
				}
				if waited := time.Since(began); waited != tc.self {
					t.Errorf("the path itself waited %v, want %v", waited, tc.self)
				}
			})
		})
	}
}

// The minute's limit says so itself: this process has used it up.
func TestA429AfterAFullMinuteIsTheTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &throttle{}
		c := client(t, api, func(o *digitalocean.Options) { o.PerMinute = 5 })
		for range 4 {
			list(t.Context(), c, row(t, "volumes"), "")
		}
		api.paths = map[string]http.Header{"/v2/tags": {"Retry-After": {"90"}}}
		list(t.Context(), c, row(t, "tags"), "")
		began := time.Now()
		list(t.Context(), c, row(t, "volumes"), "")
		if waited := time.Since(began); waited != 90*time.Second {
			t.Errorf("another path waited %v, want 1m30s", waited)
		}
	})
}

// A look by id is told at once that its path waits: whoever asks has others to ask for. A listing is another path.
func TestALookByIDDoesNotWaitForItsPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := digitaloceantest.Example(digitaloceantest.Options{})
		throttled := digitaloceantest.Throttle(10 * time.Minute)
		account.Fault(digitaloceantest.Fault{Resource: "droplets", ByID: true, Effect: throttled})
		c := client(t, account)
		began := time.Now()
		for i, want := range []time.Duration{10 * time.Minute, 10 * time.Minute} {
			_, err := c.Get(t.Context(), row(t, "droplets"), "412001003", nil)
			var se *producer.SourceError
			if !errors.As(err, &se) || se.Kind != producer.Throttled || se.RetryAfter != want {
				t.Errorf("look %d: got %v, want throttled for %v", i, err, want)
			}
		}
		if n := account.Count("droplets"); n != 1 {
			t.Errorf("%d requests, want 1: the second look is not made", n)
		}
		if got := list(t.Context(), c, row(t, "droplets"), ""); got.err != nil {
			t.Error(got.err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited %v, want not at all", waited)
		}
	})
}

// Two clients of one token stay within its limits together, and each knows what both have sent.
func TestClientsBesideEachOtherSpendFromOneBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{limit: 5000, left: 4000}
		c := client(t, m, func(o *digitalocean.Options) { o.PerMinute = 10 })
		beside := client(t, m, func(o *digitalocean.Options) { o.Beside = c })
		for range 30 {
			list(t.Context(), c, things(nil), "")
			list(t.Context(), beside, things(nil), "")
		}
		if got := m.most(time.Minute); got > 10 || got < 9 {
			t.Errorf("%d requests in a minute, want 10", got)
		}
		for _, b := range []producer.Budget{c.Budget(), beside.Budget()} {
			if b.Requests != 30 || b.TokenRequests != 60 {
				t.Errorf("%+v: want 30 requests, and 60 of the token", b)
			}
		}
	})
}

func TestA429NamesWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, &throttle{paths: map[string]http.Header{"": retry30}})
		first := list(t.Context(), c, row(t, "domain_records"), "a.example")
		second := list(t.Context(), c, row(t, "tags"), "")
		for _, tc := range []struct {
			got  listed
			want string
		}{
			{first, "too many requests to /v2/domains/{domains}/records: they go on in 30s"},
			{second, "too many requests with this token: they go on in 30s"},
		} {
			if tc.got.err == nil || !strings.Contains(tc.got.err.Error(), tc.want) {
				t.Errorf("got %v, want %q", tc.got.err, tc.want)
			}
		}
	})
}
