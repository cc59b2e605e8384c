package alert

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func finding(n int, severity string) *Alert {
	return &Alert{
		ID: fmt.Sprint("a/firewalls/", n, "/opens"), Key: fmt.Sprint("opens/firewalls/", n), Status: Firing,
		Rule: "opens-" + severity, Severity: severity, Title: "It opens", Account: "a", Resource: "firewalls",
		Record: fmt.Sprint(n), What: "tcp 22", Before: time.UnixMilli(2000).UTC(), After: time.UnixMilli(1000).UTC(),
	}
}

// What an endpoint refuses for good is set aside, and nothing behind it waits.
func TestWhatIsRefusedForGoodIsSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer, tries, aside := error(&RefusedError{Code: 404, Status: "404"}), 0, []string{}
		d := &Delivery{
			Output: "o", Logger: slog.New(slog.DiscardHandler), Metrics: NewMetrics(nil),
			Send: func(context.Context, *Alert) error {
				tries++
				return answer
			},
			Refused: func(_ context.Context, a *Alert, _ error) error {
				aside = append(aside, a.ID)
				return nil
			},
		}
		soon, stop := context.WithTimeout(t.Context(), 24*time.Hour) // it would try for ever
		defer stop()
		if err := d.Deliver(soon, finding(1, "critical")); err != nil || tries != refusals || len(aside) != 1 {
			t.Errorf("%v after %d tries, set aside %v", err, tries, aside)
		}
		for _, code := range []int{408, 425, 429, 500, 302} {
			answer = &RefusedError{Code: code}
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			if err := d.Deliver(ctx, finding(code, "critical")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%d: %v, want it tried on", code, err)
			}
			cancel()
		}
		answer = &RefusedError{Code: 429, RetryAfter: 10 * time.Minute}
		tries = 0
		ctx, cancel := context.WithTimeout(t.Context(), 59*time.Minute)
		defer cancel()
		_ = d.Deliver(ctx, finding(2, "critical"))
		if tries != 6 {
			t.Errorf("%d tries in 59 minutes, of an endpoint that asks for 10 between two", tries)
		}
	})
}

// sent returns the request that an output makes of an alert.
func sent(t *testing.T, o Output, a *Alert) (path string, header http.Header, body string) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		path, header, body = r.URL.String(), r.Header, string(b)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer srv.Close()
	o.Name, o.URL = "out", srv.URL+"/hook"
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	send, err := o.Sender(func(string) string { return "not-a-real-key" }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return path, header, body
}

func TestPresetsSpeakTheirLanguages(t *testing.T) {
	ended := finding(7, "critical")
	ended.Status = Resolved
	for _, tt := range []struct {
		output Output
		alert  *Alert
		path   string
		want   []string // in the body
	}{
		{Output{Type: "teams"}, finding(7, "critical"), "/hook", []string{`"type":"AdaptiveCard"`, `"text":"[critical] It opens: firewalls 7 of a`}},
		{Output{Type: "discord"}, finding(7, "critical"), "/hook", []string{`"content":"[critical] It opens`, `"parse":[]`}},
		{Output{Type: "telegram", Chat: "42"}, finding(7, "critical"), "/hook", []string{`"chat_id":"42"`, `"text":"[critical] It opens`}},
		{Output{Type: "pagerduty", KeyEnv: "FAKE_KEY"}, finding(7, "critical"), "/hook", []string{`"event_action":"trigger"`, `"routing_key":"not-a-real-key"`, `"dedup_key":"a/opens/firewalls/7"`, `"severity":"critical"`}},
		{Output{Type: "pagerduty", KeyEnv: "FAKE_KEY"}, ended, "/hook", []string{`"event_action":"resolve"`, `"dedup_key":"a/opens/firewalls/7"`}},
		{Output{Type: "opsgenie", KeyEnv: "FAKE_KEY"}, finding(7, "critical"), "/hook", []string{`"alias":"a/opens/firewalls/7"`, `"priority":"P1"`}},
		{Output{Type: "opsgenie", KeyEnv: "FAKE_KEY"}, ended, "/hook/a%2Fopens%2Ffirewalls%2F7/close?identifierType=alias", []string{`"source":"seachange"`}},
		{Output{Type: "alertmanager"}, ended, "/hook/api/v2/alerts", []string{`"endsAt":"1970-01-01T00:00:02Z"`}},
		{Output{Type: "slack"}, ended, "/hook", []string{`[resolved] It opens`}},
		{Output{Type: "webhook"}, ended, "/hook", []string{`"key":"opens/firewalls/7"`, `"status":"resolved"`}},
	} {
		path, header, body := sent(t, tt.output, tt.alert)
		if path != tt.path || !json.Valid([]byte(body)) {
			t.Errorf("%s: asks %s for %s", tt.output.Type, path, body)
		}
		for _, want := range tt.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in %s", tt.output.Type, want, body)
			}
		}
		if key := header.Get("Authorization"); (key == "GenieKey not-a-real-key") != (tt.output.Type == "opsgenie") {
			t.Errorf("%s: Authorization %q", tt.output.Type, key)
		}
	}
}

// A receiver that knows the key knows who sent the body, and when.
func TestAWebhookIsSigned(t *testing.T) {
	_, header, body := sent(t, Output{
		Type: "webhook", KeyEnv: "FAKE_KEY",
		Headers: map[string]string{"X-Team": "security"},
	}, finding(7, "critical"))
	at, sum, ok := strings.Cut(strings.TrimPrefix(header.Get("X-Seachange-Signature"), "t="), ",v1=")
	h := hmac.New(sha256.New, []byte("not-a-real-key"))
	h.Write([]byte(at + "." + body))
	if !ok || hex.EncodeToString(h.Sum(nil)) != sum || header.Get("X-Team") != "security" {
		t.Errorf("signature %q, X-Team %q", header.Get("X-Seachange-Signature"), header.Get("X-Team"))
	}
	if _, header, _ = sent(t, Output{Type: "webhook"}, finding(7, "critical")); header.Get("X-Seachange-Signature") != "" {
		t.Error("signed without a key")
	}
}

func TestNoHeartbeatWhileAnOutputIsStuck(t *testing.T) {
	now := time.UnixMilli(10 * stuck.Milliseconds())
	w := &Watch{watchers: []*watcher{{delivery: &Delivery{}}, {delivery: &Delivery{}}}}
	w.watchers[0].alive.Store(now.UnixMilli())
	if w.Ready(now) == nil {
		t.Error("one that never told anything is well")
	}
	w.watchers[1].alive.Store(now.UnixMilli())
	if w.Ready(now) == nil {
		t.Error("one that can't read the topics is well")
	}
	w.reach.Store(now.UnixMilli())
	if w.Ready(now) != nil || w.Ready(now.Add(stuck+time.Second)) == nil {
		t.Error("want it well now, and not once both are stuck")
	}
}
