package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type atCmd struct {
	pastFlags
	indexFlag
	Time      string   `arg:"" help:"A moment: a date or time (RFC 3339), a time span ago (90m, 30d), or now."`
	Resources []string `arg:"" optional:"" help:"Show these resources only."`
	Output    string   `help:"${at_output}" enum:"table,json,csv,parquet" default:"table"`
	Raw       bool     `help:"${at_raw}"`
}

// Run prints the accounts as they were.
func (c *atCmd) Run(ctx context.Context, e *env) error {
	at, err := config.ParseMoment(c.Time, time.Now())
	if err != nil {
		return err
	}
	if c.Output == "parquet" && e.terminal() {
		return config.Errorf("--output parquet is no text: send it to a file, with > FILE")
	}
	m, looked, err := c.moment(ctx, e, at)
	if err != nil {
		return err
	}
	if err := c.print(e, m); err != nil {
		return err
	}
	return e.tellUnlooked(looked.Not(at, at.Add(-longUnlooked)), at, c.Output == "json")
}

// moment reads the accounts at a moment, from the index if there is one, and when they were looked at.
func (c *atCmd) moment(ctx context.Context, e *env, at time.Time) (*history.Moment, history.Looked, error) {
	if c.Index != "" {
		x, done, err := c.indexFlag.open(ctx, e, c.pastFlags, c.Resources)
		if err != nil {
			return nil, nil, err
		}
		defer done()
		m, err := x.At(ctx, at, "", c.Resources...)
		if err != nil {
			return nil, nil, err
		}
		looked, err := x.Looked(ctx, c.Resources...)
		return m, looked, err
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

func (c *atCmd) past(ctx context.Context, p *history.Past, at time.Time) (*history.Moment, error) {
	if c.Time == "now" {
		return p.Now(ctx, at)
	}
	moments, err := p.At(ctx, at)
	if err != nil {
		return nil, err
	}
	return moments[0], nil
}

func (c *atCmd) print(e *env, m *history.Moment) error {
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

func (c *atCmd) json(e *env, m *history.Moment) error {
	for r := range m.Rows() {
		if err := e.printLine(r); err != nil {
			return err
		}
	}
	return nil
}

func (c *atCmd) csv(e *env, m *history.Moment) error {
	out := csv.NewWriter(e.stdout)
	if err := out.Write(history.Columns()); err != nil {
		return err
	}
	for r := range m.Rows() {
		texts := r.Texts()
		for i := range texts {
			if !c.Raw {
				texts[i] = plain.Cell(texts[i])
			}
		}
		if err := out.Write(texts); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (c *atCmd) parquet(e *env, m *history.Moment) error {
	out := parquet.NewGenericWriter[history.Row](e.stdout, parquet.Compression(&parquet.Zstd))
	for r := range m.Rows() {
		if _, err := out.Write([]history.Row{r}); err != nil {
			return fmt.Errorf("write parquet: %w", err)
		}
	}
	return out.Close()
}

func (c *atCmd) table(e *env, m *history.Moment) error {
	var rows [][]string
	for r := range m.Rows() {
		sure := string(r.Certainty)
		if r.Why != "" {
			sure += ": " + r.Why
		}
		title := describe.Title(&schema.Row{ID: r.ID, Name: r.Name})
		rows = append(rows, []string{plain.Value(r.Resource), title, describe.Record(r.Resource, r.Body), sure})
	}
	if err := e.printTable([]string{"RESOURCE", "RECORD", "WHAT", "CERTAINTY"}, rows); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(m.LSNs())) {
		if _, err := fmt.Fprintf(e.stdout, "account %s up to lsn %d\n", plain.Value(id), m.LSNs()[id]); err != nil {
			return err
		}
	}
	return nil
}
