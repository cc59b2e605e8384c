package main

import (
	"context"
	"fmt"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
)

type diffCmd struct {
	pastFlags
	rolloutsFlag
	indexFlag
	From      string   `arg:"" help:"A moment: a date or time (RFC 3339), or a time span ago (90m, 30d)."`
	To        string   `arg:"" help:"A later moment, or now."`
	Resources []string `arg:"" optional:"" help:"Compare these resources only."`
	Output    string   `help:"Print text, a line a record; or json, a record a line." enum:"text,json" default:"text"`
}

// Run prints what is different between two moments: of a record that changed and changed back, nothing.
func (c *diffCmd) Run(ctx context.Context, e *env) error {
	now := time.Now()
	from, err := config.ParseMoment(c.From, now)
	if err != nil {
		return err
	}
	to, err := config.ParseMoment(c.To, now)
	if err != nil {
		return err
	}
	if !from.Before(to) {
		return config.Errorf("%s is not before %s: give the earlier moment first", c.From, c.To)
	}
	if c.Index != "" {
		return c.indexed(ctx, e, from, to)
	}
	p, done, err := c.pastFlags.open(ctx, e, c.Resources)
	if err != nil {
		return err
	}
	defer done()
	moments, err := p.At(ctx, from, to)
	if err != nil {
		return err
	}
	looked, err := p.Looked(ctx)
	if err != nil {
		return err
	}
	return c.print(e, moments[0], moments[1], looked.Not(from, to.Add(-longUnlooked)))
}

// indexed prints what is different from the index.
func (c *diffCmd) indexed(ctx context.Context, e *env, from, to time.Time) error {
	x, done, err := c.indexFlag.open(ctx, e, c.pastFlags, c.Resources)
	if err != nil {
		return err
	}
	defer done()
	then, err := x.At(ctx, from, "", c.Resources...)
	if err != nil {
		return err
	}
	now, err := x.Later(ctx, from, to, "", c.Resources...)
	if err != nil {
		return err
	}
	looked, err := x.Looked(ctx, c.Resources...)
	if err != nil {
		return err
	}
	return c.print(e, then, now, looked.Not(from, to.Add(-longUnlooked)))
}

func (c *diffCmd) print(e *env, from, to *history.Moment, unlooked []history.Unlooked) error {
	compare := history.Comparison{Rollouts: c.Rollouts}
	for d, err := range compare.Differences(from, to) {
		if err != nil {
			return err
		}
		if c.Output == "json" {
			err = e.printLine(d)
		} else {
			_, err = fmt.Fprintln(e.stdout, d.Text())
		}
		if err != nil {
			return err
		}
	}
	left := history.Rollouts{Logger: e.Logger, LeftOut: compare.LeftOut}
	left.Sum()
	return e.tellUnlooked(unlooked, from.At(), c.Output == "json")
}
