package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/registry"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema/wire"
)

// ReadSchemas passes each schema that something in a prefix's topics may have been written with.
func ReadSchemas(ctx context.Context, c client.Client, prefix string, f func(*state.SchemaEntry) error) error {
	found, err := c.Existing(ctx, state.SchemasTopic(prefix))
	if err != nil || len(found) == 0 {
		return err
	}
	o := client.ReadOptions{Topics: found, FromStart: true, UntilEnd: true, Headers: []string{}}
	return c.Read(ctx, o, func(r client.Record) error {
		e, err := state.ParseSchema(r.Key, r.Value)
		if err == nil && e != nil {
			err = f(e)
		}
		if err != nil {
			return fmt.Errorf("topic %s offset %d: %w", r.Topic, r.Offset, err)
		}
		return nil
	})
}

// registryPause is how long to wait before a registry that is away is asked again.
const registryPause = 5 * time.Second

// Register gives the codec the id of each schema that this process writes with: from the topic of schemas, and of those
// that are not there from the registry, which then has them. What stands in the topic needs no registry. With patience
// it waits for one that is away; else that is an error. Call it after Prepare.
func (l *Log) Register(ctx context.Context, c *wire.Codec, r *registry.Registry, patient bool) error {
	for {
		err := l.register(ctx, c, r)
		if !errors.As(err, new(registry.AwayError)) || !patient {
			return err
		}
		l.log.Warn("schemas are not registered yet: trying again", "retry_in", registryPause, "err", err)
		if !client.Sleep(ctx, registryPause) {
			return ctx.Err()
		}
	}
}

func (l *Log) register(ctx context.Context, c *wire.Codec, r *registry.Registry) error {
	known, byID := map[wire.Schema]int{}, map[int]string{}
	err := ReadSchemas(ctx, l.opts.Client, l.opts.Prefix, func(e *state.SchemaEntry) error {
		known[e.Schema] = e.ID
		byID[e.ID] = e.Text
		return nil
	})
	if err != nil {
		return err
	}
	var missing []wire.Schema
	for _, t := range l.topics() {
		for _, s := range c.Schemas(t.Name) {
			if id, ok := known[s]; ok {
				c.Use(s, id)
			} else {
				missing = append(missing, s)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	entries, err := registerAll(ctx, c.Format(), r, missing)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if text := cmp.Or(byID[e.ID], e.Text); text != e.Text {
			return fmt.Errorf("schema registry %s gives subject %s the id %d, which stands for another schema in the topics: "+
				"is it another registry than before? Give that one, or choose another --topic-prefix", r.URL(), e.Subject, e.ID)
		}
	}
	if err := l.keepSchemas(ctx, entries); err != nil {
		return err
	}
	for _, e := range entries {
		c.Use(e.Schema, e.ID)
	}
	l.log.Info("schemas registered", "schemas", len(entries), "registry", r.URL())
	return nil
}

// registerAll registers schemas, some at once.
func registerAll(
	ctx context.Context, f wire.Format, r *registry.Registry, all []wire.Schema,
) ([]*state.SchemaEntry, error) {
	entries := make([]*state.SchemaEntry, len(all))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, s := range all {
		g.Go(func() error {
			id, err := r.Register(ctx, f, s)
			entries[i] = &state.SchemaEntry{Schema: s, ID: id, Subject: r.Subject(s), Format: f}
			return err
		})
	}
	return entries, g.Wait()
}

// keepSchemas writes schemas to their topic, before anything is written with them.
func (l *Log) keepSchemas(ctx context.Context, entries []*state.SchemaEntry) error {
	w, err := l.opts.Client.OpenCopier(l.opts.codec())
	if err != nil {
		return err
	}
	for _, e := range entries {
		value, err := json.Marshal(e, json.Deterministic(true))
		if err == nil {
			err = w.Write(ctx, client.Record{Topic: state.SchemasTopic(l.opts.Prefix), Key: e.Key(), Value: value})
		}
		if err != nil {
			return errors.Join(err, w.Close(ctx))
		}
	}
	return w.Close(ctx)
}

// Offer registers the schemas of plain JSON, for readers that look there for them. Nothing that is written depends on
// it.
func (l *Log) Offer(ctx context.Context, c *wire.Codec, r *registry.Registry) error {
	var all []wire.Schema
	for _, t := range l.topics() {
		all = append(all, c.Schemas(t.Name)...)
	}
	_, err := registerAll(ctx, wire.JSONSchema, r, all)
	return err
}
