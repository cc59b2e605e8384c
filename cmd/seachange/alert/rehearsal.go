package alert

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// Rehearsal holds events of a file against rules, and sends nothing.
type Rehearsal struct {
	Rules          *Rules
	Rollouts       bool // judge DigitalOcean's own changes, too
	Show           func(*Alert) error
	Logger         *slog.Logger
	Events, Alerts int // that were read, and that they would make
	Faults         int // that a rule could not be asked
}

// Run reads events, one a line. All rules are asked, whichever outputs they are for. An error names the line.
func (h *Rehearsal) Run(in io.Reader) error {
	judge, lines := h.Rules.NewJudge(""), bufio.NewReader(in)
	rollouts := &history.Rollouts{Show: h.Rollouts, Logger: h.Logger}
	defer rollouts.Sum()
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := h.line(judge, rollouts, n, line); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return h.show(judge.Settle(math.MaxInt64))
		}
		if err != nil {
			return err
		}
	}
}

func (h *Rehearsal) line(judge *Judge, rollouts *history.Rollouts, n int, line []byte) error {
	plain, err := (*wire.Decoder)(nil).Plain(line)
	if err != nil {
		return err
	}
	ev, err := schema.ParseEvent(plain)
	if err != nil {
		return err
	}
	h.Events++
	if !rollouts.Wanted(ev) {
		return nil
	}
	in := EventInput(&history.Event{Event: *ev})
	if err := h.show(judge.Settle(in.at())); err != nil {
		return err
	}
	alerts, faults := judge.Take(in)
	h.Faults += len(faults)
	for _, f := range faults {
		h.Logger.Warn("a rule could not be asked", "rule", f.Rule, "line", n, "err", f.Err)
	}
	return h.show(alerts)
}

func (h *Rehearsal) show(alerts []*Alert) error {
	for _, a := range alerts {
		if err := h.Show(a); err != nil {
			return err
		}
	}
	h.Alerts += len(alerts)
	return nil
}
