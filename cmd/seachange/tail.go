package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/term"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/schema"
)

type tailCmd struct {
	KafkaSettings
	Resources []string `arg:"" optional:"" help:"Show these resources only."`
	Since     string   `help:"Begin with the changes of so long ago (90m, 30d), or since a date or time (RFC 3339), instead of now." placeholder:"TIME"`
	Op        []string `help:"Show these operations only: created, updated, deleted, observed (or c, u, d, r)." placeholder:"OP"`
	ID        string   `name:"id" help:"Show the record of this id only." placeholder:"ID"`
	Follow    bool     `help:"Go on with what comes; --no-follow stops at the end of what is there." default:"true" negatable:""`
	Output    string   `help:"Print text, a line a change; or json, the events as they stand in the topic." enum:"text,json" default:"text"`
}

// Run follows the topics until a signal.
func (c *tailCmd) Run(ctx context.Context, e *env) error {
	o, want, err := c.plan(time.Now())
	if err != nil {
		return err
	}
	client, done, err := c.reach(e)
	if err != nil {
		return err
	}
	defer done()
	if len(c.Resources) == 0 { // of all resources, those that are watched
		if found, err := kafka.Existing(ctx, client, o.Topics...); err != nil {
			return err
		} else if len(found) > 0 {
			o.Topics = found
		}
	}
	show := c.printer(e)
	err = kafka.Read(ctx, client, o, func(r kafka.Record) error {
		var ev schema.Event
		if err := json.Unmarshal(r.Value, &ev); err != nil {
			return fmt.Errorf("topic %s, offset %d: not an event of seachange: %w", r.Topic, r.Offset, err)
		}
		if !want(&ev) {
			return nil
		}
		return show(r, &ev)
	})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // a signal is how one stops to follow
	}
	return err
}

// plan says what to read and which events of it to show.
func (c *tailCmd) plan(now time.Time) (kafka.ReadOptions, func(*schema.Event) bool, error) {
	o := kafka.ReadOptions{UntilEnd: !c.Follow}
	since, err := parseSince(c.Since, now)
	if err != nil {
		return o, nil, err
	}
	o.Since = since
	ops, err := parseOps(c.Op)
	if err != nil {
		return o, nil, err
	}
	rows, err := named(c.Resources)
	for _, r := range rows {
		o.Topics = append(o.Topics, schema.TopicOf(c.TopicPrefix, r))
	}
	return o, func(ev *schema.Event) bool {
		return (len(ops) == 0 || slices.Contains(ops, ev.Op)) && (c.ID == "" || row(ev).ID == c.ID)
	}, err
}

// parseSince reads a time, or a time span before now. Empty is the zero time: from now on.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	var ago span
	if ago.UnmarshalText([]byte(s)) == nil {
		return now.Add(-time.Duration(ago)), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("--since %q: write a time span (90m, 30d), a date (2026-01-31) or a time (2026-01-31T12:00:00Z)", s)
}

func parseOps(names []string) ([]schema.Op, error) {
	all := []schema.Op{schema.Created, schema.Updated, schema.Deleted, schema.FirstSeen}
	var ops []schema.Op
	for _, name := range names {
		i := slices.IndexFunc(all, func(o schema.Op) bool { return name == string(o) || name == o.Word() })
		if i < 0 {
			return nil, usagef("--op %q: there are created, updated, deleted and observed (or c, u, d, r)", name)
		}
		ops = append(ops, all[i])
	}
	return ops, nil
}

// printer answers how to show an event.
func (c *tailCmd) printer(e *env) func(kafka.Record, *schema.Event) error {
	if c.Output == "json" {
		return func(r kafka.Record, _ *schema.Event) error {
			_, err := e.stdout.Write(append(slices.Clip(r.Value), '\n'))
			return err
		}
	}
	colour := coloured(e)
	return func(r kafka.Record, ev *schema.Event) error {
		account := cmp.Or(header(r, "account_name"), ev.Source.DB)
		_, err := fmt.Fprintln(e.stdout, changeLine(ev, account, colour))
		return err
	}
}

func header(r kafka.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return h.Value
		}
	}
	return ""
}

// coloured says whether stdout is a terminal whose owner doesn't mind colours (no-color.org).
func coloured(e *env) bool {
	return e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb" && isTerminal(e.stdout)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
