package client

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ReadOptions say what to read. Without FromStart and Since it is what comes from now on.
type ReadOptions struct {
	Topics    []string
	FromStart bool
	Since     time.Time // what the brokers took from then on; excludes FromStart
	// UntilEnd ends at what is there now, once the transactions that are under way are over: what stands behind one of
	// them can't be read before. False reads until ctx ends.
	UntilEnd bool
	// Whole refuses, with a *CutError, a topic that has lost its beginning. It goes with FromStart.
	Whole bool
	// Uncommitted hands over also what was never committed.
	Uncommitted bool
	// Headers are those that f is handed; nil is all. Each costs time.
	Headers []string
	// Progress, unless nil, is told with UntilEnd after each fetch how many offsets of all have been passed.
	Progress func(passed, all int64)
}

// CutError means that a topic's past is not whole: its retention has deleted records.
type CutError struct {
	Topic     string
	Partition int32
	Offset    int64     // of the first record that is left, or that will come
	Time      time.Time // of the first record that is left; zero if none is
}

func (e *CutError) Error() string {
	left := "nothing is left in it"
	if !e.Time.IsZero() {
		left = "the oldest record that is left came at " + e.Time.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("topic %s partition %d: retention has cut its past: offsets 0 to %d are missing, %s",
		e.Topic, e.Partition, e.Offset-1, left)
}

// Record is a record that was read. It is its reader's to keep.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Key       []byte
	Value     []byte // nil is a tombstone
	Headers   []Header
	Time      time.Time
}

// Header returns the value of the record's first header of that key; "" if it has none.
func (r Record) Header(key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return h.Value
		}
	}
	return ""
}

// Header is a Kafka record's header.
type Header struct{ Key, Value string }

// Read calls f with each committed record, in order per partition. It ends with f's first error, or with nil when ctx
// ends or UntilEnd is reached. A topic that doesn't exist is an error.
func (c Client) Read(ctx context.Context, o ReadOptions, f func(Record) error) error {
	var more []kgo.Opt
	if o.Uncommitted {
		more = append(more, kgo.FetchIsolationLevel(kgo.ReadUncommitted()))
	}
	cl, err := c.reader(more...)
	if err != nil {
		return err
	}
	defer cl.Close()
	from, until, err := span(ctx, c, kadm.NewClient(cl), o)
	if err != nil || (len(until) == 0 && o.UntilEnd) {
		return err
	}
	return c.read(ctx, cl, o, from, until, f)
}

// Each calls f with the committed records of a topic; with none if the topic is not there.
func (c Client) Each(ctx context.Context, topic string, f func(Record)) error {
	found, err := c.Existing(ctx, topic)
	if err != nil || len(found) == 0 {
		return err
	}
	o := ReadOptions{Topics: found, FromStart: true, UntilEnd: true}
	return c.Read(ctx, o, func(r Record) error {
		f(r)
		return nil
	})
}

// What a fetch of a reader may have at most, in bytes, as they are compressed: decompressed they are ten times as many,
// and a reader has two fetches in memory. A record that is larger comes all the same.
const (
	partitionFetch = 1 << 20
	fetch          = 8 << 20
)

// reader is a client that reads committed records from where it is told, unless more says otherwise.
func (c Client) reader(more ...kgo.Opt) (*kgo.Client, error) {
	opts := []kgo.Opt{
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.KeepControlRecords(), kgo.FetchMaxPartitionBytes(partitionFetch), kgo.FetchMaxBytes(fetch),
	}
	return c.Open(append(opts, more...)...)
}

func (c Client) read(
	ctx context.Context, cl *kgo.Client, o ReadOptions,
	from map[string]map[int32]kgo.Offset, until map[partition]int64, f func(Record) error,
) error {
	way := newJourney(from, until)
	cl.AddConsumePartitions(from)
	for ctx.Err() == nil {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil // the reader's end, not a fault
		}
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read: %w", c.Explain(err))
		}
		for r := range fetches.RecordsAll() {
			if err := pass(r, o.Headers, until, f); err != nil {
				return err
			}
			way.reach(r)
		}
		if o.Progress != nil {
			o.Progress(way.passed, way.all)
		}
		if o.UntilEnd && len(until) == 0 {
			return nil
		}
	}
	return nil
}

type partition struct {
	topic string
	n     int32
}

// pass hands a record on, unless it stands after the end. The markers of transactions are not handed on, but a
// partition may end with one.
func pass(r *kgo.Record, headers []string, until map[partition]int64, f func(Record) error) error {
	p := partition{r.Topic, r.Partition}
	end, bounded := until[p]
	if bounded && r.Offset+1 >= end {
		delete(until, p)
	}
	if r.Attrs.IsControl() || (bounded && r.Offset >= end) {
		return nil
	}
	return f(recordOf(r, headers))
}

// recordOf is a record with those of its headers that are named; nil is all.
func recordOf(r *kgo.Record, headers []string) Record {
	hs := r.Headers
	if headers != nil {
		hs = slices.DeleteFunc(hs, func(h kgo.RecordHeader) bool { return !slices.Contains(headers, h.Key) })
	}
	return Record{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value,
		Headers: headersOf(hs), Time: r.Timestamp,
	}
}

