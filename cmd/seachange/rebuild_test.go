package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// newest returns what the state topic holds, by key, less what a rebuild begins anew.
func newest(t *testing.T, c client.Client, topic string) map[string]any {
	t.Helper()
	all, checkpoints := map[string]any{}, state.Checkpoints{}
	if err := c.Read(t.Context(), client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true},
		func(r client.Record) error {
			k, err := state.ParseKey(r.Key)
			switch {
			case err != nil || k.Kind == state.KindLooks: // the shard's own; told in the collections' checkpoints
			case r.Value == nil:
				delete(all, string(r.Key))
			default:
				all[string(r.Key)] = kept(t, r.Value)
			}
			return checkpoints.Take(r.Key, r.Value)
		}); err != nil {
		t.Fatal(err)
	}
	for account, a := range checkpoints.Accounts {
		for k, c := range a.Collections {
			all[string(state.CollectionKey(account, k))] = kept(t, state.Encode(c))
		}
	}
	return all
}

// toTheSecond is how exactly looks tell when a collection was clean; the status, which a rebuild goes by, has the
// millisecond.
var toTheSecond = cmp.FilterPath(func(p cmp.Path) bool {
	key, ok := p.Index(-2).(cmp.MapIndex)
	return ok && key.Key().String() == "clean_ms"
}, cmpopts.EquateApprox(0, 1000))

// kept is what a rebuild keeps of an entry.
func kept(t *testing.T, value []byte) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal(value, &v); err != nil {
		t.Fatal(err)
	}
	for _, begun := range []string{
		"seen_ms", "first_ms", "whole_ms", "topic_id", "learned", "gate", "sweep", "per_hour", "others", "config", "number",
	} {
		delete(v, begun)
	}
	return v
}

