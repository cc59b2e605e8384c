package producer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/state"
)

func TestAnEmptyCollectionsFirstRecordIsCreated(t *testing.T) {
	play(t, func(h *harness) {
		h.sweeps(1)
		h.restart() // a restart right after the first sight of nothing
		h.firewalls(1)
		time.Sleep(time.Second)
		h.sweeps(1)
		h.wants("c firewalls 0")
	}, "firewalls")
}

func TestATopicMadeAnewGetsEverythingAgain(t *testing.T) {
	play(t, func(h *harness) {
		h.log.topicIDs["digitalocean.firewalls"] = "one"
		h.firewalls(3)
		h.sweeps(1)
		h.said()
		h.log.topicIDs["digitalocean.firewalls"] = "two"
		h.restart()
		h.sweeps(3)
		h.wants("r firewalls 0", "r firewalls 1", "r firewalls 2")
		for _, e := range parse(t, h.log.events()[3:]) {
			if e.Source.Snapshot != "incremental" {
				t.Errorf("snapshot %q, want incremental", e.Source.Snapshot)
			}
		}
	}, "firewalls")
}

// Also what a listing showed that was never read whole.
func TestATopicMadeAnewInTheMiddleOfASnapshotGetsEverything(t *testing.T) {
	for _, restart := range []bool{false, true} {
		play(t, func(h *harness) {
			h.log.topicIDs["digitalocean.firewalls"] = "one"
			h.firewalls(5)
			h.cut["firewalls"] = 1
			h.sweeps(1)
			h.wants("r firewalls 0", "r firewalls 1", "r firewalls 2")
			h.log.topicIDs["digitalocean.firewalls"] = "two"
			if restart {
				h.restart()
			}
			clear(h.cut)
			h.sweeps(3)
			h.wants("r firewalls 0", "r firewalls 1", "r firewalls 2", "r firewalls 3", "r firewalls 4")
			for _, r := range h.log.topic(func(name string) bool { return strings.HasSuffix(name, "-meta.sweeps") }) {
				if s := string(r.Value); strings.Contains(s, `"whole"`) && !strings.Contains(s, `"records":5,`) {
					t.Errorf("want 5 records, told is %s", s)
				}
			}
			h.firewalls(6)
			h.sweeps(1)
			h.wants("c firewalls 5")
		}, "firewalls")
	}
}

func TestOtherRulesMakeNoStorm(t *testing.T) {
	play(t, func(h *harness) {
		for i := range 5 {
			h.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw","note":"n%d"}`, i, i))
		}
		h.sweeps(1)
		h.said()
		h.restart(maskUnknown)
		h.put("firewalls", "3", `{"id":"3","name":"renamed","note":"n3"}`)
		h.sweeps(2)
		h.wants("u firewalls 3")
		h.put("firewalls", "4", `{"id":"4","name":"fw","note":"other"}`)
		h.sweeps(1)
		h.wants()
	}, "firewalls")
}

func TestASweepThatEndsEarlyDoesNotEndTheChangeOfRules(t *testing.T) {
	play(t, func(h *harness) {
		for i := range 6 {
			h.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw","note":"n%d"}`, i, i))
		}
		h.sweeps(1)
		h.said()
		h.restart(maskUnknown)
		h.cut["firewalls"] = 1
		h.sweeps(1)
		clear(h.cut)
		h.sweeps(1)
		h.wants()
		h.restart()
		h.sweeps(1)
		h.wants()
	}, "firewalls")
}

func TestAFirstSightGoesOnAfterACrashUnderOtherRules(t *testing.T) {
	play(t, func(h *harness) {
		for i := range 250 {
			h.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","note":"n%d"}`, i, i))
		}
		h.log.kill(1)
		h.sweeps(1)
		h.restart(maskUnknown)
		h.sweeps(2)
		said := h.said()
		if len(said) != 250 || slices.ContainsFunc(said, func(s string) bool { return s[0] != 'r' }) {
			t.Errorf("%d events, want 250 first sights and nothing else", len(said))
		}
	}, "firewalls")
}

func TestARepeatedSnapshotGoesOnAfterACrashWhereItStood(t *testing.T) {
	play(t, func(h *harness) {
		h.log.topicIDs["digitalocean.firewalls"] = "one"
		h.firewalls(250)
		h.sweeps(1)
		h.said()
		h.log.topicIDs["digitalocean.firewalls"] = "two"
		h.restart()
		h.log.kill(1)
		h.sweeps(1)
		h.restart()
		h.sweeps(2)
		if n := len(h.said()); n != 250 {
			t.Errorf("%d events, want each of 250 records once", n)
		}
	}, "firewalls")
}

func TestARecordThatIsHeldKeepsItsOldRulesOverARestart(t *testing.T) {
	play(t, func(h *harness) {
		for i := range 3 {
			h.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw","noise":%d}`, i, i))
		}
		h.sweeps(1)
		h.said()
		// upgrade, while the list lacks one for a moment
		k := state.CollectionID{Resource: "firewalls"}
		was := h.records[k]["2"]
		h.failGet = failed
		delete(h.records[k], "2")
		h.restart(maskUnknown)
		h.sweeps(2)
		h.restart() // restart
		h.failGet = nil
		h.records[k]["2"] = was
		h.sweeps(2)
		h.wants()
	}, "firewalls")
}

func TestAPartialFirstSightRemembersItsRules(t *testing.T) {
	play(t, func(h *harness) {
		h.perPage = 3
		for i := range 6 {
			h.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw","noise":%d}`, i, i))
		}
		h.cut["firewalls"] = 1
		h.sweeps(1)
		h.said()
		clear(h.cut)
		h.restart(maskUnknown)
		h.sweeps(1)
		h.wants("r firewalls 3", "r firewalls 4", "r firewalls 5")
	}, "firewalls")
}
