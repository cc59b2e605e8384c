package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema/plain"
)

type historyCmd struct {
	pastFlags
	rolloutsFlag
	indexFlag
	Resource string `arg:"" help:"The record's resource."`
	ID       string `arg:"" name:"id" help:"The record's id, as tail and at show it."`
	Output   string `help:"${history_output}" enum:"text,json" default:"text"`
}

// Run prints a record's life.
func (c *historyCmd) Run(ctx context.Context, e *env) error {
	rollouts := history.Rollouts{Show: c.Rollouts, Logger: e.Logger}
	defer rollouts.Sum()
	var beside hints
	show := func(ev *history.Event) error {
		if !rollouts.Wanted(&ev.Event) {
			return nil
		}
		return c.print(e, ev, beside.of(ev))
	}
	known := config.Readable
	if c.Index != "" { // which has what is watched, and nothing that is computed
		known = config.Named
	}
	if _, err := known([]string{c.Resource}); err != nil {
		return err
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	beside.readNotes(ctx, e, cl, c.TopicPrefix)
	if c.Index != "" { // which is not asked for the actions
		return c.indexed(ctx, e, cl, show)
	}
	p, err := c.past(ctx, e, cl, []string{c.Resource})
	if err != nil {
		return err
	}
	if err := beside.readActions(ctx, e, cl, c); err != nil { // a history is worth something without them
		e.Logger.Warn("not all actions can be read", "err", err)
	}
	return p.Record(ctx, c.ID, show)
}

// print prints an event, and what happened beside it.
func (c *historyCmd) print(e *env, ev *history.Event, beside []hint.Hint) error {
	if c.Output == "json" {
		return e.printRaw(withHints(ev.JSON, beside))
	}
	lines := []string{ev.Text()}
	for _, h := range beside {
		lines = append(lines, plain.Text(h.String()))
	}
	_, err := fmt.Fprintln(e.stdout, strings.Join(lines, "\n    "))
	return err
}

// rolloutsFlag says what becomes of changes that are DigitalOcean's own.
type rolloutsFlag struct {
	Rollouts bool `help:"${history_rollouts}"`
}

// badInputFlag says what becomes of a record that is no event of seachange.
type badInputFlag struct {
	OnError string `help:"${history_on_error}" enum:"stop,skip" default:"stop"`
}

func (f badInputFlag) skip() bool { return f.OnError == "skip" }

// pastFlags are those of the commands that read topics from their beginning.
type pastFlags struct {
	config.Kafka
	badInputFlag
}

// open reaches the topics of the resources, by default all that there are. The caller calls done.
func (f *pastFlags) open(ctx context.Context, e *env, resources []string) (p *history.Past, done func(), err error) {
	if _, err := config.Readable(resources); err != nil {
		return nil, nil, err
	}
	cl, done, err := f.Reach(&e.Environment)
	if err != nil {
		return nil, nil, err
	}
	p, err = f.past(ctx, e, cl, resources)
	if err != nil {
		done()
		return nil, nil, err
	}
	return p, done, nil
}

// past opens the topics of the resources at brokers that were reached.
func (f *pastFlags) past(ctx context.Context, e *env, cl client.Client, resources []string) (*history.Past, error) {
	return history.Open(ctx, history.Options{
		Client: cl, Prefix: f.TopicPrefix, Resources: resources, Skip: f.skip(), Logger: e.Logger,
	})
}
