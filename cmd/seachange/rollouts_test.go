package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// rolledOut writes the life of a cluster: it is seen, DigitalOcean adds a member to all clusters, and somebody renames
// it.
func rolledOut(t *testing.T) (variables map[string]string, events string) {
	t.Helper()
	broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	cl := client.Client{Brokers: []string{broker.Addr()}}
	row := func(body string) *schema.Row { return &schema.Row{AccountID: "team-1", ID: "k-1", Body: &body} }
	source := func(ms int64, cause *string) schema.Source {
		return schema.Source{
			Connector: schema.Connector, Name: "digitalocean", DB: "team-1", Schema: "digitalocean",
			Table: "kubernetes_clusters", TsMS: ms, PrevTsMS: new(ms - 500), LSN: ms, Cause: cause,
		}
	}
	const first, second, third = `{"id":"k-1","name":"a"}`, `{"id":"k-1","name":"a","ready":true}`, `{"id":"k-1","name":"b","ready":true}`
	all := []*schema.Event{
		{Op: schema.Read, TsMS: 1000, After: row(first), Source: source(1000, nil)},
		{
			Op: schema.Updated, TsMS: 2000, Before: row(first), After: row(second),
			Source:  source(2000, new(schema.CauseRollout)),
			Changes: new(`[{"op":"add","path":"/ready","value":true}]`),
		},
		{
			Op: schema.Updated, TsMS: 3000, Before: row(second), After: row(third), Source: source(3000, nil),
			Changes: new(`[{"op":"replace","path":"/name","value":"b","old":"a"}]`),
		},
	}
	all[0].Source.PrevTsMS = nil
	w, err := cl.OpenWriter(t.Context(), "digitalocean.kubernetes_clusters")
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, ev := range all {
		lines.Write(append(ev.Marshal(), '\n'))
		key := schema.Key{AccountID: "team-1", ID: "k-1"}.Bytes()
		if err := w.Write(t.Context(), client.Record{Key: key, Value: ev.Marshal()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	statuses, err := cl.OpenWriter(t.Context(), state.SweepsTopic("digitalocean"))
	if err != nil {
		t.Fatal(err)
	}
	if err := statuses.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"SEACHANGE_BROKERS": broker.Addr()}, lines.String()
}

func TestRolloutsAreLeftOutAndCountedUnlessAskedFor(t *testing.T) {
	t.Parallel()
	variables, events := rolledOut(t)
	dir := t.TempDir()
	file, rules := filepath.Join(dir, "events"), filepath.Join(dir, "rules.yaml")
	write(t, file, events)
	write(t, rules, "rules: [{name: any, when: 'op == \"u\"'}]\n")
	for _, tt := range []struct {
		args             string
		without, rollout string // a pattern for each
	}{
		{"tail kubernetes_clusters --since 1970-01-01 --no-follow", `name: a → b`, `DigitalOcean's change to most records; added: ready true`},
		{"history kubernetes_clusters k-1", `name: a → b`, `added: ready true`},
		{"diff 1970-01-01T00:00:01.2Z 1970-01-01T00:00:02.2Z", `^$`, `added: ready true`},
		{"diff 1970-01-01T00:00:01.2Z now", `name: a → b`, `added: ready true`},
		{"alert test " + rules + " --events " + file, `name: a → b`, `added: ready true`},
	} {
		out, log, err := call(t, variables, strings.Fields(tt.args)...)
		if err != nil || !regexp.MustCompile(tt.without).MatchString(out) || strings.Contains(out, "ready") {
			t.Errorf("%s: %v\n%s", tt.args, err, out)
		}
		if counted := strings.Contains(log, "left out") &&
			strings.Contains(log, "changes=1"); counted == strings.HasSuffix(tt.args, "now") {
			t.Errorf("%s: counted %v: %s", tt.args, counted, log)
		}
		out, log, err = call(t, variables, append(strings.Fields(tt.args), "--rollouts")...)
		if err != nil || !strings.Contains(out, tt.rollout) || strings.Contains(log, "left out") {
			t.Errorf("%s --rollouts: %v\n%s%s", tt.args, err, out, log)
		}
	}
}
