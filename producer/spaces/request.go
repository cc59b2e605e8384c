package spaces

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/minio/minio-go/v7/pkg/signer"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/tracing"
	"github.com/seachange/seachange/schema/plain"
)

// key signs requests.
type key struct{ id, secret string }

// readKey returns the key as it is now.
func (c *Client) readKey() (key, error) {
	id, secret, err := c.opts.Key()
	switch {
	case err != nil:
		return key{}, &producer.SourceError{Kind: producer.Unreadable, Err: fmt.Errorf("read the Spaces key: %w", err)}
	case id == "" || secret == "":
		return key{}, &producer.SourceError{Kind: producer.Unreadable, Err: errors.New("read the Spaces key: it is empty")}
	}
	return key{id, secret}, nil
}

// ask is one request to be.
type ask struct {
	doing  string // for messages: "list spaces_buckets in fra1"
	region string
	bucket string // "" is the listing of buckets
	query  string
	absent string // S3's word for that there is none, which is an answer
}

// refusal is a response that is not 2xx.
type refusal struct {
	doing  string
	status int
	code   string // S3's word for it, "" where the body isn't S3's
	id     string // x-amz-request-id
}

func (r *refusal) Error() string {
	s := r.doing + ": " + strconv.Itoa(r.status)
	if r.code != "" {
		s += " " + r.code
	}
	if r.keyRefused() {
		s += ": the Spaces key is refused: put in a valid one (SPACES_ACCESS_KEY_ID, SPACES_SECRET_ACCESS_KEY), " +
			"and look at this machine's clock"
	}
	if r.id != "" {
		s += " (request " + r.id + ")"
	}
	return s
}

// keyRefused reports whether the key itself is at fault, whatever is asked with it.
func (r *refusal) keyRefused() bool {
	switch r.code {
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "AuthorizationHeaderMalformed",
		"InvalidToken", "ExpiredToken":
		return true
	}
	return r.status == http.StatusUnauthorized
}

// denied reports whether the key may not ask for this, or the bucket has no such thing: a server can mean either by it.
func (r *refusal) denied() bool {
	return !r.keyRefused() &&
		(r.status == http.StatusForbidden || r.status == http.StatusMethodNotAllowed || r.status == http.StatusNotImplemented)
}

// absent reports whether an error is the answer that there is no such thing.
func absent(a ask, err error) bool {
	var r *refusal
	return errors.As(err, &r) && a.absent != "" && r.status == http.StatusNotFound && r.code == a.absent
}

// kind is what it means for a whole region.
func (r *refusal) kind() producer.ErrorKind {
	switch {
	case r.keyRefused() || r.denied():
		return producer.Unreadable
	case r.status == http.StatusNotFound && r.code == "NoSuchBucket":
		return producer.Gone
	case r.code == "SlowDown" || r.status == http.StatusTooManyRequests:
		return producer.Throttled
	}
	return producer.Failed
}

// kindOf is what an error of get means.
func kindOf(err error) producer.ErrorKind {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.kind()
	}
	return producer.Failed
}

const (
	maxBody     = 16 << 20
	emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // no request has a body
)

var errSlow = errors.New("no whole response in time")

// get sends one request, and repeats nothing. An error is a *refusal where S3 has answered. It holds no key and no
// body.
func (c *Client) get(ctx context.Context, k key, a ask) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout, errSlow)
	defer cancel()
	span := tracing.StartRequest(ctx, c.opts.Account(), "spaces_buckets", "/"+a.bucket, 0)
	body, status, err := c.send(ctx, k, a)
	outcome := "ok"
	if err != nil && !absent(a, err) {
		outcome = kindOf(err).String()
	}
	span.End(status, "", outcome)
	c.opts.Metrics.request(c.opts.Account(), a.region, outcome)
	c.log.Debug("request", "region", a.region, "bucket", a.bucket, "query", a.query, "outcome", outcome)
	return body, err
}

func (c *Client) send(ctx context.Context, k key, a ask) (body []byte, status int, err error) {
	url := c.opts.endpoint(a.region) + "/" + a.bucket
	if a.query != "" {
		url += "?" + a.query
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: it can't be asked for", a.doing)
	}
	req.Header.Set("User-Agent", "seachange/"+c.opts.Version)
	req.Header.Set("X-Amz-Content-Sha256", emptySHA256)
	resp, err := c.http.Do(signer.SignV4(*req, k.id, k.secret, "", a.region))
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", a.doing, reason(ctx, err))
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, resp.StatusCode, fmt.Errorf("%s: the response is cut: %w", a.doing, reason(ctx, err))
	case len(body) > maxBody:
		return nil, resp.StatusCode, fmt.Errorf("%s: the response is larger than %d bytes", a.doing, maxBody)
	case resp.StatusCode != http.StatusOK:
		id := plain.Cut(resp.Header.Get("X-Amz-Request-Id"), longest)
		return nil, resp.StatusCode, &refusal{a.doing, resp.StatusCode, code(body), id}
	}
	return body, resp.StatusCode, nil
}

// reason says why nothing came, without the URL that net/http puts before it.
func reason(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSlow) {
		return errSlow
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// code is what an error's body says in S3's words.
func code(body []byte) string {
	var e struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	if xml.Unmarshal(body, &e) != nil {
		return ""
	}
	return plain.Cut(e.Code, longest)
}

// longest is how much of a server's word is taken into an error, in runes.
const longest = 100

func nowMS() int64 { return time.Now().UnixMilli() }
