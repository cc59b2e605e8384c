package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type diffCmd struct {
	PastSettings
	From      string   `arg:"" help:"A moment: a date or time (RFC 3339), or a time span ago (90m, 30d)."`
	To        string   `arg:"" help:"A later moment, or now."`
	Resources []string `arg:"" optional:"" help:"Compare these resources only."`
	Output    string   `help:"Print text, a line a record; or json, a record a line." enum:"text,json" default:"text"`
}

// Run prints what is different between two moments: of a record that changed and changed back, nothing.
func (c *diffCmd) Run(ctx context.Context, e *env) error {
	now := time.Now()
	from, err := parseMoment(c.From, now)
	if err != nil {
		return err
	}
	to, err := parseMoment(c.To, now)
	if err != nil {
		return err
	}
	if !from.Before(to) {
		return usagef("%s is not before %s: give the earlier moment first", c.From, c.To)
	}
	p, done, err := c.open(ctx, e, c.Resources)
	if err != nil {
		return err
	}
	defer done()
	states, err := p.asOf(ctx, c.TopicPrefix, from, to)
	if err != nil {
		return err
	}
	return c.print(e.stdout, states[0], states[1])
}

func (c *diffCmd) print(w io.Writer, from, to *asOf) error {
	ids := maps.Clone(from.records)
	maps.Copy(ids, to.records)
	rules := map[string]*diff.Rules{}
	for _, id := range slices.SortedFunc(maps.Keys(ids), recordID.compare) {
		d, err := difference(id, from.records[id], to.records[id], rules)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if c.Output == "json" {
			err = writeLine(w, d)
		} else {
			_, err = fmt.Fprintln(w, d.text(id))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// different is a record that differs between two moments.
type different struct {
	Op        schema.Op   `json:"op"`
	Resource  string      `json:"resource"`
	Before    *schema.Row `json:"before"`
	After     *schema.Row `json:"after"`
	Changes   *string     `json:"changes"`
	Certainty certainty   `json:"certainty"`
	Why       string      `json:"why"`
}

// difference is nil for a record that is the same. A record of which nothing was known at the first moment is left out,
// unless it is known to have changed or gone.
func difference(id recordID, from, to *moment, rules map[string]*diff.Rules) (*different, error) {
	d := &different{Op: schema.Updated, Resource: id.resource, Certainty: certain}
	// That nobody has looked since is so of nearly everything now, and says nothing of what changed before.
	for _, m := range []*moment{from, to} {
		if m != nil && m.sure != certain && !strings.HasPrefix(m.why, "last looked at") {
			d.Certainty, d.Why = m.sure, m.why
		}
	}
	switch {
	case from == nil:
		d.Op, d.After = schema.Created, to.row
	case to == nil:
		d.Op, d.Before = schema.Deleted, from.row
	case text(from.row.Body) == text(to.row.Body) && text(from.row.BodySHA256) == text(to.row.BodySHA256):
		return nil, nil
	default:
		d.Before, d.After = from.row, to.row
		if err := d.patch(rules); err != nil {
			return nil, fmt.Errorf("account %s, %s %s: %w", id.account, id.resource, id.id, err)
		}
		if d.Changes != nil && *d.Changes == "[]" {
			return nil, nil // what differs is no reason for an event
		}
	}
	return d, nil
}

// patch describes the difference in the words of an event.
func (d *different) patch(rules map[string]*diff.Rules) error {
	if d.Before.Body == nil || d.After.Body == nil {
		return nil
	}
	r := rules[d.Resource]
	if r == nil {
		row := schema.Lookup(d.Resource)
		if row == nil {
			return nil // a newer release's
		}
		var err error
		if r, err = diff.Compile(row, diff.Options{}); err != nil {
			return err
		}
		rules[d.Resource] = r
	}
	changes, err := diff.Patch(r, []byte(*d.Before.Body), []byte(*d.After.Body))
	d.Changes = &changes
	return err
}

func (d *different) text(id recordID) string {
	ev := &schema.Event{Op: d.Op, Before: d.Before, After: d.After, Changes: d.Changes, Source: schema.Source{Table: id.resource}}
	line := fmt.Sprintf("%-8s %s %s %s", d.Op.Word(), plain.Value(id.account), plain.Value(id.resource), describe.Title(ev.Row()))
	if what := describe.Event(ev); what != "" {
		line += ": " + what
	}
	if d.Certainty != certain {
		line += fmt.Sprintf(" (%s: %s)", d.Certainty, d.Why)
	}
	return line
}

// writeLine writes JSON on a line.
func writeLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
