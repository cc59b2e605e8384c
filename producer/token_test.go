package producer_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

func TestA404IsNotBelievedFromATokenThatHasNotShownWhoseItIs(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.sweeps(1)
		h.said()
		h.unverified, h.tokenReads = true, 1 // another token was read
		all := h.records
		h.records = map[state.CollectionID]map[string]string{} // it sees nothing of ours, and 404s all
		h.sweeps(3)
		h.wants()
		h.records = all
		h.remove("firewalls", "1")
		h.sweeps(1)
		h.wants("d firewalls 1")
	}, "firewalls")
}

// What every account has, or can have, doesn't show whose a token is that may not say so.
func TestWhatAnotherAccountMayShowTooDoesNotShowWhoseATokenIs(t *testing.T) {
	for resource, id := range map[string]string{
		"security_settings": "security_settings", // there is one in every account
		"tags":              "production",        // a name that anybody may choose
		"gen_ai_models":     "m1",                // DigitalOcean shows it to everybody
		"spaces_buckets":    "fra1+assets",       // read with a key of its own
	} {
		t.Run(resource, func(t *testing.T) {
			play(t, func(h *harness) {
				h.firewalls(3)
				h.put(resource, id, `{"name":"production"}`)
				h.sweeps(1)
				h.said()
				h.unverified, h.tokenReads = true, 1 // another team's token was read
				for _, fw := range []string{"0", "1", "2"} {
					h.remove("firewalls", fw)
				}
				h.wait(time.Hour) // longer than any of them rests
				h.sweeps(3)
				h.wants()
			}, "firewalls", resource)
		})
	}
}

func TestSweepsAreNotBelievedFromATokenThatHasNotShownWhoseItIs(t *testing.T) {
	play(t, func(h *harness) {
		for _, id := range []string{"1", "2"} {
			h.put("nfs_shares", id, `{"id":"`+id+`"}`)
		}
		h.sweeps(1)
		h.said()
		h.unverified, h.tokenReads = true, 1 // another token was read
		all := h.records
		h.records = map[state.CollectionID]map[string]string{} // it sees nothing of ours, and has no share itself
		h.sweeps(15)
		h.wants()
		if got, want := h.collection("nfs_shares", "").HeldReason, absence.TokenUnproven; got != want {
			t.Errorf("held because %q, want %q", got, want)
		}
		h.records = all
		h.remove("nfs_shares", "1")
		h.sweeps(2)
		h.wants("d nfs_shares 1")
	}, "nfs_shares")
}

func TestARefusedTokenStopsTheAccountAndEmptiesNothing(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(5)
		h.sweeps(1)
		h.said()
		h.fail["firewalls"] = refused
		h.sweeps(1)
		h.wants()
		if got := h.collection("firewalls", "").Status; got != state.Stopped {
			t.Errorf("status %q, want stopped", got)
		}
	}, "firewalls")
}

// swap gives another token between a listing and the look by id.
type swap struct {
	*tables
	at string
	on bool
}

func (s *swap) Pages(ctx context.Context, r *schema.Resource, p string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		s.tables.Pages(ctx, r, p)(yield)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.on { // the file was rotated: the next request goes out with a token of another team, which lacks account:read
			s.tokenReads++
			s.failGet = notFound
		}
	}
}

func TestARequestToAStoppedAccountHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, s2 := oneFirewall("team-1"), oneFirewall("team-2")
		s2.failID = errors.New("status 500")
		tp := newFakeLog()
		r := start(t, tp, everyMinute(), watching("a", s, "firewalls"), watching("b", s2, "firewalls"))
		time.Sleep(time.Second)
		s.now(func() { s.fail["firewalls"], s.failID = refused, refused })
		time.Sleep(5 * time.Minute)
		tp.requests <- producer.Request{
			AccountID: "team-1", Resource: "firewalls", Kind: "release",
			AtMS: time.Now().UnixMilli(),
		}
		time.Sleep(5 * time.Minute)
		s2.now(func() { s2.failID = nil })
		time.Sleep(48 * time.Hour)
		n := 0
		for _, e := range tp.events() {
			if strings.Contains(string(e.Key), "team-2") {
				n++
			}
		}
		if n == 0 {
			t.Errorf("account b could be read for 48 h, and nothing of it was")
		}
		must(t, r.stop())
	})
}

func TestWhatAnotherTokenListedProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := newTables()
		tb.unverified = true
		tb.put("firewalls", "1", `{"id":"1","name":"fw"}`)
		tb.put("firewalls", "2", `{"id":"2","name":"fw"}`)
		s := &swap{tables: tb}
		tp := newFakeLog()
		a := watching("a", tb, "firewalls")
		a.Source = s
		r := start(t, tp, everyMinute(), a)
		time.Sleep(2*time.Minute + time.Second)
		// a list that lacks one for a moment (it still exists)
		k := state.CollectionID{Resource: "firewalls"}
		gone := tb.records[k]["2"]
		tb.now(func() {
			s.on = true
			delete(tb.records[k], "2")
		})
		time.Sleep(time.Minute)
		tb.now(func() { tb.records[k]["2"] = gone })
		for _, e := range tp.events() {
			if strings.Contains(string(e.Value), `"op":"d"`) {
				t.Errorf("deleted on the word of a token that has not shown whose it is")
			}
		}
		must(t, r.stop())
	})
}

func oneFirewall(team string) *tables {
	s := newTables()
	s.team = team
	s.put("firewalls", "1", `{"id":"1","name":"fw"}`)
	return s
}

func TestTwoTokensOfOneTeamAreAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, newFakeLog(), everyMinute(), watching("a", oneFirewall("team-1"), "firewalls"),
			watching("b", oneFirewall("team-1"), "firewalls"))
		time.Sleep(time.Minute)
		err := r.stop()
		for _, want := range []string{`"a"`, `"b"`, "team-1"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one that names %s", err, want)
			}
		}
	})
}

func TestAnAccountThatCantBeIdentifiedIsTriedAgainAndStopsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := oneFirewall("team-2")
		bad.failID = errors.New("status 500")
		r := start(t, newFakeLog(), everyMinute(), watching("bad", bad, "firewalls"),
			watching("good", oneFirewall("team-1"), "firewalls"))
		time.Sleep(30 * time.Second)
		if n := len(r.log.events()); n != 1 {
			t.Errorf("%d events, want the other account's", n)
		}
		bad.now(func() { bad.failID = nil })
		time.Sleep(3 * time.Minute)
		if n := len(r.log.events()); n != 2 {
			t.Errorf("%d events, want both accounts'", n)
		}
		must(t, r.stop())
	})
}

func TestTheTokenOfAnotherTeamThanTheConfigurationNamesIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := watching("a", oneFirewall("team-2"), "firewalls")
		a.Expect = "team-1"
		r := start(t, newFakeLog(), everyMinute(), a)
		time.Sleep(5 * time.Minute)
		if n := len(r.log.batches); n != 0 {
			t.Errorf("%d batches of another team's account", n)
		}
		report := r.p.Status().Accounts[0]
		if !strings.Contains(report.Error, "team-2") || !strings.Contains(report.Error, "team-1") {
			t.Errorf("status %q, want both teams", report.Error)
		}
		must(t, r.stop())
	})
}

func TestWithoutAccountReadTheConfiguredTeamStandsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("")
		s.failID = forbidden
		a := watching("a", s, "firewalls")
		a.Expect = "team-9"
		r := start(t, newFakeLog(), everyMinute(), a)
		time.Sleep(time.Second)
		must(t, r.stop())
		if n := len(r.log.events()); n != 1 {
			t.Errorf("%d events, want one", n)
		}
		a.Expect = ""
		r = start(t, newFakeLog(), everyMinute(), a)
		time.Sleep(time.Second)
		if got := r.p.Status().Accounts[0].Error; !strings.Contains(got, "account:read") || !strings.Contains(got, "team:") {
			t.Errorf("status %q, want what to do", got)
		}
		must(t, r.stop())
	})
}

func TestARefusedTokenIsTriedAgainAndTheAccountGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		r := start(t, newFakeLog(), everyMinute(), watching("a", s, "firewalls"))
		time.Sleep(time.Second)
		s.now(func() { s.fail["firewalls"], s.failID = refused, refused })
		time.Sleep(10 * time.Minute)
		s.now(func() {
			clear(s.fail)
			s.failID = nil
			s.put("firewalls", "2", `{"id":"2","name":"fw"}`)
		})
		time.Sleep(3 * time.Minute)
		must(t, r.stop())
		want := []string{"team-1 firewalls whole", "team-1 firewalls stopped: status 401", "team-1 firewalls whole"}
		if d := cmp.Diff(want, r.marks()); d != "" {
			t.Errorf("changes of status (-want +got):\n%s", d)
		}
		if n := len(r.log.events()); n != 2 {
			t.Errorf("%d events, want a first sight and a creation", n)
		}
	})
}
