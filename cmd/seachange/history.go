package main

import (
	"context"
	"fmt"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
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
	show := func(ev *history.Event) error {
		if !rollouts.Wanted(&ev.Event) {
			return nil
		}
		if c.Output == "json" {
			return e.printRaw(ev.JSON)
		}
		_, err := fmt.Fprintln(e.stdout, ev.Text())
		return err
	}
	if c.Index != "" {
		return c.indexed(ctx, e, show)
	}
	p, done, err := c.pastFlags.open(ctx, e, []string{c.Resource})
	if err != nil {
		return err
	}
	defer done()
	return p.Record(ctx, c.ID, show)
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
	if _, err := config.Named(resources); err != nil {
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
