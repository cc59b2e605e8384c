package alert_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seachange/seachange/cmd/seachange/alert"
)

func sample() *alert.Alert {
	return &alert.Alert{
		ID: "a/firewalls/7/opens", Rule: "opens", Severity: "critical", Title: "A firewall lets everyone in",
		Advice: "Close it.", Account: "a", Resource: "firewalls", Record: "ü 1", Name: "<web>", What: "added: tcp 22",
		After: time.UnixMilli(1000).UTC(), Before: time.UnixMilli(2000).UTC(),
	}
}

// endpoint returns the output that a file's text describes, sending to a server that keeps what it gets.
func endpoint(t *testing.T, kind, mode string) (send alert.Sender, got func() (http.Header, string, string)) {
	t.Helper()
	var header http.Header
	var path, body string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		header, path, body = r.Header, r.URL.Path, string(b)
	}))
	t.Cleanup(srv.Close)
	rules := parse(t, "outputs:\n  - {name: out, type: "+kind+", url_env: FAKE_URL, mode: "+mode+
		"}\nrules: [{name: x, when: true}]")
	send, err := rules.Outputs[0].Sender(func(string) string { return srv.URL + "/secret-path" }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return send, func() (http.Header, string, string) { return header, path, body }
}

func TestOutputsSpeakTheirFormats(t *testing.T) {
	const text = `[critical] A firewall lets everyone in: firewalls <web> (ü 1) of a: added: tcp 22` + "\n" +
		`    Between 1970-01-01T00:00:01Z and 1970-01-01T00:00:02Z. Close it.`
	for _, tt := range []struct {
		kind, mode, path, contentType string
		header                        map[string]string
		want                          map[string]any // members of the body, or of the first of a list
	}{
		{
			kind: "slack", path: "/secret-path", contentType: "application/json",
			want: map[string]any{"text": strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(text)},
		},
		{kind: "alertmanager", path: "/secret-path/api/v2/alerts", contentType: "application/json", want: map[string]any{
			"labels": map[string]any{
				"alertname": "opens", "severity": "critical", "account": "a",
				"resource": "firewalls", "id": "ü 1",
			}, "startsAt": "1970-01-01T00:00:02Z",
		}},
		{kind: "cloudevents", path: "/secret-path", contentType: "application/cloudevents+json", want: map[string]any{
			"specversion": "1.0", "id": "a/firewalls/7/opens", "type": "seachange.alert.v1", "source": "/seachange/a/firewalls",
			"subject": "ü 1", "time": "1970-01-01T00:00:02Z", "datacontenttype": "application/json",
		}},
		{
			kind: "cloudevents", mode: "binary", path: "/secret-path", contentType: "application/json",
			header: map[string]string{"ce-id": "a/firewalls/7/opens", "ce-specversion": "1.0", "ce-subject": "%C3%BC%201"},
			want:   map[string]any{"rule": "opens", "what": "added: tcp 22"},
		},
	} {
		t.Run(tt.kind+tt.mode, func(t *testing.T) {
			send, got := endpoint(t, tt.kind, tt.mode)
			if err := send(t.Context(), sample()); err != nil {
				t.Fatal(err)
			}
			header, path, body := got()
			if path != tt.path || header.Get("Content-Type") != tt.contentType {
				t.Errorf("%s %s, want %s %s", path, header.Get("Content-Type"), tt.path, tt.contentType)
			}
			for k, want := range tt.header {
				if header.Get(k) != want {
					t.Errorf("%s: %q, want %q", k, header.Get(k), want)
				}
			}
			var all any
			if err := json.Unmarshal([]byte(body), &all); err != nil {
				t.Fatal(err)
			}
			if l, ok := all.([]any); ok {
				all = l[0]
			}
			for k, want := range tt.want {
				if diff := cmp.Diff(want, all.(map[string]any)[k]); diff != "" {
					t.Errorf("%s -want +got:\n%s", k, diff)
				}
			}
		})
	}
}

func TestACommandGetsTheAlertOnItsInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "got")
	o := alert.Output{Name: "c", Type: "command", Command: []string{"sh", "-c", "cat > " + file}}
	send, err := o.Sender(os.Getenv, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	var got alert.Alert
	b, _ := os.ReadFile(file)
	if err := json.Unmarshal(b, &got); err != nil ||
		cmp.Diff(*sample(), got, cmpopts.IgnoreUnexported(alert.Alert{})) != "" {
		t.Errorf("%v: %s", err, b)
	}
	o.Command = []string{"sh", "-c", "echo no pager >&2; exit 3"}
	stderr, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	defer func(old *os.File) { os.Stderr = old }(os.Stderr)
	os.Stderr = stderr
	if send, _ = o.Sender(os.Getenv, io.Discard); send(t.Context(), sample()) == nil {
		t.Error("a command that fails has the alert")
	}
	if b, _ := os.ReadFile(file); string(b) != "no pager\n" {
		t.Errorf("what the command says is hidden: %q", b)
	}
}

func TestWhatDidNotArriveIsAnErrorThatShowsNoAddress(t *testing.T) {
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	moved := httptest.NewServer(http.RedirectHandler(dead.URL, http.StatusFound))
	defer moved.Close()
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }))
	defer failing.Close()
	for _, url := range []string{dead.URL, moved.URL, failing.URL} {
		o := alert.Output{Name: "s", Type: "slack", URL: url + "/not-a-real-secret"}
		send, err := o.Sender(os.Getenv, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := send(t.Context(), sample()); err == nil || strings.Contains(err.Error(), "not-a-real-secret") {
			t.Errorf("%s: got %v", url, err)
		}
	}
	for _, url := range []string{"", "not-a-real-secret", "ftp://not-a-real-secret"} {
		o := alert.Output{Name: "s", Type: "slack", URLEnv: "FAKE_URL"}
		if _, err := o.Sender(func(string) string { return url }, io.Discard); err == nil ||
			strings.Contains(err.Error(), "not-a-real-secret") || !strings.Contains(err.Error(), "$FAKE_URL") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

func TestADeliveryIsTriedUntilItArrivesAndMadeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries, arrived := 0, 0
		d := &alert.Delivery{
			Output: "o", Logger: slog.New(slog.DiscardHandler), Metrics: alert.NewMetrics(nil),
			Send: func(context.Context, *alert.Alert) error {
				if tries++; tries < 50 {
					return errors.New("dead")
				}
				arrived++
				return nil
			},
		}
		began := time.Now()
		for range 2 {
			if err := d.Deliver(t.Context(), sample()); err != nil {
				t.Fatal(err)
			}
		}
		if arrived != 1 || time.Since(began) < 10*time.Minute {
			t.Errorf("arrived %d times after %d tries in %s, want once, with pauses that grow", arrived, tries,
				time.Since(began))
		}
		other := sample()
		other.ID = "another"
		if err := d.Deliver(t.Context(), other); err != nil || arrived != 2 {
			t.Errorf("another alert: %v, %d arrived", err, arrived)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		d.Send = func(context.Context, *alert.Alert) error { return errors.New("dead") }
		other.ID = "third"
		if err := d.Deliver(ctx, other); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the end of ctx: %v", err)
		}
	})
}
