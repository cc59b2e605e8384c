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

// late is how much later readers are told at the most: a flush later than looksEvery.
const late = 90 * time.Second

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

// told returns what readers are told of the account's collections, by topics of which so much is compacted.
func (h *harness) told() map[state.CollectionID]state.CollectionStatus {
	h.t.Helper()
	var told state.Told
	for _, topic := range []string{state.SweepsTopic("digitalocean"), state.LooksTopic("digitalocean")} {
		log := h.log.topic(func(name string) bool { return name == topic })
		for _, r := range compact(log, len(log)) {
			_, err := told.Take(r.Topic, r.Key, r.Value)
			must(h.t, err)
			if !state.IsLooks(topic) {
				continue
			}
			if k, l, err := state.ParseLooks(r.Key, r.Value); err != nil || l.AccountID != k.AccountID {
				h.t.Errorf("looks of %s, which say of themselves that they are of %q: %v", k.AccountID, l.AccountID, err)
			}
		}
	}
	all := map[state.CollectionID]state.CollectionStatus{}
	for c, s := range told.All() {
		all[state.CollectionID{Resource: c.Resource, Parent: c.ParentID}] = s
	}
	return all
}

// wantTold holds what a reader that comes now is told of each collection against when it was read: all but the reads of
// some time, to within a time, and no later read than there was.
func (h *harness) wantTold(late, within time.Duration) {
	h.t.Helper()
	before := time.Now().Add(-late)
	told := h.told()
	if len(told) != len(h.restored()) {
		h.t.Errorf("readers are told of %d collections, want %d", len(told), len(h.restored()))
	}
	for id, s := range told {
		reads := h.reads(id)
		i, _ := slices.BinarySearchFunc(reads, before, time.Time.Compare)
		last, wanted := reads[len(reads)-1], reads[max(i-1, 0)].Add(-within)
		for what, ms := range map[string]int64{"whole_ms": s.WholeMS, "began_ms": s.BeganMS} {
			if known := time.UnixMilli(ms); known.After(last) || known.Before(wanted) {
				h.t.Errorf("%v is told with %s %v, want %v to %v", id, what, known, wanted, last)
			}
		}
	}
}

