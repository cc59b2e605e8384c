package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// Options say where the topics are.
type Options struct {
	Client          client.Client
	Prefix, Version string
	Logger          *slog.Logger

	open func(ctx context.Context) (writer, error) // nil: a client.Transactor
}

// writer writes records, all of them or none, and fences whoever wrote before. Its error means that nobody knows which.
type writer interface {
	Commit(ctx context.Context, records ...client.Record) error
	Close()
}

// Topic has what the internet can reach.
func Topic(prefix string) string { return schema.TopicOf(prefix, schema.Exposures.Name) }

// TransactionalID is that of the one that writes it.
func TransactionalID(prefix string) string { return prefix + "-exposures" }

// placeHeader is a header of the last record of each transaction: the place up to which the events were read then.
const placeHeader = "read_up_to"

// againAfter is how long after a fault it is begun again.
const againAfter = 5 * time.Second

// rivalTime tells another writer from a pause of our own. Brokers also fence who slept through a transaction, or
// whose commit's answer was lost, though nobody took over. Two writers fence each other by turns: the one that is
// fenced twice within this time ends, and the other one goes on.
const rivalTime = 10 * time.Minute

// cutError is a topic whose beginning is gone: what can be reached can't be computed from it.
type cutError struct{ topic string }

func (e *cutError) Error() string {
	return fmt.Sprintf("exposures: topic %s: retention has deleted its beginning, and what can be reached needs all "+
		"of it: leave --exposures out", e.topic)
}

// Run follows the events and writes what they make reachable, until ctx ends. It begins again after a fault, but not
// where another one writes, too, or a topic is not whole.
func Run(ctx context.Context, o Options) error {
	if o.open == nil {
		o.open = func(ctx context.Context) (writer, error) {
			return o.Client.OpenTransactor(ctx, Topic(o.Prefix), TransactionalID(o.Prefix))
		}
	}
	var fenced time.Time
	for ctx.Err() == nil {
		err := follow(ctx, o)
		if _, cut := errors.AsType[*cutError](err); cut {
			return err
		}
		if ctx.Err() != nil { // whatever it broke off
			return nil
		}
		if errors.Is(err, client.ErrFenced) {
			if !fenced.IsZero() && time.Since(fenced) < rivalTime {
				return fmt.Errorf("exposures are written by one alert --exposures alone: leave it out here, or end the other: %w",
					err)
			}
			fenced = time.Now().Round(0) // by the wall: other clocks stand still while a machine sleeps
		}
		o.Logger.Warn("exposures can't be written, trying again", "err", err, "pause", againAfter)
		client.Sleep(ctx, againAfter)
	}
	return nil
}

// follow goes on behind what the topic says. What a transaction left open was aborted before the topic is read.
func follow(ctx context.Context, o Options) error {
	w, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer w.Close()
	b, err := newBook(o.Prefix, o.Version)
	if err != nil {
		return err
	}
	l := &ledger{
		o: o, book: b, engine: exposure.New(), writer: w, decoder: history.NewDecoder(ctx, o.Client, o.Prefix),
		newest: map[string]cause{},
	}
	if err := l.recall(ctx); err != nil {
		return err
	}
	var topics []string
	for _, r := range exposure.Resources() {
		topics = append(topics, schema.TopicOf(o.Prefix, r))
	}
	return o.Client.Follow(ctx, client.FollowOptions{Topics: topics}, func(b client.Batch) error { return l.take(ctx, b) })
}

// ledger is one goroutine's.
type ledger struct {
	o       Options
	book    *book
	engine  *exposure.Engine
	writer  writer
	decoder *history.Decoder
	place   []client.Position // up to which the topic knows the events; nil: it knows nothing
	whole   bool              // all that there was is read
	gap     []*history.Event  // what came behind the place, until it is whole
	newest  map[string]cause  // of each account, the newest event
}

// recall reads the topic.
func (l *ledger) recall(ctx context.Context) error {
	o := client.ReadOptions{Topics: []string{Topic(l.o.Prefix)}, FromStart: true, UntilEnd: true}
	err := l.o.Client.Read(ctx, o, func(r client.Record) error {
		ev, err := history.ParseEvent(r)
		if err == nil && ev.Row().Body == nil {
			err = fmt.Errorf("topic %s partition %d offset %d: an event without a body", r.Topic, r.Partition, r.Offset)
		}
		if err != nil {
			return fmt.Errorf("%w; somebody else wrote to the topic: delete it, and it is made anew", err)
		}
		l.book.account(ev.Source.DB).name = ev.AccountName()
		l.book.take(&ev.Event)
		if text := r.Header(placeHeader); text != "" {
			l.place = nil
			return json.Unmarshal([]byte(text), &l.place)
		}
		return nil
	})
	return cmp.Or(err, ctx.Err())
}

