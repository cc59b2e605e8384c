package schedule

import "time"

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
		earliest := it.last + s.least()
		if it.signaled || !it.known || it.due >= earliest {
			break
		}
		s.due.move(it, earliest)
		it = s.due.first()
	}
	return it, max(it.due, s.pace)
}

func (s *Schedule) doneFixed(it *item, began float64, r Result) {
	after := s.opts.Interval.Seconds()
	if r.Within > 0 {
		after = min(after, r.Within.Seconds())
	}
	after = max(after, r.After.Seconds(), it.rest)
	it.last, it.known, it.signaled = began, true, false
	if s.least() > s.opts.Interval.Seconds() {
		s.pace = began + s.afford(it.cost) // spread over the hour
	}
	s.due.move(it, began+max(after, s.least()))
}

// Interval is the fixed interval in force: the one asked for, or longer where the limit doesn't allow it.
func (s *Schedule) Interval() time.Duration {
	return max(s.opts.Interval, time.Duration(s.least()*float64(time.Second)))
}

// least is the shortest interval in which everything can be read within the limit.
func (s *Schedule) least() float64 { return s.afford(s.cost) }

// afford is the time in which the limit allows so many requests.
func (s *Schedule) afford(requests int) float64 {
	if s.opts.PerHour <= 0 {
		return 0
	}
	return float64(requests) / (float64(s.opts.PerHour) * (1 - headroom)) * 3600
}
