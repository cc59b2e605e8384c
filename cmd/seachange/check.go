package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/seachange/seachange/cmd/seachange/check"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type checkCmd struct {
	config.Kafka
	config.Topics
	config.API
	config.Selection
	config.Intervals
	outputFlag
}

// Run tries everything that run would use, and changes nothing.
func (c *checkCmd) Run(ctx context.Context, e *env) error {
	if err := errors.Join(c.API.Check(), c.Topics.Check()); err != nil {
		return err
	}
	watched, err := config.Accounts(&e.Environment, c.API, c.Selection)
	if err != nil {
		return err
	}
	r := &check.Report{}
	apis, err := config.NewSources(&e.Environment, c.API, nil, false)
	if err != nil {
		return err
	}
	for _, a := range watched {
		source, err := apis.Of(a)
		if err != nil {
			return config.Errorf("account %q: %w", a.Name, err)
		}
		r.Account(ctx, a, source, c.Intervals)
	}
	if err := c.brokers(ctx, e, r, config.Union(watched)); err != nil {
		return err
	}
	return c.print(e, r)
}

func (c *checkCmd) brokers(ctx context.Context, e *env, r *check.Report, resources []*schema.Resource) error {
	if len(c.Brokers) == 0 && c.DataDir == "" {
		r.Skip("brokers", "neither --brokers nor --data-dir was given")
		return nil
	}
	cl, done, err := c.Reach(&e.Environment)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.DataDir != "":
		r.Skip("data directory", c.DataDir+" has no log yet: run makes it")
		return nil
	case err != nil && exitCode(err) == 2:
		return err
	case err != nil:
		r.Fail("brokers", err)
		return nil
	}
	defer done()
	o := c.Options(c.TopicPrefix, resources)
	o.Client, o.Logger = cl, e.Logger
	return r.Brokers(ctx, o, c.DataDir != "")
}

func (c *checkCmd) print(e *env, r *check.Report) error {
	faults := 0
	var rows [][]string
	for _, f := range r.Findings {
		if f.Verdict == check.Bad {
			faults++
		}
		rows = append(rows, []string{string(f.Verdict), plain.Value(f.Subject), f.Detail})
	}
	var err error
	if c.Output == "json" {
		err = e.printJSON(r.Findings)
	} else {
		err = e.printTable([]string{"RESULT", "WHAT", "DETAIL"}, rows)
	}
	if err == nil && faults > 0 {
		err = fmt.Errorf("check: %d of %d failed", faults, len(rows))
	}
	return err
}
