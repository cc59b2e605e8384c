package digitalocean

import (
	"context"
	"net/http"
	"net/url"
	"testing"
)

// nobody fails the test if a request comes through.
type nobody struct{ t *testing.T }

func (n nobody) RoundTrip(req *http.Request) (*http.Response, error) {
	n.t.Errorf("sent to %s with %q", req.URL, req.Header.Get("Authorization"))
	return nil, http.ErrHandlerTimeout
}

// TestGuardRefuses shows the guard alone: above it no redirect is followed and no link is taken as it is, so that a
// mistake there alone would show nowhere else.
func TestGuardRefuses(t *testing.T) {
	g := &guard{base: &url.URL{Scheme: "https", Host: "api.digitalocean.com"}, next: nobody{t}}
	own := withExchange(t.Context(), &exchange{token: "fake"})
	for to, ctx := range map[string]context.Context{
		"https://evil.example.com/v2/droplets":          own,
		"http://api.digitalocean.com/v2/droplets":       own,
		"https://api.digitalocean.com:8443/v2/droplets": own,
		"https://api.digitalocean.com/v2/droplets":      t.Context(), // not one of ours
	} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := g.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s: no error", to)
		}
	}
}
