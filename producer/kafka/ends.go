package kafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// ends are the numbers that the accounts of a shard gave last, by account and resource, as their checkpoints say. The
// topics are held against them: a log that lost its end must be noticed before anything is written behind it.
type ends map[string]map[string]int64

// note takes an entry of the state; only accounts' checkpoints count.
func (e ends) note(key, value []byte) error {
	k, err := state.ParseKey(key)
	if err != nil || k.Kind != state.KindAccount {
		return nil // the worker's to tell
	}
	delete(e, k.Account)
	if value == nil {
		return nil
	}
	var c state.AccountCheckpoint
	if err := state.Decode(key, value, &c); err != nil {
		return err
	}
	e[k.Account] = c.LastLSN
	return nil
}

// place is a partition of an event topic.
type place struct {
	topic     string
	partition int32
}

// hold refuses a partition whose newest event is not the one that its account's checkpoint knows of. What another
// shard's account wrote last tells nothing; nor does an end that has no event.
func (o *owner) hold(ctx context.Context, e ends, v view) error {
	wanted := map[place]bool{}
	for account, last := range e {
		for resource := range last {
			topic := schema.TopicOf(o.log.opts.Prefix, resource)
			if n := v.partitions[topic]; n > 0 {
				wanted[place{topic, int32(partitionOf(account, n))}] = true
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	newest, err := o.log.newestEvents(ctx, wanted)
	if err != nil {
		return fmt.Errorf("newest events: %w", err)
	}
	for at, id := range newest {
		if err := e.check(at, v.partitions[at.topic], id); err != nil {
			return err
		}
	}
	return nil
}

// check holds the newest event of one of a topic's partitions, by its CloudEvents id, against the checkpoint. An
// account that writes to another partition by now has left it behind there.
func (e ends) check(at place, partitions int, id string) error {
	account, rest, _ := strings.Cut(id, "/")
	resource, number, _ := strings.Cut(rest, "/")
	lsn, err := strconv.ParseInt(number, 10, 64)
	last, ours := e[account][resource]
	switch {
	case err != nil || !ours || lsn == last || partitionOf(account, partitions) != int(at.partition):
		return nil
	case lsn < last:
		return refuse("topic %s partition %d ends with lsn %d of account %s, and its checkpoint knows of %d: newer events "+
			"were lost: restore a copy of the topics, or delete the state topic, and seachange rebuild makes it anew from "+
			"what is left",
			at.topic, at.partition, lsn, account, last)
	}
	return refuse("topic %s partition %d has lsn %d of account %s, and its checkpoint knows of %d at most: newer entries "+
		"of the state were lost: restore a copy of the topics, or delete the state topic, and seachange rebuild makes it "+
		"anew", at.topic, at.partition, lsn, account, last)
}

// tail is how many offsets before a partition's end are read: an event stands before the markers of its transaction.
const tail = 4

// newestEvents returns the CloudEvents id of the newest committed event of each partition. Partitions at whose end
// there is none are left out: only markers stand there, or events that were aborted.
func (l *Log) newestEvents(ctx context.Context, wanted map[place]bool) (map[place]string, error) {
	cl, err := l.opts.Client.Open(
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.FetchMaxWait(250*time.Millisecond),
	)
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	from, until, err := lastOffsets(ctx, kadm.NewClient(cl), wanted)
	if err != nil {
		return nil, err
	}
	cl.AddConsumePartitions(from)
	newest := map[place]string{}
	for len(until) > 0 {
		records, err := l.poll(ctx, cl)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			at := place{r.Topic, r.Partition}
			end, open := until[at]
			if id := headerOf(r, "ce_id"); open && r.Offset < end && id != "" {
				newest[at] = id
			}
			if r.Offset+1 >= end {
				delete(until, at)
			}
		}
	}
	return newest, nil
}

// lastOffsets returns where to begin to read the ends of partitions, and where they end. Empty ones are left out.
func lastOffsets(
	ctx context.Context, adm *kadm.Client, wanted map[place]bool,
) (from map[string]map[int32]kgo.Offset, until map[place]int64, err error) {
	var topics []string
	for at := range wanted {
		topics = append(topics, at.topic)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	starts, err := client.Listed(adm.ListStartOffsets(ctx, topics...))
	if err != nil {
		return nil, nil, err
	}
	ends, err := client.Listed(adm.ListCommittedOffsets(ctx, topics...))
	if err != nil {
		return nil, nil, err
	}
	from, until = map[string]map[int32]kgo.Offset{}, map[place]int64{}
	ends.Each(func(end kadm.ListedOffset) {
		at := place{end.Topic, end.Partition}
		start, _ := starts.Lookup(end.Topic, end.Partition)
		if !wanted[at] || start.Offset >= end.Offset {
			return
		}
		if from[end.Topic] == nil {
			from[end.Topic] = map[int32]kgo.Offset{}
		}
		from[end.Topic][end.Partition] = kgo.NewOffset().At(max(start.Offset, end.Offset-tail))
		until[at] = end.Offset
	})
	return from, until, nil
}

func headerOf(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
