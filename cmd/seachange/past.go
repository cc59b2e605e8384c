package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// BadInput says what becomes of a record that is no event of seachange.
type BadInput struct {
	OnError string `help:"At a record that is no event of seachange: stop, or skip it, saying which." enum:"stop,skip" default:"stop"`
}

// PastSettings are those of the commands that read topics from their beginning.
type PastSettings struct {
	KafkaSettings
	BadInput
}

// past reads the topics' past.
type past struct {
	e      *env
	client client.Client
	bad    badInput
	topics []string
	// headers are those that are needed; nil is all.
	headers []string
	told    time.Time // when progress was last told
}

// open reaches the topics of the resources, by default all that there are. The caller calls done.
func (s *PastSettings) open(ctx context.Context, e *env, resources []string) (p *past, done func(), err error) {
	names, err := named(resources)
	if err != nil {
		return nil, nil, err
	}
	cl, done, err := s.reach(e)
	if err != nil {
		return nil, nil, err
	}
	p = &past{e: e, client: cl, bad: badInput{e: e, skip: s.OnError == "skip"}, told: time.Now()}
	for _, n := range names {
		p.topics = append(p.topics, schema.TopicOf(s.TopicPrefix, n))
	}
	if len(resources) == 0 {
		found, err := cl.Existing(ctx, p.topics...)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("no topic %s.* is there: is --topic-prefix right, and has seachange run with it?", s.TopicPrefix)
		}
		if err != nil {
			done()
			return nil, nil, err
		}
		p.topics = found
	}
	return p, done, nil
}

// read passes each event that want asks for, in order per topic, and says how far it has come. A topic whose past is not
// whole is refused, unless since says where to begin.
func (p *past) read(ctx context.Context, since time.Time, want func(client.Record) bool, f func(client.Record, *schema.Event) error) error {
	o := client.ReadOptions{Topics: p.topics, FromStart: since.IsZero(), Since: since, Whole: since.IsZero(), UntilEnd: true, Headers: p.headers, Progress: p.progress}
	return p.ended(ctx, p.client.Read(ctx, o, func(r client.Record) error {
		if want != nil && !want(r) {
			return nil
		}
		ev, err := decodeEvent(r)
		if err != nil {
			return p.bad.take(err)
		}
		return f(r, ev)
	}))
}

// scan passes each record, as it is. It refuses a past that is not whole.
func (p *past) scan(ctx context.Context, f func(client.Record) error) error {
	o := client.ReadOptions{Topics: p.topics, FromStart: true, Whole: true, UntilEnd: true, Headers: p.headers, Progress: p.progress}
	return p.ended(ctx, p.client.Read(ctx, o, f))
}

// ended says how a reading ended.
func (p *past) ended(ctx context.Context, err error) error {
	if _, cut := errors.AsType[*client.CutError](err); cut {
		return fmt.Errorf("%w; what was before can't be told from it (seachange tail --since and replay --since read what is left)", err)
	}
	if err == nil {
		err = ctx.Err() // half an answer is none
	}
	p.bad.sum()
	return err
}

// progressEvery is how often a long read says that it goes on.
const progressEvery = 3 * time.Second

func (p *past) progress(passed, all int64) {
	if now := time.Now(); now.Sub(p.told) >= progressEvery {
		p.told = now
		p.e.log.Info("reading", "offsets", passed, "of", all, "percent", 100*passed/max(all, 1))
	}
}

// badInput is what to do with records that are no events.
type badInput struct {
	e       *env
	skip    bool
	skipped int
}

// take ends the reading with the error, or tells and counts it.
func (b *badInput) take(err error) error {
	if !b.skip {
		return fmt.Errorf("%w (--on-error skip goes on behind it)", err)
	}
	b.skipped++
	b.e.log.Warn("skipped", "err", err)
	return nil
}

func (b *badInput) sum() {
	if b.skipped > 0 {
		b.e.log.Warn("records that are no events of seachange were skipped", "records", b.skipped)
	}
}

// decodeEvent reads an event. An error says which record it is, and why it is none.
func decodeEvent(r client.Record) (*schema.Event, error) {
	ev, err := parseEvent(r)
	if err != nil {
		return nil, at(r, err)
	}
	return ev, nil
}

// at says which record an error is of.
func at(r client.Record, err error) error {
	return fmt.Errorf("topic %s partition %d offset %d: %w", r.Topic, r.Partition, r.Offset, err)
}

// foreign refuses what need not be looked into.
func foreign(r client.Record) error {
	if r.Value == nil {
		return errors.New("a tombstone: seachange writes none, so somebody else did")
	}
	if v := header(r, "schema"); v != "" && v != schema.EnvelopeVersion {
		return fmt.Errorf("an event in schema version %q, and this release reads %q: use a newer release", v, schema.EnvelopeVersion)
	}
	return nil
}

func parseEvent(r client.Record) (*schema.Event, error) {
	if err := foreign(r); err != nil {
		return nil, err
	}
	return schema.ParseEvent(r.Value)
}
