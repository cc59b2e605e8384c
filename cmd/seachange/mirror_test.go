package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

// mirror writes what is committed in the topics of a cluster to another one, as MirrorMaker does: topics of the same
// names with other ids, and of firewalls not the last records, which it had not read yet.
func mirror(t *testing.T, from, to client.Client, behind int, topics ...string) {
	t.Helper()
	for _, topic := range topics {
		var all []client.Record
		o := client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true}
		if err := from.Read(t.Context(), o, func(r client.Record) error { all = append(all, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(topic, ".firewalls") {
			all = all[:len(all)-behind]
		}
		w, err := to.OpenWriter(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if err := w.Write(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// A cluster that is lost goes on from its mirror, which has another id and topics of its own: the state is made anew,
// as a mirror of it may be of another moment than the events, and nothing that is mirrored is published again.
func TestAMirrorGoesOn(t *testing.T) {
	t.Parallel()
	for name, behind := range map[string]int{"whole": 0, "that is behind": 1} {
		t.Run(name, func(t *testing.T) {
			a, variables := simulated(t)
			delete(variables, "SEACHANGE_DATA_DIR")
			lost, left := broker(t), broker(t)
			variables["SEACHANGE_BROKERS"] = lost.Brokers[0]
			must(t, variables, "run", "--once")
			a.Put("firewalls", "fw-1", openFirewall)
			must(t, variables, "run", "--once")
			everything := []string{"tail", "--since", "2020-01-01", "--no-follow", "--output", "json"}
			past := must(t, variables, everything...)
			prefix := variables["SEACHANGE_TOPIC_PREFIX"]
			mirror(t, lost, left, behind, prefix+".account", prefix+".firewalls", prefix+".domains", prefix+".domain_records",
				state.SweepsTopic(prefix), state.LooksTopic(prefix), state.StatusTopic(prefix), state.SchemaChangesTopic(prefix))

			variables["SEACHANGE_BROKERS"] = left.Brokers[0]
			_, _, err := call(t, variables, "run", "--once")
			if err == nil || !strings.Contains(err.Error(), "seachange rebuild") {
				t.Errorf("without its state: %v, want it refused", err)
			}
			matches(t, must(t, variables, "rebuild"), `^state rebuilt in topic`)
			must(t, variables, "run", "--once")
			if got := must(t, variables, everything...); behind == 0 && got != past {
				t.Errorf("the history is another on the mirror:\n%s", cmp.Diff(past, got))
			}
			matches(t, must(t, variables, "history", "firewalls", "fw-1"), `observed`, `updated .*added: inbound tcp 22`)
			a.Put("firewalls", "fw-1", firewall)
			must(t, variables, "run", "--once")
			matches(t, must(t, variables, "history", "firewalls", "fw-1"), `observed`, `updated .*added: inbound tcp 22`,
				`updated .*removed: inbound tcp 22`)
		})
	}
}

// A state that was mirrored, too, is not taken: rebuild refuses it, and names the topic.
func TestAMirroredStateIsRefused(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	delete(variables, "SEACHANGE_DATA_DIR")
	lost, left := broker(t), broker(t)
	variables["SEACHANGE_BROKERS"] = lost.Brokers[0]
	must(t, variables, "run", "--once")
	prefix := variables["SEACHANGE_TOPIC_PREFIX"]
	mirror(t, lost, left, 0, prefix+".firewalls", state.Topic(prefix))
	variables["SEACHANGE_BROKERS"] = left.Brokers[0]
	if _, _, err := call(t, variables, "rebuild"); err == nil || !strings.Contains(err.Error(), state.Topic(prefix)) {
		t.Errorf("a mirrored state: %v, want it refused", err)
	}
}
