package kafka

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

// rebuildTime is how long the transaction of a rebuild may take: the most that brokers allow by default.
const rebuildTime = 15 * time.Minute

// Vacant makes the topics that are missing, and returns nil if a state may be written: no process has a shard, and the
// state topic has nothing in it. With events true the event topics must be empty too.
func (l *Log) Vacant(ctx context.Context, events bool) error {
	if err := Idle(ctx, l.opts.Client, l.opts.Prefix); err != nil {
		return err
	}
	cl, err := l.opts.Client.Open(kgo.RetryTimeout(10 * time.Second))
	if err != nil {
		return err
	}
	defer cl.Close()
	return client.Bounded(ctx, client.AnswerTime, func(ctx context.Context) error {
		return l.vacant(ctx, kadm.NewClient(cl), events)
	})
}

func (l *Log) vacant(ctx context.Context, adm *kadm.Client, events bool) error {
	topics := Topics(l.opts)
	found, err := l.describe(ctx, adm, topics)
	if err != nil {
		return err
	}
	for _, t := range topics {
		if !found.Has(t.Name) || (t.Name != l.stateTopic() && !(t.events && events)) {
			continue
		}
		empty, err := l.empty(ctx, adm, t.Name)
		if err != nil {
			return err
		}
		if !empty {
			hint := ""
			if t.events {
				hint = "; if that is left of a copy that broke off, delete it first"
			}
			return fmt.Errorf("topic %s has something in it: a rebuild fills only what was lost%s", t.Name, hint)
		}
	}
	_, err = l.make(ctx, adm, topics, found)
	return err
}

// Idle returns nil if no process has a shard of the prefix.
func Idle(ctx context.Context, c client.Client, prefix string) error {
	group := GroupID(prefix)
	n, err := c.Members(ctx, group)
	if err == nil && n > 0 {
		err = fmt.Errorf("group %s has %d members: stop every seachange run first", group, n)
	}
	return err
}

// Fill writes the state, all of it or nothing, after Vacant. If that fails it deletes the state topic, since what is
// left of a failed transaction would be taken for a state.
func (l *Log) Fill(ctx context.Context, entries iter.Seq[state.Entry]) error {
	cl, err := l.opts.Client.Open(
		kgo.TransactionalID(fmt.Sprintf("%s-meta.rebuild-%d", l.opts.Prefix, time.Now().UnixNano())),
		kgo.TransactionTimeout(rebuildTime),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchMaxBytes(client.MaxRecordBytes),
		kgo.ProducerBatchCompression(l.opts.codec()),
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	err = l.fill(ctx, cl, entries)
	if err == nil {
		return nil
	}
	_, deleted := kadm.NewClient(cl).DeleteTopics(context.WithoutCancel(ctx), l.stateTopic())
	if deleted != nil {
		deleted = fmt.Errorf("and topic %s could not be deleted: do so before anything else: %w", l.stateTopic(), deleted)
	}
	return errors.Join(err, deleted)
}

func (l *Log) fill(ctx context.Context, cl *kgo.Client, entries iter.Seq[state.Entry]) error {
	if err := cl.BeginTransaction(); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	failed := make(chan error, 1) // the first one
	var written []*kgo.Record     // one of the topic
	for e := range entries {
		out := &kgo.Record{
			Topic: l.stateTopic(), Partition: int32(l.ShardOf(e.Account)), Key: e.Key, Value: e.Value,
			Headers: []kgo.RecordHeader{{Key: state.FormatHeader, Value: []byte(state.Format)}},
		}
		written = append(written[:0], out)
		cl.Produce(ctx, out, func(_ *kgo.Record, err error) {
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	err := cl.Flush(ctx)
	select {
	case err = <-failed: // the client would commit what succeeded
	default:
	}
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		_ = cl.EndTransaction(ctx, kgo.TryAbort) // else it ends by its timeout
	} else {
		err = client.Commit(ctx, cl, written...)
	}
	if err != nil {
		return fmt.Errorf("write the state to topic %s: %w", l.stateTopic(), err)
	}
	return nil
}

// Copy copies records to topics of the same names, after Vacant. feed hands them over, in order per topic.
func (l *Log) Copy(ctx context.Context, feed func(write func(client.Record) error) error) error {
	partitions := map[string]int{}
	for _, t := range Topics(l.opts) {
		partitions[t.Name] = t.Partitions
	}
	w, err := l.opts.Client.OpenCopier(l.opts.codec())
	if err != nil {
		return err
	}
	err = feed(func(r client.Record) error {
		r.Partition = int32(partitionOf(header(r, "account"), partitions[r.Topic]))
		return w.Write(ctx, r)
	})
	if closed := w.Close(ctx); err == nil {
		err = closed
	}
	return err
}

func header(r client.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return h.Value
		}
	}
	return ""
}
