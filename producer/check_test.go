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
		h.firewalls(3)
		h.sweeps(2)
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
		if err := refused(whole); err != nil {
			t.Errorf("whole: %v", err)
		}
	}, "firewalls")
}

func isEvent(r producer.Record) bool { return r.Topic == "digitalocean.firewalls" }

func isAccount(r producer.Record) bool {
	k, err := state.ParseKey(r.Key)
	return strings.HasSuffix(r.Topic, "-meta.state") && err == nil && k.Kind == state.KindAccount
}
