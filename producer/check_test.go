package producer_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
)

// A state that has lost what it once had would give numbers twice, and publish again what it had published.
func TestAStateThatLostItsNewestCheckpointIsRefused(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(4)
		h.sweeps(2)
		h.remove("firewalls", "3")
		h.sweeps(3)
		h.put("firewalls", "1", `{"id":"1","name":"renamed"}`)
		h.sweeps(1)
		h.restart()
		whole := h.log.batches
		last := len(whole) - 1
		for !slices.ContainsFunc(whole[last].Records, isEvent) {
			last--
		}
		refused := func(batches []producer.Batch) error {
			h.log.batches = batches
			r := start(h.t, h.log, h.options, watching("a", h.source, h.resources...))
			synctest.Wait()
			return r.stop()
		}
		var lost []producer.Batch
		for i, b := range whole {
			if i >= last { // as a copy, or a log that was cut, may lack its end: not all of each partition's
				b.Records = slices.DeleteFunc(slices.Clone(b.Records), isAccount)
			}
			lost = append(lost, b)
		}
		if err := refused(lost); err == nil || !strings.Contains(err.Error(), "newer entries of the state were lost") {
			t.Errorf("without its newest checkpoint: %v, want it refused", err)
		}
		if n := len(h.log.batches) - len(lost); n > 0 {
			t.Errorf("%d batches are committed on a state that is refused", n)
		}
		lost = slices.Clone(whole)
		for i := range lost { // as where the topic is not compacted alone: what stayed the same for long is gone
			lost[i].Records = slices.DeleteFunc(slices.Clone(lost[i].Records), isEntryOf("2"))
		}
		if err := refused(lost); err == nil || !strings.Contains(err.Error(), "it has 2 entries of firewalls, and the") {
			t.Errorf("without an old entry: %v, want it refused", err)
		}
		if err := refused(whole); err != nil {
			t.Errorf("whole: %v", err)
		}
	}, "firewalls")
}

// A log deletes nothing; but nobody follows its open entries any more once what it is below is gone.
func TestOpenEntriesGoWithWhatTheirLogIsBelow(t *testing.T) {
	play(t, func(h *harness) {
		entries := func() (n int) {
			held := map[string]bool{}
			for _, r := range h.log.state() {
				if k, err := state.ParseKey(r.Key); err == nil && k.Kind == state.KindRecord && k.Resource == "app_deployments" {
					held[string(r.Key)] = r.Value != nil
				}
			}
			for _, there := range held {
				if there {
					n++
				}
			}
			return n
		}
		h.put("apps", "a", `{"id":"a","spec":{"name":"web"}}`)
		h.put("app_deployments", "a/1", `{"id":"1","phase":"DEPLOYING"}`)
		h.sweeps(2)
		if n := entries(); n != 1 {
			t.Fatalf("%d entries of deployments in the state, want the open one", n)
		}
		h.remove("apps", "a")
		h.sweeps(4)
		h.wants("r apps a", "r app_deployments a/1", "d apps a")
		if n := entries(); n != 0 {
			t.Errorf("%d entries of deployments in the state, though their app is gone", n)
		}
	}, "apps", "app_deployments")
}

func isEvent(r producer.Record) bool { return r.Topic == "digitalocean.firewalls" }

func isEntryOf(id string) func(producer.Record) bool {
	return func(r producer.Record) bool {
		k, err := state.ParseKey(r.Key)
		return strings.HasSuffix(r.Topic, "-meta.state") && err == nil && k.Kind == state.KindRecord && k.ID == id
	}
}

func isAccount(r producer.Record) bool {
	k, err := state.ParseKey(r.Key)
	return strings.HasSuffix(r.Topic, "-meta.state") && err == nil && k.Kind == state.KindAccount
}
