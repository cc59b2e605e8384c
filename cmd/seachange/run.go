package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/otlp"
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/producer/tracing"
	"github.com/seachange/seachange/schema/plain"
	"github.com/seachange/seachange/schema/wire"
)

// runCmd watches the accounts. Its flags are those of the configuration file, in groups that other commands take up
// in part: check has the selection without the watch, rebuild the topics without the API.
type runCmd struct {
	config.Kafka
	config.Topics
	config.API
	config.Selection
	config.Watch
	config.Server
	config.Console
	config.Registry
	config.Tracing
	outputFlag
	Once bool `help:"${run_once}"`
}

// wiring is what the settings mean: what the adapters and the producer are made with.
type wiring struct {
	log      kafka.Options
	producer producer.Options // less the log
	sources  *config.Sources
}

// begin wires the adapters to the producer, in one straight line, and runs until ctx ends. Whatever is wrong with
// the settings is found first (options), before a directory is made, a topic, or a request. With a data directory
// the broker is started before everything else that talks to one, and closed after it.
func (c *runCmd) begin(ctx context.Context, e *env, hangups <-chan os.Signal) error {
	registry := c.registry()
	w, err := c.options(e, registry)
	if err != nil {
		return err
	}
	if c.DataDir == "" {
		return c.watch(ctx, e, registry, w, hangups)
	}
	broker, err := embedded.Start(embedded.Options{
		Dir: c.DataDir, Listen: c.EmbeddedListen, Login: true, Logger: e.Logger,
	})
	if err != nil {
		return err
	}
	defer broker.Close() //nolint:errcheck // every commit was synced
	w.log.Client.Brokers, w.log.Client.SASL = []string{broker.Addr()}, broker.SASL()
	w.log.Embedded = broker.Embedded()
	// The number of shards can't change once there is a state, so that what the directory has goes before the default.
	w.log.Shards = cmp.Or(w.log.Shards, broker.Partitions(state.Topic(c.TopicPrefix)), config.EmbeddedShards)
	ctx, stop := broker.Watch(ctx)
	defer stop()
	err = c.watch(ctx, e, registry, w, hangups)
	return cmp.Or(broker.Fault(), err) // a disk that is full is why everything else failed
}

// watch runs the producer on a broker that is there. The pages are served before the topics are prepared: while it
// waits for brokers /healthz and /readyz are to say so, and an orchestrator that gets no answer would restart it
// again and again.
func (c *runCmd) watch(ctx context.Context, e *env, registry *prometheus.Registry, w wiring,
	hangups <-chan os.Signal,
) error {
	options, o := w.log, w.producer
	log, err := kafka.New(options)
	if err != nil {
		return config.Error{Err: err}
	}
	o.Log = log
	stopTracing, err := c.trace(ctx, e, &o)
	if err != nil {
		return err
	}
	defer stopTracing()
	p, err := producer.New(o)
	if err != nil {
		return err
	}
	web := &pages{ctx: ctx, env: e, settings: c.Console, client: options.Client, prefix: c.TopicPrefix, report: p.Status}
	defer web.close()
	look, err := c.newLookPost(e, options.Client)
	if err != nil {
		return err
	}
	stop, err := serve(ctx, e, c.Listen, "the console, /metrics, /healthz, /readyz and /status",
		handler(p, log, registry, web.at(c.Listen), look))
	if err != nil {
		return err
	}
	defer stop()
	if err := c.prepare(ctx, log); err != nil || ctx.Err() != nil {
		return err
	}
	if err := c.register(ctx, e, log, o.Wire); err != nil {
		return err
	}
	e.Logger.Info("watching", "accounts", len(o.Accounts), "brokers", options.Client.Brokers, "topics",
		c.TopicPrefix+".*", "version", e.Version)
	err = c.reloading(ctx, hangups, &reloader{
		env: e, sources: w.sources, options: o, log: log, producer: p,
	})
	if c.Once {
		lines := p.Summary()
		return errors.Join(c.summarize(e, lines), c.ended(ctx, err, lines))
	}
	return err
}

// trace has o's sweeps traced, if a collector is named, until stop.
func (c *runCmd) trace(ctx context.Context, e *env, o *producer.Options) (stop func(), err error) {
	url, err := c.Tracing.URL(&e.Environment)
	if err != nil || url == "" {
		return func() {}, err
	}
	provider, stop, err := otlp.Start(ctx, url, e.Version, e.Logger)
	if err == nil {
		o.Tracer = tracing.New(provider)
	}
	return stop, err
}

// register has the schemas that the codec needs in the registry. One that is away is waited for as the brokers are.
func (c *runCmd) register(ctx context.Context, e *env, log *kafka.Log, codec *wire.Codec) error {
	r, err := c.Registry.Open(&e.Environment, &c.Topics)
	switch {
	case err != nil || r == nil:
		return err
	case codec.Format().Registered():
		return log.Register(ctx, codec, r, !c.Once)
	}
	if err := log.Offer(ctx, codec, r); err != nil {
		e.Logger.Warn("schemas not registered: what is written needs none", "err", err)
	}
	return nil
}

