package history

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// FollowOptions say which events to show.
type FollowOptions struct {
	Since    time.Time // those from then on; zero: those that come
	UntilEnd bool      // stop at the end of what is there
	Want     func(*schema.Event) bool
	Rollouts bool // show DigitalOcean's own changes, too
	Show     func(*Event) error
}

// Follow shows events, each once: what is there in the order in which it was made, then what comes, until ctx ends.
// The two reads overlap, so that nothing falls between them; offsets tell what was shown.
func (p *Past) Follow(ctx context.Context, o FollowOptions) error {
	f := &follower{
		FollowOptions: o, bad: p.bad, decoder: p.decoder, seen: map[partition]int64{},
		rollouts: Rollouts{Show: o.Rollouts, Logger: p.o.Logger},
	}
	defer p.bad.Sum()
	defer f.rollouts.Sum()
	read := client.ReadOptions{Topics: p.topics, Since: o.Since}
	if !o.Since.IsZero() {
		if err := f.past(ctx, p.o.Client, read); err != nil || ctx.Err() != nil {
			return err
		}
	}
	if o.UntilEnd {
		return nil
	}
	p.o.Logger.Info("following; Ctrl-C ends it", "topics", len(p.topics))
	return p.o.Client.Read(ctx, read, f.next)
}

type follower struct {
	FollowOptions
	bad      *BadInput
	decoder  *Decoder
	seen     map[partition]int64 // the offset after the last one shown
	rollouts Rollouts
}

type partition struct {
	topic string
	n     int32
}

// chunk bounds how many past events are held in memory to be put in order. Of more than so many each chunk is in
// order by itself.
const chunk = 100_000

// past shows what is there, in the order in which it was made: Kafka keeps the order within a topic only.
func (f *follower) past(ctx context.Context, cl client.Client, o client.ReadOptions) error {
	var events []*Event
	flush := func() error {
		slices.SortStableFunc(events, func(a, b *Event) int {
			return cmp.Or(cmp.Compare(a.TsMS, b.TsMS), cmp.Compare(a.Source.LSN, b.Source.LSN))
		})
		for _, ev := range events {
			if err := f.Show(ev); err != nil {
				return err
			}
		}
		events = events[:0]
		return nil
	}
	o.UntilEnd = true
	err := cl.Read(ctx, o, func(r client.Record) error {
		ev, err := f.take(r)
		if ev != nil {
			events = append(events, ev)
		}
		if len(events) == chunk {
			err = flush()
		}
		return err
	})
	return errors.Join(err, flush())
}

// next shows an event as it comes. Topics are read side by side, and nobody waits for an older event that may still
// come from another one.
func (f *follower) next(r client.Record) error {
	ev, err := f.take(r)
	if ev == nil {
		f.rollouts.Tell()
		return err
	}
	return f.Show(ev)
}

// take reads an event: nil for one that was seen before, or isn't wanted.
func (f *follower) take(r client.Record) (*Event, error) {
	p := partition{r.Topic, r.Partition}
	if r.Offset < f.seen[p] {
		return nil, nil
	}
	f.seen[p] = r.Offset + 1
	ev, err := f.decoder.ParseEvent(r)
	if err != nil {
		return nil, f.bad.Take(err)
	}
	if !f.Want(&ev.Event) || !f.rollouts.Wanted(&ev.Event) {
		return nil, nil
	}
	return ev, nil
}
