package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/schema/plain"
)

type silenceCmd struct {
	Add    silenceAddCmd    `cmd:"" help:"Mute the alerts that meet a condition, until a moment."`
	List   silenceListCmd   `cmd:"" help:"List the silences."`
	Expire silenceExpireCmd `cmd:"" help:"End silences now."`
}

type silenceAddCmd struct {
	config.Kafka
	Match      string      `help:"${silence_match}" required:"" placeholder:"CONDITION"`
	For        config.Span `help:"${silence_for}" required:"" placeholder:"DURATION"`
	Comment    string      `help:"Why." placeholder:"TEXT"`
	By         string      `help:"${silence_by}" placeholder:"NAME"`
	Everything bool        `help:"${silence_everything}"`
}

// Run writes a silence, and prints its id. The condition is tried before it is written: alert would otherwise meet
// one that it can't read when it is needed.
func (c *silenceAddCmd) Run(ctx context.Context, e *env) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	s := &alert.Silence{
		ID: strings.ToLower(rand.Text()[:8]), By: cmp.Or(c.By, whoami()), Comment: c.Comment, Match: c.Match,
		Begins: now, Until: now.Add(time.Duration(c.For)), Everything: c.Everything,
	}
	if err := s.Complete(); err != nil {
		return config.Errorf("--match: %w", err)
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	if err := alert.WriteSilence(ctx, cl, c.TopicPrefix, s); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s until %s\n", s.ID, s.Until.Format(time.RFC3339))
	return err
}

// whoami is the user of this machine, with its name. It is for the reader of a list, and proves nothing: who may
// write the topic may write any name.
func whoami() string {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}

type silenceListCmd struct {
	config.Kafka
	outputFlag
	All bool `help:"Also those that are over."`
}

// Run prints the silences, those that end first before the others.
func (c *silenceListCmd) Run(ctx context.Context, e *env) error {
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	silences, unread := alert.ReadSilences(ctx, cl, c.TopicPrefix)
	all, rows := []*alert.Silence{}, [][]string{}
	for _, s := range silences.List() {
		if !c.All && !time.Now().Before(s.Until) {
			continue
		}
		all = append(all, s)
		rows = append(rows, []string{
			s.ID, s.Until.Format(time.RFC3339), plain.Value(s.By), plain.Value(s.Match), plain.Value(s.Comment),
		})
	}
	if c.Output == "json" {
		err = e.printJSON(all)
	} else {
		err = e.printTable([]string{"ID", "UNTIL", "BY", "MATCH", "COMMENT"}, rows)
	}
	return cmp.Or(err, unread)
}

type silenceExpireCmd struct {
	config.Kafka
	IDs []string `arg:"" name:"id" help:"The silences' ids, as silence list shows them."`
}

// Run ends silences now. They stay in the topic, as over: what was muted, by whom and why, can be looked up as long
// as the topic keeps it.
func (c *silenceExpireCmd) Run(ctx context.Context, e *env) error {
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	silences, err := alert.ReadSilences(ctx, cl, c.TopicPrefix)
	if err != nil {
		e.Logger.Warn("not all silences can be read", "err", err)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	for _, id := range c.IDs {
		s := silences.Get(id)
		switch {
		case s == nil:
			return fmt.Errorf("no silence %q: seachange silence list shows them", id)
		case !now.Before(s.Until):
			return fmt.Errorf("silence %s is over since %s", id, s.Until.Format(time.RFC3339))
		}
		s.Until = now
		if err := alert.WriteSilence(ctx, cl, c.TopicPrefix, s); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(e.stdout, "%s ended\n", id); err != nil {
			return err
		}
	}
	return nil
}
