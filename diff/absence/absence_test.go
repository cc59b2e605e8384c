package absence_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/schema"
)

const now = 1_000_000_000

// ago is a moment so long before the sweep, in ms.
func ago(d time.Duration) int64 { return now - d.Milliseconds() }

func ids(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%03d", i))
	}
	return all
}

// missed has the first n ids missed since a moment.
func missed(n int, sinceMS int64) map[string]int64 {
	all := map[string]int64{}
	for _, id := range ids(n) {
		all[id] = sinceMS
	}
	return all
}

var (
	byGet  = &schema.Resource{Name: "droplets"}
	twice  = &schema.Resource{Name: "nfs_shares", Absent: schema.Twice}
	single = &schema.Resource{Name: "database_autoscale", Kind: schema.Single, Absent: schema.WithParent}
	never  = &schema.Resource{Name: "actions", Kind: schema.Log, Absent: schema.Never}
	parent = &schema.Resource{Name: "x", Absent: schema.WithParent}
)

func TestJudge(t *testing.T) {
	minute, ten := ago(absence.SecondLook), ago(absence.GuardLook)
	for _, c := range []struct {
		name    string
		known   absence.Collection
		missing int

		gone, ask, sampled, samples int
		suspects                    int
		reason                      absence.Reason
		within                      time.Duration
	}{
		{name: "nothing is missing", known: absence.Collection{Row: byGet, Size: 5}},
		{name: "a GET by id decides", known: absence.Collection{Row: byGet, Size: 5}, missing: 5, ask: 5, suspects: 5},
		{
			name: "what an operator has released goes, whatever a GET by id would return",
			known: absence.Collection{
				Row: byGet, Size: 5, Trusted: true, Suspects: missed(2, ago(time.Second)), Released: map[string]bool{"000": true},
			},
			missing: 2, gone: 1, ask: 1, suspects: 2,
		},
		{
			name: "but not with a token that may be another account's",
			known: absence.Collection{
				Row: byGet, Size: 5, Suspects: missed(1, ago(time.Second)), Released: map[string]bool{"000": true},
			},
			missing: 1, ask: 1, suspects: 1,
		},
		{
			name:  "too many to ask for wait for a second sweep",
			known: absence.Collection{Row: byGet, Size: 150}, missing: 101,
			suspects: 101, reason: absence.SecondSweep, within: absence.SecondLook,
		},
		{
			name:    "and then samples decide for all",
			known:   absence.Collection{Row: byGet, Size: 150, Suspects: missed(101, minute)},
			missing: 101, sampled: 101, samples: absence.Samples, suspects: 101, reason: absence.SecondSweep,
		},
		{
			name:    "of too many, those that were missed before are asked for",
			known:   absence.Collection{Row: byGet, Size: 150, Suspects: missed(3, minute)},
			missing: 101, ask: 3, suspects: 101, reason: absence.SecondSweep, within: absence.SecondLook,
		},
		{
			name:    "what was created moments ago waits",
			known:   absence.Collection{Row: byGet, Size: 5, Created: map[string]int64{"000": ago(5 * time.Second)}},
			missing: 2, ask: 1, suspects: 2, reason: absence.Young, within: absence.SecondLook,
		},
		{
			name:    "until it is a minute old",
			known:   absence.Collection{Row: byGet, Size: 5, Created: map[string]int64{"000": minute}},
			missing: 1, ask: 1, suspects: 1,
		},
		{
			name:    "missing once",
			known:   absence.Collection{Row: twice, Size: 5, Trusted: true},
			missing: 1, suspects: 1, reason: absence.SecondSweep, within: absence.SecondLook,
		},
		{
			name:    "missing twice, but too soon",
			known:   absence.Collection{Row: twice, Size: 5, Trusted: true, Suspects: missed(1, minute+1)},
			missing: 1, suspects: 1, reason: absence.SecondSweep, within: absence.SecondLook,
		},
		{
			name:    "missing twice",
			known:   absence.Collection{Row: twice, Size: 5, Trusted: true, Suspects: missed(1, minute)},
			missing: 1, gone: 1, suspects: 1,
		},
		{
			name:    "missing twice, with a token that may be another account's",
			known:   absence.Collection{Row: twice, Size: 5, Suspects: missed(1, minute)},
			missing: 1, suspects: 1, reason: absence.TokenUnproven,
		},
		{
			name: "missing twice, the first time with a token that may be another account's",
			known: absence.Collection{
				Row: twice, Size: 5, Trusted: true, Unproven: true, Suspects: missed(1, minute),
			},
			missing: 1, suspects: 1, reason: absence.SecondSweep, within: absence.SecondLook,
		},
		{
			name:    "missing once, with a token that may be another account's",
			known:   absence.Collection{Row: twice, Size: 5},
			missing: 1, suspects: 1, reason: absence.TokenUnproven, within: absence.SecondLook,
		},
		{
			name:    "more than half of at least ten is a mass delete",
			known:   absence.Collection{Row: twice, Size: 19, Trusted: true, Suspects: missed(10, minute)},
			missing: 10, suspects: 10, reason: absence.MassDelete,
		},
		{
			name:    "half of them is not",
			known:   absence.Collection{Row: twice, Size: 20, Trusted: true, Suspects: missed(10, minute)},
			missing: 10, gone: 10, suspects: 10,
		},
		{
			name:    "all of two are",
			known:   absence.Collection{Row: twice, Size: 2, Trusted: true, Suspects: missed(2, minute)},
			missing: 2, suspects: 2, reason: absence.MassDelete,
		},
		{
			name:    "the only one is not",
			known:   absence.Collection{Row: twice, Size: 1, Trusted: true, Suspects: missed(1, minute)},
			missing: 1, gone: 1, suspects: 1,
		},
		{
			name:    "a mass delete is believed after ten minutes",
			known:   absence.Collection{Row: twice, Size: 2, Trusted: true, Suspects: missed(2, ten)},
			missing: 2, gone: 2, suspects: 2,
		},
		{
			name: "or when an operator releases it",
			known: absence.Collection{
				Row: twice, Size: 2, Trusted: true, Suspects: missed(2, ago(time.Second)),
				Released: map[string]bool{"000": true, "001": true},
			},
			missing: 2, gone: 2, suspects: 2,
		},
		{
			name:    "what there is only one of goes after two sweeps",
			known:   absence.Collection{Row: single, Size: 1, Trusted: true, Suspects: missed(1, minute)},
			missing: 1, gone: 1, suspects: 1,
		},
		{name: "a log forgets nothing", known: absence.Collection{Row: never, Size: 5, Trusted: true}, missing: 5},
		{name: "what only its parent takes", known: absence.Collection{Row: parent, Size: 5, Trusted: true}, missing: 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.known.BeganMS = now
			j := absence.Judge(c.known, ids(c.missing))
			got := []int{len(j.Gone), len(j.Ask), len(j.Sampled), len(j.Samples), len(j.Suspects)}
			want := []int{c.gone, c.ask, c.sampled, c.samples, c.suspects}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("gone, ask, sampled, samples, suspects (-want +got):\n%s", d)
			}
			if j.Held.Reason != c.reason || j.Within != c.within {
				t.Errorf("held as %q, next sweep within %v: want %q, %v", j.Held.Reason, j.Within, c.reason, c.within)
			}
		})
	}
}

