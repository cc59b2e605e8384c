package digitalocean

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/tracing"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// ask is one request to be.
type ask struct {
	row    *schema.Resource // whose records are asked for
	names  []string         // of what is asked for, which an error may repeat
	doing  string           // for messages: "list droplets page 2"
	page   int              // of a listing, from 1
	path   string           // with its query, escaped
	route  route            // what limits of a path's own count it by
	child  bool             // of a listing: a 404 means that the parent, or the account, has no such thing
	joined bool             // it is of a listing that joins several: what a refusal means is the listing's to say
	byID   bool             // a 404 means that there is no such record
}

// request sends a, once the token is known to be this account's, and reads the body into buf.
func (c *Client) request(ctx context.Context, a ask, buf *bytes.Buffer) (*exchange, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	ex, err := c.send(ctx, a, buf)
	if err == nil {
		err = c.prove(a, buf.Bytes())
	}
	return ex, err
}

var errSlow = errors.New("no whole response in time")

// send waits for the limits' leave and sends a. The exchange is there whenever the limits gave it.
func (c *Client) send(ctx context.Context, a ask, buf *bytes.Buffer) (*exchange, error) {
	if d := c.limits.paused(a.route); a.byID && d > 0 {
		return nil, stillPaused(a, d) // whoever asks has others to ask for
	}
	if err := c.limits.wait(ctx, a.route); err != nil {
		return nil, stopped(a, err)
	}
	ex := c.leave()
	return ex, c.exchange(ctx, a, ex, buf)
}

// leave counts a request that the limits have let through, and makes its exchange.
func (c *Client) leave() *exchange {
	c.sent.Add(1)
	return &exchange{token: c.token.value}
}

// exchange sends a. It may be called from any goroutine.
func (c *Client) exchange(ctx context.Context, a ask, ex *exchange, buf *bytes.Buffer) error {
	req, err := c.godo.NewRequest(ctx, http.MethodGet, strings.TrimPrefix(a.path, "/"), nil)
	if err != nil {
		return failed(a.doing + ": the path can't be asked for")
	}
	buf.Reset()
	timed, cancel := context.WithTimeoutCause(withExchange(ctx, ex), c.opts.Timeout, errSlow)
	defer cancel()
	span := tracing.StartRequest(ctx, c.AccountID(), a.row.Name, a.path, a.page)
	_, err = c.godo.Do(timed, req, buf)
	ex.ended = time.Now()
	c.learn(a, ex)
	ex.beganMS, ex.endedMS = c.clock.window(ex.sent, ex.ended)
	if err != nil {
		err = c.explain(ctx, timed, a, ex, err)
	}
	c.note(a, ex, err)
	span.End(ex.status, requestID(ex), outcomeOf(err))
	return err
}

// learn takes what the headers say, of an error too.
func (c *Client) learn(a ask, ex *exchange) {
	if ex.status == 0 {
		return
	}
	c.clock.learn(ex)
	if ex.status == http.StatusUnauthorized {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.token.stale = c.token.stale || ex.token == c.token.value
		return
	}
	if ex.status == http.StatusTooManyRequests || a.route.limit.Requests > 0 {
		return // the headers may speak of a burst's limit, or of this path's own
	}
	if !c.learnRate(ex.header) && ex.status < 300 {
		c.doubtRate(ex.header)
	}
}

// mostPerHour is more than any token has: a limit above it is a mistake, and believing it would be to have none.
const mostPerHour = 1_000_000

// doubtRate says, once an hour, that what the headers say can't be.
func (c *Client) doubtRate(h http.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.doubted) < time.Hour {
		return
	}
	c.doubted = time.Now()
	c.log.Warn("the answer's ratelimit headers are missing or can't be: what was known before holds",
		"ratelimit_limit", plain.Cut(h.Get("Ratelimit-Limit"), 30),
		"ratelimit_remaining", plain.Cut(h.Get("Ratelimit-Remaining"), 30), "in_force", c.limits.perHour())
}

// learnRate takes the token's limit and what is left of it, and returns whether they can be.
func (c *Client) learnRate(h http.Header) bool {
	limit, err1 := strconv.Atoi(h.Get("Ratelimit-Limit"))
	remaining, err2 := strconv.Atoi(h.Get("Ratelimit-Remaining"))
	if err1 != nil || err2 != nil || limit < 2 || limit > mostPerHour || remaining < 0 {
		return false
	}
	if c.limits.tune(limit, remaining) {
		c.log.Info("requests an hour", "limit", limit, "in_force", c.limits.perHour())
	}
	return true
}

// note counts and logs a request.
func (c *Client) note(a ask, ex *exchange, err error) {
	took := ex.ended.Sub(ex.sent)
	c.metrics.request(c.AccountID(), a.row.Name, outcomeOf(err), took)
	path, _, _ := strings.Cut(a.path, "?")
	c.log.Debug("request", "resource", a.row.Name, "path", path, "status", ex.status, "took", took,
		"request_id", requestID(ex))
}

// outcomeOf is the word for metrics and traces.
func outcomeOf(err error) string {
	if se, ok := errors.AsType[*producer.SourceError](err); ok {
		return se.Kind.String()
	}
	return "ok"
}
