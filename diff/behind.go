package diff

import (
	"maps"
	"time"
)

// Behind is a record that is shown as it was earlier than what is known of it, by its row's clock: a replica of the
// API's may lag. What stays so, sweep after sweep, is the truth: a backup was restored, or a clock set right.
type Behind struct {
	SinceMS int64 `json:"since_ms"` // when it was shown last as it is known
	Looks   int   `json:"looks"`    // that showed it older, one after the other
}

// What is older is taken for the truth at the tenth sweep that shows it, or at the third or later once an hour has
// passed.
const (
	looksToStay  = 10
	spacedToStay = 3
	spaced       = time.Hour
)

// Look counts another sweep that shows the older, and reports whether that is the truth now. sinceMS is when what is
// known was shown last, beganMS when the sweep began.
func (b Behind) Look(sinceMS, beganMS int64) (after Behind, stays bool) {
	if b.Looks == 0 {
		b.SinceMS = sinceMS
	}
	b.Looks++
	long := time.Duration(beganMS-b.SinceMS)*time.Millisecond >= spaced
	return b, b.Looks >= looksToStay || (b.Looks >= spacedToStay && long)
}

// Behind returns the records that are behind after this sweep, as it goes into the next one's SweepOptions.
func (w *Sweep) Behind() map[string]Behind {
	maps.DeleteFunc(w.behind, func(id string, _ Behind) bool { return w.s.records[id] == nil })
	return maps.Clone(w.behind)
}

// lags reports whether a showing that is older by the row's clock is to be left out, and counts it.
func (w *Sweep) lags(r *record, beganMS int64) bool {
	b, stays := w.o.Behind[r.id].Look(r.seenMS, beganMS)
	if stays {
		return false
	}
	if w.behind == nil {
		w.behind = map[string]Behind{}
	}
	w.behind[r.id] = b
	return true
}

// Earlier reports whether one instant is certainly before another one, as far as the less exact of them tells. A text
// that is none is before nothing.
func Earlier(instant, than string) bool {
	a, isA := readMoment(instant)
	b, isB := readMoment(than)
	return isA && isB && a.before(b)
}
