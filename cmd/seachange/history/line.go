package history

import (
	"fmt"
	"time"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// Text says on a line when a change happened, as far as that is known, and what it was.
func (e *Event) Text() string {
	line := fmt.Sprintf("%s  %-8s  %s %s", window(&e.Event), e.Op.Word(), plain.Value(e.Account()),
		describe.Title(e.Row()))
	if what := describe.Event(&e.Event); what != "" {
		line += ": " + what
	}
	return line
}

// window says between which moments a change happened. What was there when it was first looked at has only a latest
// one.
func window(ev *schema.Event) string {
	before := clock(ev.Source.TsMS)
	if ev.Source.PrevTsMS == nil {
		return fmt.Sprintf("%-20s … %s", "", before)
	}
	return clock(*ev.Source.PrevTsMS) + " … " + before
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
