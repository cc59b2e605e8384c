package producer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// cluster is a cluster with a pool, as the API shows it at a moment.
func (h *harness) cluster(updated, name string, count int) {
	h.put("kubernetes_clusters", "k", fmt.Sprintf(
		`{"id":"k","name":%q,"created_at":"2026-01-01T00:00:00Z","updated_at":%q,"node_pools":[{"id":"p","count":%d}]}`, name, updated, count))
	h.put("projects", "p", fmt.Sprintf(`{"id":"p","name":%q,"updated_at":%q}`, name, updated))
}

var clocked = []string{"kubernetes_clusters", "kubernetes_node_pools", "projects"}

var changedOnce = []string{"u kubernetes_clusters k", "u kubernetes_node_pools k/p", "u projects p"}

// An older clock that stays is the truth: a clock was set right, or its precision is another one.
func TestAnOlderClockThatStaysIsTheTruth(t *testing.T) {
	for _, tt := range []struct {
		name, was, now string
		looks          int // until it is told
		restarts       bool
	}{
		{"less exact", "2026-11-01T10:00:00.417Z", "2026-11-01T10:00:00Z", 1, false},
		{"less exact, in another zone", "2026-11-01T10:00:00.417Z", "2026-11-01T12:00:00+02:00", 1, false},
		{"an hour older", "2026-11-01T10:00:00Z", "2026-11-01T09:00:00Z", 10, false},
		{"a second older, and less exact", "2026-11-01T10:00:01.417Z", "2026-11-01T10:00:00Z", 10, false},
		{"older, with restarts", "2026-11-01T10:00:00Z", "2025-11-01T09:00:00Z", 10, true},
	} {
		play(t, func(h *harness) {
			h.cluster(tt.was, "a", 1)
			h.sweeps(2)
			h.said()
			h.cluster(tt.now, "b", 5)
			before := time.Now().UnixMilli()
			told := 0
			for look := 1; look <= 30; look++ {
				h.sweeps(1)
				if tt.restarts {
					h.end() // in order, as run --once does
				}
				said := h.said()
				if len(said) > 0 && told == 0 {
					told = look
					if d := cmp.Diff(changedOnce, said); d != "" {
						t.Errorf("%s (-want +got):\n%s", tt.name, d)
					}
				} else if len(said) > 0 {
					t.Errorf("%s: look %d: %q, once more", tt.name, look, said)
				}
			}
			if told != tt.looks {
				t.Errorf("%s: told at look %d, want %d", tt.name, told, tt.looks)
			}
			for _, e := range h.events()[3:] {
				if *e.Source.PrevTsMS > before {
					t.Errorf("%s: %s: the window begins %d ms after the change", tt.name, e.Source.Table, *e.Source.PrevTsMS-before)
				}
			}
		}, clocked...)
	}
}

// A replica that lags is shown in turn with the others, for a while longer or shorter.
func TestAReplicaThatLagsChangesNothing(t *testing.T) {
	play(t, func(h *harness) {
		h.cluster("2026-11-01T10:00:00Z", "a", 1)
		h.sweeps(2)
		h.cluster("2026-11-01T11:00:00Z", "a", 5) // of the cluster itself nothing changes but its clock
		h.sweeps(2)
		h.said()
		for round, stale := range []int{1, 3, 9, 2, 1, 5, 9} {
			h.cluster("2026-11-01T10:00:00Z", "a", 1)
			h.sweeps(stale)
			if round%2 == 1 {
				h.restart()
			}
			h.cluster("2026-11-01T11:00:00Z", "a", 5)
			h.sweeps(1)
			h.wants()
		}
		h.cluster("2026-11-01T12:00:00Z", "b", 5)
		h.sweeps(1)
		h.wants("u kubernetes_clusters k", "u projects p")
		for range 5 {
			h.cluster("2026-11-01T11:00:00Z", "a", 5)
			h.sweeps(4)
			h.cluster("2026-11-01T12:00:00Z", "b", 5)
			h.sweeps(1)
		}
		h.wants()
	}, clocked...)
}

// What changed while only a replica was shown that lags may have changed before that.
func TestAWindowHoldsTheTimeInWhichAReplicaLagged(t *testing.T) {
	play(t, func(h *harness) {
		h.cluster("2026-11-01T10:00:00Z", "a", 1)
		h.sweeps(2)
		h.cluster("2026-11-01T11:00:00Z", "b", 2)
		h.sweeps(2)
		h.said()
		changed := time.Now().UnixMilli()
		h.cluster("2026-11-01T10:00:00Z", "a", 1)
		h.sweeps(3)
		h.cluster("2026-11-01T12:00:00Z", "c", 3)
		h.sweeps(1)
		h.wants(changedOnce...)
		for _, e := range h.events()[6:] {
			if *e.Source.PrevTsMS > changed {
				t.Errorf("%s: the window begins %d ms after the change", e.Source.Table, *e.Source.PrevTsMS-changed)
			}
		}
	}, clocked...)
}

// Looks that are an hour apart need not be ten.
func TestAnOlderClockThatStaysForHoursIsTheTruthSooner(t *testing.T) {
	play(t, func(h *harness) {
		h.options.Interval = time.Hour
		h.cluster("2026-11-01T10:00:00Z", "a", 1)
		h.sweeps(1)
		h.said()
		h.cluster("2026-11-01T09:00:00Z", "b", 5)
		h.wait(2*time.Hour + time.Minute)
		h.wants()
		h.wait(time.Hour)
		h.wants(changedOnce...)
	}, clocked...)
}
