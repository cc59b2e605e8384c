package digitalocean_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

func TestTheTokenGoesNowhereElse(t *testing.T) {
	var strangers atomic.Int32
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers.Add(1) }))
	defer stranger.Close()
	for name, effect := range map[string]func(*digitaloceantest.Response){
		"a redirect":          digitaloceantest.Redirect(stranger.URL + "/v2/droplets"),
		"an absolute next":    digitaloceantest.Next(stranger.URL + "/v2/droplets?page=2"),
		"a next without page": digitaloceantest.Next(stranger.URL),
	} {
		t.Run(name, func(t *testing.T) {
			account := digitaloceantest.Example(digitaloceantest.Options{})
			server := httptest.NewServer(account)
			defer server.Close()
			c := client(t, nil, func(o *digitalocean.Options) { o.BaseURL, o.Transport = server.URL, nil })
			account.Fault(digitaloceantest.Fault{Resource: "droplets", Times: 1, Effect: effect})
			list(t.Context(), c, row(t, "droplets"), "")
			if n := strangers.Load(); n != 0 {
				t.Errorf("another host got %d requests", n)
			}
		})
	}
}

func TestNoRedirectIsFollowedEvenAtHome(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	account.Fault(digitaloceantest.Fault{
		Resource: "droplets",
		Effect:   digitaloceantest.Redirect("https://api.digitalocean.com/v2/vpcs"),
	})
	got := list(t.Context(), client(t, account), row(t, "droplets"), "")
	if want := "302 Found"; got.err == nil || !strings.Contains(got.err.Error(), want) {
		t.Errorf("got %v, want %q", got.err, want)
	}
	if n := account.Count(""); n != 1 {
		t.Errorf("got %d requests, want 1", n)
	}
}

func TestAPIURLWithAPath(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	server := httptest.NewServer(http.StripPrefix("/proxy/do", account))
	defer server.Close()
	for _, base := range []string{server.URL + "/proxy/do", server.URL + "/proxy/do/"} {
		c := client(t, nil, func(o *digitalocean.Options) { o.BaseURL, o.Transport = base, nil })
		if got := list(t.Context(), c, row(t, "droplets"), ""); got.err != nil || len(got.ids) == 0 {
			t.Errorf("%s: got %v, %v", base, got.ids, got.err)
		}
	}
}

func TestIdsThatWouldLeadElsewhere(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	c := client(t, account)
	for _, id := range []string{"..", "."} {
		if got := list(t.Context(), c, row(t, "domain_records"), id); kind(t, got.err) != "failed" {
			t.Errorf("list below %q: got %v", id, got.err)
		}
		if _, err := c.Get(t.Context(), row(t, "tags"), id, nil); kind(t, err) != "failed" {
			t.Errorf("get %q: got %v", id, err)
		}
	}
	if got := account.Requests(); len(got) != 0 {
		t.Errorf("got requests %v, want none", got)
	}
}

func TestABombOfGzip(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.Copy(z, io.LimitReader(spaces{}, 80<<20)); err != nil {
		t.Fatal(err)
	}
	z.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("the client doesn't ask for gzip")
		}
		w.Header().Set("Content-Encoding", "gzip")
		if _, err := w.Write(bomb.Bytes()); err != nil {
			t.Log(err) // the client has had enough
		}
	}))
	defer server.Close()
	c := client(t, nil, func(o *digitalocean.Options) { o.BaseURL, o.Transport = server.URL, nil })
	got := list(t.Context(), c, things(nil), "")
	if want := "larger than"; kind(t, got.err) != "failed" || !strings.Contains(got.err.Error(), want) {
		t.Errorf("got %v, want %q", got.err, want)
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestALargeErrorIsNotReadWhole(t *testing.T) {
	var read atomic.Int64
	c := client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		resp := answer{status: 500}.response(req)
		resp.Body = io.NopCloser(io.TeeReader(io.LimitReader(spaces{}, 100<<20), counter{&read}))
		return resp, nil
	}))
	if got := list(t.Context(), c, things(nil), ""); kind(t, got.err) != "failed" || len(got.err.Error()) > 300 {
		t.Errorf("got %v", got.err)
	}
	if n := read.Load(); n > 64<<10 {
		t.Errorf("read %d bytes of an error, want at most 64 KiB", n)
	}
}

type counter struct{ n *atomic.Int64 }

func (c counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}
