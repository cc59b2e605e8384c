package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/seachange/seachange/cmd/seachange/certify"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/producer/kafka"
)

type certifyCmd struct {
	config.Kafka
	certifyTopics
	For  config.Span `help:"${certify_for}" default:"10m" placeholder:"TIME"`
	Keep bool        `help:"${certify_keep}"`
	outputFlag
}

// certifyTopics are those settings of topics that a cluster may demand.
type certifyTopics struct {
	ReplicationFactor int    `help:"${replication_factor}" default:"0" placeholder:"N"`
	Compression       string `help:"${compression}" enum:"none,gzip,snappy,lz4,zstd" default:"gzip" placeholder:"NAME"`
}

// Run prints a verdict, and is an error where it isn't passed.
func (c *certifyCmd) Run(ctx context.Context, e *env) (err error) {
	o, err := c.options(e)
	if err != nil {
		return err
	}
	began := time.Now()
	o.Progress = func(format string, args ...any) {
		fmt.Fprintf(e.stderr, "%8s  %s\n", time.Since(began).Round(time.Second), fmt.Sprintf(format, args...))
	}
	if o.Dir, err = os.MkdirTemp("", "seachange-certify-"); err != nil {
		return err
	}
	o.Progress("the topics begin with %s", o.Kafka.Prefix)
	v, err := certify.Run(ctx, o)
	interrupted := err != nil && ctx.Err() != nil
	removed := c.remove(ctx, o)
	if removed != nil {
		o.Progress("%v", removed)
	}
	switch {
	case interrupted:
		err = cmp.Or(os.RemoveAll(o.Dir), errors.New("interrupted before there was a verdict"))
	case err != nil:
		err = fmt.Errorf("%w (the processes' logs are in %s)", err, o.Dir)
	default:
		err = c.conclude(e, v, o.Dir)
	}
	return cmp.Or(err, removed)
}

// conclude prints the verdict. The logs stay where it isn't passed.
func (c *certifyCmd) conclude(e *env, v certify.Verdict, dir string) (err error) {
	if c.Output == "json" {
		err = e.printJSON(v)
	} else {
		err = e.printTable([]string{"WHAT", "SEEN"}, v.Rows())
	}
	if err == nil && !v.Passed {
		err = fmt.Errorf("certify: not passed: %s\n(the processes' logs are in %s)", v.Violation, dir)
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

func (c *certifyCmd) options(e *env) (o certify.Options, err error) {
	switch {
	case !certify.Supported:
		return o, config.Errorf("certify pauses processes, which this system can't: run it on Linux or macOS")
	case c.DataDir != "" || len(c.Brokers) == 0:
		return o, config.Errorf("certify tries a Kafka: give --brokers HOST:PORT")
	}
	o = certify.Options{For: time.Duration(c.For), Processes: 3, Accounts: 5, Interval: "1s", Seed: rand.Uint64()}
	o.Kafka = kafka.Options{
		Prefix:            fmt.Sprintf("%s-certify-%08x", c.TopicPrefix, rand.Uint32()),
		ReplicationFactor: c.ReplicationFactor, Compression: c.Compression, Logger: e.Logger,
	}
	if o.Kafka.Client, err = c.Client(&e.Environment); err != nil {
		return o, err
	}
	if err := kafka.Check(o.Kafka); err != nil {
		return o, config.Error{Err: err}
	}
	self, err := os.Executable()
	if err != nil {
		return o, err
	}
	o.Command = []string{self, "certify-member"}
	if o.Env, err = c.environment(e); err != nil {
		return o, err
	}
	o.Settings, err = c.settings(o.Kafka.Prefix)
	return o, err
}

// settings are those of this command that a process of it needs.
func (c *certifyCmd) settings(prefix string) (map[string]any, error) {
	text, err := yaml.Marshal(c.Kafka)
	if err != nil {
		return nil, err
	}
	var s map[string]any
	if err := yaml.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	s["topic_prefix"], s["compression"] = prefix, c.Compression
	return s, nil
}

// environment is this process's, less every setting, also OpenTelemetry's, and with the password.
func (c *certifyCmd) environment(e *env) ([]string, error) {
	parser, err := newParser(&cli{}, e, func(int) {})
	if err != nil {
		return nil, err
	}
	settings := []string{"SEACHANGE_CONFIG=", "OTEL_"}
	for _, n := range append(parser.Model.Leaves(false), parser.Model.Node) {
		for _, f := range n.Flags {
			settings = append(settings, envName(f.Name)+"=")
		}
	}
	all := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return slices.ContainsFunc(settings, func(s string) bool { return strings.HasPrefix(v, s) })
	})
	if password := e.Getenv(c.SASL.PasswordEnv); password != "" {
		all = append(all, c.SASL.PasswordEnv+"="+password)
	}
	return all, nil
}

// remove deletes what was made, also after an interrupt.
func (c *certifyCmd) remove(ctx context.Context, o certify.Options) error {
	if c.Keep {
		return nil
	}
	if err := certify.Remove(context.WithoutCancel(ctx), o.Kafka); err != nil {
		return fmt.Errorf("topics and group of %s are left, delete them: %w", o.Kafka.Prefix, err)
	}
	return nil
}

// memberCmd is a process of certify: run, until it is told to end, or certify is gone.
type memberCmd struct {
	runCmd
	Through string `help:"${certify_through}" placeholder:"HOST:PORT"`
}

// Run is run without the reading of settings again.
func (c *memberCmd) Run(ctx context.Context, e *env) error {
	if c.Through == "" {
		return config.Errorf("certify-member is started by certify")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with who started us
		cancel()
	}()
	e.Dialer = certify.Through(c.Through)
	return c.begin(ctx, e, nil)
}
