package kafka

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// Extend has topics for these resources, too, made or verified as Prepare does, while Run runs: whatever is written to
// them is taken from then on. Those of other resources stay. settings are ours from now on, as Options.Settings were.
// It waits for brokers that can't be reached, as Reach does. An error means that nothing has changed.
func (l *Log) Extend(ctx context.Context, resources []*schema.Resource, settings string) error {
	all := l.topics()
	more := l.opts
	more.Resources = l.united(resources)
	if topics := Topics(more); len(topics) > len(all) {
		if err := l.reach(ctx, func(ctx context.Context) error { return l.open(ctx, topics) }); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resources, l.settings = more.Resources, settings
	return nil
}

// united returns the present resources with others.
func (l *Log) united(others []*schema.Resource) []*schema.Resource {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.resources)
	for _, r := range others {
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}

// open makes those of the topics that are missing, verifies all of them, and sees them.
func (l *Log) open(ctx context.Context, topics []Topic) error {
	cl, err := l.opts.Client.Open(kgo.RetryTimeout(client.AnswerTime))
	if err != nil {
		return err
	}
	defer cl.Close()
	return client.Bounded(ctx, client.AnswerTime, func(ctx context.Context) error {
		adm := kadm.NewClient(cl)
		found, err := l.describe(ctx, adm, topics)
		if err != nil {
			return err
		}
		if found, err = l.make(ctx, adm, topics, found); err != nil {
			return err
		}
		v := l.seen()
		if err := l.verify(ctx, adm, topics, found, &v); err != nil {
			return err
		}
		l.see(v)
		return nil
	})
}

// Wake implements producer.Log.
func (l *Log) Wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.woken)
	l.woken = make(chan struct{})
}

// awake returns what Wake closes.
func (l *Log) awake() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.woken
}
