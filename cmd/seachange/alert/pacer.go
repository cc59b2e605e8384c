package alert

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// A finding that begins so often within so long flaps. It is reported as such once, and again as it is when nothing
// happened to it for as long.
const (
	flaps      = 3
	flapWithin = 10 * time.Minute
)

// pacer keeps back what comes too often. It has no clock: times are handed to it.
type pacer map[string]*pace // by Finding

// pace is what a pacer knows of a finding.
type pace struct {
	begins   []time.Time // the last ones
	changed  time.Time
	told     time.Time // that it began
	cooldown time.Duration
	flapping bool
	kept     *Alert // what it does now, as far as that was not sent
	dropped  int    // alerts of the cooldown
}

// take returns those of the alerts that are sent now.
func (p pacer) take(now time.Time, alerts []*Alert) (told []*Alert) {
	for _, a := range alerts {
		s := p[a.Finding()]
		if s == nil {
			s = &pace{}
			p[a.Finding()] = s
		}
		if a = s.take(now, a); a != nil {
			told = append(told, a)
		}
	}
	return told
}

func (s *pace) take(now time.Time, a *Alert) *Alert {
	s.changed, s.cooldown = now, a.cooldown
	begins := a.Status == Firing
	if begins && a.lasts {
		s.begins = append(s.begins[max(0, len(s.begins)-flaps+1):], now)
	}
	switch {
	case s.flapping:
		s.kept = a
		return nil
	case len(s.begins) == flaps && now.Sub(s.begins[0]) < flapWithin && begins && a.lasts:
		s.flapping, s.kept, s.told = true, nil, now
		return flappingOf(a)
	case begins && !s.told.IsZero() && now.Sub(s.told) < a.cooldown:
		s.dropped++
		if a.lasts {
			s.kept = a
		}
		return nil
	case !begins && s.kept != nil: // neither that it began was sent
		s.kept = nil
		return nil
	case begins:
		return s.tell(now, a)
	}
	return a
}

func (s *pace) tell(now time.Time, a *Alert) *Alert {
	if s.dropped > 0 {
		more := *a
		more.What += fmt.Sprintf("; %d times more within the cooldown of %s", s.dropped, s.cooldown)
		a = &more
	}
	s.told, s.dropped, s.kept = now, 0, nil
	return a
}

func flappingOf(a *Alert) *Alert {
	f := *a
	f.ID += "/flapping"
	f.Title += " (flapping)"
	f.What = fmt.Sprintf("it began %d times within %s, and is reported again once it has stayed as it is for as long; "+
		"the last: %s", flaps, flapWithin, a.What)
	return &f
}

// settle returns what was kept back and is sent now, and forgets what is quiet.
func (p pacer) settle(now time.Time) (told []*Alert) {
	for _, finding := range slices.Sorted(maps.Keys(p)) {
		s := p[finding]
		quiet := now.Sub(s.changed)
		switch {
		case s.flapping && quiet >= flapWithin:
			if s.kept != nil && s.kept.Status == Resolved {
				told = append(told, s.kept)
			}
			delete(p, finding)
		case !s.flapping && s.kept != nil && now.Sub(s.told) >= s.cooldown:
			s.dropped--
			told = append(told, s.tell(now, s.kept))
		case !s.flapping && s.kept == nil && quiet >= max(flapWithin, s.cooldown):
			delete(p, finding)
		}
	}
	return told
}
