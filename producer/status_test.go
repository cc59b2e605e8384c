package producer_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

func TestStatusesSayHowCompleteItIs(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(2)
		h.sweeps(2)
		h.fail["firewalls"] = forbidden
		h.sweeps(3)
		clear(h.fail)
		h.sweeps(1)
		var got []string
		for _, r := range h.log.topic(func(name string) bool { return name == "digitalocean-meta.status" }) {
			var m state.CollectionStatus
			must(t, json.Unmarshal(r.Value, &m))
			got = append(got, string(m.Status)+" "+m.Reason)
		}
		if diff := cmp.Diff([]string{"whole ", "unreadable the token lacks firewall:read", "whole "}, got); diff != "" {
			t.Errorf("changes of status (-want +got):\n%s", diff)
		}
	}, "firewalls")
}

func TestUnchangedSweepsCommitNoMoreThanTheirCheckpointsTogether(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(5)
		h.rules(5)
		h.sweeps(3)
		h.said()
		before := len(h.log.batches) - len(h.log.heartbeats())
		h.sweeps(10)
		if n := len(h.log.batches) - len(h.log.heartbeats()) - before; n > 10 {
			t.Errorf("%d batches of ten unchanged sweeps of three collections, want one each time at most", n)
		}
		h.wants()
	}, "firewalls", "databases", "database_firewall_rules")
}

func lastMarks(t *testing.T, tp *fakeLog) map[string]*state.CollectionStatus {
	m := map[string]*state.CollectionStatus{}
	for _, r := range tp.topic(func(n string) bool { return n == "digitalocean-meta.sweeps" }) {
		var k struct {
			Resource string `json:"resource"`
			ParentID string `json:"parent_id"`
		}
		must(t, json.Unmarshal(r.Key, &k))
		if r.Value == nil {
			delete(m, k.Resource+"/"+k.ParentID)
			continue
		}
		var v state.CollectionStatus
		must(t, json.Unmarshal(r.Value, &v))
		m[k.Resource+"/"+k.ParentID] = &v
	}
	return m
}

func TestAMarkCountsTheRecordsOfItsOwnSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTables()
		for i := range 5 {
			s.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw"}`, i))
		}
		tp := newFakeLog()
		p, err := producer.New(producer.Options{
			Log: tp, Once: true,
			Accounts: []producer.Account{watching("a", s, "firewalls")},
		})
		must(t, err)
		must(t, p.Run(t.Context()))
		if m := lastMarks(t, tp)["firewalls/"]; m.Records != 5 {
			t.Errorf("mark after a pass over 5 firewalls says records=%d", m.Records)
		}
	})
}

func TestASweepThatHoldsSomethingIsStillAWholeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTables()
		s.put("firewalls", "1", `{"id":"1","name":"fw"}`)
		s.put("firewalls", "2", `{"id":"2","name":"fw"}`)
		r := start(t, newFakeLog(), everyMinute(), watching("a", s, "firewalls"))
		time.Sleep(time.Second)
		s.now(func() {
			s.remove("firewalls", "2")
			s.failGet = failed
		})
		time.Sleep(24 * time.Hour)
		c := r.p.Status().Accounts[0].Collections[0]
		if c.AgeMS > 5*60*1000 {
			t.Error("swept whole each minute, age grows")
		}
		must(t, r.stop())
	})
}

func TestAStatusIsKnownFromTheStart(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.sweeps(1)
		h.end()
		h.wait(time.Hour)
		h.pause = time.Minute // of the first listing
		h.begin()
		h.wait(time.Second)
		r := h.p.Status().Accounts[0].Collections
		if len(r) != 1 || r[0].Records != 3 || r[0].Status != state.Whole || r[0].AgeMS < time.Hour.Milliseconds() {
			t.Errorf("before the first sweep: %+v, want what was known an hour ago", r)
		}
	}, "firewalls")
}

// ahead is an API whose clock is an hour ahead of ours.
type ahead struct{ *tables }

func (s ahead) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return s.dated(ctx, r, parent, time.Hour, time.Hour)
}

func TestAnAgeIsTrueThoughTheAPIsClockIsAhead(t *testing.T) {
	play(t, func(h *harness) {
		h.source = ahead{h.tables}
		h.firewalls(3)
		h.sweeps(1)
		h.fail["firewalls"] = failed
		h.wait(20 * time.Minute)
		if age := h.collection("firewalls", "").AgeMS; age < (19 * time.Minute).Milliseconds() {
			t.Errorf("an age of %d ms after twenty minutes without a whole sweep", age)
		}
	}, "firewalls")
}

func TestAnAccountWithoutATokenHereIsUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := newFakeLog()
		r := start(t, on, everyMinute(), watching("a", oneFirewall("team-1"), "firewalls"))
		time.Sleep(time.Second)
		must(t, r.stop())
		r = start(t, on, everyMinute(), watching("b", oneFirewall("team-2"), "firewalls"))
		time.Sleep(time.Second)
		must(t, r.stop())
		r = start(t, on, everyMinute(), watching("a", oneFirewall("team-1"), "firewalls"),
			watching("b", oneFirewall("team-2"), "firewalls"))
		time.Sleep(time.Second)
		must(t, r.stop())
		want := []string{
			"team-1 firewalls whole", "team-1 firewalls unwatched: no token for this account here",
			"team-2 firewalls whole", "team-1 firewalls whole",
		}
		got := r.marks()
		if got[1] != want[1] { // the two accounts' order is free
			got[1], got[2] = got[2], got[1]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("changes of status (-want +got):\n%s", d)
		}
		if n := len(on.events()); n != 2 {
			t.Errorf("%d events, want each account's firewall once", n)
		}
	})
}

func TestAResourceNotAskedForAnyMoreIsUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, s := newFakeLog(), oneFirewall("team-1")
		s.put("domains", "example.com", `{"name":"example.com"}`)
		r := start(t, on, everyMinute(), watching("a", s, "firewalls", "domains"))
		time.Sleep(time.Second)
		must(t, r.stop())
		s.remove("domains", "example.com")
		r = start(t, on, everyMinute(), watching("a", s, "firewalls"))
		time.Sleep(10 * time.Minute)
		must(t, r.stop())
		got := r.marks()
		if last := got[len(got)-1]; !strings.HasPrefix(last, "team-1 domains unwatched: ") {
			t.Errorf("last change of status %q, want domains unwatched", last)
		}
		if n := len(on.events()); n != 2 {
			t.Errorf("%d events, want two first sights and no delete", n)
		}
	})
}
