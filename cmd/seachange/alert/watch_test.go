package alert

import (
	"context"
	"log/slog"
	"strings"
	"testing"

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
		log := slog.New(slog.DiscardHandler)
		w := &watcher{
			prefix: "digitalocean", judge: rules.NewJudge("terminal"),
			rollouts: history.Rollouts{Show: asked, Logger: log}, log: log, chain: chain{},
			delivery: &Delivery{Logger: log, Send: func(context.Context, *Alert) error {
				sent++
				return nil
			}},
		}
		told, err := w.take(real(ev))
		if _, err := w.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err != nil || told != asked || (sent == 1) != asked || (w.rollouts.LeftOut == 1) == asked {
			t.Errorf("asked %v: told %v, %d sent, %d left out, %v", asked, told, sent, w.rollouts.LeftOut, err)
		}
	}
}
