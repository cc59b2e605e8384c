package index

import (
	"context"
	"errors"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// again is how long Follow waits for brokers that are away before it tries again.
const again = time.Second

// Follow keeps the index up to date until ctx ends. What goes wrong with the brokers is in State, and tried again;
// an error is of the index itself, such as a full disk. A topic that was made anew, and a broken file, have it made
// anew.
func (x *Index) Follow(ctx context.Context) error {
	for ctx.Err() == nil {
		err := x.follow(ctx, func(b client.Batch) error { return x.ingest.take(ctx, b) })
		var other *client.PositionError
		var own *Error
		switch {
		case ctx.Err() != nil || err == nil:
			return nil
		case errors.As(err, &other), errors.As(err, &own) && broken(own):
			x.o.Logger.Warn("the index is made anew from the topics", "directory", x.dir, "because", err)
			if err := x.reset(ctx); err != nil {
				return err
			}
			continue
		case own != nil:
			return err
		}
		if x.State().Fault == "" {
			x.o.Logger.Warn("the topics can't be followed; trying again", "err", err)
		}
		x.change(func(s *State) { s.Fault = err.Error() })
		client.Sleep(ctx, again)
	}
	return nil
}

// Catch takes in what the topics have now, and returns at their end: for a command that asks once. Follow must not
// run meanwhile.
func (x *Index) Catch(ctx context.Context) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	err := x.follow(reading, func(b client.Batch) error {
		err := x.ingest.take(ctx, b)
		if err == nil && b.Behind == 0 {
			stop()
		}
		return err
	})
	if _, ok := errors.AsType[*client.PositionError](err); ok {
		if err := x.reset(ctx); err != nil {
			return err
		}
		return x.Catch(ctx)
	}
	return err
}

// follow reads on from where the index is, and leaves no transaction open.
func (x *Index) follow(ctx context.Context, pass func(client.Batch) error) error {
	defer x.ingest.rollback()
	return x.o.Client.Follow(ctx, x.options(), pass)
}

// options asks for the topics of all resources, also of those that have none yet: one that is made later is followed
// from its beginning.
func (x *Index) options() client.FollowOptions {
	topics := []string{state.SweepsTopic(x.o.Prefix), state.LooksTopic(x.o.Prefix)}
	for i := range schema.Catalog {
		topics = append(topics, schema.TopicOf(x.o.Prefix, schema.Catalog[i].Name))
	}
	return client.FollowOptions{
		Topics: topics, From: x.ingest.positions, Headers: []string{"schema", "account_name"},
	}
}
