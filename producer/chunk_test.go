package producer_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// pagewise is an account of which a test sees each request for a page of a resource.
type pagewise struct {
	*tables

	resource string
	before   func(page int) // the first is 1
}

func (s *pagewise) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		n := 0
		for page, err := range s.tables.Pages(ctx, r, parent) {
			if n++; r.Name == s.resource {
				s.before(n)
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// inChunks plays an account of which each page with a change is more than may wait.
func inChunks(t *testing.T, f func(h *harness), resources ...string) {
	t.Helper()
	play(t, func(h *harness) {
		h.options.ChunkBytes = 1
		f(h)
	}, resources...)
}

// databases puts n clusters with a user each into the account.
func (h *harness) databases(n int, engine string) {
	for i := range n {
		h.put("databases", fmt.Sprint("db", i),
			fmt.Sprintf(`{"id":"db%d","name":"db","engine":"%s","users":[{"name":"ann","role":"%s"}]}`, i, engine, engine))
	}
}

func TestALargeListingIsPublishedWhileItIsRead(t *testing.T) {
	inChunks(t, func(h *harness) {
		h.databases(7, "pg")
		log, seen := h.log, []int(nil)
		h.source = &pagewise{h.tables, "databases", func(int) {
			seen = append(seen, len(log.events()))
			time.Sleep(10 * time.Second)
		}}
		h.begin()
		h.wait(5 * time.Second)
		for _, records := range []int{0, 3, 6} {
			if c := h.collection("databases", ""); c.Status != state.NeverSwept || c.Records != records {
				t.Errorf("in its midst it is %q with %d records, want none and %d", c.Status, c.Records, records)
			}
			h.wait(10 * time.Second)
		}
		if c := h.collection("databases", ""); c.Status != state.Whole || c.Records != 7 {
			t.Errorf("then it is %q with %d records", c.Status, c.Records)
		}
		if want := []int{0, 6, 12}; !slices.Equal(seen, want) {
			t.Errorf("published before each of three pages: %v, want %v, a cluster and its user for each record", seen, want)
		}
		said := h.said()
		if len(said) != 14 || slices.ContainsFunc(said, func(s string) bool { return s[0] != 'r' }) {
			t.Errorf("an initial snapshot says %q", said)
		}
		seen = nil
		h.databases(7, "mysql") // a burst
		h.wait(2 * time.Minute)
		if want := []int{14, 20, 26}; len(seen) < 3 || !slices.Equal(seen[:3], want) {
			t.Errorf("published before each of three pages: %v, want %v", seen, want)
		}
		if said := h.said(); len(said) != 14 || slices.ContainsFunc(said, func(s string) bool { return s[0] != 'u' }) {
			t.Errorf("a burst says %q", said)
		}
	}, "databases", "database_users")
}

func TestASmallListingIsPublishedAtOnce(t *testing.T) {
	play(t, func(h *harness) {
		h.databases(7, "pg")
		log := h.log
		h.source = &pagewise{h.tables, "databases", func(page int) {
			if n := len(log.events()); n > 0 {
				t.Errorf("%d events before page %d", n, page)
			}
		}}
		h.sweeps(1)
		if n := len(h.said()); n != 14 {
			t.Errorf("%d events, want 14", n)
		}
	}, "databases", "database_users")
}

func TestALargeListingThatFailsKeepsWhatWasPublished(t *testing.T) {
	inChunks(t, func(h *harness) {
		h.firewalls(9)
		h.cut["firewalls"] = 2
		h.sweeps(1)
		if said := h.said(); len(said) != 6 {
			t.Errorf("two pages of three say %q", said)
		}
		if c := h.collection("firewalls", ""); c.Status != state.Partial || c.Records != 6 {
			t.Errorf("status %q with %d records, want partial with 6", c.Status, c.Records)
		}
		clear(h.cut)
		h.sweeps(1)
		h.wants("r firewalls 6", "r firewalls 7", "r firewalls 8")
		h.firewalls(10)
		h.sweeps(1)
		h.wants("c firewalls 9")
		h.cut["firewalls"] = 1
		h.sweeps(3)
		h.wants() // nothing is deleted of what the pages behind would show
	}, "firewalls")
}

// Wherever it is killed, each record comes once, and none as created: the snapshot is complete at its end alone.
func TestAKilledSnapshotGoesOnWhereItStood(t *testing.T) {
	for kill := range 6 {
		inChunks(t, func(h *harness) {
			h.firewalls(9)
			h.log.kill(kill)
			h.sweeps(1)
			h.restart()
			h.sweeps(2)
			said := h.said()
			slices.Sort(said)
			if n := len(slices.Compact(slices.Clone(said))); n != 9 || len(said) != 9 || said[0][0] != 'r' || said[8][0] != 'r' {
				t.Errorf("killed at batch %d: %q", kill, said)
			}
		}, "firewalls")
	}
}

func TestARepeatedSnapshotInChunksComesOnce(t *testing.T) {
	inChunks(t, func(h *harness) {
		h.firewalls(9)
		h.sweeps(1)
		h.said()
		h.log.requests <- producer.Request{
			AccountID: "team-1", Resource: "firewalls", Kind: producer.KindSnapshot, AtMS: time.Now().UnixMilli(),
		}
		h.sweeps(3)
		if said := h.said(); len(said) != 9 {
			t.Errorf("a repeated snapshot of 9 says %q", said)
		}
	}, "firewalls")
}

// What the other team's token shows was not known before, also once it is published: it proves nothing of the token.
func TestWhatAChunkPublishedProvesNoToken(t *testing.T) {
	inChunks(t, func(h *harness) {
		h.unverified = true
		h.firewalls(3)
		h.sweeps(1)
		h.said()
		k := state.CollectionID{Resource: "firewalls"}
		clear(h.records[k])
		h.tokenReads++
		for i := range 9 {
			h.put("firewalls", fmt.Sprint("other", i), fmt.Sprintf(`{"id":"other%d","name":"fw"}`, i))
		}
		h.sweeps(1)
		for _, s := range h.said() {
			if s[0] == 'd' {
				t.Errorf("another team's token: %s", s)
			}
		}
	}, "firewalls")
}

// A record that a sweep showed before it was killed is no suspect any more.
func TestWhatAChunkShowedIsNotMissedAfterACrash(t *testing.T) {
	inChunks(t, func(h *harness) {
		h.rules(9)
		h.sweeps(1)
		h.said()
		k := state.CollectionID{Resource: "database_firewall_rules", Parent: "db"}
		was := h.records[k]["db/r00"]
		delete(h.records[k], "db/r00")
		h.sweeps(1)
		h.wants() // it is missed for the first time
		h.put("database_firewall_rules", "db/r00", strings.Replace(was, "10.0.0.0", "10.9.9.9", 1))
		log := h.log
		h.source = &pagewise{h.tables, "database_firewall_rules", func(page int) {
			if page == 2 {
				log.kill(0)
			}
		}}
		h.restart()
		h.sweeps(1)
		h.source = h.tables
		h.restart()
		delete(h.records[k], "db/r00")
		h.sweeps(1)
		h.wants("u database_firewall_rules db/r00")
	}, "databases", "database_firewall_rules")
}

// What somebody does to the first pages is no roll-out, though nobody knows yet what the others show.
func TestARolloutIsOneOfTheWholeListing(t *testing.T) {
	inChunks(t, func(h *harness) {
		firewall := func(i int, more string) {
			h.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw"%s}`, i, more))
		}
		for i := range 9 {
			firewall(i, "")
		}
		h.sweeps(1)
		h.said()
		for i := range 3 {
			firewall(i, `,"brand_new":1`)
		}
		h.sweeps(1)
		h.wants("u firewalls 0", "u firewalls 1", "u firewalls 2")
		for i := range 9 {
			firewall(i, `,"brand_new":1,"newer":1`)
		}
		h.sweeps(1)
		if said := h.said(); len(said) != 9 || !strings.HasSuffix(said[8], "cause=rollout") {
			t.Errorf("a roll-out says %q", said)
		}
	}, "firewalls")
}

func TestWhatTheNextPageShowsIsNotMissing(t *testing.T) {
	inChunks(t, func(h *harness) {
		h.rules(9)
		h.sweeps(1)
		h.said()
		k := state.CollectionID{Resource: "database_firewall_rules", Parent: "db"}
		last := h.records[k]["db/r08"]
		delete(h.records[k], "db/r08")
		h.sweeps(1)
		h.put("database_firewall_rules", "db/r00", `{"uuid":"r00","value":"10.9.9.9"}`)
		h.records[k]["db/r08"] = last
		h.sweeps(1)
		h.wants("u database_firewall_rules db/r00")
	}, "databases", "database_firewall_rules")
}
