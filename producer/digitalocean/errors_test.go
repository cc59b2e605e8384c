package digitalocean_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

func TestFaultsOfTheAPI(t *testing.T) {
	type test struct {
		name     string
		resource string // droplets by default
		parent   string
		effect   func(*digitaloceantest.Response)
		kind     string
		ofParent bool // of "gone"
		want     []string
	}
	for _, tc := range []test{
		{
			name: "401", effect: digitaloceantest.Status(401), kind: "refused",
			want: []string{
				"list droplets page 1: 401 Unauthorized (request fake-",
				"the token is not valid: put a valid one in its place",
			},
		},
		{
			name: "403", effect: digitaloceantest.Status(403), kind: "unreadable",
			want: []string{"403 Forbidden", "the token lacks the scope droplet:read: grant it, or skip the resource"},
		},
		{
			name: "429", effect: digitaloceantest.Throttle(7 * time.Second), kind: "throttled",
			want: []string{"429 Too Many Requests", "they go on in 7s"},
		},
		{name: "500", effect: digitaloceantest.Status(500), kind: "failed", want: []string{`500 Internal Server Error (request fake-`, `: "Internal Server Error"`}},
		{
			name: "502 of a proxy", effect: digitaloceantest.HTML(502), kind: "failed",
			want: []string{"502 Bad Gateway", "not DigitalOcean's JSON but text/html"},
		},
		{
			name: "a proxy's page as 200", effect: digitaloceantest.HTML(200), kind: "failed",
			want: []string{"200 OK", "the response (text/html) is not a page of droplets: it is not JSON, at byte 0"},
		},
		{
			name: "a list's 404 at the top level", effect: digitaloceantest.Status(404), kind: "failed",
			want: []string{"404 Not Found"},
		},
		{
			name: "a child's 404", resource: "domain_records", parent: "example.com", effect: digitaloceantest.Status(404),
			kind: "gone", want: []string{"list domain_records of example.com page 1: 404 Not Found"},
		},
		{
			name: "a child's 404 about its parent", resource: "domain_records", parent: "example.com",
			effect: func(r *digitaloceantest.Response) {
				r.Status, r.Body = 404, []byte(`{"id":"not_found","message":"domain not found"}`)
			}, kind: "gone", ofParent: true, want: []string{"404 Not Found", "domain not found"},
		},
		{
			name: "a child's 404 with a code that is about its parent", resource: "domain_records", parent: "example.com",
			effect: func(r *digitaloceantest.Response) {
				r.Status, r.Body = 404, []byte(`{"code":"DOMAIN_NOT_FOUND"}`)
			}, kind: "gone", ofParent: true, want: []string{"404 Not Found"},
		},
		{
			name: "a child's 404 of a proxy", resource: "domain_records", parent: "example.com",
			effect: digitaloceantest.HTML(404), kind: "failed", want: []string{"404 Not Found", "not DigitalOcean's JSON"},
		},
		{name: "a child's 404 with another id", resource: "domain_records", parent: "example.com", effect: func(r *digitaloceantest.Response) { r.Status, r.Body = 404, []byte(`{"id":"no_route"}`) }, kind: "failed", want: []string{"404 Not Found"}},
		{
			name:   "a list under another name",
			effect: digitaloceantest.Text(`{"servers":[],"links":{},"meta":{"total":0}}`),
			kind:   "failed", want: []string{`it has no "droplets"`},
		},
		{
			name:   "no list, but a count",
			effect: digitaloceantest.Text(`{"links":{},"meta":{"total":3}}`),
			kind:   "failed", want: []string{`it has no "droplets"`},
		},
		{name: "an object without the list", effect: digitaloceantest.Text(`{}`), kind: "failed", want: []string{`it has no "droplets"`}},
		{
			name: "a cut body", effect: digitaloceantest.CutBody, kind: "failed",
			want: []string{"list droplets page 1: 200 OK (request fake-", "unexpected EOF"},
		},
		{
			name: "no content", effect: func(r *digitaloceantest.Response) { r.Status, r.Body = 204, []byte{} },
			kind: "failed", want: []string{"it is not JSON, at byte 0 of 0"},
		},
		{
			name: "a redirect", effect: digitaloceantest.Redirect("https://evil.example.com/"), kind: "failed",
			want: []string{"302 Found"},
		},
		{name: "a message of many lines, with the token", effect: func(r *digitaloceantest.Response) {
			r.Status, r.Body = 500, fmt.Appendf(nil, `{"id":"x","message":"you sent\n%s%s"}`, digitaloceantest.Token, strings.Repeat("!", 300))
		}, kind: "failed", want: []string{`"you sent\u000a***!!!!`, `!!!…"`}},
		{name: "another's secrets that are echoed", effect: func(r *digitaloceantest.Response) {
			r.Status, r.Body = 500, []byte(`{"id":"x","message":"`+digitaloceantest.Token+` or dop_v1_SECRETECHO at https://u:SECRETECHO@h is not valid"}`)
			r.Header.Set("X-Request-Id", "dop_v1_SECRETECHO")
		}, kind: "failed", want: []string{`500 Internal Server Error (request ***): "*** or *** at *** is not valid"`}},
		{name: "a type of content that echoes a secret", effect: func(r *digitaloceantest.Response) {
			r.Status, r.Body = 502, []byte("<html>")
			r.Header.Set("Content-Type", "text/html; token=SECRETECHO")
		}, kind: "failed", want: []string{"not DigitalOcean's JSON but text/html; ***"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			account := digitaloceantest.Example(digitaloceantest.Options{})
			server := httptest.NewServer(account)
			defer server.Close()
			var logs bytes.Buffer
			c := client(t, nil, func(o *digitalocean.Options) {
				o.BaseURL, o.Transport = server.URL, nil
				o.Logger = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			account.Fault(digitaloceantest.Fault{Effect: tc.effect})
			resource := "droplets"
			if tc.resource != "" {
				resource = tc.resource
			}
			got := list(t.Context(), c, row(t, resource), tc.parent)
			if kind := kind(t, got.err); kind != tc.kind {
				t.Errorf("got %s, want %s", kind, tc.kind)
			}
			if se := new(producer.SourceError); errors.As(got.err, &se) && se.OfParent != tc.ofParent {
				t.Errorf("of its parent: %t, want %t", se.OfParent, tc.ofParent)
			}
			if len(got.ids) != 0 {
				t.Errorf("got records %v", got.ids)
			}
			for _, want := range tc.want {
				if !strings.Contains(fmt.Sprint(got.err), want) {
					t.Errorf("got  %v\nwant it to say %q", got.err, want)
				}
			}
			for _, never := range []string{digitaloceantest.Token, "<html>", "nginx", "\n"} {
				if strings.Contains(fmt.Sprint(got.err), never) {
					t.Errorf("the error holds %q: %v", never, got.err)
				}
			}
			if strings.Contains(logs.String(), digitaloceantest.Token) || strings.Contains(logs.String(), "SECRETECHO") {
				t.Errorf("a secret is in the log: %s", logs.String())
			}
		})
	}
}

func TestAResponseThatTakesTooLong(t *testing.T) {
	for name, effect := range map[string]func(*digitaloceantest.Response){
		"hangs": digitaloceantest.Hang, "drips": digitaloceantest.Drip(time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				account := digitaloceantest.Example(digitaloceantest.Options{})
				c := client(t, account)
				account.Fault(digitaloceantest.Fault{Resource: "droplets", Times: 1, Effect: effect})
				began := time.Now()
				got := list(t.Context(), c, row(t, "droplets"), "")
				if want := "no whole response within 30s"; kind(t, got.err) != "failed" ||
					!strings.Contains(got.err.Error(), want) {
					t.Errorf("got %v, want %q", got.err, want)
				}
				if took := time.Since(began); took != 30*time.Second {
					t.Errorf("took %v, want 30s", took)
				}
				if got := list(t.Context(), c, row(t, "firewalls"), ""); got.err != nil {
					t.Errorf("the next one: %v", got.err)
				}
			})
		})
	}
}

func TestTheEndOfTheContextEndsARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := digitaloceantest.Example(digitaloceantest.Options{})
		c := client(t, account)
		account.Fault(digitaloceantest.Fault{Effect: digitaloceantest.Hang})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := list(ctx, c, row(t, "droplets"), "")
		if !errors.Is(got.err, context.DeadlineExceeded) || kind(t, got.err) != "failed" {
			t.Errorf("got %v, want the context's end", got.err)
		}
	})
}

func TestAResponseThatIsTooLarge(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	account.Fault(digitaloceantest.Fault{Effect: digitaloceantest.Pad(100 << 20)})
	got := list(t.Context(), client(t, account), row(t, "droplets"), "")
	if want := "larger than 67108864 bytes"; kind(t, got.err) != "failed" || !strings.Contains(got.err.Error(), want) {
		t.Errorf("got %v, want %q", got.err, want)
	}
}

func TestTheBoundOfABody(t *testing.T) {
	body := `{"things":[{"id":1}]}`
	for max, want := range map[int64]string{int64(len(body)): "", int64(len(body)) - 1: "failed"} {
		c := client(t, stub{"/v2/things": {body: body}}, func(o *digitalocean.Options) { o.MaxBody = max })
		if got := list(t.Context(), c, things(nil), ""); kind(t, got.err) != want {
			t.Errorf("%d bytes of %d: got %v, want %q", len(body), max, got.err, want)
		}
	}
}

