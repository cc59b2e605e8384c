package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
)

type tailCmd struct {
	pastFlags
	rolloutsFlag
	Resources []string `arg:"" optional:"" help:"Show these resources only."`
	Since     string   `help:"${tail_since}" placeholder:"TIME"`
	Op        []string `help:"${tail_op}" placeholder:"OP"`
	ID        string   `name:"id" help:"Show the record of this id only." placeholder:"ID"`
	Follow    bool     `help:"${tail_follow}" default:"true" negatable:""`
	Output    string   `help:"${tail_output}" enum:"text,json" default:"text"`
}

// Run follows the topics until a signal.
func (c *tailCmd) Run(ctx context.Context, e *env) error {
	if !c.Follow && c.Since == "" {
		return config.Errorf("--no-follow: say from when on, with --since")
	}
	since, err := config.ParseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	ops, err := c.ops()
	if err != nil {
		return err
	}
	p, done, err := c.open(ctx, e, c.Resources)
	if err != nil {
		return err
	}
	defer done()
	want := func(ev *schema.Event) bool {
		return (len(ops) == 0 || slices.Contains(ops, ev.Op)) && (c.ID == "" || ev.ID() == c.ID)
	}
	return p.Follow(ctx, history.FollowOptions{
		Since: since, UntilEnd: !c.Follow, Want: want, Rollouts: c.Rollouts, Show: c.printer(e),
	})
}

func (c *tailCmd) ops() (ops []schema.Op, err error) {
	all := []schema.Op{schema.Created, schema.Updated, schema.Deleted, schema.Read}
	for _, name := range c.Op {
		i := slices.IndexFunc(all, func(o schema.Op) bool { return name == string(o) || name == o.Word() })
		if i < 0 {
			return nil, config.Errorf("--op %q: there are created, updated, deleted and observed (or c, u, d, r)", name)
		}
		ops = append(ops, all[i])
	}
	return ops, nil
}

// printer returns how to show an event.
func (c *tailCmd) printer(e *env) func(*history.Event) error {
	if c.Output == "json" {
		return func(ev *history.Event) error { return e.printRaw(ev.JSON) }
	}
	colour := e.coloured()
	return func(ev *history.Event) error {
		_, err := fmt.Fprintln(e.stdout, describe.Line(&ev.Event, ev.Account(), colour))
		return err
	}
}
