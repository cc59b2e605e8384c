package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Position is where a reader goes on in a partition.
type Position struct {
	Topic     string
	ID        [16]byte // the topic's: one of the same name that was made anew has another
	Partition int32
	Next      int64 // the offset to go on with
	Start     int64 // the first offset that was left when the partition was last looked at
}

// Batch is what Follow has read since the last one: it may be nothing.
type Batch struct {
	Records   []Record
	Positions []Position // behind the records; of all partitions, those without a record, too
	Behind    int64      // offsets that were still to be read when the partitions were last looked at
}

// FollowOptions say what Follow reads.
type FollowOptions struct {
	Topics  []string   // those that are made later are read from their first record on
	From    []Position // partitions that are not named are read from their first record on
	Headers []string   // those that are handed on; nil is all
}

// PositionError means that a topic is not the one that a position is of: what was read from it is no longer its past.
type PositionError struct{ Topic, Why string }

func (e *PositionError) Error() string { return fmt.Sprintf("topic %s: %s", e.Topic, e.Why) }

// lookEvery is how often Follow looks for new topics, for topics that were made anew, and whether a broker is there.
const lookEvery = 2 * time.Second

// batchRecords bounds a batch.
const batchRecords = 5000

// Follow passes committed records, in order per partition, with the positions behind them, until ctx ends; then it
// returns nil. Unlike Read it returns an error when no broker has answered for a while, also while nothing comes.
func (c Client) Follow(ctx context.Context, o FollowOptions, pass func(Batch) error) error {
	cl, err := c.reader()
	if err != nil {
		return err
	}
	defer cl.Close()
	f := &follow{Client: c, FollowOptions: o, cl: cl, adm: kadm.NewClient(cl), at: map[partition]*Position{}}
	for ctx.Err() == nil {
		if time.Since(f.looked) >= lookEvery {
			if err := Bounded(ctx, 2*lookEvery, f.look); err != nil {
				return unlessOver(ctx, err)
			}
		}
		b, err := f.poll(ctx)
		if err == nil && ctx.Err() == nil {
			err = pass(b)
		}
		if err != nil {
			return unlessOver(ctx, err)
		}
	}
	return nil
}

func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

type follow struct {
	Client
	FollowOptions
	cl     *kgo.Client
	adm    *kadm.Client
	at     map[partition]*Position
	ends   map[partition]int64
	looked time.Time
}

// look finds the partitions, and adds those that are not read yet.
func (f *follow) look(ctx context.Context) error {
	topics, err := f.adm.ListTopics(ctx, f.Topics...)
	if err != nil {
		return f.Explain(err)
	}
	var names []string
	for _, d := range topics.Sorted() {
		if d.Err == nil {
			names = append(names, d.Topic)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("none of the topics is there: %s", Some(f.Topics))
	}
	starts, err := Listed(f.adm.ListStartOffsets(ctx, names...))
	if err != nil {
		return f.Explain(err)
	}
	ends, err := Listed(f.adm.ListCommittedOffsets(ctx, names...))
	if err != nil {
		return f.Explain(err)
	}
	return f.take(topics, starts, ends)
}

// take compares what was found with where we are.
func (f *follow) take(topics kadm.TopicDetails, starts, ends kadm.ListedOffsets) error {
	f.looked, f.ends = time.Now(), map[partition]int64{}
	fresh := map[string]map[int32]kgo.Offset{}
	var fault error
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		p, id := partition{end.Topic, end.Partition}, [16]byte(topics[end.Topic].ID)
		f.ends[p] = end.Offset
		at := f.at[p]
		if at == nil {
			at = f.begin(p, id, start.Offset)
			if fresh[p.topic] == nil {
				fresh[p.topic] = map[int32]kgo.Offset{}
			}
			fresh[p.topic][p.n] = kgo.NewOffset().At(at.Next)
		}
		at.Start = start.Offset
		switch {
		case at.ID != id:
			fault = &PositionError{p.topic, "it was made anew"}
		case at.Next > max(end.Offset, start.Offset):
			fault = &PositionError{p.topic, fmt.Sprintf("it ends at offset %d, before offset %d that was read",
				end.Offset, at.Next)}
		}
	})
	if fault == nil && len(fresh) > 0 {
		f.cl.AddConsumePartitions(fresh)
	}
	return fault
}

// begin is where a partition is read from: behind what was read before, or, if that is gone, at what is left.
func (f *follow) begin(p partition, id [16]byte, start int64) *Position {
	at := &Position{Topic: p.topic, Partition: p.n, ID: id, Next: start}
	i := slices.IndexFunc(f.From, func(q Position) bool { return q.Topic == p.topic && q.Partition == p.n })
	if i >= 0 {
		at.ID, at.Next = f.From[i].ID, max(start, f.From[i].Next)
	}
	f.at[p] = at
	return at
}

// poll waits for records, but not for long.
func (f *follow) poll(ctx context.Context) (b Batch, err error) {
	waiting, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	fetches := f.cl.PollRecords(waiting, batchRecords)
	for _, e := range fetches.Errors() {
		if waiting.Err() == nil || !errors.Is(e.Err, waiting.Err()) {
			return b, fmt.Errorf("read topic %s: %w", e.Topic, f.Explain(e.Err))
		}
	}
	for r := range fetches.RecordsAll() {
		if !r.Attrs.IsControl() {
			b.Records = append(b.Records, recordOf(r, f.Headers))
		}
		f.at[partition{r.Topic, r.Partition}].Next = r.Offset + 1
	}
	for p, at := range f.at {
		b.Positions = append(b.Positions, *at)
		b.Behind += max(0, f.ends[p]-at.Next)
	}
	return b, nil
}
