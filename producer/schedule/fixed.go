package schedule

import "time"

// A collection whose parent tells of its changes is read when the parent does, and otherwise every fourth interval.

// headroom is the share of the limit that a fixed interval leaves to looks by id, retries and other users of the token.
const headroom = 0.05

// nextFixed answers the collection that is due first. What was planned before everything's cost was known comes later
// than planned.
func (s *Schedule) nextFixed() (*item, float64) {
	it := s.due.first()
	if it == nil {
		return nil, 0
	}
	for {
		earliest := it.last + s.least()*it.patience()
		if it.signaled || !it.known || it.due >= earliest {
			break
		}
		s.move(it, earliest)
		it = s.due.first()
	}
	return it, max(it.due, s.pace)
}

func (s *Schedule) doneFixed(it *item, began float64, r Result) {
	it.asked = r.Within > 0 || r.After > 0
	s.tell(it, r.Told && r.Outcome == Good && !it.asked)
	after := s.every(it)
	if r.Within > 0 {
		after = min(after, r.Within.Seconds())
	}
	after = max(after, r.After.Seconds(), it.rest, s.least())
	it.last, it.known, it.signaled = began, true, false
	if s.fresh == 0 && s.least() > s.opts.Interval.Seconds() {
		s.pace = began + s.afford(float64(it.cost)) // spread over the hour; a first pass goes as fast as the source lets it
	}
	s.move(it, began+after)
}

// hintFixed has a collection read now whose parent tells of a change.
func (s *Schedule) hintFixed(it *item, due float64) {
	if due < it.due {
		it.signaled = true
		s.move(it, due)
	}
}

// Still says of a collection that was not swept since it was added that its parent tells of no change since it was last
// read, so long ago. It answers whether that will do: with a fixed interval it counts as swept then, until it is four
// intervals old.
func (s *Schedule) Still(now time.Time, k Key, age time.Duration) bool {
	at := s.at(now)
	it := s.items[k]
	if it == nil || s.learns() || it.swept || it.signaled {
		return false
	}
	s.tell(it, true)
	last := at - max(0, age.Seconds())
	if last+s.every(it) <= at {
		s.tell(it, false)
		return false
	}
	s.settle(it)
	it.last, it.known = last, true
	s.move(it, last+s.every(it))
	return true
}

// tell notes whether a collection's parent tells of its changes.
func (s *Schedule) tell(it *item, told bool) {
	s.told -= it.told
	it.told = 0
	if told {
		it.told = it.cost
		s.told += it.told
	}
}

// patience is how many intervals pass from one sweep to the next, if nobody asks.
func (it *item) patience() float64 {
	if it.told > 0 {
		return longest
	}
	return 1
}

// every is the time from one sweep of a collection to the next, if nobody asks.
func (s *Schedule) every(it *item) float64 {
	return max(s.opts.Interval.Seconds(), s.least()) * it.patience()
}

// Interval is the fixed interval in force: the one asked for, or longer where the limit doesn't allow it.
func (s *Schedule) Interval() time.Duration {
	return max(s.opts.Interval, time.Duration(s.least()*float64(time.Second)))
}

// least is the shortest interval in which everything can be read within the limit.
func (s *Schedule) least() float64 {
	return s.afford(float64(s.cost) - float64(s.told)*(1-1/longest))
}

// afford is the time in which the limit allows so many requests.
func (s *Schedule) afford(requests float64) float64 {
	if s.opts.PerHour <= 0 {
		return 0
	}
	return requests / (float64(s.opts.PerHour) * (1 - headroom)) * 3600
}
