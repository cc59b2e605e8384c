// Package plain makes text that others chose harmless where it is shown: in a terminal, a log line, an error. Names,
// values and a server's messages may hold control characters, escape sequences and invisible runes; none of them comes
// through.
package plain

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

// longest is how many runes of a value fit into a line that has to be read at a glance.
const longest = 120

// Text returns all of s on one line. What is not printable is escaped, as \u001b, so that it can be seen and does
// nothing.
func Text(s string) string { return Cut(s, math.MaxInt) }

// Value is Text of a single name or value, cut where it would push everything else out of the line.
func Value(s string) string { return Cut(s, longest) }

// Cell is Text for a spreadsheet: what would be taken for a formula there gets an apostrophe before it.
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		s = "'" + s
	}
	return Text(s)
}

// Cut is Text of at most the first n runes of s, with … where more follow.
func Cut(s string, n int) string {
	var b strings.Builder
	for _, r := range s {
		if n--; n < 0 {
			return b.String() + "…"
		}
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// Error is an error's text on one line: joined errors, which come a line each, are separated by semicolons.
func Error(err error) string {
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Join(lines, "; ")
}
