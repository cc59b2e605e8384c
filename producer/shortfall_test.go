package producer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
)

// An API that counts more records than it lists, look after look, does so for good: what it lists is whole.
func TestAShortfallThatStaysIsTheAPIs(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprintf("restart %t", restart), func(t *testing.T) {
			play(t, func(h *harness) {
				look := func(n int) {
					if restart {
						h.restart()
					}
					h.sweeps(n)
				}
				h.firewalls(7) // on three pages
				h.short["firewalls"] = 2
				h.sweeps(1)
				if c := h.collection("firewalls", ""); c.Status != state.Partial {
					t.Errorf("%s after one look, want partial", c.Status)
				}
				look(2)
				if c := h.collection("firewalls", ""); c.Status != state.Whole || c.Reason == "" || c.HeldCount != 0 {
					t.Errorf("%s, %q, %d held after more looks, want whole, and why", c.Status, c.Reason, c.HeldCount)
				}
				h.said()
				h.remove("firewalls", "3")
				look(2)
				h.wants("d firewalls 3")
				h.firewalls(8)
				look(2)
				h.wants("c firewalls 3", "c firewalls 7")
				for n := range 4 { // one that changes is a page that has shifted
					h.remove("firewalls", "5")
					h.short["firewalls"] = 3 + n
					h.sweeps(1)
					if c := h.collection("firewalls", ""); c.Status != state.Partial {
						t.Errorf("%s though the shortfall has changed, want partial", c.Status)
					}
				}
				h.wants()
				delete(h.short, "firewalls")
				look(2)
				h.wants("d firewalls 5")
				if c := h.collection("firewalls", ""); c.Status != state.Whole || c.Reason != "" {
					t.Errorf("%s, %q once the count is right, want whole", c.Status, c.Reason)
				}
			}, "firewalls")
		})
	}
}

// What is listed later was counted before: it may be there since before the listing fell short.
func TestTheWindowOfWhatWasCountedAndNotListed(t *testing.T) {
	for _, chunk := range []int{0, 1} { // published before the end of the listing says how many it has, or after
		play(t, func(h *harness) {
			h.options.ChunkBytes = chunk
			h.firewalls(3)
			h.sweeps(3)
			created := time.Now().UnixMilli()
			h.short["firewalls"] = 1
			h.sweeps(20)
			h.said()
			delete(h.short, "firewalls")
			h.firewalls(4)
			h.sweeps(1)
			h.wants("c firewalls 3")
			if _, prev := h.lastWindow(); prev > created {
				t.Errorf("its window begins %d ms after it was created", prev-created)
			}
		}, "firewalls")
	}
}

// What is embedded in such a record may be there as long.
func TestTheWindowOfWhatIsInARecordThatWasCountedAndNotListed(t *testing.T) {
	for _, chunk := range []int{0, 1} {
		play(t, func(h *harness) {
			h.options.ChunkBytes = chunk
			h.databases(3, "pg")
			h.sweeps(3)
			created := time.Now().UnixMilli()
			h.short["databases"] = 1
			h.sweeps(20)
			h.said()
			delete(h.short, "databases")
			h.databases(4, "pg")
			h.sweeps(1)
			h.wants("c databases db3", "c database_users db3/ann")
			if _, prev := h.lastWindow(); prev > created {
				t.Errorf("chunks of %d: its window begins %d ms after it was created", chunk, prev-created)
			}
		}, "databases", "database_users")
	}
}

// Where no GET can confirm an absence, what vanishes when the shortfall comes is what is counted.
func TestWhatTheAPIStillCountsIsNotDeleted(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(5)
		h.sweeps(3)
		h.said()
		h.remove("database_firewall_rules", "db/r01")
		h.short["database_firewall_rules"] = 1
		h.sweeps(8)
		h.wants()
		if c := h.collection("database_firewall_rules", "db"); c.HeldReason != absence.StillCounted {
			t.Errorf("held because of %q, want %q", c.HeldReason, absence.StillCounted)
		}
		h.remove("database_firewall_rules", "db/r02") // the count goes down with it
		h.sweeps(3)
		h.wants("d database_firewall_rules db/r02")
		h.release("database_firewall_rules", time.Now())
		h.sweeps(2)
		h.wants("d database_firewall_rules db/r01")
	}, "databases", "database_firewall_rules")
}

// A single pass looks once more at what fell short, as run would: the same shortfall is the API's way.
func TestASinglePassLooksOnceMoreAtWhatFallsShort(t *testing.T) {
	for name, tt := range map[string]struct {
		then int // the shortfall half a minute later
		want state.Status
	}{
		"the same": {2, state.Whole}, "another": {1, state.Partial}, "none": {0, state.Whole},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := oneFirewall("team-1")
				s.short["firewalls"] = 2
				s.put("domains", "example.com", `{"name":"example.com"}`)
				time.AfterFunc(30*time.Second, func() { s.now(func() { s.short["firewalls"] = tt.then }) })
				p, err := producer.New(producer.Options{
					Log: newFakeLog(), Once: true, Accounts: []producer.Account{watching("a", s, "firewalls", "domains")},
				})
				must(t, err)
				began := time.Now()
				if err := p.Run(t.Context()); (err == nil) != (tt.want == state.Whole) {
					t.Errorf("error %v, want it %s", err, tt.want)
				}
				if took := time.Since(began); took > 2*time.Minute {
					t.Errorf("it took %v", took)
				}
				if line := p.Summary()[0]; line.Status != tt.want || line.Requests != 2 || line.Records != 1 {
					t.Errorf("%+v, want %s after two requests", line, tt.want)
				}
			})
		})
	}
}
