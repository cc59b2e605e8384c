package digitalocean_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// client makes a Client of a transport, mostly a simulated account.
func client(t *testing.T, transport http.RoundTripper, change ...func(*digitalocean.Options)) *digitalocean.Client {
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
	var l listed
	for page, err := range c.Pages(ctx, r, parent) {
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

func row(t *testing.T, name string) *schema.Resource {
	t.Helper()
	r := schema.Lookup(name)
	if r == nil {
		t.Fatalf("no resource %s", name)
	}
	return r
}

// trouble answers what kind of SourceError err is, "" for nil.
func trouble(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var se *producer.SourceError
	if !errors.As(err, &se) {
		t.Fatalf("got %T %v, want a *producer.SourceError", err, err)
	}
	return se.Trouble.String()
}

// answers is a transport that answers every request with a text.
type answers func(req *http.Request) (status int, header map[string]string, body string)
