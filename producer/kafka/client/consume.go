package client

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ConsumeOptions say what a consumer group reads.
type ConsumeOptions struct {
	Group string
	// Topics are those to read, of which one must be there. Those that are made later are read from their first record on.
	Topics []string
	Since  time.Time // where a group begins that is new to a partition; zero: at what comes from now on
	// Flush, if it is set, is called when f has had some records that came together, and every second or so: only what f
	// was given before a Flush that reports done is remembered. Its remember is f's for all of them, whose own is not
	// looked at. While Flush is not done f is given more, but not without bounds.
	Flush func() (done, remember bool, err error)
	// Tick, if it is set, is called every second or so, between two records and before a Flush.
	Tick func()
	// Lapsed, if it is set, is told at the beginning of offsets at which the group goes on otherwise than it was done.
	Lapsed func(Lapse)
}

// Lapse is a partition in which a group goes on elsewhere than behind what it was given last.
type Lapse struct {
	Topic     string
	Partition int32
	// Cut reports that the topic's retention deleted the records from offset From to To, which the group was not given.
	// Otherwise somebody else set the group's offset, to To: what was between is given again, or never.
	Cut      bool
	From, To int64
}

// ownOffset is what Begin writes beside an offset. A member's commits have its id there; tools that move offsets leave
// it empty.
const ownOffset = "seachange"

// tick is how long Consume waits for records before it calls Tick and Flush.
const tick = time.Second

// Consume calls f with each committed record, in order per partition, as a member of a group: what f was done with is
// remembered in Kafka, and the next member goes on behind it. A record is given again if the process dies within f, or
// shortly after: at least once. f returns nil when it is done with the record; its error ends Consume. f's second
// result says that the record should be remembered at once, since giving it again would be seen.
func (c Client) Consume(ctx context.Context, o ConsumeOptions, f func(Record) (remember bool, err error)) error {
	if err := c.Begin(ctx, o); err != nil {
		return err
	}
	cl, err := c.Open(
		kgo.ConsumerGroup(o.Group), kgo.Balancers(kgo.CooperativeStickyBalancer()),
		// finds those that are made later
		kgo.ConsumeRegex(), kgo.ConsumeTopics(anyOf(o.Topics)), kgo.MetadataMaxAge(time.Minute),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxPartitionBytes(MaxRecordBytes),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), // of a topic that is made later
		kgo.AutoCommitMarks(), kgo.AutoCommitInterval(time.Second), kgo.SessionTimeout(10*time.Second),
	)
	if err != nil {
		return err
	}
	defer leave(cl)
	g := &given{cl: cl, o: o, f: f}
	for ctx.Err() == nil {
		fetches := poll(ctx, cl)
		if o.Tick != nil {
			o.Tick()
		}
		if ctx.Err() != nil {
			break
		}
		if err := c.fault(o.Group, fetches); err != nil {
			return err
		}
		if err := g.pass(ctx, inOrder(fetches.Records())); err != nil {
			return err
		}
	}
	return nil
}

// inOrder puts records of several partitions in the order in which they were written, as far as they came together: who
// joins topics, after a pause, meets each as it was then. That of a partition stays, also where a clock went back.
func inOrder(records []*kgo.Record) []*kgo.Record {
	latest, at := map[partition]time.Time{}, map[*kgo.Record]time.Time{}
	for _, r := range records {
		p := partition{r.Topic, r.Partition}
		if r.Timestamp.After(latest[p]) {
			latest[p] = r.Timestamp
		}
		at[r] = latest[p]
	}
	slices.SortStableFunc(records, func(a, b *kgo.Record) int { return at[a].Compare(at[b]) })
	return records
}

// poll waits for records, or for a tick.
func poll(ctx context.Context, cl *kgo.Client) kgo.Fetches {
	waiting, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	fetches := cl.PollFetches(waiting)
	if errors.Is(fetches.Err0(), context.DeadlineExceeded) && waiting.Err() != nil {
		return nil
	}
	return fetches
}

// anyOf matches the topics' names, for a client that waits for those that aren't there.
func anyOf(topics []string) string {
	var quoted []string
	for _, t := range topics {
		quoted = append(quoted, regexp.QuoteMeta(t))
	}
	return "^(?:" + strings.Join(quoted, "|") + ")$"
}

