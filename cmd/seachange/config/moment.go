package config

import (
	"time"
)

// ahead is how far the newest windows may end after now: on the API's clock, widened by its whole second. What has just
// been seen is seen now.
const ahead = 2 * time.Second

// ParseMoment reads a time, a time span before now, or "now". A moment that is still to come is an error.
func ParseMoment(s string, now time.Time) (time.Time, error) {
	if s == "now" {
		return now.Add(ahead), nil
	}
	t, err := ParseSince(s, now)
	if err != nil || t.IsZero() {
		return t, Errorf("%q is no moment: write now, a time span (90m, 30d), a date (2026-01-31) "+
			"or a time (2026-01-31T12:00:00Z)", s)
	}
	if t.After(now.Add(ahead)) {
		return t, Errorf("%s lies in the future: it is %s, and nobody knows more than now", s,
			now.UTC().Format(time.RFC3339))
	}
	return t, nil
}

// ParseSince reads a time, or a time span before now. Empty is the zero time: from now on.
func ParseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	var ago Span
	if ago.UnmarshalText([]byte(s)) == nil {
		return now.Add(-time.Duration(ago)), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, Errorf("--since %q: write a time span (90m, 30d), a date (2026-01-31) "+
		"or a time (2026-01-31T12:00:00Z)", s)
}
