package history

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

// changed is an update of the record "x" with its changes.
func changed(after, before int64, body, changes string, cause *string) *schema.Event {
	ev := happened(schema.Updated, after, before, body)
	ev.Changes, ev.Source.Cause = &changes, cause
	return ev
}

func TestDifferencesLeaveOutWhatWasRolledOut(t *testing.T) {
	const (
		first = `{"id":1,"name":"a"}`
		ready = `{"id":1,"name":"a","ready":true}`
		both  = `{"id":1,"name":"b","ready":true}`
		back  = `{"id":1,"name":"a","ready":false}`
	)
	seen := happened(schema.Read, 0, 1000, first)
	rollout := changed(2000, 3000, ready, `[{"op":"add","path":"/ready","value":true}]`, new(schema.CauseRollout))
	own := changed(3000, 4000, both, `[{"op":"replace","path":"/name","value":"b","old":"a"}]`, nil)
	same := changed(3000, 4000, back, `[{"op":"replace","path":"/ready","value":false,"old":true}]`, nil)
	for _, tt := range []struct {
		name     string
		from     int64
		events   []*schema.Event
		rollouts bool
		want     string
		leftOut  int
	}{
		{"nothing else", 1500, []*schema.Event{seen, rollout}, false, "", 1},
		{
			"nothing else, but asked for", 1500,
			[]*schema.Event{seen, rollout},
			true,
			"updated  a droplets x: added: ready true", 0,
		},
		{"something else", 1500, []*schema.Event{seen, rollout, own}, false, "updated  a droplets x: name: a → b", 0},
		{
			"both, asked for", 1500,
			[]*schema.Event{seen, rollout, own},
			true,
			"updated  a droplets x: name: a → b; added: ready true", 0,
		},
		{
			"before the first moment", 3000,
			[]*schema.Event{seen, rollout, same},
			false,
			"updated  a droplets x: ready: true → false", 0,
		},
		{
			"changed by the account later", 1500,
			[]*schema.Event{seen, rollout, same},
			false,
			"updated  a droplets x: added: ready false", 0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, to := newMoment(tt.from), newMoment(5000)
			for _, ev := range tt.events {
				ev.Source.Table = "droplets"
				from.Take(ev)
				to.Take(ev)
			}
			l := Looks{{AccountID: "a", Resource: "droplets"}: 5000}
			from.Until(l)
			to.Until(l)
			c, got := Comparison{Rollouts: tt.rollouts}, ""
			for d, err := range c.Differences(from, to) {
				if err != nil {
					t.Fatal(err)
				}
				got += d.Text()
			}
			if d := cmp.Diff(tt.want, got); d != "" || c.LeftOut != tt.leftOut {
				t.Errorf("%d left out, want %d (-want +got):\n%s", c.LeftOut, tt.leftOut, d)
			}
		})
	}
}
