package alert

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
)

func TestAWatcherTellsOfRolloutsOnlyIfAsked(t *testing.T) {
	rules, err := Parse(strings.NewReader("rules: [{name: x, when: true}]"), nil)
	if err != nil {
		t.Fatal(err)
	}
	row := &schema.Row{AccountID: "a", ID: "1"}
	ev := &schema.Event{Op: schema.Updated, Before: row, After: row, Changes: new("[]")}
	ev.Source = schema.Source{Connector: schema.Connector, DB: "a", Table: "droplets", Cause: new(schema.CauseRollout)}
	for _, asked := range []bool{false, true} {
		sent := 0
		w := watcherOf(rules, func(context.Context, *Alert) error {
			sent++
			return nil
		})
		w.rollouts.Show = asked
		told, err := w.take(real(ev))
		if _, _, err := w.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err != nil || told != asked || (sent == 1) != asked || (w.rollouts.LeftOut == 1) == asked {
			t.Errorf("asked %v: told %v, %d sent, %d left out, %v", asked, told, sent, w.rollouts.LeftOut, err)
		}
	}
}

func all(string) bool { return true }

// The action is no actor: it stands beside what changed, and says so.
func TestAnActionThatOverlapsAChangeIsAHint(t *testing.T) {
	rules, err := Parse(strings.NewReader("rules: [{name: x, resource: droplets, when: true}]"), all)
	if err != nil {
		t.Fatal(err)
	}
	var told []*Alert
	w := watcherOf(rules, func(_ context.Context, a *Alert) error {
		told = append(told, a)
		return nil
	})
	w.topics = w.needed()
	if !slices.Contains(w.read(), "digitalocean.actions") {
		t.Error("the actions are not read")
	}
	event := func(resource, id, body string) *schema.Event {
		ev := &schema.Event{Op: schema.Created, After: &schema.Row{AccountID: "a", ID: id, Body: &body}}
		ev.Source = schema.Source{
			Connector: schema.Connector, DB: "a", Table: resource, LSN: int64(id[0]), TsMS: 1_700_000_010_000,
			PrevTsMS: new(int64(1_700_000_000_000)),
		}
		return ev
	}
	for _, ev := range []*schema.Event{event("droplets", "7", "{}"), event("droplets", "8", "{}"), event("actions", "1",
		`{"type":"password_reset","resource_type":"droplet","resource_id":7,"started_at":"2023-11-14T22:13:27Z"}`)} {
		if _, err := w.take(real(ev)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "\n    hint, not proof: action password_reset of droplets 7, 3s before the change was seen"
	if len(told) != 2 || !strings.HasSuffix(told[0].Text(), want) || len(told[1].Hints) > 0 || told[0].Actor != "" {
		t.Errorf("told %+v", told)
	}
	if d := digestOf(told); len(d.Hints) > 0 {
		t.Errorf("the hint of one is the digest's: %v", d.Hints)
	}
}

// An alert that waits for what went with the record is lost with the process, unless the events come again.
func TestADeleteThatWaitsIsNotDoneWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rules, err := Parse(strings.NewReader("rules: [{name: x, when: 'op == \"d\"'}]"), nil)
		if err != nil {
			t.Fatal(err)
		}
		sent := 0
		w := watcherOf(rules, func(context.Context, *Alert) error {
			sent++
			return nil
		})
		ev := &schema.Event{Op: schema.Deleted, Before: &schema.Row{AccountID: "a", ID: "example.com"}}
		ev.Source = schema.Source{Connector: schema.Connector, DB: "a", Table: "domains"}
		if _, err := w.take(real(ev)); err != nil {
			t.Fatal(err)
		}
		if done, told, err := w.flush(t.Context()); done || told || err != nil {
			t.Errorf("at once: done %v, told %v, %v", done, told, err)
		}
		time.Sleep(familyQuiet)
		if done, told, err := w.flush(t.Context()); !done || !told || sent != 1 || err != nil {
			t.Errorf("later: done %v, told %v, %d sent, %v", done, told, sent, err)
		}
	})
}

// watcherOf is a watcher of rules that nothing reaches but what it is given.
func watcherOf(rules *Rules, send Sender) *watcher {
	m := NewMetrics(nil)
	return &watcher{
		prefix: "digitalocean", judge: rules.NewJudge("terminal"), log: discard, metrics: m,
		told: map[string]time.Time{}, chain: chain{}, silences: &Silences{}, muted: map[string]*Alert{},
		actions: &hint.Actions{}, notes: &hint.Notes{},
		rollouts: history.Rollouts{Logger: discard}, bad: history.BadInput{Skip: true, Logger: discard},
		pacer: pacer{}, outbox: newOutbox(false), delivery: &Delivery{Logger: discard, Metrics: m, Send: send},
	}
}
