package digitalocean

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// exchange is one request and what came back, also where godo returns only an error.
type exchange struct {
	token     string
	sent      time.Time
	answered  time.Time // when the headers were there
	ended     time.Time // when the body was
	beganMS   int64     // sent and ended, on the API's clock
	endedMS   int64
	status    int // 0: no response
	header    http.Header
	errorBody []byte // of a response that is not 2xx, at most maxErrorBody
}

type exchangeKey struct{}

func withExchange(ctx context.Context, ex *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, ex)
}

// maxErrorBody bounds what is read of a response that is not 2xx.
const maxErrorBody = 64 << 10

var errTooLarge = errors.New("the response is larger than the bound")

// guard is the innermost transport. It gives the token to the API's host, to DigitalOcean's regional ones if that is
// DigitalOcean's own, and to nobody else, bounds bodies, and keeps what godo drops when a body is cut off.
type guard struct {
	base    *url.URL
	maxBody int64
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	ours := req.URL.Host == g.base.Host || (g.base.Host == apiHost && isRegional(req.URL.Host))
	if !ours || req.URL.Scheme != g.base.Scheme {
		return nil, fmt.Errorf("refused to send the token to %s://%s: it is for %s://%s",
			req.URL.Scheme, req.URL.Host, g.base.Scheme, g.base.Host)
	}
	ex, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("refused a request that is not seachange's own")
	}
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+ex.token)
	ex.sent = time.Now()
	resp, err := g.next.RoundTrip(req)
	ex.answered = time.Now()
	if err != nil {
		return nil, err
	}
	ex.status, ex.header = resp.StatusCode, resp.Header
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		keepError(ex, resp)
		return resp, nil
	}
	resp.Body = &bounded{resp.Body, g.maxBody}
	return resp, nil
}

// keepError reads the body of a response that is an error, as far as it goes: a cut one is an error response all the
// same.
func keepError(ex *exchange, resp *http.Response) {
	ex.errorBody, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(ex.errorBody))
}

// bounded is a body that may not be longer than left bytes.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	// One byte more than allowed is asked for, so that a body of exactly the bound is not mistaken for a longer one.
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