// A suspect keeps the time at which it was missed first; one that is new is missed since this sweep began.
func TestJudgeRemembersWhenARecordWasMissedFirst(t *testing.T) {
	known := absence.Collection{Row: twice, Size: 5, Suspects: map[string]int64{"000": 7}, BeganMS: now}
	j := absence.Judge(known, ids(2))
	if d := cmp.Diff(map[string]int64{"000": 7, "001": now}, j.Suspects); d != "" {
		t.Errorf("suspects (-want +got):\n%s", d)
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		answer  absence.Answer
		trusted bool
		gone    bool
		reason  absence.Reason
	}{
		{absence.NotFound, true, true, ""},
		{absence.Deleted, true, true, ""},
		{absence.NotFound, false, false, absence.TokenUnproven},
		{absence.Deleted, false, false, absence.TokenUnproven},
		{absence.Found, true, false, absence.AnswersByID},
		{absence.NoParent, true, false, absence.ParentMissing},
		{absence.Unanswered, true, false, absence.NotConfirmed},
	} {
		gone, why := absence.Collection{Row: byGet, Trusted: c.trusted}.Verdict(c.answer, "status 500")
		if gone != c.gone || why.Reason != c.reason {
			t.Errorf("answer %d, trusted %t: gone %t, %q; want %t, %q", c.answer, c.trusted, gone, why.Reason, c.gone, c.reason)
		}
	}
}

func TestVisible(t *testing.T) {
	for _, c := range []struct {
		sight    absence.Sight
		released bool
		want     absence.Reason
	}{
		{absence.Sight{}, false, ""},
		{absence.Sight{URN: "do:droplet:1", Known: true, Readable: true}, false, ""},
		{absence.Sight{URN: "do:droplet:1", Known: true}, false, absence.Hidden},
		{absence.Sight{URN: "do:droplet:1", Known: true}, true, absence.Hidden},
		{absence.Sight{URN: "do:droplet:1", Known: true, Elsewhere: true}, false, ""},
		{absence.Sight{URN: "do:space:x"}, false, absence.Unnamed},
		{absence.Sight{URN: "do:space:x"}, true, ""},
	} {
		known := absence.Collection{Row: twice, Released: map[string]bool{"1": c.released}}
		if got := known.Visible("1", c.sight); got.Reason != c.want {
			t.Errorf("%+v, released %t: %q, want %q", c.sight, c.released, got.Reason, c.want)
		}
	}
}

// Every reason says something of its own to an operator.
func TestEveryReasonHasWords(t *testing.T) {
	said := map[string]absence.Reason{}
	for _, r := range []absence.Reason{
		absence.AnswersByID, absence.NotConfirmed, absence.ParentMissing, absence.TokenUnproven, absence.SecondSweep,
		absence.MassDelete, absence.Hidden, absence.Unnamed, absence.StillCounted, absence.Young, absence.ParentAbsent,
		absence.ParentBroken,
		absence.ParentBehind,
		absence.Unreadable,
	} {
		text := absence.Held{Reason: r}.String()
		if text == string(r) || text == "" || said[text] != "" {
			t.Errorf("%q says %q, as %q does", r, text, said[text])
		}
		said[text] = r
	}
}
