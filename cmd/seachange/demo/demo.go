// Package demo tells the story of a simulated account: everything but the account is the real thing.
package demo

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/spaces"
	"github.com/seachange/seachange/producer/spaces/spacestest"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema"
)

// Options say where the demo plays.
type Options struct {
	Brokers []string // a Kafka; none is an embedded broker
	Listen  string   // of the embedded broker
	Keep    string   // its directory; "" is in memory
	Prefix  string   // of the topics
	Version string
	Stdout  io.Writer
	Events  bool // print nothing but the events, as they stand in the topics
	Colour  bool
	Logger  *slog.Logger
	// Look serves the console of the topics, and of what the producer reports, until stop, and returns its address; nil
	// doesn't.
	Look func(context.Context, client.Client, func() status.Report) (url string, stop func(), err error)
}

// interval is short: the simulated account has no limits to keep.
const interval = time.Second

// Run plays the demo until ctx ends.
func Run(ctx context.Context, o Options) error {
	resources, err := watched()
	if err != nil {
		return err
	}
	k, stop, err := o.place()
	if err != nil {
		return err
	}
	defer stop()
	k.Resources, k.Prefix, k.Version, k.Logger = resources, o.Prefix, o.Version, slog.New(warnings{o.Logger.Handler()})
	log, err := kafka.New(k)
	if err != nil {
		return err
	}
	if err := log.Prepare(ctx); err != nil {
		return err
	}
	account, store := digitaloceantest.Example(digitaloceantest.Options{PerHour: 1_000_000}), buckets()
	p, err := o.producer(account, store, log, resources)
	if err != nil {
		return err
	}
	s := &story{
		o: o, account: account, buckets: store, broker: k.Client.Brokers[0], flags: o.flags(k.Client.Brokers[0]),
		embedded: k.Embedded != nil, kept: o.Keep != "" || len(o.Brokers) > 0,
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.Look != nil && !o.Events {
		url, stop, err := o.Look(ctx, k.Client, p.Status)
		if err != nil {
			return err
		}
		defer stop()
		defer cancel()
		s.console = url
	}
	return s.play(ctx, p, k.Client, resources)
}

// warnings passes on what goes wrong with the broker, such as a full disk. All else the story tells, the account's
// warnings too.
type warnings struct{ slog.Handler }

func (t warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && t.Handler.Enabled(ctx, l)
}

func (t warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{t.Handler.WithAttrs(a)} }

func (t warnings) WithGroup(name string) slog.Handler { return warnings{t.Handler.WithGroup(name)} }

// place is where the topics are to be. The caller calls stop.
func (o *Options) place() (k kafka.Options, stop func(), err error) {
	if len(o.Brokers) > 0 {
		return kafka.Options{Client: client.Client{Brokers: o.Brokers}, Shards: 1}, func() {}, nil
	}
	broker, err := embedded.Start(embedded.Options{Dir: o.Keep, Listen: o.Listen, Logger: o.Logger})
	if err != nil {
		return k, nil, err
	}
	k = kafka.Options{Client: client.Client{Brokers: []string{broker.Addr()}}, Embedded: broker.Embedded(), Shards: 1}
	return k, func() {
		if err := broker.Close(); err != nil {
			o.Logger.Error("close the embedded broker", "err", err)
		}
	}, nil
}

// flags are those with which another command finds the topics.
func (o *Options) flags(broker string) string {
	flags := "--brokers " + broker
	if o.Keep != "" {
		flags = "--data-dir " + o.Keep
	}
	if o.Prefix != "digitalocean" {
		flags += " --topic-prefix " + o.Prefix
	}
	return flags
}

// watched are all that are on where there is a Spaces key. Buckets rest no longer than the others.
func watched() ([]*schema.Resource, error) {
	rows, err := schema.Enabled([]string{schema.Spaces}, nil, nil)
	for i, r := range rows {
		if r.API == schema.Spaces {
			quick := *r
			quick.MinInterval = 0
			rows[i] = &quick
		}
	}
	return rows, err
}

// buckets are those of the simulated account.
func buckets() *spacestest.Store {
	s := spacestest.New()
	s.Put("fra1", exports, spacestest.Bucket{Versioning: spacestest.Versioned})
	s.Put("ams3", "static-assets", spacestest.Bucket{ACL: spacestest.PublicRead})
	return s
}

func (o *Options) producer(
	account *digitaloceantest.Account, store *spacestest.Store, log producer.Log, resources []*schema.Resource,
) (*producer.Producer, error) {
	source, err := digitalocean.New(digitalocean.Options{
		BaseURL: "http://simulated.invalid", Transport: account, Version: o.Version, PerHour: 1_000_000,
		Token: func() (string, error) { return digitaloceantest.Token, nil },
	})
	if err != nil {
		return nil, err
	}
	s3, err := spaces.New(spaces.Options{Key: spacestest.Key, Transport: store, Version: o.Version})
	if err != nil {
		return nil, err
	}
	return producer.New(producer.Options{
		Accounts: []producer.Account{{Name: "demo", Source: spaces.Beside(source, s3), Resources: resources}},
		Log:      log, Prefix: o.Prefix, Version: o.Version, Interval: interval, Logger: slog.New(slog.DiscardHandler),
	})
}

// play runs the producer, a reader of its topics and the story beside each other, until ctx ends.
func (s *story) play(
	ctx context.Context, p *producer.Producer, cl client.Client, resources []*schema.Resource,
) error {
	var topics []string
	for _, r := range resources {
		topics = append(topics, schema.TopicOf(s.o.Prefix, r.Name))
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.Run(ctx) })
	g.Go(func() error {
		return cl.Read(ctx, client.ReadOptions{Topics: topics, FromStart: true}, s.hear)
	})
	g.Go(func() error { return s.tell(ctx) })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.end()
	return nil
}