// An account in which nothing changes writes a few bytes a minute; a crash at any moment costs no more than a minute of
// what is known of it, and readers are told of each look within a minute and a half.
func TestAnIdleAccountWritesNextToNothing(t *testing.T) {
	play(t, func(h *harness) {
		h.idle(100)
		h.begin()
		h.wait(time.Hour)
		from := len(h.log.batches)
		h.wait(time.Hour)
		entries, bytes := h.log.written(from, "-meta.state")
		statuses, statusBytes := h.log.written(from, "-meta.sweeps")
		looks, looksBytes := h.log.written(from, "-meta.looks")
		beats, beatBytes := h.log.written(from, "-meta.heartbeat")
		live := len(fold(h.log.state()))
		t.Logf("%d collections, %d requests, %d live keys; bytes (records) of the state %d (%d), of statuses %d (%d), "+
			"of looks %d (%d), of heartbeats %d (%d)", len(h.restored()), h.requests/2, live, bytes, entries,
			statusBytes, statuses, looksBytes, looks, beatBytes, beats)
		if all := bytes + statusBytes + looksBytes + beatBytes; all > 24_000 {
			t.Errorf("%d bytes in an hour, want at most 24,000", all)
		}
		if all := len(compact(h.log.state(), len(h.log.state()))); all*10 > live*13 {
			t.Errorf("a restart reads %d entries for %d live keys", all, live)
		}
		for range 25 { // at other moments, and over all slots
			h.wait(67 * time.Second)
			h.wantWarm(slack, slack)
			h.wantTold(late, slack)
		}
		h.restart()
		h.begin()
		h.wait(10 * time.Second)
		h.wantWarm(slack, slack)
		h.wantTold(late+10*time.Second, slack)
		for range 5 {
			h.wait(7 * time.Minute)
			h.wantWarm(slack, slack)
			h.wantTold(late, slack)
		}
		h.end() // as a signal does
		h.wantWarm(0, time.Second)
		h.wantTold(0, time.Second)
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
		for n := range 200 {
			h.sweeps(1)
			told := h.told()[state.CollectionID{Resource: "firewalls"}]
			if told.WholeMS > gone.UnixMilli() || (n > 1 && told.HeldCount != 5) {
				t.Fatalf("readers are told that it was whole %v after what is missing was seen last, %d held; want 5",
					time.UnixMilli(told.WholeMS).Sub(gone), told.HeldCount)
			}
		}
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
			h.wantToldNoLater()
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
func TestLooksByAClockThatIsSet(t *testing.T) { looksByAClockThatIsSet(t, (*harness).restart) }

// Neither do readers take older looks for newer ones where the next owner's own clock is behind that of the one before.
func TestLooksByAClockThatIsBehind(t *testing.T) {
	looksByAClockThatIsSet(t, func(h *harness, change ...func(*producer.Options)) {
		h.restart(change...)
		h.behind(time.Hour)
	})
}

func looksByAClockThatIsSet(t *testing.T, restart func(h *harness, change ...func(*producer.Options))) {
	play(t, func(h *harness) {
		clock := &set{tables: h.tables}
		h.source = clock
		h.firewalls(3)
		for _, by := range []time.Duration{0, 2 * time.Hour, 0, -time.Hour, 0} {
			h.now(func() { clock.by = by })
			h.sweeps(40)
			restart(h)
			reads := h.sweepsOf("firewalls")
			want := reads[len(reads)-1].Add(by)
			known := time.UnixMilli(h.restored()[state.CollectionID{Resource: "firewalls"}].CleanMS)
			if known.After(want) || want.Sub(known) > 2*slack {
				t.Errorf("set by %v: known until %v, want %v, or little before", by, known, want)
			}
			told := time.UnixMilli(h.told()[state.CollectionID{Resource: "firewalls"}].WholeMS)
			if told.After(want) || want.Sub(told) > 2*slack {
				t.Errorf("set by %v: readers are told %v, want %v, or little before", by, told, want)
			}
		}
	}, "firewalls")
}

// behind has the looks so far numbered by a clock that was so much ahead.
func (h *harness) behind(by time.Duration) {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	ahead := int64(by / time.Second)
	for _, b := range h.log.batches {
		for i, r := range b.Records {
			switch {
			case state.IsLooks(r.Topic):
				_, l, err := state.ParseLooks(r.Key, r.Value)
				must(h.t, err)
				l.Seq += ahead
				b.Records[i].Value = state.Encode(l)
			case r.Topic == state.SweepsTopic("digitalocean") && r.Value != nil:
				_, s, err := state.ParseStatus(r.Key, r.Value)
				must(h.t, err)
				s.LooksSeq += ahead
				b.Records[i].Value = state.Encode(s)
			case r.Topic == state.Topic("digitalocean") && r.Value != nil:
				var l state.Looks
				if k, err := state.ParseKey(r.Key); err != nil || k.Kind != state.KindLooks {
					continue
				}
				must(h.t, state.Decode(r.Key, r.Value, &l))
				if l.Seq > 0 {
					l.Seq += ahead
					b.Records[i].Value = state.Encode(l)
				}
			}
		}
	}
}

// wantToldNoLater holds that readers are not told of a later look than there was.
func (h *harness) wantToldNoLater() {
	h.t.Helper()
	for id, s := range h.told() {
		reads, told := h.reads(id), time.UnixMilli(s.WholeMS)
		if len(reads) > 0 && told.After(reads[len(reads)-1]) {
			h.t.Errorf("%v is told as read %v after it was", id, told.Sub(reads[len(reads)-1]))
		}
	}
}

// renumber has the state know no numbers, as after a rebuild, and the statuses others than will be given.
func (h *harness) renumber() {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	for n, b := range h.log.batches {
		b.Records = slices.DeleteFunc(b.Records, func(r producer.Record) bool { return state.IsLooks(r.Topic) })
		h.log.batches[n] = b
		for i, r := range b.Records {
			switch {
			case r.Topic == state.SweepsTopic("digitalocean") && r.Value != nil:
				_, s, err := state.ParseStatus(r.Key, r.Value)
				must(h.t, err)
				s.Number = 1 + (s.Number+7)%40
				b.Records[i].Value = state.Encode(s)
			case r.Topic == state.Topic("digitalocean") && strings.HasPrefix(string(r.Key), string(state.KindCollection)):
				if k, err := state.ParseKey(r.Key); err != nil || k.Kind == state.KindLooks || r.Value == nil {
					continue
				}
				var c state.CollectionCheckpoint
				must(h.t, state.Decode(r.Key, r.Value, &c))
				c.Number = 0
				b.Records[i].Value = state.Encode(c)
			}
		}
	}
}

// Looks never move a status that has a number of another numbering; once each status has its own again, they tell.
func TestLooksOfAnotherNumberingMoveNoStatus(t *testing.T) {
	play(t, func(h *harness) {
		h.idle(20)
		h.perHour = 500
		h.begin()
		h.wait(2 * time.Hour)
		h.log.kill(0)
		h.end()
		h.log.killAt = -1
		h.renumber()
		h.begin()
		for n := range 30 {
			h.log.requests <- producer.Request{ // others wait for their first turn
				AccountID: h.team, Resource: "firewalls", Kind: producer.KindLook, AtMS: time.Now().UnixMilli(), ID: fmt.Sprint(n),
			}
			h.wait(time.Minute)
			h.wantToldNoLater()
		}
		h.wait(2 * time.Hour)
		h.wantTold(late, slack)
	}, idleResources...)
}

// What nobody reads is not swept, so that no sweep writes its status with its new number.
func TestLooksOfAnotherNumberingMoveNoStatusOfWhatIsUnwatched(t *testing.T) {
	play(t, func(h *harness) {
		h.idle(20)
		h.begin()
		h.wait(30 * time.Minute)
		h.end()
		h.resources = slices.DeleteFunc(h.resources, func(r string) bool { return strings.HasPrefix(r, "domain") })
		h.begin()
		h.wait(30 * time.Minute)
		h.restart()
		h.renumber()
		h.begin()
		for range 90 {
			h.wait(time.Minute)
			h.wantToldNoLater()
		}
		numbers := map[int]state.CollectionID{}
		for id, s := range h.told() {
			if other, twice := numbers[s.Number]; twice || s.Number == 0 {
				t.Errorf("%v is told with the number %d of %v", id, s.Number, other)
			}
			numbers[s.Number] = id
		}
	}, idleResources...)
}

// The status of a collection follows each event of it, and each other change, though looks tell of it meanwhile.
func TestAStatusFollowsEachEvent(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		firewalls := state.CollectionID{Resource: "firewalls"}
		for n := range 5 {
			h.sweeps(40)
			h.put("firewalls", "1", fmt.Sprintf(`{"id":"1","name":"v%d"}`, n))
			before, _ := h.log.written(0, "-meta.sweeps")
			h.sweeps(3)
			if lsn := h.log.lastLSN(h.t); h.told()[firewalls].LastLSN < lsn {
				t.Errorf("change %d: the status says lsn %d at most, and the event has %d", n, h.told()[firewalls].LastLSN, lsn)
			}
			if after, _ := h.log.written(0, "-meta.sweeps"); after != before+1 {
				t.Errorf("change %d: %d statuses, want one", n, after-before)
			}
			h.put("firewalls", fmt.Sprint("new", n), fmt.Sprintf(`{"id":"new%d","name":"x"}`, n))
			h.sweeps(3)
			if told := h.told()[firewalls].Records; told != 4+n {
				t.Errorf("the status has %d records, want %d", told, 4+n)
			}
		}
	}, "firewalls")
}

// lastLSN is the number of the newest event.
func (l *fakeLog) lastLSN(t *testing.T) int64 {
	t.Helper()
	events := l.events()
	ev, err := schema.ParseEvent(events[len(events)-1].Value)
	must(t, err)
	return ev.Source.LSN
}
