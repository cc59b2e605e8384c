// Package digitalocean reads an account through DigitalOcean's public API, by godo's client, and keeps the API's own
// bytes. It implements producer.Source.
//
// Under godo sits a guard: the token goes to the API's host and nowhere else, no redirect is followed, no response is
// read past its bound. Above it nothing is repeated: a failed request is an error that says what to do, and only the
// schedule asks again. A limiter keeps the token's requests within DigitalOcean's limits whatever the schedule does.
package digitalocean

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/digitalocean/godo"

	"github.com/seachange/seachange/producer"
)

// Options of a Client.
type Options struct {
	// BaseURL is where the API is; "https://api.digitalocean.com" by default. It may have a path, and no credentials.
	BaseURL string
	// Token reads the token. Required. It is called before the first request, then once a minute and after a 401, so that
	// a token that was rotated in its file is taken up without a restart.
	Token func() (string, error)
	// Account is the account id that the token must be for. "": the one that Identify returns first.
	Account string
	// PerHour and PerMinute bound the requests in any hour and any minute, at least 2. By default 5,000 an hour until
	// a response says what the limit is, and 5 % of PerHour a minute. A stated limit below PerHour always counts.
	PerHour, PerMinute int
	// Beside is another client of the same token: both spend from its limits. nil: there is none.
	Beside *Client
	// MaxBody bounds a response's body, decompressed, in bytes; 64 MiB by default.
	MaxBody int64
	// Timeout bounds one request with its whole body; 30 seconds by default.
	Timeout time.Duration
	// Transport sends the requests. By default a copy of http.DefaultTransport.
	Transport http.RoundTripper
	Version   string       // in the User-Agent; "dev" by default
	Logger    *slog.Logger // nil discards
	Metrics   *Metrics     // those of all clients; nil: none
}

// Client is one token's way to the API. One goroutine uses it; Budget and String may be called from any. What Ahead
// sends is under way in goroutines of its own, which touch only what has a lock.
type Client struct {
	opts    Options
	base    *url.URL
	godo    *godo.Client
	guard   *guard
	limits  *limiter
	clock   *clock
	log     *slog.Logger
	metrics *Metrics
	memory  memory
	spare   *bytes.Buffer // of the last listing
	regions regions
	sent    atomic.Int64 // requests

	mu      sync.Mutex // guards what follows, for Budget and Ahead
	token   tokenState
	doubted time.Time // when it was last said that the ratelimit headers can't be
}

var _ producer.Source = (*Client)(nil)

// New makes a Client. It sends and reads nothing.
func New(o Options) (*Client, error) {
	base, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("digitalocean: %w", err)
	}
	c := &Client{opts: o, base: base, clock: newClock(time.Now()), log: o.Logger.With("component", "digitalocean")}
	c.token.account = o.Account
	c.limits = newLimiter(o.PerHour, o.PerMinute)
	if o.Beside != nil {
		c.limits = o.Beside.limits
	}
	c.guard = &guard{base: base, maxBody: o.MaxBody, next: o.Transport}
	if c.metrics = o.Metrics; c.metrics == nil {
		c.metrics = newMetrics(false)
	}
	c.godo, err = godo.New(&http.Client{
		Transport:     c.guard,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, godo.SetBaseURL(base.String()), godo.SetUserAgent("seachange/"+o.Version))
	if err != nil {
		return nil, fmt.Errorf("digitalocean: %w", err)
	}
	return c, nil
}

// complete checks the options, fills in the defaults, and returns where the API is.
func (o *Options) complete() (*url.URL, error) {
	if o.Token == nil {
		return nil, errors.New("no token")
	}
	if o.PerHour < 0 || o.PerMinute < 0 || o.PerHour == 1 || o.PerMinute == 1 {
		return nil, fmt.Errorf("limits of %d requests an hour and %d a minute: each must be at least 2, or 0 for the default",
			o.PerHour, o.PerMinute)
	}
	o.BaseURL = cmp.Or(o.BaseURL, "https://api.digitalocean.com")
	o.Version = cmp.Or(o.Version, "dev")
	o.MaxBody = cmp.Or(o.MaxBody, 64<<20)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
		if t, ok := o.Transport.(*http.Transport); ok {
			o.Transport = t.Clone()
		}
	}
	return parseBase(o.BaseURL)
}

// parseBase returns the API's URL with a slash at its end, so that a path in it stays when requests are resolved.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("API URL can't be parsed") // url's error repeats the text, credentials and all
	case u.User != nil:
		return nil, errors.New("API URL: take the credentials out, the token is not part of it")
	case u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return nil, fmt.Errorf("API URL %q: want https://host", s)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("API URL: want no query and no fragment")
	}
	return u.JoinPath("/"), nil
}

// Identify asks whose token this is.
func (c *Client) Identify(ctx context.Context) (producer.Identity, error) {
	if err := c.refreshToken(); err != nil {
		return producer.Identity{}, err
	}
	id, err := c.whose(ctx)
	if err != nil {
		return producer.Identity{}, err
	}
	return id, c.verify(id)
}

// Budget is what the token may spend, as the responses last said, and no more than the options allow.
func (c *Client) Budget() producer.Budget {
	perHour := c.limits.perHour()
	c.mu.Lock()
	defer c.mu.Unlock()
	return producer.Budget{
		PerHour: perHour, Remaining: min(c.limits.remaining(), perHour),
		Requests: c.sent.Load(), TokenRequests: c.limits.requests(),
		TokenReads: c.token.changes, Verified: c.token.verified,
	}
}

// AccountID is the account that the token is for, as far as that is known; "": not yet.
func (c *Client) AccountID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token.account
}

// String names the API. Nothing that prints a Client shows its token.
func (c *Client) String() string { return "digitalocean client for " + c.base.String() }

// Format writes String, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue is String.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// host returns the API's host, for messages.
func (c *Client) host() string { return strings.TrimSuffix(c.base.Host+c.base.Path, "/") }