// deleteTopic waits until the topic is gone: a busy broker responds before.
func deleteTopic(t *testing.T, c client.Client, topic string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	if _, err := adm.DeleteTopic(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	eventually(t, "topic "+topic+" is gone", func() bool {
		found, err := adm.ListTopics(t.Context())
		return err == nil && !found.Has(topic)
	})
}

func broker(t *testing.T) client.Client {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return client.Client{Brokers: []string{b.Addr()}}
}

func TestALostStateIsRebuiltFromTheEvents(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	delete(variables, "SEACHANGE_DATA_DIR")
	if variables["SEACHANGE_BROKERS"] == "" {
		variables["SEACHANGE_BROKERS"] = broker(t).Brokers[0]
	}
	c := reach(t, variables)
	must(t, variables, "run", "--once")
	a.Put("firewalls", "fw-1", openFirewall)
	a.Put("firewalls", "fw-2", strings.Replace(firewall, "fw-1", "fw-2", 1))
	a.Delete("domain_records", "example.com/7")
	must(t, variables, "run", "--once")

	state := state.Topic(variables["SEACHANGE_TOPIC_PREFIX"])
	want := newest(t, c, state)
	if _, _, err := call(t, variables, "rebuild"); err == nil ||
		!strings.HasSuffix(err.Error(), "fills only what was lost") {
		t.Errorf("a state that is there: %v", err)
	}
	deleteTopic(t, c, state)
	if _, _, err := call(t, variables, "run", "--once"); err == nil ||
		!strings.Contains(err.Error(), "the state was lost") {
		t.Errorf("run without the state: %v", err)
	}
	matches(t, must(t, variables, "rebuild"), `^state rebuilt in topic \S+-meta.state: 1 accounts, 4 collections, 4 records$`)
	if diff := cmp.Diff(want, newest(t, c, state), toTheSecond); diff != "" {
		t.Error("state (-lost +rebuilt):\n", diff)
	}

	before := must(t, variables, "tail", "--since", "2020-01-01", "--no-follow", "--output", "json")
	must(t, variables, "run", "--once")
	if after := must(t, variables, "tail", "--since", "2020-01-01", "--no-follow", "--output", "json"); after != before {
		t.Errorf("an unchanged account has events after a rebuild:\n%s", strings.TrimPrefix(after, before))
	}
	a.Put("firewalls", "fw-1", firewall)
	must(t, variables, "run", "--once")
	matches(t, must(t, variables, "history", "firewalls", "fw-1", "--output", "json"), `"op":"r"`, `"op":"u"`, `"op":"u"`)
}

func TestRebuildNamesABrokenEventAndGoesOnBehindItIfAsked(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	delete(variables, "SEACHANGE_DATA_DIR")
	if variables["SEACHANGE_BROKERS"] == "" {
		variables["SEACHANGE_BROKERS"] = broker(t).Brokers[0]
	}
	c := reach(t, variables)
	must(t, variables, "run", "--once")
	deleteTopic(t, c, state.Topic(variables["SEACHANGE_TOPIC_PREFIX"]))
	w, err := c.OpenWriter(t.Context(), schema.TopicOf(variables["SEACHANGE_TOPIC_PREFIX"], "firewalls"))
	if err != nil {
		t.Fatal(err)
	}
	broken := `{"after":{"account_id":"team-1","id":"fw-1","body":"{\"id\":"},"op":"c","ts_ms":1,"source":{"connector":"digitalocean","db":"team-1","table":"firewalls","ts_ms":1,"lsn":1}}`
	if err := w.Write(t.Context(), client.Record{Value: []byte(broken)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, _, err = call(t, variables, "rebuild")
	if err == nil || !regexp.MustCompile(`topic \S+\.firewalls partition 0 offset \d+: event team-1/firewalls/1: body: .*--on-error skip`).MatchString(err.Error()) {
		t.Errorf("got %v, want the event's place and what to do", err)
	}
	out, log, err := call(t, variables, "rebuild", "--on-error", "skip")
	if err != nil || !strings.Contains(log, "records=1") {
		t.Errorf("skipped: %v\n%s", err, log)
	}
	matches(t, out, `1 accounts, 4 collections, 4 records$`)
	entries := newest(t, c, state.Topic(variables["SEACHANGE_TOPIC_PREFIX"]))
	if entry, ok := entries["record/team-1/firewalls/fw-1"].(map[string]any); !ok || entry["lsn"] == 1.0 {
		t.Errorf("the record is %v, want it as it was before the broken event", entry)
	}
}

func TestADataDirMovesToAKafka(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	if variables["SEACHANGE_DATA_DIR"] == "" {
		variables["SEACHANGE_DATA_DIR"], variables["SEACHANGE_EMBEDDED_LISTEN"] = filepath.Join(t.TempDir(), "data"),
			"127.0.0.1:0"
	}
	there := variables["SEACHANGE_BROKERS"]
	if there == "" {
		there = broker(t).Brokers[0]
	}
	variables["SEACHANGE_BROKERS"] = ""
	must(t, variables, "run", "--once")
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	past := must(t, variables, "tail", "--since", "2020-01-01", "--no-follow", "--output", "json")
	dir := variables["SEACHANGE_DATA_DIR"]

	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_DATA_DIR"] = there, ""
	matches(t, must(t, variables, "rebuild", "--from", dir), `^copied \d+ records of 8 topics from`, `^state rebuilt in topic`)
	if _, _, err := call(t, variables, "rebuild", "--from", dir); err == nil ||
		!strings.Contains(err.Error(), "fills only what was lost") {
		t.Errorf("a second time: %v", err)
	}
	must(t, variables, "run", "--once")
	if got := must(t, variables, "tail", "--since", "2020-01-01", "--no-follow", "--output", "json"); got != past {
		t.Errorf("the history is another after the move:\n%s", cmp.Diff(past, got))
	}
	a.Put("firewalls", "fw-1", firewall)
	must(t, variables, "run", "--once")
	matches(t, must(t, variables, "history", "firewalls", "fw-1"), `observed`, `updated .*added: inbound tcp 22`, `updated .*removed: inbound tcp 22`)
}
