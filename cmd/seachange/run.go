package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type runCmd struct {
	KafkaSettings
	TopicSettings
	APISettings
	Selection
	WatchSettings
	ServerSettings
	outputFlag
	Once bool `help:"Make one pass over everything and print what was done; exit 0 only if all of it could be read. What was read a few minutes ago, and has not changed since as its parent tells, isn't read again."`
}

// Run wires the adapters to the producer, in one straight line, and runs until a signal.
func (c *runCmd) Run(ctx context.Context, e *env) error {
	registry := newRegistry()
	options, o, err := c.options(e, registry)
	if err != nil {
		return err
	}
	if c.DataDir != "" {
		broker, err := embedded.Start(embedded.Options{Dir: c.DataDir, Listen: c.EmbeddedListen, Logger: e.log})
		if err != nil {
			return err
		}
		defer broker.Close() //nolint:errcheck // every commit was synced
		options.Client.Brokers, options.Embedded = []string{broker.Addr()}, broker.Embedded()
		options.Shards = cmp.Or(options.Shards, broker.Partitions(state.Topic(c.TopicPrefix)), embeddedShards)
	}
	log, err := kafka.New(options)
	if err != nil {
		return usageError{err}
	}
	o.Log = log
	p, err := producer.New(o)
	if err != nil {
		return err
	}
	stop, err := serve(ctx, e, c.Listen, handler(p, registry))
	if err != nil {
		return err
	}
	defer stop()
	if err := log.Prepare(ctx); err != nil {
		return err
	}
	e.log.Info("watching", "accounts", len(o.Accounts), "brokers", options.Client.Brokers, "topics", c.TopicPrefix+".*", "version", buildVersion())
	err = p.Run(ctx)
	if c.Once {
		lines := p.Summary()
		return errors.Join(c.summarize(e, lines), once(ctx, err, lines))
	}
	return err
}

// options finds whatever is wrong with the settings, before anything is made.
func (c *runCmd) options(e *env, registry prometheus.Registerer) (l kafka.Options, p producer.Options, err error) {
	if err := c.check(); err != nil {
		return l, p, err
	}
	watching, err := accounts(e, c.APISettings, c.Selection)
	if err != nil {
		return l, p, err
	}
	if l, err = c.logOptions(e, watching, registry); err != nil {
		return l, p, err
	}
	p, err = c.producer(e, watching, registry)
	l.Settings = p.Settings()
	return l, p, err
}

func (c *runCmd) check() error {
	return errors.Join(c.place(), c.APISettings.check(), c.TopicSettings.check(), c.keeps(c.TopicSettings), c.WatchSettings.check(), c.ServerSettings.check(c.DataDir != ""))
}

func (c *runCmd) logOptions(e *env, watching []watched, registry prometheus.Registerer) (kafka.Options, error) {
	o := c.topicOptions(c.TopicPrefix, union(watching))
	o.SessionTimeout, o.InstanceID = time.Duration(c.SessionTimeout), c.InstanceID
	o.Version, o.Logger, o.Registerer = buildVersion(), e.log, registry
	var err error
	if o.Client, err = c.client(e); err != nil {
		return o, err
	}
	if c.DataDir != "" {
		o.Client.Brokers = []string{c.EmbeddedListen} // it will be, or another port
	}
	if err := kafka.Check(o); err != nil {
		return o, usageError{err}
	}
	return o, nil
}

// topicOptions are those that decide how topics look.
func (t *TopicSettings) topicOptions(prefix string, resources []*schema.Resource) kafka.Options {
	return kafka.Options{
		Prefix: prefix, Shards: t.Shards, Resources: resources, ReplicationFactor: t.ReplicationFactor,
		Retention: time.Duration(t.Retention), Partitions: t.Partitions, Compression: t.Compression,
	}
}

// union is what any of the accounts watches, in the catalogue's order.
func union(watching []watched) []*schema.Resource {
	wanted := map[string]bool{}
	for _, a := range watching {
		for _, r := range a.resources {
			wanted[r.Name] = true
		}
	}
	var rows []*schema.Resource
	for i := range schema.Catalog {
		if r := &schema.Catalog[i]; wanted[r.Name] {
			rows = append(rows, r)
		}
	}
	return rows
}

// producer answers the producer's options, less the log.
func (c *runCmd) producer(e *env, watching []watched, registry prometheus.Registerer) (o producer.Options, err error) {
	key, err := maskKey(e)
	if err != nil {
		return o, err
	}
	o = producer.Options{
		Prefix: c.TopicPrefix, Version: buildVersion(), Interval: time.Duration(c.Interval), Share: float64(c.Budget), Once: c.Once,
		Diff:   diff.Options{MaskKey: key, MaskPII: c.MaskPII},
		Logger: e.log, Registerer: registry,
	}
	apis := newSources(e, c.APISettings, registry)
	for _, a := range watching {
		ages, err := c.maxAges(a)
		if err != nil {
			return o, err
		}
		source, err := apis.of(a)
		if err != nil {
			return o, usagef("account %q: %w", a.name, err)
		}
		o.Accounts = append(o.Accounts, producer.Account{Name: a.name, Source: source, Expect: a.team, Resources: a.resources, MaxAge: ages})
	}
	return o, nil
}

// maskKey is nil without a key. A short one is refused: who can guess it can try passwords against what is published.
func maskKey(e *env) ([]byte, error) {
	switch key := e.getenv("SEACHANGE_MASK_KEY"); {
	case key == "":
		return nil, nil
	case len(key) < 16:
		return nil, usagef("SEACHANGE_MASK_KEY is too short to be safe: give it 16 characters or more, of random ones")
	default:
		return []byte(key), nil
	}
}

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// once turns the end of a single pass into the command's error.
func once(ctx context.Context, err error, lines []status.Line) error {
	switch {
	case errors.Is(err, status.ErrNotWhole):
		first, more, _ := strings.Cut(err.Error(), "\n") // a line for each collection that was not
		if more != "" {
			first += "; the table has all"
		}
		if slices.ContainsFunc(lines, func(l status.Line) bool { return l.Status == state.NoScope }) {
			first += "; what this token is not meant to read can be left out with --skip"
		}
		return errors.New(first)
	case err == nil && ctx.Err() != nil:
		return errors.New("interrupted before the pass was over; what was committed stays, and the next run goes on from there")
	}
	return err
}

// summarize prints what a single pass did.
func (c *runCmd) summarize(e *env, lines []status.Line) error {
	if c.Output == "json" {
		return writeJSON(e.stdout, lines)
	}
	var rows [][]string
	for _, l := range lines {
		status := string(l.Status)
		if l.Reason != "" {
			status += ": " + plain.Value(l.Reason)
		}
		rows = append(rows, []string{l.Account, l.Resource, strconv.Itoa(l.Records), strconv.Itoa(l.Changes), strconv.Itoa(l.Requests), status})
	}
	return writeTable(e.stdout, []string{"ACCOUNT", "RESOURCE", "RECORDS", "CHANGES", "REQUESTS", "STATUS"}, rows)
}