// prepare waits for brokers that are not there yet, as they may be started with this process, in any order. A single
// pass doesn't: somebody waits for it.
func (c *runCmd) prepare(ctx context.Context, log *kafka.Log) error {
	if c.Once {
		return log.Prepare(ctx)
	}
	if err := log.Reach(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

// options finds whatever is wrong with the settings, before anything is made. What connects the two adapters, the log,
// is made of the first's and put into the second's.
func (c *runCmd) options(e *env, registry prometheus.Registerer) (w wiring, err error) {
	if err := c.check(); err != nil {
		return w, err
	}
	if _, err := c.Tracing.URL(&e.Environment); err != nil {
		return w, err
	}
	watched, err := config.Accounts(&e.Environment, c.API, c.Selection)
	if err != nil {
		return w, err
	}
	if w.log, err = c.logOptions(e, watched, registry); err != nil {
		return w, err
	}
	if w.sources, err = config.NewSources(&e.Environment, c.API, registry, c.MetricsDetail); err != nil {
		return w, err
	}
	if w.producer, err = c.producer(e, registry); err != nil {
		return w, err
	}
	w.producer.Accounts, err = c.accounts(watched, w.sources, nil)
	w.log.Settings = w.producer.Settings()
	return w, err
}

func (c *runCmd) check() error {
	return errors.Join(c.Place(), c.API.Check(), c.Topics.Check(), c.Keeps(c.Topics), c.Watch.Check(),
		c.Server.Check(c.DataDir != ""), c.Console.Check(), c.Registry.Check(&c.Topics))
}

// logOptions returns the log's options. Topics are made for all resources that any account watches, since accounts
// share them.
func (c *runCmd) logOptions(e *env, watched []config.Watched, registry prometheus.Registerer) (kafka.Options, error) {
	o := c.Topics.Options(c.TopicPrefix, config.Union(watched))
	o.SessionTimeout, o.InstanceID = time.Duration(c.SessionTimeout), c.InstanceID
	o.Version, o.Logger, o.Registerer = e.Version, e.Logger, registry
	var err error
	if o.Client, err = c.Client(&e.Environment); err != nil {
		return o, err
	}
	if c.DataDir != "" {
		o.Client.Brokers = []string{c.EmbeddedListen} // it will be, or another port
	}
	if err := kafka.Check(o); err != nil {
		return o, config.Error{Err: err}
	}
	return o, nil
}

// producer returns the producer's options, less the log and the accounts.
func (c *runCmd) producer(e *env, registry prometheus.Registerer) (o producer.Options, err error) {
	key, err := e.MaskKey()
	return producer.Options{
		Prefix: c.TopicPrefix, Version: e.Version, Once: c.Once, Current: c.Topics.Current,
		Wire:   c.Codec(c.TopicPrefix),
		Diff:   diff.Options{MaskKey: key, MaskPII: c.MaskPII, MaskUnknown: c.Unknown == "mask"},
		Logger: e.Logger, Registerer: registry, MetricsDetail: c.MetricsDetail,
	}, err
}

// accounts returns the accounts to watch. One of which the settings say what they said before is as it was.
func (c *runCmd) accounts(watched []config.Watched, apis *config.Sources, before []producer.Account) (
	all []producer.Account, err error,
) {
	said := map[string]string{}
	for _, w := range watched {
		a := producer.Account{
			Name: w.Name, Expect: w.Team, Resources: w.Resources,
			Interval: time.Duration(c.Interval), Share: float64(c.Budget),
		}
		if a.MaxAge, err = c.MaxAges(w); err != nil {
			return nil, err
		}
		said[w.Name] = fmt.Sprintln(w.Said, a.MaxAge, a.Interval, a.Share, c.PerMinute, c.SpacesRegions, said[w.TokenOf])
		a.Settings = said[w.Name]
		same := func(b producer.Account) bool { return b.Name == a.Name && b.Settings == a.Settings }
		if i := slices.IndexFunc(before, same); i >= 0 {
			all = append(all, before[i])
			continue
		}
		if a.Source, err = apis.Of(w); err != nil {
			return nil, config.Errorf("account %q: %w", w.Name, err)
		}
		a.Left = apis.Forget(w.Name)
		all = append(all, a)
	}
	return all, nil
}

// registry returns this command's own registry of metrics, so that several can run in one process, as tests do.
func (c *runCmd) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "seachange_build_info", Help: "1, with the version of seachange and of the Go that it was built with.",
	}, []string{"version", "goversion"})
	build.WithLabelValues(buildVersion(), runtime.Version()).Set(1)
	r.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// ended turns the end of a single pass into the command's error.
func (c *runCmd) ended(ctx context.Context, err error, lines []status.Line) error {
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
		return errors.New("interrupted before the pass was over; what was committed stays, and the next run goes on from " +
			"there")
	}
	return err
}

// summarize prints what a single pass did, a line for each account and resource, also if it failed: what was not
// read is what the reader is after.
func (c *runCmd) summarize(e *env, lines []status.Line) error {
	if c.Output == "json" {
		return e.printJSON(lines)
	}
	var rows [][]string
	for _, l := range lines {
		status := string(l.Status)
		if l.Reason != "" {
			status += ": " + plain.Value(l.Reason)
		}
		rows = append(rows, []string{
			l.Account, l.Resource, strconv.Itoa(l.Records), strconv.Itoa(l.Changes),
			strconv.Itoa(l.Requests), status,
		})
	}
	return e.printTable([]string{"ACCOUNT", "RESOURCE", "RECORDS", "CHANGES", "REQUESTS", "STATUS"}, rows)
}
