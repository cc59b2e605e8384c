package producer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

func keepCurrent(o *producer.Options) { o.Current = true }

// current returns the records of a current topic.
func (h *harness) current(resource string) []producer.Record {
	return h.log.topic(func(name string) bool { return name == "digitalocean-current."+resource })
}

// wantsPresent holds a current topic against the state: the same records, each as its last event made it.
func (h *harness) wantsPresent(resource string) {
	h.t.Helper()
	want := map[string]string{}
	for key, value := range fold(h.log.state()) {
		k, err := state.ParseKey([]byte(key))
		if err != nil || k.Kind != state.KindRecord || k.Resource != resource {
			continue
		}
		r, err := state.DecodeRecord([]byte(key), []byte(value))
		must(h.t, err)
		want[string(schema.Key{AccountID: k.Account, ID: k.ID}.Bytes())] = fmt.Sprint(r.LSN, r.TsMS, r.SourceMS,
			string(r.Body))
	}
	got := map[string]string{}
	for key, value := range fold(h.current(resource)) {
		var row schema.Current
		must(h.t, json.Unmarshal([]byte(value), &row))
		got[key] = fmt.Sprint(row.LSN, row.TsMS, *row.SourceTsMS, *row.Body)
	}
	if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
		h.t.Fatalf("%s as it is now, %d records (-state +topic):\n%s", resource, len(want), d)
	}
}

func TestACurrentTopicHasEachRecordAsItIsNow(t *testing.T) {
	play(t, func(h *harness) {
		keepCurrent(&h.options)
		h.firewalls(3)
		h.sweeps(1)
		h.put("firewalls", "0", `{"id":"0","name":"renamed"}`)
		h.remove("firewalls", "1")
		h.sweeps(3)
		h.wantsPresent("firewalls")
		want := `{"account_id":"team-1","id":"0","urn":"do:firewall:0","parent_id":null,"name":"renamed","region":null,` +
			`"created_at":null,"body":"{\"id\":\"0\",\"name\":\"renamed\"}","body_sha256":null,"lsn":`
		row := fold(h.current("firewalls"))[`{"account_id":"team-1","id":"0"}`]
		if !strings.HasPrefix(row, want) {
			t.Errorf("row %s, want %s…", row, want)
		}
	}, "firewalls")
}

// Each row is committed with its event, or the two could contradict each other after a crash.
func TestACurrentRowIsCommittedWithItsEvent(t *testing.T) {
	play(t, func(h *harness) {
		keepCurrent(&h.options)
		h.firewalls(3)
		h.sweeps(1)
		h.remove("firewalls", "1")
		h.sweeps(3)
		rows, events := 0, 0
		for _, b := range h.log.batches {
			keys := map[string]int{}
			for _, r := range b.Records {
				switch r.Topic {
				case "digitalocean.firewalls":
					keys[string(r.Key)]++
					events++
				case "digitalocean-current.firewalls":
					keys[string(r.Key)]--
					rows++
				}
			}
			for key, n := range keys {
				if n != 0 {
					t.Errorf("%s: %+d events for its rows in one batch", key, n)
				}
			}
		}
		if rows != events || rows != 4 {
			t.Errorf("%d rows, %d events, want 4", rows, events)
		}
	}, "firewalls")
}

func TestCurrentTurnedOnLaterIsFilledOnceFromTheState(t *testing.T) {
	play(t, func(h *harness) {
		h.put("databases", "db", `{"id":"db","name":"db","engine":"pg"}`)
		for i := range 250 { // more than a batch
			h.put("database_firewall_rules", fmt.Sprintf("db/r%03d", i), fmt.Sprintf(`{"uuid":"r%03d","value":"10.0.0.%d"}`, i, i))
		}
		h.sweeps(2)
		if n := len(h.current("databases")); n > 0 {
			t.Fatalf("%d rows that nobody asked for", n)
		}
		h.restart(keepCurrent)
		h.sweeps(2)
		h.wantsPresent("databases")
		h.wantsPresent("database_firewall_rules")
		filled := h.current("database_firewall_rules")
		h.restart()
		h.sweeps(2)
		if n := len(h.current("database_firewall_rules")); n != 250 || len(filled) != 250 {
			t.Errorf("%d rows, then %d, want 250: filled once", len(filled), n)
		}
	}, "databases", "database_firewall_rules")
}

// The row that is filled in is the row that came with the event, byte for byte.
func TestAFilledRowIsTheOneOfItsEvent(t *testing.T) {
	play(t, func(h *harness) {
		keepCurrent(&h.options)
		h.log.topicIDs["digitalocean-current.firewalls"] = "one"
		h.firewalls(5)
		h.sweeps(2)
		live := fold(h.current("firewalls"))
		h.log.topicIDs["digitalocean-current.firewalls"] = "two"
		h.restart()
		n := len(h.current("firewalls"))
		h.sweeps(1)
		if d := cmp.Diff(live, fold(h.current("firewalls")[n:])); d != "" || len(live) != 5 {
			t.Errorf("%d rows live (-live +filled):\n%s", len(live), d)
		}
	}, "firewalls")
}

// Wherever a crash strikes while a topic is filled and records change and go, the topic ends as the state.
func TestCurrentOutlivesACrashAnywhere(t *testing.T) {
	for after := range 8 {
		play(t, func(h *harness) {
			h.put("databases", "db", `{"id":"db","name":"db","engine":"pg"}`)
			for i := range 250 {
				h.put("database_firewall_rules", fmt.Sprintf("db/r%03d", i), fmt.Sprintf(`{"uuid":"r%03d","value":"10.0.0.%d"}`, i, i))
			}
			h.sweeps(2)
			h.restart(keepCurrent)
			h.remove("database_firewall_rules", "db/r007")
			h.put("database_firewall_rules", "db/r008", `{"uuid":"r008","value":"192.0.2.8"}`)
			h.log.kill(after)
			h.sweeps(2)
			h.restart()
			h.sweeps(3)
			h.wantsPresent("databases")
			h.wantsPresent("database_firewall_rules")
		}, "databases", "database_firewall_rules")
	}
}

// What moves without an event, as under other rules, moves there, too.
func TestCurrentFollowsWhatMakesNoEvent(t *testing.T) {
	play(t, func(h *harness) {
		keepCurrent(&h.options)
		h.put("firewalls", "0", `{"id":"0","name":"fw","note":"n"}`)
		h.sweeps(1)
		h.said()
		h.restart(maskUnknown)
		h.sweeps(2)
		h.wants()
		h.wantsPresent("firewalls")
	}, "firewalls")
}

func TestACurrentRowThatIsTooLargeHasNoBody(t *testing.T) {
	play(t, func(h *harness) {
		keepCurrent(&h.options)
		h.log.maxBytes = 8 << 10
		h.put("firewalls", "0", `{"id":"0","name":"fw","note":"`+strings.Repeat("x", 9<<10)+`"}`)
		h.sweeps(1)
		var row schema.Current
		must(t, json.Unmarshal([]byte(fold(h.current("firewalls"))[`{"account_id":"team-1","id":"0"}`]), &row))
		if row.Body != nil || row.BodySHA256 == nil || *row.Name != "fw" {
			t.Errorf("row %+v", row)
		}
	}, "firewalls")
}
