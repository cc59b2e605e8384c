package producer_test

import (
	"cmp"
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

// idle is an account of so many domains and 43 other collections, whose intervals are learned.
func (h *harness) idle(domains int) {
	h.options = producer.Options{}
	h.team = "00000000-0000-4000-8000-000000000000"
	h.perHour = 5000
	h.perPage = 200
	h.firewalls(20)
	for d := range domains {
		domain := fmt.Sprintf("d%d.example", d)
		h.put("domains", domain, fmt.Sprintf(`{"name":%q}`, domain))
		for n := range 3 {
			h.put("domain_records", fmt.Sprintf("%s/%d", domain, n), fmt.Sprintf(`{"id":%d,"name":"www"}`, n))
		}
	}
	for d := range 20 {
		db := fmt.Sprintf("db%d", d)
		h.put("databases", db, fmt.Sprintf(`{"id":%q,"engine":"pg","users":[{"name":"a"}],"db_names":["b"]}`, db))
	}
}

// slack is what a crash forgets, and to within what is told what it doesn't forget.
const slack = time.Minute + time.Second

var idleResources = []string{
	"firewalls", "domains", "domain_records", "databases", "database_users", "database_dbs",
}

// written counts the records and bytes of topics with such a name since the n-th batch.
func (l *fakeLog) written(since int, topic string) (records, bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.batches[since:] {
		for _, r := range b.Records {
			if strings.Contains(r.Topic, topic) {
				records, bytes = records+1, bytes+len(r.Key)+len(r.Value)
			}
		}
	}
	return records, bytes
}

// restored is what an owner would restore of the account's collections.
func (h *harness) restored() map[state.CollectionID]state.CollectionCheckpoint {
	h.t.Helper()
	var c state.Checkpoints
	log := h.log.state()
	for _, r := range compact(log, len(log)) {
		must(h.t, c.Take(r.Key, r.Value))
	}
	return c.Accounts[cmp.Or(h.team, "team-1")].Collections
}

// reads returns when a collection's listing was asked for, or that of the parents that it is embedded in.
func (h *harness) reads(id state.CollectionID) []time.Time {
	if row := schema.Lookup(id.Resource); row.Embed != "" {
		return h.tables.sweeps[row.Parent()+" "]
	}
	return h.tables.sweeps[id.Resource+" "+id.Parent]
}

// wantWarm holds what a restart would know of each collection against when it was read: all but the reads of some time
// is known, to within a time, and nothing is taken for read later than it was.
func (h *harness) wantWarm(forgotten, within time.Duration) {
	h.t.Helper()
	before := time.Now().Add(-forgotten)
	for id, c := range h.restored() {
		reads := h.reads(id)
		i, _ := slices.BinarySearchFunc(reads, before, time.Time.Compare)
		last, wanted := reads[len(reads)-1], reads[max(i-1, 0)].Add(-within)
		for what, ms := range map[string]int64{"whole": c.WholeMS, "clean": c.CleanMS} {
			if known := time.UnixMilli(ms); known.After(last) || known.Before(wanted) {
				h.t.Errorf("%v is known as %s until %v, want %v to %v", id, what, known, wanted, last)
			}
		}
	}
}

// An account in which nothing changes writes a few bytes a minute into the state; a crash at any moment costs no more
// than a minute of what is known of it.
func TestAnIdleAccountWritesNextToNothing(t *testing.T) {
	play(t, func(h *harness) {
		h.idle(100)
		h.begin()
		h.wait(time.Hour)
		from := len(h.log.batches)
		h.wait(time.Hour)
		entries, bytes := h.log.written(from, "-meta.state")
		marks, markBytes := h.log.written(from, "-meta.sweeps")
		live := len(fold(h.log.state()))
		t.Logf("%d collections, %d requests: %d entries of the state, %d bytes; %d statuses, %d bytes; %d live keys",
			len(h.restored()), h.requests/2, entries, bytes, marks, markBytes, live)
		if bytes > 10_000 {
			t.Errorf("%d bytes of state in an hour, want at most 10,000", bytes)
		}
		if all := len(compact(h.log.state(), len(h.log.state()))); all*10 > live*13 {
			t.Errorf("a restart reads %d entries for %d live keys", all, live)
		}
		for range 25 { // at other moments, and over all slots
			h.wait(67 * time.Second)
			h.wantWarm(slack, slack)
		}
		h.restart()
		h.begin()
		h.wait(10 * time.Second)
		h.wantWarm(slack, slack)
		for range 5 {
			h.wait(7 * time.Minute)
			h.wantWarm(slack, slack)
		}
		h.end() // as a signal does
		h.wantWarm(0, time.Second)
	}, idleResources...)
}

// What was told in a slot by an owner that crashed is not forgotten when the next one writes over it.
func TestACrashAfterACrashForgetsNoLook(t *testing.T) {
	play(t, func(h *harness) {
		h.idle(20)
		h.perHour = 500 // most are not looked at again for minutes
		h.begin()
		h.wait(2*time.Hour + 10*time.Minute)
		for range 4 {
			h.restart()
			h.begin()
			h.wait(150 * time.Second)
			h.wantWarm(slack, slack)
		}
	}, idleResources...)
}

// The window of a change begins with the last look that did not show it, to within a minute, also over a crash.
func TestTheWindowOfAChangeAfterACrashInAnIdleAccount(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.sweeps(300)
		h.said()
		h.restart()
		reads := h.sweepsOf("firewalls")
		last := reads[len(reads)-1]
		h.put("firewalls", "1", `{"id":"1","name":"another"}`)
		h.sweeps(1)
		h.wants("u firewalls 1")
		if _, prev := h.lastWindow(); prev > last.UnixMilli() || last.UnixMilli()-prev > slack.Milliseconds() {
			t.Errorf("its window begins %d ms before the last look", last.UnixMilli()-prev)
		}
	}, "firewalls")
}

