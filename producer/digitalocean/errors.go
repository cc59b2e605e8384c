package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/digitalocean/godo"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
	"github.com/seachange/seachange/schema/secret"
)

// failed is an error that may pass.
func failed(text string) *producer.SourceError {
	return &producer.SourceError{Kind: producer.Failed, Err: errors.New(text)}
}

// refused is an error that only another token ends.
func refused(err error) *producer.SourceError {
	return &producer.SourceError{Kind: producer.Refused, Err: err}
}

// stopped is the end of ctx.
func stopped(a ask, err error) *producer.SourceError {
	return &producer.SourceError{Kind: producer.Failed, Err: fmt.Errorf("%s: %w", a.doing, err)}
}

// explain makes godo's error one that says what happened, where, and what to do.
func (c *Client) explain(ctx, timed context.Context, a ask, ex *exchange, err error) *producer.SourceError {
	if e, ok := errors.AsType[*godo.ErrorResponse](err); ok {
		return c.answered(a, ex, e)
	}
	if ctx.Err() != nil {
		return stopped(a, ctx.Err())
	}
	where := a.doing
	if ex.status != 0 {
		where += ": " + statusText(ex)
	}
	switch {
	case context.Cause(timed) == errSlow: //nolint:errorlint // exactly this cause
		return &producer.SourceError{Err: fmt.Errorf("%s: no whole response within %v", where, c.opts.Timeout)}
	case errors.Is(err, errTooLarge):
		return &producer.SourceError{Err: fmt.Errorf("%s: the response is larger than %d bytes", where, c.opts.MaxBody)}
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without its URL, which has the query
	}
	return &producer.SourceError{Err: fmt.Errorf("%s: %s: %w", where, c.host(), redacted{err, ex.token})}
}

// redacted is an error of the network or a proxy, cut, and without the token should it be in there.
type redacted struct {
	error
	token string
}

func (r redacted) Error() string { return plain.Cut(redact(r.error.Error(), r.token), 300) }
func (r redacted) Unwrap() error { return r.error }

// apiError is what DigitalOcean's errors look like.
type apiError struct {
	ID      string `json:"id"`
	Message string `json:"message"`

	// Some newer products say instead, or within error:
	Code  string         `json:"code"`
	Error jsontext.Value `json:"error"`
}

// saysNotFound reports whether it says that there is no such record: by DigitalOcean's id, or by a product's own code.
func (e apiError) saysNotFound(code string) bool {
	return e.ID == "not_found" || (code != "" && strings.EqualFold(e.Code, code))
}

// answered makes an error of a response that is not 2xx.
func (c *Client) answered(a ask, ex *exchange, e *godo.ErrorResponse) *producer.SourceError {
	said, isJSON := readError(ex.errorBody)
	text := a.doing + ": " + statusText(ex)
	switch message := plain.Cut(redact(said.Message, ex.token), 200); {
	case message != "":
		text += `: "` + message + `"`
	case !isJSON && len(ex.errorBody) > 0:
		text += ": not DigitalOcean's JSON but " + cmp.Or(ex.said("Content-Type", 60), "unknown")
	}
	ofParent := isJSON && a.row.FindsNoParent(a.names, said.Message, said.Code, said.ID)
	notFound := (isJSON && said.saysNotFound(a.row.NotFound)) || ofParent
	switch status := e.Response.StatusCode; {
	case status == http.StatusUnauthorized:
		return refused(errors.New(text + ": the token is not valid: put a valid one in its place"))
	case status == http.StatusForbidden:
		err := errors.New(text)
		if !a.joined {
			err = lacksScope(err, a.row)
		}
		return &producer.SourceError{Kind: producer.Unreadable, Err: err}
	case status == http.StatusNotFound && notFound && (a.byID || a.child):
		return &producer.SourceError{Kind: producer.Gone, OfParent: ofParent, Err: errors.New(text)}
	case status == http.StatusTooManyRequests:
		return c.throttled(a, ex, text)
	}
	return failed(text)
}

