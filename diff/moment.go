package diff

import (
	"bytes"
	"strings"
	"time"
)

// moment is an instant, as exactly as the API wrote it.
type moment struct {
	at   time.Time
	unit time.Duration // what its last digit counts
}

// layouts are how instants are written; behind seconds there may be a fraction. Without a zone it is UTC.
var layouts = []struct {
	text string
	unit time.Duration
}{
	{time.RFC3339, time.Second},
	{"2006-01-02 15:04:05Z07:00", time.Second},
	{"2006-01-02T15:04:05", time.Second},
	{time.DateTime, time.Second},
	{"2006-01-02T15:04Z07:00", time.Minute},
	{time.DateOnly, 24 * time.Hour},
}

// readMoment reads a text. Not ok: it is no instant.
func readMoment(text string) (m moment, ok bool) {
	for _, l := range layouts {
		if at, err := time.Parse(l.text, text); err == nil {
			return moment{at, l.unit / fraction(text)}, true
		}
	}
	return moment{}, false
}

// fraction is what a second is divided by: 1000 in 12:00:00.417Z.
func fraction(text string) time.Duration {
	_, digits, _ := strings.Cut(text, ".")
	parts := time.Duration(1)
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' || parts == time.Second {
			break
		}
		parts *= 10
	}
	return parts
}

// same reports whether two are one instant, as far as the less exact one tells, cut off or rounded.
func (m moment) same(o moment) bool {
	if m.unit == o.unit {
		return m.at.Equal(o.at)
	}
	return m.at.Sub(o.at).Abs() < max(m.unit, o.unit)
}

// before reports whether m is certainly the earlier one.
func (m moment) before(o moment) bool { return !m.same(o) && m.at.Before(o.at) }

// momentOf reads a JSON string.
func momentOf(v []byte) (m moment, ok bool) {
	if len(v) < 2 || v[0] != '"' {
		return moment{}, false
	}
	return readMoment(string(v[1 : len(v)-1]))
}

// instantsDiffer reports whether two JSON values are certainly two instants; of what is none, two texts. A value that
// is an instant in one of them alone, or empty, tells nothing.
func instantsDiffer(a, b []byte) bool {
	if empty(a) || empty(b) {
		return false
	}
	x, isX := momentOf(a)
	y, isY := momentOf(b)
	if isX && isY {
		return !x.same(y)
	}
	return isX == isY && !bytes.Equal(a, b)
}
