// Package history reads what the topics tell of the past: the accounts at a moment, what is different between two, one
// record's changes, all of them once more, and those that come.
package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// Options say what is to be read.
type Options struct {
	Client    client.Client
	Prefix    string   // of the topics
	Resources []string // by name; none is all that have a topic
	Skip      bool     // a record that is no event of seachange, with a warning; else it ends the reading
	Logger    *slog.Logger
}

// Past reads the topics of some resources. It is one goroutine's.
type Past struct {
	o         Options
	topics    []string
	resources []*schema.Resource // whose topics were asked for
	decoder   *Decoder
	bad       *BadInput
	progress  *Progress
}

// UnwatchedError means that a resource that was named has no topic.
type UnwatchedError struct{ Resource, Topic string }

func (e *UnwatchedError) Error() string {
	return fmt.Sprintf("%s is not watched: there is no topic %s (is --topic-prefix right? What run watches is up to its "+
		"--only, --skip and --with)", e.Resource, e.Topic)
}

// Open finds the topics. A resource that was named and has none is an *UnwatchedError.
func Open(ctx context.Context, o Options) (*Past, error) {
	p := &Past{
		o: o, decoder: NewDecoder(ctx, o.Client, o.Prefix), bad: &BadInput{Skip: o.Skip, Logger: o.Logger},
		progress: NewProgress(o.Logger),
	}
	names := o.Resources
	if len(names) == 0 {
		for i := range schema.Catalog {
			names = append(names, schema.Catalog[i].Name)
		}
	}
	for _, n := range names {
		p.topics = append(p.topics, schema.TopicOf(o.Prefix, n))
		p.resources = append(p.resources, schema.LookupAny(n))
	}
	if len(o.Resources) > 0 {
		return p, Watched(ctx, o.Client, o.Prefix, o.Resources...)
	}
	found, err := o.Client.Existing(ctx, p.topics...)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no topic %s.* is there: is --topic-prefix right, and has seachange run with it?", o.Prefix)
	}
	p.topics = found
	return p, err
}

// Watched returns an *UnwatchedError for the first of some resources that has no topic.
func Watched(ctx context.Context, cl client.Client, prefix string, resources ...string) error {
	topics := make([]string, len(resources))
	for i, r := range resources {
		topics[i] = schema.TopicOf(prefix, r)
	}
	found, err := cl.Existing(ctx, topics...)
	if err != nil {
		return err
	}
	for i, topic := range topics {
		if !slices.Contains(found, topic) {
			return &UnwatchedError{resources[i], topic}
		}
	}
	return nil
}

// Looked returns when the resources were looked at.
func (p *Past) Looked(ctx context.Context) (Looked, error) {
	return ReadLooked(ctx, p.o.Client, p.o.Prefix, p.o.Resources...)
}

// Events passes each event, in order per topic. A topic whose past is not whole is refused, unless since says where to
// begin; the zero time is the beginning.
func (p *Past) Events(ctx context.Context, since time.Time, f func(*Event) error) error {
	return p.read(ctx, client.ReadOptions{FromStart: since.IsZero(), Since: since, Whole: since.IsZero()}, nil, f)
}

// Record passes the events of one record, whichever account has it. It is an error if there is none.
func (p *Past) Record(ctx context.Context, id string, f func(*Event) error) error {
	found, suffix := 0, keySuffix(id)
	o := client.ReadOptions{FromStart: true, Whole: true, Headers: []string{"schema", "account_name"}}
	err := p.read(ctx, o, func(r client.Record) bool { return p.decoder.hasKeySuffix(r.Key, suffix) },
		func(ev *Event) error {
			found++
			return f(ev)
		})
	if err == nil && found == 0 {
		err = fmt.Errorf("%s has no event of a record %q: seachange at now %s lists the ids",
			p.topics[0], id, strings.Join(p.o.Resources, " "))
	}
	return err
}

// keySuffix is how the keys of a record end, whichever account it is of. A quote in an account's id would be escaped,
// so nothing else ends like it.
func keySuffix(id string) []byte {
	key := schema.Key{AccountID: "", ID: id}.Bytes()
	return bytes.TrimPrefix(key, []byte(`{"account_id":"`))
}

// hasKeySuffix reports whether a key, in whatever format, ends so.
func (d *Decoder) hasKeySuffix(key, suffix []byte) bool {
	plain, err := d.Plain(key)
	return err == nil && bytes.HasSuffix(plain, suffix)
}

// read passes each event whose record want asks for; nil asks for all.
func (p *Past) read(
	ctx context.Context, o client.ReadOptions, want func(client.Record) bool, f func(*Event) error,
) error {
	return p.scan(ctx, o, func(r client.Record) error {
		if want != nil && !want(r) {
			return nil
		}
		ev, err := p.decoder.ParseEvent(r)
		if err != nil {
			return p.bad.Take(err)
		}
		return f(ev)
	})
}

// scan passes each record, as it is.
func (p *Past) scan(ctx context.Context, o client.ReadOptions, f func(client.Record) error) error {
	o.Topics, o.UntilEnd, o.Progress = p.topics, true, p.progress.Tell
	err := p.o.Client.Read(ctx, o, f)
	if _, cut := errors.AsType[*client.CutError](err); cut {
		return fmt.Errorf("%w; what was before can't be told from it "+
			"(seachange tail --since and replay --since read what is left)", err)
	}
	if err == nil {
		err = ctx.Err() // half an answer is none
	}
	p.bad.Sum()
	return err
}

// Meta passes each record of a topic of another kind than events. f's error is bad input.
func (p *Past) Meta(ctx context.Context, topic string, f func(client.Record) error) error {
	o := client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true}
	return p.o.Client.Read(ctx, o, func(r client.Record) error {
		if err := f(r); err != nil {
			return p.bad.Take(at(r, err))
		}
		return nil
	})
}

// Refuse treats an event that can't be used as one that can't be read.
func (p *Past) Refuse(ev *Event, err error) error { return p.bad.Take(at(ev.Record, err)) }

// progressEvery is how often a long read says that it goes on.
const progressEvery = 3 * time.Second

// Progress logs how far a long read has come.
type Progress struct {
	log  *slog.Logger
	told time.Time // when it was last logged
}

// NewProgress begins now.
func NewProgress(log *slog.Logger) *Progress { return &Progress{log: log, told: time.Now()} }

// Tell takes how many of the offsets were passed.
func (p *Progress) Tell(passed, all int64) {
	if now := time.Now(); now.Sub(p.told) >= progressEvery {
		p.told = now
		p.log.Info("reading", "offsets", passed, "of", all, "percent", 100*passed/max(all, 1))
	}
}
