package console_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/seachange/seachange/cmd/seachange/console"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/schema"
)

// A topic whose beginning is gone is named on every page.
func TestEveryPageNamesATopicThatIsCut(t *testing.T) {
	s := newSite(t)
	s.put(
		s.event(schema.Created, "firewalls", "gone", "gone", "", closed),
		s.event(schema.Created, "firewalls", "fw-1", "web", "", closed),
	)
	cl, err := s.client.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	var cut kadm.Offsets
	cut.AddOffset("digitalocean.firewalls", 0, 1, -1)
	if _, err := kadm.NewClient(cl).DeleteRecords(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	s.put(s.event(schema.Updated, "firewalls", "fw-1", "web", closed, opened))
	for _, path := range []string{
		"/", "/changes", fmt.Sprintf("/changes/%s/3", acme), record("firewalls", "fw-1"), "/then",
		"/then?with=now&at=1999-01-01", "/alerts", "/search?q=web", "/nothing",
	} {
		const want = "The retention of topic digitalocean.firewalls has deleted what was before offset 1"
		if page := s.get(path).Body.String(); !strings.Contains(page, want) {
			t.Errorf("%s does not say that the topic is cut:\n%s", path, page)
		}
	}
	if page := s.get(record("firewalls", "gone")); page.Code != http.StatusNotFound {
		t.Errorf("what retention has deleted is still shown: %d", page.Code)
	}
}

// A page that is open while the broker goes away says so, and goes on when it is back.
func TestAnOpenPageGoesOnWhenTheBrokerIsBack(t *testing.T) {
	o := embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}
	b, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { b.Close() }()
	o.Listen = b.Addr()
	s := &site{T: t, client: client.Client{Brokers: []string{b.Addr()}}, now: 1_780_000_000_000, account: "acme"}
	s.index, err = index.Open(t.Context(), index.Options{Client: s.client, Prefix: "digitalocean", Logger: o.Logger})
	if err != nil {
		t.Fatal(err)
	}
	defer s.index.Close()
	s.put(s.event(schema.Created, "firewalls", "fw-1", "web", "", closed))
	c := console.New(t.Context(), console.Options{Index: s.index, Prefix: "digitalocean", Logger: o.Logger})
	ctx, cancel := context.WithCancel(t.Context())
	followed := make(chan error, 2)
	go func() { c.Run(ctx); followed <- nil }()
	go func() { followed <- s.index.Follow(ctx) }()
	defer func() {
		cancel()
		if err := errors.Join(<-followed, <-followed); err != nil {
			t.Error(err)
		}
	}()
	srv := httptest.NewServer(c)
	defer srv.Close()
	defer cancel() // first: the server waits for open streams
	lines := listen(ctx, t, srv.URL)
	heard(t, lines, `"ready":true`)
	b.Close()
	heard(t, lines, `"fault":"[^"]`)
	if b, err = embedded.Start(o); err != nil {
		t.Fatal(err)
	}
	heard(t, lines, `"fault":""`)
	w, err := s.client.OpenWriter(ctx, "digitalocean.firewalls")
	if err != nil {
		t.Fatal(err)
	}
	r := s.event(schema.Updated, "firewalls", "fw-1", "web", closed, opened)
	if err := errors.Join(w.Write(ctx, r), w.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	heard(t, lines, "inbound tcp 22")
}

// listen opens a page's stream of all changes.
func listen(ctx context.Context, t testing.TB, url string) *bufio.Scanner {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/live?changes=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return bufio.NewScanner(resp.Body)
}
