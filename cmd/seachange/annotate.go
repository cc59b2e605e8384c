package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/schema/plain"
)

type annotateCmd struct {
	Add  annotateAddCmd  `cmd:"" help:"${annotate_add}"`
	List annotateListCmd `cmd:"" help:"List the notes, in the order in which they were written."`
}

type annotateAddCmd struct {
	config.Kafka
	Text     string      `arg:"" help:"What is done, such as \"terraform apply 4711\"."`
	By       string      `help:"${annotate_by}" placeholder:"NAME"`
	Account  string      `help:"The account's id; by default the note is about all." placeholder:"ID"`
	Resource []string    `help:"${annotate_resource}" placeholder:"RESOURCE[/ID]"`
	From     string      `help:"${annotate_from}" placeholder:"TIME"`
	For      config.Span `help:"${annotate_for}" default:"1h"`
}

// Run writes a note, and prints its id. By default it is about the hour that begins now: it is meant to be written
// by what makes the changes, before it makes them.
func (c *annotateAddCmd) Run(ctx context.Context, e *env) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	from, err := config.ParseMoment(cmp.Or(c.From, "0s"), now)
	if err != nil {
		return err
	}
	n := &hint.Note{
		ID: strings.ToLower(rand.Text()[:8]), Text: c.Text, By: cmp.Or(c.By, whoami()), Account: c.Account,
		Resources: c.Resource, From: from.UTC(), To: from.Add(time.Duration(c.For)).UTC(), Written: now,
	}
	if err := n.Check(); err != nil {
		return config.Errorf("annotate: %w", err)
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	if err := hint.Write(ctx, cl, c.TopicPrefix, n); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s from %s to %s\n", n.ID, n.From.Format(time.RFC3339), n.To.Format(time.RFC3339))
	return err
}

type annotateListCmd struct {
	config.Kafka
	outputFlag
}

// Run prints the notes.
func (c *annotateListCmd) Run(ctx context.Context, e *env) error {
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	notes, unread := hint.Read(ctx, cl, c.TopicPrefix)
	var rows [][]string
	for _, n := range notes.List() {
		rows = append(rows, []string{
			plain.Value(n.ID), n.From.Format(time.RFC3339), n.To.Format(time.RFC3339), plain.Value(n.By),
			plain.Value(cmp.Or(n.Account, "all")), plain.Value(cmp.Or(strings.Join(n.Resources, ","), "all")),
			plain.Value(n.Text),
		})
	}
	if c.Output == "json" {
		err = e.printJSON(notes.List())
	} else {
		err = e.printTable([]string{"ID", "FROM", "TO", "BY", "ACCOUNT", "ABOUT", "TEXT"}, rows)
	}
	return cmp.Or(err, unread)
}