func TestNetworkErrorsShowNoQuery(t *testing.T) {
	c := client(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("dial tcp: %s refused", digitaloceantest.Token)
	}))
	got := list(t.Context(), c, row(t, "images"), "")
	if want := "list images page 1: api.digitalocean.com: dial tcp: *** refused"; kind(t, got.err) != "failed" ||
		got.err.Error() != want {
		t.Errorf("got %v, want %s", got.err, want)
	}
}

func TestHowLongA429Lasts(t *testing.T) {
	now := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).Unix()) }
	for _, tc := range []struct {
		name   string
		header func() http.Header
		want   time.Duration
	}{
		{"retry-after", func() http.Header {
			return http.Header{
				"Retry-After":     {"7"},
				"Ratelimit-Reset": {now(time.Second)},
			}
		}, 7 * time.Second},
		{"retry-after 0", func() http.Header { return http.Header{"Retry-After": {"0"}} }, time.Second},
		{"retry-after of a day", func() http.Header { return http.Header{"Retry-After": {"86400"}} }, time.Hour},
		{"retry-after that overflows", func() http.Header { return http.Header{"Retry-After": {"99999999999"}} }, time.Hour},
		{"retry-after negative", func() http.Header { return http.Header{"Retry-After": {"-7"}} }, time.Minute},
		{
			"reset soon", func() http.Header { return http.Header{"Ratelimit-Reset": {now(20 * time.Second)}} },
			20 * time.Second,
		},
		{"reset late", func() http.Header { return http.Header{"Ratelimit-Reset": {now(40 * time.Minute)}} }, time.Minute},
		{"reset past", func() http.Header { return http.Header{"Ratelimit-Reset": {now(-time.Hour)}} }, time.Minute},
		{"nothing", func() http.Header { return nil }, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				throttled := true
				c := client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
					if throttled {
						return answer{status: 429, header: tc.header(), body: `{"id":"too_many_requests"}`}.response(req), nil
					}
					return answer{body: `{"things":[]}`}.response(req), nil
				}))
				began := time.Now()
				got := list(t.Context(), c, things(nil), "")
				var se *producer.SourceError
				if !errors.As(got.err, &se) || se.Kind != producer.Throttled || se.RetryAfter != tc.want {
					t.Fatalf("got %v, want throttled for %v", got.err, tc.want)
				}
				throttled = false
				if got := list(t.Context(), c, things(nil), ""); got.err != nil {
					t.Fatal(got.err)
				}
				if waited := time.Since(began); waited != tc.want {
					t.Errorf("the next request waited %v, want %v", waited, tc.want)
				}
			})
		})
	}
}

func TestNothingThatPrintsAClientShowsItsToken(t *testing.T) {
	c := client(t, digitaloceantest.Example(digitaloceantest.Options{}))
	if _, err := c.Identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&out, verb+"\n", c)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "client", c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "client", c)
	if strings.Contains(out.String(), digitaloceantest.Token) ||
		strings.Contains(out.String(), fmt.Sprintf("%x", digitaloceantest.Token)) {
		t.Errorf("got %s", out.String())
	}
	if want := "digitalocean client for https://api.digitalocean.com/"; !strings.Contains(out.String(), want) {
		t.Errorf("got %s, want %q in it", out.String(), want)
	}
}

func TestNewRefusesWhatItCantUse(t *testing.T) {
	token := func() (string, error) { return "x", nil }
	for want, o := range map[string]digitalocean.Options{
		"no token":                          {},
		"want https://host":                 {Token: token, BaseURL: "api.digitalocean.com"},
		"take the credentials out":          {Token: token, BaseURL: "https://user:hunter2@api.digitalocean.com"},
		"can't be parsed":                   {Token: token, BaseURL: "https://user:hunter2@[::1"},
		"want no query":                     {Token: token, BaseURL: "https://api.digitalocean.com?a=b"},
		"each must be at least 2":           {Token: token, PerMinute: 1},
		"each must be at least 2, or 0 for": {Token: token, PerHour: -1},
	} {
		_, err := digitalocean.New(o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
