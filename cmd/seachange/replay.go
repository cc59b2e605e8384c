package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

type replayCmd struct {
	PastSettings
	Resources []string `arg:"" help:"The resources to replay."`
	Since     string   `help:"Begin with the events of so long ago (90m, 30d), or since a date or time (RFC 3339), instead of the first." placeholder:"TIME"`
	To        string   `help:"The topic to write to, which is made if need be and may not be one of seachange's own; or stdout, the events as JSON, one a line." required:"" placeholder:"TOPIC"`
}

// Run writes past events once more, as they were.
func (c *replayCmd) Run(ctx context.Context, e *env) error {
	for _, own := range []string{".", "-meta.", "-current."} {
		if strings.HasPrefix(c.To, c.TopicPrefix+own) {
			return usagef("--to %s: a topic of seachange itself: its readers would take the past for news; choose a name that begins otherwise", c.To)
		}
	}
	since, err := parseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	p, done, err := c.open(ctx, e, c.Resources)
	if err != nil {
		return err
	}
	defer done()
	if c.To == "stdout" {
		return p.read(ctx, since, nil, func(r client.Record, _ *schema.Event) error {
			_, err := fmt.Fprintf(e.stdout, "%s\n", r.Value)
			return err
		})
	}
	return c.copy(ctx, e, p, since)
}

// copy writes to a topic.
func (c *replayCmd) copy(ctx context.Context, e *env, p *past, since time.Time) error {
	w, err := p.client.OpenWriter(ctx, c.To)
	if err != nil {
		return err
	}
	n := 0
	err = p.read(ctx, since, nil, func(r client.Record, _ *schema.Event) error {
		n++
		r.Headers = append(r.Headers, client.Header{Key: "replay", Value: fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)})
		return w.Write(ctx, r)
	})
	if closed := w.Close(ctx); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("after %d events, of which some may not be in topic %s: %w", n, c.To, err)
	}
	_, err = fmt.Fprintf(e.stdout, "%d events replayed to topic %s\n", n, c.To)
	return err
}
