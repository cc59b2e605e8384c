package kafka

import (
	"cmp"
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema/wire"
)

// A prefix's format is written down in the topic of schemas, which plain JSON has none of. That topic is made before
// anything is written in another format.

const formatKey = "format"

type formatEntry struct {
	Format wire.Format `json:"format"`
}

// refuseFormat returns an error if the topics that were found are written in another format than the one asked for.
// fresh reports that nothing is written yet in any.
func (l *Log) refuseFormat(ctx context.Context, adm *kadm.Client, found kadm.TopicDetails) (fresh bool, err error) {
	was, err := WrittenFormat(ctx, l.opts.Client, l.opts.Prefix)
	if err != nil {
		return false, err
	}
	if was == "" {
		if empty, err := l.unwritten(ctx, adm, found); err != nil || empty {
			return empty, err
		}
		was = wire.JSON
	}
	if was != l.opts.Format {
		return false, refuse("the topics of prefix %s are written as %s, and %s was asked for: a prefix keeps its format: "+
			"leave the setting as it was, or choose another --topic-prefix", l.opts.Prefix, was, l.opts.Format)
	}
	return false, nil
}

// unwritten reports whether the state topic is missing or empty: then there are no events either.
func (l *Log) unwritten(ctx context.Context, adm *kadm.Client, found kadm.TopicDetails) (bool, error) {
	if !found.Has(l.stateTopic()) {
		return true, nil
	}
	return l.empty(ctx, adm, l.stateTopic())
}

// WrittenFormat returns the format that is written down for a prefix; "" if none is, as of plain JSON.
func WrittenFormat(ctx context.Context, c client.Client, prefix string) (was wire.Format, err error) {
	found, err := c.Existing(ctx, state.SchemasTopic(prefix))
	if err != nil || len(found) == 0 {
		return "", err // whoever may not see it writes plain JSON
	}
	o := client.ReadOptions{Topics: found, FromStart: true, UntilEnd: true, Headers: []string{}}
	err = c.Read(ctx, o, func(r client.Record) error {
		if string(r.Key) != formatKey {
			return nil
		}
		var e formatEntry
		if err := json.Unmarshal(r.Value, &e); err != nil {
			return fmt.Errorf("topic %s offset %d: %w", r.Topic, r.Offset, err)
		}
		was = cmp.Or(was, e.Format) // who was first decides
		return nil
	})
	return was, err
}

// writeFormat writes down the format of a prefix that nothing is written in yet.
func (l *Log) writeFormat(ctx context.Context) error {
	if l.opts.Format == wire.JSON {
		return nil
	}
	value, err := json.Marshal(formatEntry{l.opts.Format})
	if err != nil {
		return err
	}
	return l.opts.Client.Write(ctx, client.Record{
		Topic: state.SchemasTopic(l.opts.Prefix), Key: []byte(formatKey), Value: value,
	})
}