// fault returns what ends a consumer. That its group had no sign of life from it, or gives none itself, does not: the
// client joins again, behind what is remembered. A right that is missing does.
func (c Client) fault(group string, fetches kgo.Fetches) error {
	for _, f := range fetches.Errors() {
		lost, isLost := errors.AsType[*kgo.ErrGroupSession](f.Err)
		if !isLost || errors.Is(lost, kerr.GroupAuthorizationFailed) || errors.Is(lost, kerr.TopicAuthorizationFailed) {
			return fmt.Errorf("read as group %s: %w", group, c.Explain(f.Err))
		}
		c.warn("the group was lost, joining it again", "group", group, "err", c.Explain(lost.Err))
	}
	return nil
}

func (c Client) warn(message string, args ...any) {
	if c.Logger != nil {
		c.Logger.Warn(message, args...)
	}
}

// Bounds of the records that are given before a Flush, and of those that a Flush isn't done with.
const (
	together   = 500
	unfinished = 10_000
)

// given are the records that a consumer was given, and is not done with.
type given struct {
	cl      *kgo.Client
	o       ConsumeOptions
	f       func(Record) (remember bool, err error)
	records []*kgo.Record
}

// pass hands records to f, and remembers those that are done with.
func (g *given) pass(ctx context.Context, records []*kgo.Record) error {
	if g.o.Flush == nil {
		return g.each(ctx, records)
	}
	if len(records) == 0 {
		return g.flush(ctx)
	}
	for some := range slices.Chunk(records, together) {
		for _, r := range some {
			if _, err := g.take(r); err != nil {
				return err
			}
		}
		g.records = append(g.records, some...)
		if err := g.flush(ctx); err != nil {
			return err
		}
		for len(g.records) >= unfinished && Sleep(ctx, 100*time.Millisecond) {
			if err := g.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *given) take(r *kgo.Record) (remember bool, err error) {
	err = pass(r, nil, nil, func(out Record) (err error) {
		remember, err = g.f(out)
		return err
	})
	return remember, err
}

// each hands records to f one by one.
func (g *given) each(ctx context.Context, records []*kgo.Record) error {
	for _, r := range records {
		remember, err := g.take(r)
		if err != nil {
			return err
		}
		g.remember(ctx, remember, r)
	}
	return nil
}

func (g *given) flush(ctx context.Context) error {
	done, remember, err := g.o.Flush()
	if err == nil && done {
		g.remember(ctx, remember, g.records...)
		g.records = nil
	}
	return err
}

func (g *given) remember(ctx context.Context, now bool, records ...*kgo.Record) {
	g.cl.MarkCommitRecords(records...)
	if now {
		// What isn't remembered is given again, which is allowed: no error of ours.
		_ = Bounded(ctx, AnswerTime, g.cl.CommitMarkedOffsets)
	}
}

// leave gives the partitions to the others, with what was done.
func leave(cl *kgo.Client) {
	_ = Bounded(context.Background(), 5*time.Second, cl.CommitMarkedOffsets)
	_ = Bounded(context.Background(), 5*time.Second, cl.LeaveGroupContext)
	cl.Close()
}

// Recall calls f with the committed records that stand before those with which a group goes on, at most so many offsets
// back in each partition, in order per partition; none for a group that is new.
func (c Client) Recall(ctx context.Context, group string, topics []string, back int64, f func(Record) error) error {
	if len(topics) == 0 { // which kadm takes for all that there are
		return nil
	}
	cl, err := c.reader()
	if err != nil {
		return err
	}
	defer cl.Close()
	from, until, err := doneWith(ctx, kadm.NewClient(cl), group, topics, back)
	if err != nil {
		return fmt.Errorf("recall of group %s: %w", group, c.Explain(err))
	}
	if len(until) == 0 {
		return nil
	}
	return c.read(ctx, cl, ReadOptions{UntilEnd: true}, from.KOffsets(), until, f)
}

// doneWith returns the offsets between which the last records stand before those with which a group goes on.
func doneWith(
	ctx context.Context, adm *kadm.Client, group string, topics []string, back int64,
) (from kadm.Offsets, until map[partition]int64, err error) {
	from, until = kadm.Offsets{}, map[partition]int64{}
	known, err := offsets(ctx, adm, group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return from, until, nil
	}
	if err != nil {
		return nil, nil, err
	}
	starts, err := Listed(adm.ListStartOffsets(ctx, topics...))
	if err != nil {
		return nil, nil, err
	}
	ends, err := Listed(adm.ListCommittedOffsets(ctx, topics...))
	if err != nil {
		return nil, nil, err
	}
	starts.Each(func(start kadm.ListedOffset) {
		done, ok := known.Lookup(start.Topic, start.Partition)
		end, _ := ends.Lookup(start.Topic, start.Partition)
		last := min(done.At, end.Offset) // a topic that was made anew is shorter
		if first := max(start.Offset, last-back); ok && first < last {
			from.AddOffset(start.Topic, start.Partition, first, -1)
			until[partition{start.Topic, start.Partition}] = last
		}
	})
	return from, until, nil
}

// Begin remembers, for partitions that the group has not read yet, where it begins: what comes after this call is not
// missed, even if the process dies before it has read anything. Consume does it, too; Recall needs it before.
func (c Client) Begin(ctx context.Context, o ConsumeOptions) error {
	topics, err := c.Existing(ctx, o.Topics...)
	if err == nil && len(topics) == 0 {
		err = fmt.Errorf("read as group %s: none of its topics is there: %s", o.Group, Some(o.Topics))
	}
	if err != nil {
		return err
	}
	cl, err := c.Open()
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	known, err := offsets(ctx, adm, o.Group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("offsets of group %s: %w", o.Group, c.Explain(err))
	}
	fresh := c.moved(o, known, topics)
	if err := c.tellOfCut(ctx, adm, o, known, topics); err != nil {
		return err
	}
	list := adm.ListCommittedOffsets
	if !o.Since.IsZero() {
		list = func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
			return adm.ListOffsetsAfterMilli(ctx, o.Since.UnixMilli(), topics...)
		}
	}
	starts, err := Listed(list(ctx, topics...))
	if err != nil {
		return c.Explain(err)
	}
	starts.Each(func(s kadm.ListedOffset) {
		if _, ok := known.Lookup(s.Topic, s.Partition); !ok {
			fresh.Add(own(s.Topic, s.Partition, s.Offset, s.LeaderEpoch))
		}
	})
	if len(fresh) == 0 {
		return nil
	}
	answers, err := adm.CommitOffsets(ctx, o.Group, fresh)
	if err == nil {
		err = answers.Error()
	}
	if errors.Is(err, kerr.UnknownMemberID) || errors.Is(err, kerr.RebalanceInProgress) {
		return nil // others of the group are at work, and have done so
	}
	if err != nil {
		return fmt.Errorf("begin group %s: %w", o.Group, c.Explain(err))
	}
	return nil
}

func own(topic string, partition int32, at int64, epoch int32) kadm.Offset {
	return kadm.Offset{Topic: topic, Partition: partition, At: at, LeaderEpoch: epoch, Metadata: ownOffset}
}

// moved returns the offsets that nobody of the group has set, as its own, so that they are told of once.
func (c Client) moved(o ConsumeOptions, known kadm.OffsetResponses, topics []string) kadm.Offsets {
	found := kadm.Offsets{}
	known.Each(func(k kadm.OffsetResponse) {
		if k.Err != nil || k.Metadata != "" || !slices.Contains(topics, k.Topic) {
			return
		}
		c.warn("somebody moved the group's offset", "group", o.Group, "topic", k.Topic, "partition", k.Partition,
			"to_offset", k.At)
		o.lapsed(Lapse{Topic: k.Topic, Partition: k.Partition, To: k.At})
		found.Add(own(k.Topic, k.Partition, k.At, k.LeaderEpoch))
	})
	return found
}

func (o *ConsumeOptions) lapsed(l Lapse) {
	if o.Lapsed != nil {
		o.Lapsed(l)
	}
}

// tellOfCut warns of what a topic has lost before the group was given it.
func (c Client) tellOfCut(
	ctx context.Context, adm *kadm.Client, o ConsumeOptions, known kadm.OffsetResponses, topics []string,
) error {
	firsts, err := Listed(adm.ListStartOffsets(ctx, topics...))
	if err != nil {
		return c.Explain(err)
	}
	firsts.Each(func(first kadm.ListedOffset) {
		if done, ok := known.Lookup(first.Topic, first.Partition); ok && done.At < first.Offset {
			c.warn("retention has deleted what the group was not given yet", "group", o.Group, "topic", first.Topic,
				"partition", first.Partition, "from_offset", done.At, "to_offset", first.Offset-1)
			o.lapsed(Lapse{Topic: first.Topic, Partition: first.Partition, Cut: true, From: done.At, To: first.Offset - 1})
		}
	})
	return nil
}

// offsets are those that a group has committed. A cluster's first group waits until there is a coordinator for it.
func offsets(ctx context.Context, adm *kadm.Client, group string) (known kadm.OffsetResponses, err error) {
	err = Bounded(ctx, AnswerTime, func(ctx context.Context) error {
		for {
			known, err = adm.FetchOffsets(ctx, group)
			if !kerr.IsRetriable(err) || !Sleep(ctx, 200*time.Millisecond) {
				return err
			}
		}
	})
	return known, err
}
