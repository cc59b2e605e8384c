package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// rebuildCmd makes the state topic anew. The flags that change what is in events (masks, unknown fields) must be
// those that the events were made with: the fingerprints are made of the bodies as published.
type rebuildCmd struct {
	pastFlags
	config.Topics
	EmbeddedListen string `help:"Where the embedded broker listens." default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	MaskPII        bool   `name:"mask-pii" help:"The events were made with --mask-pii."`
	Unknown        string `name:"unknown-fields" help:"${rebuild_unknown_fields}" enum:"publish,mask" default:"publish" placeholder:"WHAT"`
	GiveUp         bool   `name:"give-up" help:"${rebuild_give_up}"`
	From           string `help:"${rebuild_from}" placeholder:"DIR"`
}

// Run makes the state anew from the other topics: the events are the history of every record, so that the state
// follows from them, but for what only the statuses and the announced schema changes know. It refuses to run beside
// an owner or onto a state that is there: two states of one account would publish everything twice.
func (c *rebuildCmd) Run(ctx context.Context, e *env) error {
	if err := errors.Join(c.Place(), c.Topics.Check(), c.Keeps(c.Topics)); err != nil {
		return err
	}
	if c.GiveUp && c.DataDir == "" {
		return config.Errorf("--give-up: it is about a damaged --data-dir")
	}
	key, err := e.MaskKey()
	if err != nil {
		return err
	}
	o, stop, err := c.target(e)
	if err != nil {
		return err
	}
	defer stop()
	origin := o.Client
	if c.From != "" {
		from := config.Kafka{DataDir: c.From}
		cl, done, err := from.Reach(&e.Environment)
		if err != nil {
			return err
		}
		defer done()
		if err := kafka.Idle(ctx, cl, c.TopicPrefix); err != nil {
			return fmt.Errorf("--from %s: %w", c.From, err)
		}
		origin = cl
	}
	if o.Resources, err = c.existing(ctx, origin); err != nil {
		return err
	}
	if o.Format, err = kafka.WrittenFormat(ctx, origin, c.TopicPrefix); err != nil {
		return err
	}
	log, err := kafka.New(o)
	if err != nil {
		return config.Error{Err: err}
	}
	if err := log.Vacant(ctx, c.From != ""); err != nil {
		return err
	}
	if c.From != "" {
		if err := c.copy(ctx, e, origin, log, o); err != nil {
			return fmt.Errorf("copy %s: %w", c.From, err)
		}
	}
	return c.rebuild(ctx, e, log, o, diff.Options{MaskKey: key, MaskPII: c.MaskPII, MaskUnknown: c.Unknown == "mask"})
}

// target is where the state is to be. The caller calls stop. The embedded broker is started only after a damaged
// directory was set aside: it would refuse to start on one.
func (c *rebuildCmd) target(e *env) (o kafka.Options, stop func(), err error) {
	o = c.Topics.Options(c.TopicPrefix, nil)
	o.Current = false // run makes and fills them
	o.Logger, o.Version = e.Logger, e.Version
	if c.DataDir == "" {
		o.Client, err = c.Client(&e.Environment)
		return o, func() {}, err
	}
	if err := c.setAside(e); err != nil {
		return o, nil, err
	}
	broker, err := embedded.Start(embedded.Options{
		Dir: c.DataDir, Listen: c.EmbeddedListen, Login: true, Logger: e.Logger,
	})
	if err != nil {
		return o, nil, err
	}
	o.Shards = cmp.Or(o.Shards, broker.Partitions(state.Topic(c.TopicPrefix)), config.EmbeddedShards)
	o.Client = client.Client{
		Brokers: []string{broker.Addr()}, SASL: broker.SASL(), ID: "seachange", Logger: e.Logger,
	}
	o.Embedded = broker.Embedded()
	return o, func() {
		if err := broker.Close(); err != nil {
			e.Logger.Error("close the embedded broker", "err", err)
		}
	}, nil
}

// setAside makes room for a new state in a damaged directory.
func (c *rebuildCmd) setAside(e *env) error {
	if _, err := os.Stat(c.DataDir); err != nil {
		return nil // it will be made
	}
	aside, err := embedded.SetAside(c.DataDir, c.GiveUp, e.Logger)
	if err == nil && aside != "" {
		_, err = fmt.Fprintf(e.stdout, "set aside what is damaged: %s\n", aside)
	}
	return err
}

// existing are the resources that have a topic. All are rebuilt, whatever the configuration watches now: what is
// left out would be published as new once it is watched again.
func (c *rebuildCmd) existing(ctx context.Context, cl client.Client) ([]*schema.Resource, error) {
	var topics []string
	byTopic := map[string]*schema.Resource{}
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		t := schema.TopicOf(c.TopicPrefix, r.Name)
		topics, byTopic[t] = append(topics, t), r
	}
	found, err := cl.Existing(ctx, topics...)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no topic %s.* is there to rebuild a state from: is --topic-prefix right?", c.TopicPrefix)
	}
	var rows []*schema.Resource
	for _, t := range found {
		rows = append(rows, byTopic[t])
	}
	return rows, nil
}

// copy copies the history: the events with their schemas, the statuses, and what was announced of schemas. The state
// is rebuilt from these. A copy that was interrupted must not pass for a whole one: hence ctx's error at the end.
func (c *rebuildCmd) copy(ctx context.Context, e *env, from client.Client, log *kafka.Log, o kafka.Options) error {
	topics := []string{
		state.SweepsTopic(c.TopicPrefix), state.StatusTopic(c.TopicPrefix), state.SchemaChangesTopic(c.TopicPrefix),
	}
	looks, err := from.Existing(ctx, state.LooksTopic(c.TopicPrefix)) // older releases have none
	if err != nil {
		return err
	}
	topics = append(topics, looks...)
	if o.Format != "" {
		topics = append(topics, state.SchemasTopic(c.TopicPrefix))
	}
	for _, r := range o.Resources {
		topics = append(topics, schema.TopicOf(c.TopicPrefix, r.Name))
	}
	n := 0
	err = log.Copy(ctx, func(write func(client.Record) error) error {
		o := client.ReadOptions{Topics: topics, FromStart: true, UntilEnd: true, Progress: history.NewProgress(e.Logger).Tell}
		return from.Read(ctx, o, func(r client.Record) error {
			n++
			return write(r)
		})
	})
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		_, err = fmt.Fprintf(e.stdout, "copied %d records of %d topics from %s\n", n, len(topics), c.From)
	}
	return err
}

// rebuild reads the topics and writes the state in one transaction. The statuses come first, since events alone
// don't say which collections were whole and empty; then the events; then what was announced of schemas, so that it
// isn't announced again.
func (c *rebuildCmd) rebuild(ctx context.Context, e *env, log *kafka.Log, o kafka.Options, d diff.Options) error {
	var names []string
	for _, r := range o.Resources {
		names = append(names, r.Name)
	}
	p, err := history.Open(ctx, history.Options{
		Client: o.Client, Prefix: c.TopicPrefix, Resources: names, Skip: c.skip(), Logger: e.Logger,
	})
	if err != nil {
		return err
	}
	b := state.NewRebuild(d)
	if err := readLooks(ctx, o.Client, p, b, state.LooksTopic(c.TopicPrefix)); err != nil {
		return err
	}
	status := func(r client.Record) error { return b.Status(r.Key, r.Value) }
	if err := p.Meta(ctx, state.SweepsTopic(c.TopicPrefix), status); err != nil {
		return err
	}
	err = p.Events(ctx, time.Time{}, func(ev *history.Event) error {
		if err := b.Event(&ev.Event, ev.AccountName()); err != nil {
			return p.Refuse(ev, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	announced := func(r client.Record) error { return b.SchemaChange(r.Value) }
	if err := p.Meta(ctx, state.SchemaChangesTopic(c.TopicPrefix), announced); err != nil {
		return err
	}
	if c.GiveUp {
		b.GivenUp(time.Now())
	}
	if err := log.Fill(ctx, b.Entries()); err != nil {
		return err
	}
	accounts, collections, records := b.Counts()
	_, err = fmt.Fprintf(e.stdout, "state rebuilt in topic %s: %d accounts, %d collections, %d records\n",
		state.Topic(c.TopicPrefix), accounts, collections, records)
	return err
}

// readLooks reads the looks, of which older releases have no topic.
func readLooks(ctx context.Context, cl client.Client, p *history.Past, b *state.Rebuild, topic string) error {
	topics, err := cl.Existing(ctx, topic)
	if err != nil || len(topics) == 0 {
		return err
	}
	return p.Meta(ctx, topic, func(r client.Record) error { return b.Looks(r.Key, r.Value) })
}