// known reports whether the topic knows an event's record already.
func (l *ledger) known(r client.Record) bool {
	return slices.ContainsFunc(l.place, func(p client.Position) bool {
		return p.Topic == r.Topic && p.Partition == r.Partition && r.Offset < p.Next
	})
}

// take takes a batch of events in, and writes what they change.
func (l *ledger) take(ctx context.Context, b client.Batch) error {
	if !l.whole {
		for _, p := range b.Positions {
			if p.Start > 0 {
				return &cutError{p.Topic}
			}
		}
	}
	for _, r := range b.Records {
		ev, err := l.decoder.ParseEvent(r)
		switch {
		case err != nil: // alert tells of it
			l.o.Logger.Warn("no event, leaving it out", "err", err)
		case !l.whole && (l.place == nil || l.known(r)):
			l.engine.Load(&ev.Event)
			l.see(ev)
		default:
			l.gap = append(l.gap, ev)
		}
	}
	if !l.whole && b.Behind > 0 {
		return nil
	}
	events, err := l.changes()
	if err == nil && !l.whole {
		events, err = l.reconcile(events)
	}
	if err != nil {
		return err
	}
	l.whole = true
	return l.write(ctx, events, b.Positions)
}

// see keeps which event of an account is the newest.
func (l *ledger) see(ev *history.Event) {
	if name := ev.AccountName(); name != "" {
		l.book.account(ev.Source.DB).name = name
	}
	if known, ok := l.newest[ev.Source.DB]; !ok || ev.Source.LSN > known.source.LSN {
		l.newest[ev.Source.DB] = cause{source: ev.Source}
	}
}

// changes takes what came in the order in which it happened, as far as it came together, and returns what it changes.
func (l *ledger) changes() (events []*schema.Event, err error) {
	slices.SortStableFunc(l.gap, func(a, b *history.Event) int {
		return cmp.Or(cmp.Compare(a.Source.DB, b.Source.DB), cmp.Compare(a.Source.LSN, b.Source.LSN))
	})
	for _, in := range l.gap {
		l.see(in)
		why := cause{in.Source, in.Op == schema.Read}
		for _, c := range l.engine.Take(&in.Event) {
			ev, err := l.book.change(c.Target, c.Now, why, time.Now().UnixMilli())
			if err != nil {
				return nil, err
			}
			if ev != nil {
				events = append(events, ev)
			}
		}
	}
	l.gap = nil
	return events, nil
}

// reconcile adds what the topic has otherwise than the events make it: at the first start all, later what another
// release computes otherwise.
func (l *ledger) reconcile(events []*schema.Event) ([]*schema.Event, error) {
	left := maps.Clone(l.book.open)
	add := func(t exposure.Target, now []exposure.Exposure) error {
		why, known := l.newest[t.Account]
		if !known {
			return nil
		}
		why.snapshot = l.place == nil
		ev, err := l.book.change(t, now, why, time.Now().UnixMilli())
		if ev != nil {
			events = append(events, ev)
		}
		return err
	}
	for t, now := range l.engine.All() {
		delete(left, keyOf(t))
		if err := add(t, now); err != nil {
			return nil, err
		}
	}
	for key, e := range left {
		var of body
		if err := json.Unmarshal([]byte(*e.row.Body), &of); err != nil {
			return nil, err
		}
		if err := add(exposure.Target{Account: key.AccountID, Resource: of.Resource, ID: of.ID}, nil); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// write writes events with the place up to which was read, in one transaction.
func (l *ledger) write(ctx context.Context, events []*schema.Event, place []client.Position) error {
	if len(events) == 0 {
		return nil
	}
	records := make([]client.Record, len(events))
	for i, ev := range events {
		key := schema.Key{AccountID: ev.Source.DB, ID: ev.ID()}
		records[i] = client.Record{Key: key.Bytes(), Value: ev.Marshal()}
		for _, h := range ev.Headers(l.book.account(ev.Source.DB).name) {
			records[i].Headers = append(records[i].Headers, client.Header{Key: h[0], Value: h[1]})
		}
	}
	text, err := json.Marshal(place)
	if err != nil {
		return err
	}
	last := &records[len(records)-1]
	last.Headers = append(last.Headers, client.Header{Key: placeHeader, Value: string(text)})
	return l.writer.Commit(ctx, records...)
}
