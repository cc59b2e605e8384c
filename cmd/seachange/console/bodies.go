package console

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/seachange/seachange/schema/plain"
)

// most bounds how many lines of a body are shown: a browser has to lay them out.
const most = 3000

// beside is how many unchanged lines stay beside changed ones.
const beside = 3

// comparison is two bodies side by side, or one alone.
type comparison struct {
	Rows   []sideBySide
	Folded bool // something is folded
	Cut    int  // lines that are not shown
	One    bool // there is only one body
}

// sideBySide is a line before and after; or a fold of unchanged lines.
type sideBySide struct {
	Before, After   string
	BeforeN, AfterN int    // line numbers; 0 is no line
	Kind            string // same, change, fold
	Fold            int    // how many lines are folded
}

// pretty sets a body in lines; what is no JSON stays as it is.
func pretty(body string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(body), "", "  ") != nil {
		return body
	}
	return b.String() + "\n"
}

// alone shows one body.
func alone(body string) comparison {
	c := comparison{One: true}
	if body == "" {
		return c
	}
	for i, text := range strings.Split(strings.TrimSuffix(pretty(body), "\n"), "\n") {
		c.Rows = append(c.Rows, sideBySide{After: plain.Text(text), AfterN: i + 1, Kind: "same"})
	}
	c.cut()
	return c
}

// compare compares two bodies. Full folds nothing.
func compare(before, after string, full bool) (c comparison) {
	if before == "" || after == "" {
		return alone(before + after)
	}
	before = pretty(before)
	lines := beside
	if full {
		lines = strings.Count(before, "\n")
	}
	u, err := udiff.ToUnifiedDiff("", "", before, udiff.Lines(before, pretty(after)), lines)
	if err != nil { // of edits that don't fit, which it makes itself
		return alone(after)
	}
	at := 1
	for _, h := range u.Hunks {
		c.fold(h.FromLine - at)
		at = c.hunk(h)
	}
	c.fold(strings.Count(before, "\n") + 1 - at)
	c.cut()
	return c
}

func (c *comparison) fold(lines int) {
	if lines > 0 {
		c.Folded = true
		c.Rows = append(c.Rows, sideBySide{Kind: "fold", Fold: lines})
	}
}

// hunk adds lines, of which deleted and inserted ones share rows, and returns the number of the line before that
// follows.
func (c *comparison) hunk(h *udiff.Hunk) (next int) {
	a, b := h.FromLine, h.ToLine
	var changed []sideBySide
	inserted := 0
	for _, l := range h.Lines {
		text := plain.Text(strings.TrimSuffix(l.Content, "\n"))
		switch l.Kind {
		case udiff.Equal:
			c.Rows = append(append(c.Rows, changed...), sideBySide{text, text, a, b, "same", 0})
			changed, inserted = nil, 0
			a, b = a+1, b+1
		case udiff.Delete:
			changed = append(changed, sideBySide{Before: text, BeforeN: a, Kind: "change"})
			a++
		case udiff.Insert:
			if inserted == len(changed) {
				changed = append(changed, sideBySide{Kind: "change"})
			}
			changed[inserted].After, changed[inserted].AfterN = text, b
			inserted++
			b++
		}
	}
	c.Rows = append(c.Rows, changed...)
	return a
}

func (c *comparison) cut() {
	if len(c.Rows) > most {
		c.Cut = len(c.Rows) - most
		c.Rows = c.Rows[:most]
	}
}
