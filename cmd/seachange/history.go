package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type historyCmd struct {
	PastSettings
	Resource string `arg:"" help:"The record's resource."`
	ID       string `arg:"" name:"id" help:"The record's id, as tail and at show it."`
	Output   string `help:"Print text, a line a change; or json, the events as they stand in the topic." enum:"text,json" default:"text"`
}

// Run prints a record's life.
func (c *historyCmd) Run(ctx context.Context, e *env) error {
	p, done, err := c.open(ctx, e, []string{c.Resource})
	if err != nil {
		return err
	}
	defer done()
	p.headers = []string{"schema", "account_name"}
	found := 0
	suffix := keySuffix(c.ID)
	err = p.read(ctx, time.Time{}, func(r client.Record) bool { return bytes.HasSuffix(r.Key, suffix) }, func(r client.Record, ev *schema.Event) error {
		found++
		return c.print(e.stdout, r, ev)
	})
	if err == nil && found == 0 {
		err = fmt.Errorf("%s has no event of a record %q: seachange at now %s lists the ids", p.topics[0], c.ID, c.Resource)
	}
	return err
}

func (c *historyCmd) print(w io.Writer, r client.Record, ev *schema.Event) error {
	if c.Output == "json" {
		_, err := fmt.Fprintf(w, "%s\n", r.Value)
		return err
	}
	_, err := fmt.Fprintln(w, historyLine(r, ev))
	return err
}

// historyLine says when a change happened, as far as it is known, and what it was.
func historyLine(r client.Record, ev *schema.Event) string {
	account := header(r, "account_name")
	if account == "" {
		account = ev.Source.DB
	}
	line := fmt.Sprintf("%s  %-8s  %s %s", window(ev), ev.Op.Word(), plain.Value(account), describe.Title(ev.Row()))
	if what := describe.Event(ev); what != "" {
		line += ": " + what
	}
	return line
}

// window says between which moments a change happened. What was there when it was first looked at has only a latest one.
func window(ev *schema.Event) string {
	before := clock(ev.Source.TsMS)
	if ev.Source.PrevTsMS == nil {
		return fmt.Sprintf("%-20s … %s", "", before)
	}
	return clock(*ev.Source.PrevTsMS) + " … " + before
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// keySuffix is how the keys of a record end, whichever account it is of. A quote in an account's id would be escaped, so
// nothing else ends like it.
func keySuffix(id string) []byte {
	key := schema.Key{AccountID: "", ID: id}.Bytes()
	return bytes.TrimPrefix(key, []byte(`{"account_id":"`))
}