// headersOf makes strings of headers: one for all their values, as there are a dozen in each event.
func headersOf(hs []kgo.RecordHeader) []Header {
	n := 0
	for _, h := range hs {
		n += len(h.Value)
	}
	var b strings.Builder
	b.Grow(n)
	for _, h := range hs {
		b.Write(h.Value)
	}
	all, out := b.String(), make([]Header, len(hs))
	for i, h := range hs {
		out[i] = Header{h.Key, all[:len(h.Value)]}
		all = all[len(h.Value):]
	}
	return out
}

// journey counts the offsets on the way to the end.
type journey struct {
	at          map[partition]int64
	passed, all int64
}

func newJourney(from map[string]map[int32]kgo.Offset, until map[partition]int64) *journey {
	j := &journey{at: map[partition]int64{}}
	for p, end := range until {
		start := from[p.topic][p.n].EpochOffset().Offset
		j.at[p] = start
		j.all += end - start
	}
	return j
}

func (j *journey) reach(r *kgo.Record) {
	p := partition{r.Topic, r.Partition}
	if at, ok := j.at[p]; ok {
		j.passed = min(j.passed+r.Offset+1-at, j.all)
		j.at[p] = r.Offset + 1
	}
}

// span returns where to begin, and with UntilEnd where partitions end that have anything to read.
func span(
	ctx context.Context, c Client, adm *kadm.Client, o ReadOptions,
) (map[string]map[int32]kgo.Offset, map[partition]int64, error) {
	begin := adm.ListStartOffsets
	switch {
	case !o.Since.IsZero():
		begin = func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
			return adm.ListOffsetsAfterMilli(ctx, o.Since.UnixMilli(), topics...)
		}
	case !o.FromStart:
		begin = adm.ListCommittedOffsets
	}
	starts, err := Listed(begin(ctx, o.Topics...))
	if err != nil {
		return nil, nil, c.Explain(err)
	}
	if o.Whole {
		if err := whole(ctx, c, adm, starts); err != nil {
			return nil, nil, err
		}
	}
	until := map[partition]int64{}
	if !o.UntilEnd {
		return starts.KOffsets(), until, nil
	}
	ends, err := c.settled(ctx, adm, o.Topics)
	if err != nil {
		return nil, nil, err
	}
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		if start.Offset < end.Offset {
			until[partition{end.Topic, end.Partition}] = end.Offset
		}
	})
	return starts.KOffsets(), until, nil
}

// settleTime is how long UntilEnd waits for a transaction: brokers end a dead process's after 20 s at most.
const settleTime = 30 * time.Second

// settled returns where topics end for a reader of what is committed, once it can read up to where they end now.
func (c Client) settled(ctx context.Context, adm *kadm.Client, topics []string) (kadm.ListedOffsets, error) {
	ends, err := Listed(adm.ListEndOffsets(ctx, topics...))
	for began := time.Now(); err == nil; {
		var stable kadm.ListedOffsets
		if stable, err = Listed(adm.ListCommittedOffsets(ctx, topics...)); err != nil {
			break
		}
		open, ok := hidden(ends, stable)
		if !ok {
			return stable, nil
		}
		if time.Since(began) > settleTime {
			return nil, fmt.Errorf("topic %s partition %d: a transaction hangs and hides what stands from offset %d on: "+
				"kafka-transactions.sh find-hanging shows it: end it, and run again",
				open.Topic, open.Partition, open.Offset)
		}
		if !Sleep(ctx, 50*time.Millisecond) {
			return nil, ctx.Err()
		}
	}
	return nil, c.Explain(err)
}

// hidden returns the end, for a reader of what is committed, of a partition that goes on behind it.
func hidden(ends, stable kadm.ListedOffsets) (open kadm.ListedOffset, ok bool) {
	stable.Each(func(s kadm.ListedOffset) {
		if end, found := ends.Lookup(s.Topic, s.Partition); found && s.Offset < end.Offset {
			open, ok = s, true
		}
	})
	return open, ok
}

// whole returns a *CutError for the first partition that doesn't begin at its beginning.
func whole(ctx context.Context, c Client, adm *kadm.Client, starts kadm.ListedOffsets) error {
	var cut *CutError
	for _, start := range starts.Offsets().Sorted() {
		if start.At > 0 {
			cut = &CutError{Topic: start.Topic, Partition: start.Partition, Offset: start.At}
			break
		}
	}
	if cut == nil {
		return nil
	}
	first, err := Listed(adm.ListOffsetsAfterMilli(ctx, 0, cut.Topic))
	if err != nil {
		return c.Explain(err)
	}
	if o, ok := first.Lookup(cut.Topic, cut.Partition); ok && o.Timestamp > 0 {
		cut.Time = time.UnixMilli(o.Timestamp)
	}
	return cut
}

// Listed makes an error of a listing that lacks a partition.
func Listed(l kadm.ListedOffsets, err error) (kadm.ListedOffsets, error) {
	if err != nil {
		return nil, err
	}
	for topic, partitions := range l {
		for _, p := range partitions {
			if p.Err != nil {
				return nil, fmt.Errorf("topic %s partition %d: %w", topic, p.Partition, p.Err)
			}
		}
	}
	return l, nil
}
