package main

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/parquetfile"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// atCmd prints the accounts as they were at a moment, or at several. It reads the events up to there from the
// topics, or from the console's index, which has them at hand.
type atCmd struct {
	pastFlags
	indexFlag
	Time      string      `arg:"" optional:"" help:"${at_time}"`
	Resources []string    `arg:"" optional:"" help:"Show these resources only."`
	Every     config.Span `help:"${at_every}" placeholder:"TIME"`
	From      string      `help:"With --every: the first moment." placeholder:"TIME"`
	To        string      `help:"With --every: the last moment, at most." default:"now" placeholder:"TIME"`
	Output    string      `help:"${at_output}" enum:"table,json,csv,parquet" default:"table"`
	Raw       bool        `help:"${at_raw}"`
}

// Run prints the accounts as they were, and says afterwards which collections nobody looked at for long around that
// moment: of these it can't say how they were.
func (c *atCmd) Run(ctx context.Context, e *env) error {
	at, err := c.times(time.Now())
	if err != nil {
		return err
	}
	if c.Output == "parquet" && e.terminal() {
		return config.Errorf("--output parquet is no text: send it to a file, with > FILE")
	}
	m, looked, err := c.moments(ctx, e, at)
	if err != nil {
		return err
	}
	if err := c.print(e, m); err != nil {
		return err
	}
	return e.tellUnlooked(looked.Not(at[0], at[len(at)-1].Add(-longUnlooked)), at[0], c.Output == "json")
}

// mostTimes bounds how many moments are held in memory at once.
const mostTimes = 1000

// times returns the moments that are asked for.
func (c *atCmd) times(now time.Time) ([]time.Time, error) {
	if c.Every == 0 {
		if c.Time == "" || c.From != "" {
			return nil, config.Errorf("say which moment (seachange at 7d), or several: --every 1d --from 30d")
		}
		at, err := config.ParseMoment(c.Time, now)
		return []time.Time{at}, err
	}
	if c.Time != "" { // then the first argument is a resource
		c.Time, c.Resources = "", append([]string{c.Time}, c.Resources...)
	}
	from, err := config.ParseMoment(c.From, now)
	if err != nil {
		return nil, config.Errorf("--from %w", err)
	}
	to, err := config.ParseMoment(c.To, now)
	if err != nil {
		return nil, config.Errorf("--to %w", err)
	}
	if n := to.Sub(from)/time.Duration(c.Every) + 1; !from.Before(to) || n > mostTimes {
		return nil, config.Errorf("--from %s --to %s --every %s: want --from before --to, and %d moments at most",
			c.From, c.To, time.Duration(c.Every), mostTimes)
	}
	var all []time.Time
	for at := from; !at.After(to); at = at.Add(time.Duration(c.Every)) {
		all = append(all, at)
	}
	return all, nil
}

// moments reads the accounts at some moments, from the index if there is one, and when they were looked at.
func (c *atCmd) moments(ctx context.Context, e *env, at []time.Time) ([]*history.Moment, history.Looked, error) {
	if c.Index != "" {
		return c.indexed(ctx, e, at)
	}
	p, done, err := c.pastFlags.open(ctx, e, c.Resources)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	m, err := c.past(ctx, p, at)
	if err != nil {
		return nil, nil, err
	}
	looked, err := p.Looked(ctx)
	return m, looked, err
}

func (c *atCmd) indexed(ctx context.Context, e *env, at []time.Time) ([]*history.Moment, history.Looked, error) {
	x, done, err := c.indexFlag.open(ctx, e, c.pastFlags, c.Resources)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	var all []*history.Moment
	for _, t := range at {
		m, err := x.At(ctx, t, "", c.Resources...)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, m)
	}
	looked, err := x.Looked(ctx, c.Resources...)
	return all, looked, err
}

// past reads the moments from the topics. Only now is read from the state: it is there as a whole, and needs no
// history.
func (c *atCmd) past(ctx context.Context, p *history.Past, at []time.Time) ([]*history.Moment, error) {
	if c.Time == "now" {
		m, err := p.Now(ctx, at[0])
		return []*history.Moment{m}, err
	}
	return p.At(ctx, at...)
}

// rowsOf are the records at some moments, one moment after another.
func rowsOf(moments []*history.Moment) iter.Seq[history.Row] {
	return func(yield func(history.Row) bool) {
		for _, m := range moments {
			for r := range m.Rows() {
				if !yield(r) {
					return
				}
			}
		}
	}
}

func (c *atCmd) print(e *env, m []*history.Moment) error {
	switch c.Output {
	case "json":
		return c.json(e, m)
	case "csv":
		return c.csv(e, m)
	case "parquet":
		return c.parquet(e, m)
	}
	return c.table(e, m)
}

func (c *atCmd) json(e *env, m []*history.Moment) error {
	out := bufio.NewWriterSize(e.stdout, 1<<16)
	for _, one := range m {
		if err := one.WriteJSON(out); err != nil {
			return err
		}
	}
	return out.Flush()
}

// csv prints a line for each record.
func (c *atCmd) csv(e *env, m []*history.Moment) error {
	return history.WriteCSV(e.stdout, rowsOf(m), c.Raw)
}

func (c *atCmd) parquet(e *env, m []*history.Moment) error {
	out := parquetfile.New(e.stdout, c.Resources...)
	for r := range rowsOf(m) {
		if err := out.Write(r); err != nil {
			return err
		}
	}
	return out.Close()
}

// tablePart is how many lines of a table are aligned together: a long one is not held in memory.
const tablePart = 10_000

func (c *atCmd) table(e *env, m []*history.Moment) error {
	header := []string{"RESOURCE", "RECORD", "WHAT", "CERTAINTY"}
	if len(m) > 1 {
		header = append([]string{"MOMENT"}, header...)
	}
	lines := [][]string{header}
	for r := range rowsOf(m) {
		line := atLine(&r)
		if len(m) > 1 {
			line = append([]string{time.UnixMilli(r.MomentMS).UTC().Format(time.RFC3339)}, line...)
		}
		if lines = append(lines, line); len(lines) < tablePart {
			continue
		}
		if err := e.printTable(lines[0], lines[1:]); err != nil {
			return err
		}
		lines = lines[:0]
	}
	if len(lines) > 0 {
		if err := e.printTable(lines[0], lines[1:]); err != nil {
			return err
		}
	}
	lsns := m[0].LSNs()
	for _, id := range slices.Sorted(maps.Keys(lsns)) {
		if _, err := fmt.Fprintf(e.stdout, "account %s up to lsn %d\n", plain.Value(id), lsns[id]); err != nil {
			return err
		}
	}
	return nil
}

func atLine(r *history.Row) []string {
	sure := string(r.Certainty)
	if r.Why != "" {
		sure += ": " + r.Why
	}
	title := describe.Title(&schema.Row{ID: r.ID, Name: r.Name})
	return []string{plain.Value(r.Resource), title, describe.Record(r.Resource, r.Body), sure}
}
