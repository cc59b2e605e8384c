package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/schema"
)

type alertCmd struct {
	Watch alertWatchCmd `cmd:"" default:"withargs" help:"${alert_watch}"`
	Test  alertTestCmd  `cmd:"" help:"Show which alerts events would make, and send none."`
	Rules alertRulesCmd `cmd:"" help:"Print the rules that come with seachange."`
}

type alertWatchCmd struct {
	config.Kafka
	rolloutsFlag
	OnError string `help:"${alert_on_error}" enum:"stop,skip" default:"skip"`
	Rules   string `help:"${alert_watch_rules}" placeholder:"FILE"`
	Since   string `help:"${alert_watch_since}" placeholder:"TIME"`
}

// Run tells the outputs of what comes, until a signal.
func (c *alertWatchCmd) Run(ctx context.Context, e *env) error {
	rules, err := e.rules(c.Rules)
	if err != nil {
		return err
	}
	since, err := config.ParseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	w, err := alert.NewWatch(alert.WatchOptions{
		Client: cl, Prefix: c.TopicPrefix, Rules: rules, Since: since, Skip: c.OnError == "skip", Rollouts: c.Rollouts,
		Getenv: e.Getenv, Stdout: e.stdout, Secrets: e.Secrets(c.Kafka), Logger: e.Logger,
	})
	if err != nil {
		return config.Error{Err: err}
	}
	return w.Run(ctx)
}

// rules reads a rules file, or without one the rules that come with seachange.
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
