package state_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
)

// What looks tell is never later than what was so, and hardly earlier.
func TestLooksTellWhenEachCollectionWasLookedAt(t *testing.T) {
	const now = int64(1_790_000_000_000)
	at := map[int]int64{1: now, 2: now - 1, 5: now - 999_001, 9: now - 5*3600*1000, 12: now + 60_000}
	all := &state.Looks{AtMS: now}
	for n, ms := range at {
		all.Age(n, ms)
	}
	all.Age(7, now-int64(24*time.Hour/time.Millisecond)) // too long ago
	all = again(t, all)
	for n := range 20 {
		ms, told := at[n]
		switch got := all.Of(n); {
		case !told && got != 0:
			t.Errorf("collection %d: %d, want that they don't tell", n, got)
		case told && (got > ms || got < min(ms, now)-1000):
			t.Errorf("collection %d: %d, want at most %d, and a second less at the least", n, got, ms)
		}
	}
	since := &state.Looks{AtMS: now}
	since.Seen(3)
	since.Seen(17)
	since = again(t, since)
	for n := range 30 {
		if got := since.Of(n); (got == now) != (n == 3 || n == 17) || (got != now && got != 0) {
			t.Errorf("collection %d: %d", n, got)
		}
	}
}

func again(t *testing.T, l *state.Looks) *state.Looks {
	t.Helper()
	var read state.Looks
	if err := state.Decode(nil, state.Encode(l), &read); err != nil {
		t.Fatal(err)
	}
	return &read
}

// Looks move the times of checkpoints that stand before them, and nothing else. What lacked something then lacks it
// still.
func TestLooksMoveCheckpointsOn(t *testing.T) {
	var c state.Checkpoints
	take := func(key, value []byte) {
		t.Helper()
		if err := c.Take(key, value); err != nil {
			t.Fatal(err)
		}
	}
	id := func(parent string) state.CollectionID {
		return state.CollectionID{Resource: "domain_records", Parent: parent}
	}
	put := func(parent string, h state.CollectionCheckpoint) {
		take(state.CollectionKey("team-1", id(parent)), state.Encode(h))
	}
	put("whole", state.CollectionCheckpoint{Number: 1, FirstMS: 1, WholeMS: 1000, CleanMS: 1000, Learned: &state.Learned{
		Memory: schedule.Memory{Requests: 1, Changes: 3}, AtMS: 1010,
	}})
	put("lacking", state.CollectionCheckpoint{Number: 2, FirstMS: 1, WholeMS: 1000, CleanMS: 500})
	put("unread", state.CollectionCheckpoint{Number: 3})
	put("without a number", state.CollectionCheckpoint{FirstMS: 1, WholeMS: 1000, CleanMS: 1000})
	looks := &state.Looks{AtMS: 61_000, PerHour: 5000, Others: 7}
	for n := 1; n <= 4; n++ {
		looks.Age(n, 61_000)
	}
	take(state.LooksKey("team-1", 0), state.Encode(looks))
	put("newer", state.CollectionCheckpoint{Number: 4, FirstMS: 1, WholeMS: 2000, CleanMS: 2000})
	got := map[string][2]int64{}
	for k, h := range c.Accounts["team-1"].Collections {
		got[k.Parent] = [2]int64{h.WholeMS, h.CleanMS}
	}
	want := map[string][2]int64{
		"whole": {61_000, 61_000}, "lacking": {61_000, 500}, "unread": {}, "without a number": {1000, 1000},
		"newer": {2000, 2000},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("whole and clean (-want +got):\n%s", d)
	}
	a := c.Accounts["team-1"]
	if l := a.Collections[id("whole")].Learned; l.AtMS != 61_010 || l.Changes >= 3 || l.Watched < 59 {
		t.Errorf("learned %+v, want a calm minute more", l)
	}
	if a.PerHour != 5000 || a.Others != 7 {
		t.Errorf("limit %d, others %d", a.PerHour, a.Others)
	}
}
