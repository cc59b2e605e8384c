package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
)

type replayCmd struct {
	pastFlags
	Resources []string `arg:"" help:"The resources to replay."`
	Since     string   `help:"${replay_since}" placeholder:"TIME"`
	To        string   `help:"${replay_to}" required:"" placeholder:"TOPIC"`
}

// Run writes past events once more, as they were.
func (c *replayCmd) Run(ctx context.Context, e *env) error {
	for _, own := range []string{".", "-meta.", "-current."} {
		if strings.HasPrefix(c.To, c.TopicPrefix+own) {
			return config.Errorf("--to %s: a topic of seachange itself: its readers would take the past for news; "+
				"choose a name that begins otherwise", c.To)
		}
	}
	since, err := config.ParseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	p, done, err := c.open(ctx, e, c.Resources)
	if err != nil {
		return err
	}
	defer done()
	if c.To == "stdout" {
		return p.Events(ctx, since, func(ev *history.Event) error { return e.printRaw(ev.JSON) })
	}
	r, err := p.Replay(ctx, since, c.To)
	if err != nil {
		return err
	}
	there := ""
	if r.There > 0 {
		there = fmt.Sprintf("; %d were there already", r.There)
	}
	_, err = fmt.Fprintf(e.stdout, "%d events replayed to topic %s%s\n", r.Written, c.To, there)
	return err
}
