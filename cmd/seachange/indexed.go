package main

import (
	"context"
	"fmt"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/kafka/client"
)

// indexFlag lets a command ask an index, instead of reading topics from their beginning.
type indexFlag struct {
	Index string `help:"${past_index}" placeholder:"DIR"`
}

// open brings the index up to date. The caller calls done.
func (f indexFlag) open(
	ctx context.Context, e *env, past pastFlags, resources []string,
) (x *index.Index, done func(), err error) {
	if _, err := config.Named(resources); err != nil {
		return nil, nil, err
	}
	cl, leave, err := past.Reach(&e.Environment)
	if err != nil {
		return nil, nil, err
	}
	x, shut, err := f.openOn(ctx, e, cl, past.TopicPrefix, resources)
	if err != nil {
		leave()
		return nil, nil, err
	}
	done = func() {
		shut()
		leave()
	}
	return x, done, nil
}

// openOn is open on brokers that were reached.
func (f indexFlag) openOn(
	ctx context.Context, e *env, cl client.Client, prefix string, resources []string,
) (x *index.Index, done func(), err error) {
	if err := history.Watched(ctx, cl, prefix, resources...); err != nil {
		return nil, nil, err
	}
	x, err = index.Open(ctx, index.Options{Client: cl, Prefix: prefix, Dir: f.Index, Logger: e.Logger})
	if err != nil {
		return nil, nil, err
	}
	done = func() { _ = x.Close() } // it was up to date
	if err := caughtUp(ctx, x); err != nil {
		done()
		return nil, nil, err
	}
	return x, done, nil
}

// caughtUp refuses an index of topics whose past is not whole, as the commands that read them do.
func caughtUp(ctx context.Context, x *index.Index) error {
	if err := x.Catch(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err // half an answer is none
	}
	for _, cut := range x.State().Cuts {
		return fmt.Errorf("topic %s: retention has deleted what was before offset %d; what was before can't be told from it",
			cut.Topic, cut.Offset)
	}
	return nil
}

// indexed prints a record's life from the index.
func (c *historyCmd) indexed(
	ctx context.Context, e *env, cl client.Client, show func(*history.Event) error,
) error {
	x, done, err := c.openOn(ctx, e, cl, c.TopicPrefix, []string{c.Resource})
	if err != nil {
		return err
	}
	defer done()
	return x.History(ctx, c.Resource, c.ID, show)
}
