package digitalocean_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// client makes a Client of a transport, mostly a simulated account.
func client(t testing.TB, transport http.RoundTripper, change ...func(*digitalocean.Options)) *digitalocean.Client {
	t.Helper()
	o := digitalocean.Options{Transport: transport, Token: func() (string, error) { return digitaloceantest.Token, nil }}
	for _, f := range change {
		f(&o)
	}
	c, err := digitalocean.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// listed is what a listing gave.
type listed struct {
	ids   []string
	json  []string
	pages int
	err   error
}

func list(ctx context.Context, c *digitalocean.Client, r *schema.Resource, parent string) listed {
	return listedOf(c.Pages(ctx, r, parent))
}

func listedOf(pages iter.Seq2[diff.Page, error]) listed {
	var l listed
	for page, err := range pages {
		if err != nil {
			l.err = err
			break
		}
		l.pages++
		for rec, err := range page.Records {
			if err != nil {
				l.err = err
				break
			}
			l.ids, l.json = append(l.ids, rec.ID), append(l.json, string(rec.JSON))
		}
	}
	return l
}

func row(t testing.TB, name string) *schema.Resource {
	t.Helper()
	r := schema.Lookup(name)
	if r == nil {
		t.Fatalf("no resource %s", name)
	}
	return r
}

// kind returns what kind of SourceError err is, "" for nil.
func kind(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var se *producer.SourceError
	if !errors.As(err, &se) {
		t.Fatalf("got %T %v, want a *producer.SourceError", err, err)
	}
	return se.Kind.String()
}

// answer is what a stub returns for one request.
type answer struct {
	status int // 200 by default
	header http.Header
	body   string
}

// stub is a transport that responds by path and query, and to anything else with a 500.
type stub map[string]answer

func (s stub) RoundTrip(req *http.Request) (*http.Response, error) {
	a, ok := s[req.URL.RequestURI()]
	if !ok {
		a = answer{status: http.StatusInternalServerError, body: "not in the stub: " + req.URL.RequestURI()}
	}
	return a.response(req), nil
}

func (a answer) response(req *http.Request) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"req-1"}}
	maps.Copy(header, a.header)
	return &http.Response{
		StatusCode: cmp.Or(a.status, http.StatusOK), Header: header, Request: req, ContentLength: -1,
		Body: io.NopCloser(strings.NewReader(a.body)),
	}
}

// roundTrip is a function as a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
