package alert

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

func TestAWatcherTellsOfRolloutsOnlyIfAsked(t *testing.T) {
	rules, err := Parse(strings.NewReader("rules: [{name: x, when: true}]"), nil)
	if err != nil {
		t.Fatal(err)
	}
	ev := &schema.Event{Op: schema.Updated, Before: &schema.Row{ID: "1"}, After: &schema.Row{ID: "1"}, Changes: new("[]")}
	ev.Source = schema.Source{Connector: schema.Connector, DB: "a", Table: "droplets", Cause: new(schema.CauseRollout)}
	for _, asked := range []bool{false, true} {
		sent := 0
		log := slog.New(slog.DiscardHandler)
		w := &watcher{
			prefix: "digitalocean", judge: rules.NewJudge("terminal"),
			rollouts: history.Rollouts{Show: asked, Logger: log}, log: log,
			delivery: &Delivery{Logger: log, Send: func(context.Context, *Alert) error {
				sent++
				return nil
			}},
		}
		told, err := w.take(client.Record{Topic: "digitalocean.droplets", Value: ev.Marshal()})
		if _, err := w.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err != nil || told != asked || (sent == 1) != asked || (w.rollouts.LeftOut == 1) == asked {
			t.Errorf("asked %v: told %v, %d sent, %d left out, %v", asked, told, sent, w.rollouts.LeftOut, err)
		}
	}
}
