// Package spaces reads the buckets of an account, never their objects, through the S3 API of DigitalOcean's Spaces. It
// stands beside the source of everything else: Beside.
//
// Requests are signed by minio-go's signer. Its typed getters are left aside: they drop what they don't know, repeat
// requests, and there is none for a bucket's ACL. What S3 says in XML becomes JSON with the names that it has there.
package spaces

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// Regions returns those in which DigitalOcean offers Spaces, as its documentation had them in March 2026.
func Regions() []string {
	return []string{"nyc3", "ams3", "sfo2", "sfo3", "sgp1", "lon1", "fra1", "tor1", "blr1", "syd1", "atl1"}
}

// Options of a Client.
type Options struct {
	// Key reads the access key's id and its secret. Required. It is called before each look, so that a key that was
	// rotated in its files is taken up without a restart.
	Key func() (id, secret string, err error)
	// Regions to look into; Regions() by default.
	Regions []string
	// Endpoint is where a region's S3 is, with {region} in its place; "https://{region}.digitaloceanspaces.com" by
	// default.
	Endpoint string
	// Timeout bounds one request with its whole body; 30 seconds by default.
	Timeout time.Duration
	// Transport sends the requests. By default a copy of http.DefaultTransport.
	Transport http.RoundTripper
	Version   string       // in the User-Agent; "dev" by default
	Logger    *slog.Logger // nil discards
	Metrics   *Metrics     // those of all clients; nil: none
	// Account returns the id of the account that the key is for, for the metrics; nil: it is not known.
	Account func() string
}

// Client is one key's way to the buckets. One goroutine uses it.
type Client struct {
	opts Options
	http *http.Client
	log  *slog.Logger
}

// New makes a Client. It sends and reads nothing.
func New(o Options) (*Client, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("spaces: %w", err)
	}
	c := &Client{opts: o, log: o.Logger.With("component", "spaces")}
	c.http = &http.Client{
		Transport:     o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func (o *Options) complete() error {
	if o.Key == nil {
		return errors.New("no key")
	}
	if len(o.Regions) == 0 {
		o.Regions = Regions()
	}
	for _, region := range o.Regions {
		if !isRegion(region) {
			return fmt.Errorf("region %q: want a name such as fra1", region)
		}
	}
	o.Endpoint = cmp.Or(o.Endpoint, "https://{region}.digitaloceanspaces.com")
	u, err := url.Parse(o.endpoint("fra1"))
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.RawQuery != "" {
		return errors.New("endpoint: want https://host, without credentials and query")
	}
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Version = cmp.Or(o.Version, "dev")
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = newMetrics(false)
	}
	if o.Account == nil {
		o.Account = func() string { return "" }
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
		if t, ok := o.Transport.(*http.Transport); ok {
			t = t.Clone()
			t.MaxIdleConnsPerHost = atOnce
			o.Transport = t
		}
	}
	return nil
}

// isRegion reports whether a name can stand in an endpoint, and leads nowhere else.
func isRegion(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func (o *Options) endpoint(region string) string {
	return strings.TrimSuffix(strings.ReplaceAll(o.Endpoint, "{region}", region), "/")
}

// beside is two sources of one account.
type beside struct {
	producer.Source

	buckets *Client
}

// Beside returns a source that reads what is Spaces' from c, and everything else from s. The budget is that of s: what
// is asked of Spaces costs nothing of it.
func Beside(s producer.Source, c *Client) producer.Source { return &beside{s, c} }

// Pages implements producer.Source.
func (b *beside) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	if r.API == schema.Spaces {
		return b.buckets.Pages(ctx)
	}
	return b.Source.Pages(ctx, r, parent)
}

// Get implements producer.Source.
func (b *beside) Get(ctx context.Context, r *schema.Resource, id string, body []byte) (diff.Page, error) {
	if r.API == schema.Spaces {
		return b.buckets.Get(ctx, id)
	}
	return b.Source.Get(ctx, r, id, body)
}
