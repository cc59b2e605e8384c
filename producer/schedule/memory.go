package schedule

import (
	"math"
	"time"
)

// Memory is what a Schedule has learned of a collection, to be kept over a restart. Its zero value knows nothing.
type Memory struct {
	Requests int     `json:"requests"`
	Records  int     `json:"records"`
	Changes  float64 `json:"changes"` // counted, fading
	Watched  float64 `json:"watched"` // seconds that they were counted in, fading
	Hot      float64 `json:"hot,omitzero"`
	Follow   float64 `json:"follow,omitzero"`
	After    float64 `json:"after,omitzero"`
	AgeS     float64 `json:"-"` // seconds since the sweep that it ends with began; the caller knows it
}

// Memory returns what was learned of a collection, false if nothing was.
func (s *Schedule) Memory(k Key) (Memory, bool) {
	it := s.items[k]
	if it == nil || !it.known || it.kind == nil {
		return Memory{}, false
	}
	return Memory{
		Requests: it.cost, Records: it.records, Changes: short(it.changes), Watched: math.Round(it.watched),
		Hot: short(it.hot), Follow: short(it.follow), After: short(it.after),
	}, true
}

// Calm is what a Schedule knows after so long a time more, in which the collection was read and had not changed.
func (m Memory) Calm(d time.Duration) Memory {
	fade, cool := math.Exp(-d.Seconds()/memory), math.Exp(-d.Seconds()/burst)
	m.Changes *= fade
	m.Watched = m.Watched*fade + memory*(1-fade)
	m.After += m.Hot * (1 - cool)
	m.Hot *= cool
	return m
}

// short rounds to what is worth keeping.
func short(f float64) float64 { return math.Round(f*1000) / 1000 }

// remember takes up what an earlier Schedule learned.
func (it *item) remember(m Memory, now float64) {
	if m.Requests <= 0 || !m.sane() {
		return
	}
	fade := math.Exp(-m.AgeS / memory)
	it.known, it.phase = true, planned
	it.last, it.cost, it.records = now-m.AgeS, m.Requests, max(m.Records, 0)
	it.changes, it.watched, it.hot = m.Changes*fade, min(m.Watched, memory)*fade, m.Hot
	it.follow, it.after = m.Follow, m.After
	k := it.kind
	k.changes += it.changes
	k.watched += it.watched * it.size()
	k.follow += m.Follow
	k.after += m.After
}

func (m Memory) sane() bool {
	for _, f := range []float64{m.Changes, m.Watched, m.Hot, m.Follow, m.After, m.AgeS} {
		if math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
			return false
		}
	}
	return true
}
