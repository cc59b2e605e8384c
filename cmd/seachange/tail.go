package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/term"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

type tailCmd struct {
	KafkaSettings
	BadInput
	Resources []string `arg:"" optional:"" help:"Show these resources only."`
	Since     string   `help:"Begin with the changes of so long ago (90m, 30d), or since a date or time (RFC 3339), instead of now." placeholder:"TIME"`
	Op        []string `help:"Show these operations only: created, updated, deleted, observed (or c, u, d, r)." placeholder:"OP"`
	ID        string   `name:"id" help:"Show the record of this id only." placeholder:"ID"`
	Follow    bool     `help:"Go on with what comes; --no-follow stops at the end of what is there, for --since." default:"true" negatable:""`
	Output    string   `help:"Print text, a line a change; or json, the events as they stand in the topic." enum:"text,json" default:"text"`
}

// Run follows the topics until a signal.
func (c *tailCmd) Run(ctx context.Context, e *env) error {
	o, want, err := c.plan(time.Now())
	if err != nil {
		return err
	}
	cl, done, err := c.reach(e)
	if err != nil {
		return err
	}
	defer done()
	if len(c.Resources) == 0 { // of all resources, those that are watched
		if found, err := cl.Existing(ctx, o.Topics...); err != nil {
			return err
		} else if len(found) > 0 {
			o.Topics = found
		}
	}
	f := &follower{want: want, show: c.printer(e), seen: map[partition]int64{}, bad: badInput{e: e, skip: c.OnError == "skip"}}
	defer f.bad.sum()
	if !o.Since.IsZero() {
		if err := f.past(ctx, cl, o); err != nil || ctx.Err() != nil {
			return err
		}
	}
	if !c.Follow {
		return nil
	}
	e.log.Info("following; Ctrl-C ends it", "topics", len(o.Topics))
	return cl.Read(ctx, o, f.next)
}

// follower shows events, each once.
type follower struct {
	want func(*schema.Event) bool
	show func(event) error
	bad  badInput
	seen map[partition]int64 // the offset after the last one shown
}

type partition struct {
	topic string
	n     int32
}

// event is an event and the record that it stands in.
type event struct {
	schema.Event
	record client.Record
}

// chunk bounds how many past events are held in memory to be put in order.
const chunk = 100_000

// past shows what is there, in the order in which it was made: Kafka keeps the order within a topic only.
func (f *follower) past(ctx context.Context, cl client.Client, o client.ReadOptions) error {
	var events []event
	flush := func() error {
		slices.SortStableFunc(events, func(a, b event) int {
			return cmp.Or(cmp.Compare(a.TsMS, b.TsMS), cmp.Compare(a.Source.LSN, b.Source.LSN))
		})
		for _, ev := range events {
			if err := f.show(ev); err != nil {
				return err
			}
		}
		events = events[:0]
		return nil
	}
	o.UntilEnd = true
	err := cl.Read(ctx, o, func(r client.Record) error {
		ev, ok, err := f.take(r)
		if ok {
			events = append(events, ev)
		}
		if len(events) == chunk {
			err = flush()
		}
		return err
	})
	return errors.Join(err, flush())
}

// next shows an event as it comes.
func (f *follower) next(r client.Record) error {
	ev, ok, err := f.take(r)
	if !ok {
		return err
	}
	return f.show(ev)
}

// take reads an event. It answers false for one that was seen before, or isn't wanted.
func (f *follower) take(r client.Record) (event, bool, error) {
	p := partition{r.Topic, r.Partition}
	if r.Offset < f.seen[p] {
		return event{}, false, nil
	}
	f.seen[p] = r.Offset + 1
	ev, err := decodeEvent(r)
	if err != nil {
		return event{}, false, f.bad.take(err)
	}
	return event{*ev, r}, f.want(ev), nil
}

// plan says what to read and which events of it to show.
func (c *tailCmd) plan(now time.Time) (client.ReadOptions, func(*schema.Event) bool, error) {
	var o client.ReadOptions
	if !c.Follow && c.Since == "" {
		return o, nil, usagef("--no-follow: say from when on, with --since")
	}
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
		return (len(ops) == 0 || slices.Contains(ops, ev.Op)) && (c.ID == "" || ev.Row().ID == c.ID)
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
func (c *tailCmd) printer(e *env) func(event) error {
	if c.Output == "json" {
		return func(ev event) error {
			_, err := e.stdout.Write(append(slices.Clip(ev.record.Value), '\n'))
			return err
		}
	}
	colour := coloured(e)
	return func(ev event) error {
		account := cmp.Or(header(ev.record, "account_name"), ev.Source.DB)
		_, err := fmt.Fprintln(e.stdout, describe.Line(&ev.Event, account, colour))
		return err
	}
}

func header(r client.Record, key string) string {
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