// A collection that lacks something is looked at for hours: what it lacks is not taken for seen after a crash.
func TestWhatIsLackingForHoursIsLackingAfterACrash(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(5)
		h.sweeps(2)
		gone := time.Now()
		h.empty["firewalls"] = true // a look by id still finds them
		h.sweeps(200)
		h.restart()
		c := h.restored()[state.CollectionID{Resource: "firewalls"}]
		if c.CleanMS > gone.UnixMilli() || len(c.Suspects) != 5 {
			t.Errorf("clean %v after what is missing was seen last, %d suspects; want 5",
				time.UnixMilli(c.CleanMS).Sub(gone), len(c.Suspects))
		}
		h.sweeps(1)
		h.wants("r firewalls 0", "r firewalls 1", "r firewalls 2", "r firewalls 3", "r firewalls 4")
	}, "firewalls")
}

// The looks of collections that came and went move no other: numbers are given again.
func TestLooksOfCollectionsThatComeAndGo(t *testing.T) {
	play(t, func(h *harness) {
		h.idle(20)
		h.begin()
		h.wait(30 * time.Minute)
		for n := range 12 {
			h.now(func() {
				h.remove("domains", fmt.Sprintf("d%d.example", n))
				h.put("domains", fmt.Sprintf("new%d.example", n), fmt.Sprintf(`{"name":"new%d.example"}`, n))
			})
			h.wait(7 * time.Minute)
			if n%4 == 3 {
				h.restart()
				h.begin()
				h.wait(2 * time.Minute)
			}
			taken := map[int]state.CollectionID{}
			for id, c := range h.restored() {
				if other, twice := taken[c.Number]; twice || c.Number == 0 {
					t.Fatalf("%v has the number %d of %v", id, c.Number, other)
				}
				taken[c.Number] = id
				reads, known := h.reads(id), time.UnixMilli(c.CleanMS)
				if len(reads) > 0 && known.After(reads[len(reads)-1]) {
					t.Errorf("%v is known until %v, and was read at %v", id, known, reads[len(reads)-1])
				}
			}
			if len(taken) > 63 {
				t.Errorf("%d collections", len(taken))
			}
		}
	}, idleResources...)
}

// set is an API whose clock is set under way.
type set struct {
	*tables

	by time.Duration
}

func (s *set) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return s.dated(ctx, r, parent, s.by, s.by)
}

// Looks are on the API's clock. However it is set, a crash makes no collection known for longer than it was.
func TestLooksByAClockThatIsSet(t *testing.T) {
	play(t, func(h *harness) {
		clock := &set{tables: h.tables}
		h.source = clock
		h.firewalls(3)
		for _, by := range []time.Duration{0, 2 * time.Hour, 0, -time.Hour, 0} {
			h.now(func() { clock.by = by })
			h.sweeps(40)
			h.restart()
			reads := h.sweepsOf("firewalls")
			want := reads[len(reads)-1].Add(by)
			known := time.UnixMilli(h.restored()[state.CollectionID{Resource: "firewalls"}].CleanMS)
			if known.After(want) || want.Sub(known) > 2*slack {
				t.Errorf("set by %v: known until %v, want %v, or little before", by, known, want)
			}
		}
	}, "firewalls")
}
