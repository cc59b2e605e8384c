package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/ledger"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

type alertCmd struct {
	Watch alertWatchCmd `cmd:"" default:"withargs" help:"${alert_watch}"`
	Test  alertTestCmd  `cmd:"" help:"Show which alerts events would make, and send none."`
	Rules alertRulesCmd `cmd:"" help:"Print the rules that come with seachange."`
}

// alertWatchCmd is the command that stays: it follows the topics and tells the outputs. It needs brokers and no API,
// so that it may run anywhere, beside run or without it.
type alertWatchCmd struct {
	config.Kafka
	rolloutsFlag
	OnError        string `help:"${alert_on_error}" enum:"stop,skip" default:"skip"`
	Rules          string `help:"${alert_watch_rules}" placeholder:"FILE"`
	Since          string `help:"${alert_watch_since}" placeholder:"TIME"`
	Listen         string `help:"${alert_listen}" placeholder:"HOST:PORT" own:""`
	WriteExposures bool   `name:"exposures" help:"${alert_exposures}"`
}

// Run alerts the outputs of what comes, until a signal. SIGHUP has the rules read again: a watch of the old ones
// ends, at a point that its consumer groups have, and one of the new ones goes on from there. The metrics and the
// address outlive it, so that monitors see one process.
func (c *alertWatchCmd) Run(ctx context.Context, e *env) error {
	since, err := config.ParseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	registry := prometheus.NewRegistry()
	o := alert.WatchOptions{
		Client: cl, Prefix: c.TopicPrefix, Since: since, Skip: c.OnError == "skip", Rollouts: c.Rollouts,
		Getenv: e.Getenv, Stdout: e.stdout, Secrets: e.Secrets(c.Kafka), Logger: e.Logger,
		Metrics: alert.NewMetrics(registry),
	}
	w, err := c.watch(e, o)
	if err != nil {
		return err
	}
	var current atomic.Pointer[alert.Watch]
	current.Store(w)
	stop, err := serve(ctx, e, c.Listen, "/metrics, /healthz and /readyz", alertHandler(registry, &current))
	if err != nil {
		return err
	}
	defer stop()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	ctx, written := c.writeExposures(ctx, e, cl)
	for w != nil && err == nil {
		current.Store(w)
		w, err = c.until(ctx, e, o, w, hangups)
	}
	return cmp.Or(err, written())
}

// writeExposures begins to write them, if that is asked for. The context ends with that, as alerts without exposures
// would be half of what was asked for; written ends it, and returns what was wrong.
func (c *alertWatchCmd) writeExposures(
	ctx context.Context, e *env, cl client.Client,
) (until context.Context, written func() error) {
	if !c.WriteExposures {
		return ctx, func() error { return nil }
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var err error
	wg.Go(func() {
		defer cancel()
		err = ledger.Run(ctx, ledger.Options{
			Client: cl, Prefix: c.TopicPrefix, Version: buildVersion(), Logger: e.Logger,
		})
	})
	return ctx, func() error {
		cancel()
		wg.Wait()
		return err
	}
}

// watch makes a watch of the rules as they stand in their file now.
func (c *alertWatchCmd) watch(e *env, o alert.WatchOptions) (*alert.Watch, error) {
	rules, err := e.rules(c.Rules)
	if err != nil {
		return nil, err
	}
	o.Rules = rules
	w, err := alert.NewWatch(o)
	if err != nil {
		return nil, config.Error{Err: err}
	}
	return w, nil
}

// until watches until ctx ends, or the rules were read again and are sound: then it returns the next watch. Rules
// that can't be read end nothing: alerts go on by the old ones, and the log says what is wrong.
func (c *alertWatchCmd) until(
	ctx context.Context, e *env, o alert.WatchOptions, w *alert.Watch, hangups <-chan os.Signal,
) (next *alert.Watch, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		next = c.awaitRules(ctx, e, o, hangups)
	})
	err = w.Run(ctx)
	cancel()
	wg.Wait()
	return next, err
}

// awaitRules returns a watch of other rules once they are asked for and sound, or nil when ctx ends.
func (c *alertWatchCmd) awaitRules(
	ctx context.Context, e *env, o alert.WatchOptions, hangups <-chan os.Signal,
) *alert.Watch {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangups:
		}
		w, err := c.watch(e, o)
		if err == nil {
			e.Logger.Info("rules read again", "rules", c.Rules)
			return w
		}
		e.Logger.Error("the rules can't be read again: the old ones stay", "err", err)
	}
}

// alertHandler serves monitors: /healthz (the process runs), /readyz (everything is sent that there is) and /metrics.
func alertHandler(metrics prometheus.Gatherer, current *atomic.Pointer[alert.Watch]) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { reply(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, current.Load().Ready(time.Now()))
	})
	return mux
}

// rules reads a rules file, or without one the rules that come with seachange. A rule for a resource that isn't in
// the catalogue is refused: it would never fire, and a slip of the pen would look like peace.
func (e *env) rules(name string) (*alert.Rules, error) {
	known := func(resource string) bool { return schema.Lookup(resource) != nil }
	if name == "" {
		return alert.Parse(bytes.NewReader(alert.Shipped), known)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, config.Errorf("rules: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	rules, err := alert.Parse(f, known)
	if err != nil {
		return nil, config.Errorf("%s: %w", name, err)
	}
	return rules, nil
}

type alertTestCmd struct {
	rolloutsFlag
	Rules  string `arg:"" optional:"" help:"${alert_test_rules}" placeholder:"FILE"`
	Events string `help:"${alert_test_events}" required:"" placeholder:"FILE"`
	Output string `help:"Print text, or json, an alert a line." enum:"text,json" default:"text"`
}

// Run prints the alerts of a file's events.
func (c *alertTestCmd) Run(e *env) error {
	rules, err := e.rules(c.Rules)
	if err != nil {
		return err
	}
	var in io.Reader = os.Stdin
	if c.Events != "-" {
		f, err := os.Open(c.Events)
		if err != nil {
			return config.Errorf("--events: %w", err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	h := alert.Rehearsal{Rules: rules, Rollouts: c.Rollouts, Logger: e.Logger, Show: func(a *alert.Alert) error {
		if c.Output == "json" {
			return e.printLine(a)
		}
		_, err := fmt.Fprintln(e.stdout, a.Text())
		return err
	}}
	if err := h.Run(in); err != nil {
		return fmt.Errorf("--events %s %w", c.Events, err)
	}
	e.Logger.Info("nothing was sent", "events", h.Events, "alerts", h.Alerts)
	if h.Faults > 0 {
		return fmt.Errorf("%d times a rule could not be asked: see the warnings", h.Faults)
	}
	return nil
}

type alertRulesCmd struct{}

// Run prints the shipped rules.
func (c *alertRulesCmd) Run(e *env) error {
	_, err := e.stdout.Write(alert.Shipped)
	return err
}
