package state_test

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/state"
)

const (
	toldSweeps = "acme-meta.sweeps"
	toldLooks  = "acme-meta.looks"
)

// entry is a record of one of the topics.
type entry struct {
	topic      string
	key, value []byte
}

func toldStatus(resource string, s state.CollectionStatus) entry {
	return entry{toldSweeps, state.StatusKey("team-1", state.CollectionID{Resource: resource}), state.Encode(s)}
}

func toldLook(slot int, l state.ToldLooks) entry {
	return entry{toldLooks, state.Encode(state.LooksSlot{AccountID: "team-1", Slot: slot}), state.Encode(l)}
}

// seen are looks that tell of some collections.
func seen(atMS, seq int64, numbers ...int) state.ToldLooks {
	l := &state.Looks{AtMS: atMS}
	for _, n := range numbers {
		l.Seen(n)
	}
	return state.ToldLooks{AtMS: atMS, Since: l.Since, Seq: seq}
}

func tell(t *testing.T, entries ...entry) map[string]int64 {
	t.Helper()
	var told state.Told
	for _, e := range entries {
		if account, err := told.Take(e.topic, e.key, e.value); account != "team-1" || err != nil {
			t.Fatalf("%s %s: %q, %v", e.topic, e.key, account, err)
		}
	}
	whole := map[string]int64{}
	for c, s := range told.All() {
		whole[c.Resource] = s.WholeMS
	}
	return whole
}

// Looks move the statuses that are of their numbering and older than they are, and no others.
func TestLooksMoveTheStatusesThatTheyAreOf(t *testing.T) {
	status := func(number int, seq int64) state.CollectionStatus {
		return state.CollectionStatus{Status: state.Whole, BeganMS: 50, WholeMS: 50, Number: number, LooksSeq: seq}
	}
	got := tell(t,
		toldStatus("droplets", status(1, 10)), toldStatus("firewalls", status(2, 10)), toldStatus("vpcs", status(0, 0)),
		toldStatus("images", status(3, 12)), toldStatus("volumes", status(4, 10)), toldStatus("domains", status(5, 0)),
		toldLook(0, seen(40, 11, 4)), toldLook(1, seen(70, 11, 0, 1, 3)), toldLook(2, seen(60, 12, 1, 3)),
		entry{topic: toldSweeps, key: toldStatus("domains", status(0, 0)).key},
	)
	want := map[string]int64{"droplets": 70, "firewalls": 50, "vpcs": 50, "images": 50, "volumes": 50}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A slot that an operator took away, as of an account that is to be forgotten, tells nothing, and is no fault.
func TestLooksThatWereTakenAway(t *testing.T) {
	gone := toldLook(1, state.ToldLooks{})
	gone.value = nil
	s := state.CollectionStatus{Status: state.Whole, BeganMS: 50, WholeMS: 50, Number: 1}
	got := tell(t, toldLook(1, seen(70, 11, 1)), gone, toldStatus("droplets", s), toldLook(2, seen(60, 12, 1)))
	if got["droplets"] != 60 {
		t.Errorf("read at %d, want 60", got["droplets"])
	}
}

// A reader may read the two topics side by side, and one of them faster.
func TestWhatIsToldDoesNotDependOnWhichTopicIsReadFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	resources := []string{"droplets", "firewalls", "vpcs", "images"}
	for round := range 200 {
		var statuses, looks []entry
		seq := int64(1)
		for at := range int64(60) {
			n := r.IntN(len(resources))
			if r.IntN(3) == 0 {
				s := state.CollectionStatus{Status: state.Whole, BeganMS: at, WholeMS: at, Number: n + 1, LooksSeq: seq}
				statuses = append(statuses, toldStatus(resources[n], s))
				continue
			}
			seq++
			looks = append(looks, toldLook(int(seq)%state.LookSlots, seen(at, seq, n+1, r.IntN(4)+1)))
		}
		var mixed []entry
		for a, b := statuses, looks; len(a)+len(b) > 0; {
			if len(b) == 0 || (len(a) > 0 && r.IntN(2) == 0) {
				mixed, a = append(mixed, a[0]), a[1:]
			} else {
				mixed, b = append(mixed, b[0]), b[1:]
			}
		}
		one, other := tell(t, append(statuses, looks...)...), tell(t, mixed...)
		if !maps.Equal(one, other) {
			t.Fatalf("round %d: %v, and %v", round, one, other)
		}
	}
}

// A status is written again for whatever looks don't tell.
func TestWhatLooksDontTellIsToldByAStatus(t *testing.T) {
	s := state.CollectionStatus{
		Status: state.Whole, BeganMS: 50, EndedMS: 51, WholeMS: 50, SinceMS: 7, Records: 3, LastLSN: 9, Held: []string{},
		IntervalMS: 60_000, Number: 4, LooksSeq: 2,
	}
	for what, tc := range map[string]struct {
		change func(*state.CollectionStatus)
		told   bool
	}{
		"nothing":        {func(*state.CollectionStatus) {}, true},
		"a later sweep":  {func(s *state.CollectionStatus) { s.BeganMS, s.EndedMS, s.WholeMS = 90, 91, 90 }, true},
		"a newer event":  {func(s *state.CollectionStatus) { s.LastLSN, s.LooksSeq = 10, 3 }, true},
		"nearly as long": {func(s *state.CollectionStatus) { s.IntervalMS = 85_000 }, true},

		"longer":              {func(s *state.CollectionStatus) { s.IntervalMS = 95_000 }, false},
		"shorter":             {func(s *state.CollectionStatus) { s.IntervalMS = 35_000 }, false},
		"no interval":         {func(s *state.CollectionStatus) { s.IntervalMS = 0 }, false},
		"an earlier sweep":    {func(s *state.CollectionStatus) { s.BeganMS, s.WholeMS = 40, 40 }, false},
		"not clean":           {func(s *state.CollectionStatus) { s.BeganMS = 90 }, false},
		"another status":      {func(s *state.CollectionStatus) { s.Status = state.Partial }, false},
		"another reason":      {func(s *state.CollectionStatus) { s.Reason = "short" }, false},
		"since another time":  {func(s *state.CollectionStatus) { s.SinceMS = 8 }, false},
		"more records":        {func(s *state.CollectionStatus) { s.Records = 4 }, false},
		"something held":      {func(s *state.CollectionStatus) { s.Held = []string{"path:x"} }, false},
		"more held":           {func(s *state.CollectionStatus) { s.HeldCount = 1 }, false},
		"held for another":    {func(s *state.CollectionStatus) { s.HeldReason = absence.Reason("x") }, false},
		"something is broken": {func(s *state.CollectionStatus) { s.Quarantined = 1 }, false},
		"another number":      {func(s *state.CollectionStatus) { s.Number = 5 }, false},
		"no number":           {func(s *state.CollectionStatus) { s.Number = 0 }, false},
	} {
		now := s
		tc.change(&now)
		if got := s.Told(now); got != tc.told {
			t.Errorf("%s: told %v", what, got)
		}
	}
}
