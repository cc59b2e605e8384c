package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

const (
	barrierKey  = "shard"
	silenceTime = 30 * time.Second // a restore that reads nothing for so long is stuck
)

// barrier is a shard's first record in each ownership. Once it is read back, everything before it is decided.
type barrier struct {
	Shards    int               `json:"shards"`
	ClusterID string            `json:"cluster_id"`
	TopicIDs  map[string]string `json:"topic_ids"`
	Owner     string            `json:"owner"`
	Version   string            `json:"version"`
	AtMS      int64             `json:"at_ms"`
}

// commitBarrier writes the barrier and returns its offset. It says who owns the shard now, on which cluster, with
// which topics: what a later owner holds itself against (check), and what a person finds in the topic.
func (o *owner) commitBarrier(t *transactor, v view) (int64, error) {
	now := time.Now().UnixMilli()
	value, err := json.Marshal(barrier{
		Shards: o.log.opts.Shards, ClusterID: v.cluster, TopicIDs: v.ids, Owner: o.log.owner,
		Version: o.log.opts.Version, AtMS: now,
	}, json.Deterministic(true))
	if err != nil {
		return 0, err
	}
	offset, err := o.writeBarrier(t, value)
	if err != nil {
		return 0, fmt.Errorf("barrier: %w", err)
	}
	o.barrier.Store(now)
	return offset, nil
}

func (o *owner) writeBarrier(t *transactor, value []byte) (int64, error) {
	r := &kgo.Record{
		Topic: o.log.stateTopic(), Partition: int32(o.shard), Key: []byte(barrierKey), Value: value,
		Headers: []kgo.RecordHeader{{Key: state.FormatHeader, Value: []byte(state.Format)}},
	}
	err := t.commit([]*kgo.Record{r})
	return r.Offset, err
}

// restore feeds the worker what is committed before our barrier, and holds the topics' ends against it. It reads with a
// client of its own.
func (o *owner) restore(ctx context.Context, t *transactor, v view, until int64, w producer.Worker) error {
	began, n, last := time.Now(), 0, ends{}
	cl, err := o.log.openRestore(o.shard)
	if err != nil {
		return err
	}
	defer cl.Close()
	for {
		records, err := o.log.poll(ctx, cl)
		if err != nil {
			return fmt.Errorf("restore up to offset %d: %w", until, err)
		}
		for _, r := range records {
			if r.Offset >= until {
				if err := o.hold(ctx, last, v); err != nil {
					return err
				}
				o.log.metrics.restores.Inc()
				o.log.log.Log(ctx, restoredLevel(n), "shard restored", "shard", o.shard, "records", n, "took", time.Since(began))
				return nil
			}
			if err := errors.Join(o.restoreOne(t, v, r, w), last.note(r.Key, r.Value)); err != nil {
				return err
			}
			n++
		}
	}
}

// restoredLevel keeps the many empty shards of a small deployment out of the log.
func restoredLevel(records int) slog.Level {
	if records == 0 {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// openRestore opens a client that reads a shard of the state topic from its first record. It has no group: whose
// shard it is was settled before.
func (l *Log) openRestore(shard int) (*kgo.Client, error) {
	return l.openClient(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{l.stateTopic(): {int32(shard): kgo.NewOffset().AtStart()}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), // by default lost data would be skipped without a word
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(250*time.Millisecond),
		kgo.FetchMaxPartitionBytes(client.MaxRecordBytes),
	)
}

// poll returns what is read next. Silence is an error: there is always something to read up to the barrier, and a
// transaction that hangs before it would have us wait for ever.
func (l *Log) poll(ctx context.Context, cl *kgo.Client) ([]*kgo.Record, error) {
	silence, cancel := context.WithTimeout(ctx, l.opts.patient(silenceTime))
	defer cancel()
	fetches := cl.PollFetches(silence)
	if err := fetches.Err(); err != nil {
		if silence.Err() != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("nothing to read for %s: does a transaction hang? "+
				"kafka-transactions.sh find-hanging shows it: %w", l.opts.patient(silenceTime), err)
		}
		return nil, err
	}
	return fetches.Records(), nil
}

// restoreOne feeds the worker one record. A barrier is not the worker's: it is held against this process.
func (o *owner) restoreOne(t *transactor, v view, r *kgo.Record, w producer.Worker) error {
	if f, ok := formatOf(r); ok || r.Value != nil {
		if err := state.CheckFormat(f); err != nil {
			return refuse("state topic %s partition %d offset %d has %w", r.Topic, r.Partition, r.Offset, err)
		}
	}
	if string(r.Key) != barrierKey {
		if err := w.Restore(r.Key, r.Value); err != nil {
			return fmt.Errorf("restore %q at offset %d: %w", r.Key, r.Offset, err)
		}
		return nil
	}
	var past barrier
	if err := json.Unmarshal(r.Value, &past); err != nil {
		return fmt.Errorf("barrier at offset %d: %w", r.Offset, err)
	}
	err := past.check(o.log.stateTopic(), o.log.opts.Shards, v.cluster)
	if err != nil {
		// Ours hides the one before it once the topic is compacted, and the refusal must outlive that.
		if _, err := o.writeBarrier(t, r.Value); err != nil {
			return err
		}
	}
	return err
}

// check holds a barrier of the past against this process, whose shards are the topic's partitions.
func (b barrier) check(topic string, shards int, cluster string) error {
	if b.Shards != shards {
		return refuse("%s", grown(topic, shards, b.Shards))
	}
	if b.ClusterID != "" && cluster != "" && b.ClusterID != cluster {
		return refuse("the state was written on cluster %s, and this is cluster %s: a copy may lack what was written last: "+
			"delete its state topic and make the state anew with seachange rebuild, or choose another --topic-prefix",
			b.ClusterID, cluster)
	}
	return nil
}

func formatOf(r *kgo.Record) (string, bool) {
	for _, h := range r.Headers {
		if h.Key == state.FormatHeader {
			return string(h.Value), true
		}
	}
	return "", false
}