// lacksScope adds to a refusal what to do.
func lacksScope(err error, row *schema.Resource) error {
	if row.Unsaid != "" {
		return fmt.Errorf("%w: the token lacks a scope that no document of DigitalOcean's names; %s: "+
			"grant more, or skip the resource", err, row.Unsaid)
	}
	return fmt.Errorf("%w: the token lacks the scope %s: grant it, or skip the resource", err, row.Scope)
}

// readError reads DigitalOcean's error, also one within error, and reports whether it is JSON at all.
func readError(body []byte) (apiError, bool) {
	var e, inner apiError
	options := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := json.Unmarshal(body, &e, options)
	if e.Error.Kind() == '{' && json.Unmarshal(e.Error, &inner, options) == nil {
		e.Code, e.Message = cmp.Or(e.Code, inner.Code), cmp.Or(e.Message, inner.Message)
	}
	return e, err == nil
}

const (
	defaultPause = time.Minute
	longestPause = time.Hour // nothing counts for longer than the sliding hour
)

// throttled has what a 429 is about wait: the requests of its route, or all of this token's.
func (c *Client) throttled(a ask, ex *exchange, text string) *producer.SourceError {
	d := c.pauseAfter(ex.header)
	hourUsedUp := ex.header.Get("Retry-After") == "" && ex.header.Get("Ratelimit-Remaining") == "0"
	of := "requests to " + a.route.name
	if c.limits.pause(a.route, d, hourUsedUp) {
		of = "requests with this token"
	}
	c.log.Warn("too many requests: they pause", "of", of, "for", d, "request_id", requestID(ex))
	err := fmt.Errorf("%s: too many %s: they go on in %v", text, of, d.Round(time.Second))
	return &producer.SourceError{Kind: producer.Throttled, RetryAfter: d, Err: err}
}

// stillPaused is the error of a look by id that an earlier 429 keeps back: nothing was sent.
func stillPaused(a ask, d time.Duration) *producer.SourceError {
	err := fmt.Errorf("%s: not asked: there were too many requests to %s: they go on in %v",
		a.doing, a.route.name, d.Round(time.Second))
	return &producer.SourceError{Kind: producer.Throttled, RetryAfter: d, Err: err}
}

// pauseAfter returns how long a 429 asks to wait. Only a burst's says retry-after. ratelimit-reset is when the oldest
// request stops counting, and was seen in the past.
func (c *Client) pauseAfter(h http.Header) time.Duration {
	retry := h.Get("Retry-After")
	if s, err := strconv.Atoi(retry); err == nil && s >= 0 {
		return min(max(time.Duration(min(s, 3600))*time.Second, time.Second), longestPause)
	}
	if date, err := http.ParseTime(retry); err == nil {
		return min(max(c.clock.until(date), time.Second), longestPause)
	}
	if s, err := strconv.ParseInt(h.Get("Ratelimit-Reset"), 10, 64); err == nil {
		if d := c.clock.until(time.Unix(s, 0)); d > 0 {
			return min(d, defaultPause)
		}
	}
	return defaultPause
}

// statusText is a response's status and request id: "404 Not Found (request 4f…)".
func statusText(ex *exchange) string {
	s := strings.TrimSpace(strconv.Itoa(ex.status) + " " + http.StatusText(ex.status))
	if id := requestID(ex); id != "" {
		s += " (request " + id + ")"
	}
	return s
}

func requestID(ex *exchange) string { return ex.said("X-Request-Id", 64) }

// said returns what a response says in a header, at most n characters and without a secret that it may echo.
func (ex *exchange) said(header string, n int) string {
	return plain.Cut(redact(ex.header.Get(header), ex.token), n)
}

// redact takes the token, and whatever else looks like a secret, out of what others wrote.
func redact(s, token string) string {
	if token != "" {
		s = strings.ReplaceAll(s, token, "***")
	}
	return secret.Redact(s)
}
