package history

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// Difference is a record that is another at two moments.
type Difference struct {
	Op        schema.Op   `json:"op"` // c: it came, u: it is another, d: it is gone
	Resource  string      `json:"resource"`
	Before    *schema.Row `json:"before"`
	After     *schema.Row `json:"after"`
	Changes   *string     `json:"changes"`   // as an event's, a JSON text
	Certainty Certainty   `json:"certainty"` // certain, uncertain or unknown
	Why       string      `json:"why"`       // it is not certain
}

// Comparison compares the accounts at two moments.
type Comparison struct {
	Rollouts bool // show DigitalOcean's own changes, too
	LeftOut  int  // records that differ in nothing else
	rules    map[string]*diff.Rules
}

// Differences passes the records that differ, in order. Of a record that changed and changed back there is none. An
// error is one record's: the caller may go on with the next.
func (c *Comparison) Differences(from, to *Moment) iter.Seq2[*Difference, error] {
	c.rules = map[string]*diff.Rules{}
	return func(yield func(*Difference, error) bool) {
		for id, both := range pairs(from, to) {
			d, err := c.record(id, both[0], both[1])
			if err != nil {
				err = fmt.Errorf("account %s, %s %s: %w", id.account, id.resource, id.id, err)
			}
			if d != nil && !c.Rollouts {
				d = c.without(d, to.rollouts[id], from.atMS)
			}
			if (d != nil || err != nil) && !yield(d, err) {
				return
			}
		}
	}
}

// pairs passes each record of two moments whose image isn't the same, in order; nil is one that wasn't there.
func pairs(from, to *Moment) iter.Seq2[recordID, [2]*known] {
	return func(yield func(recordID, [2]*known) bool) {
		tables := maps.Clone(from.records)
		maps.Copy(tables, to.records)
		for _, in := range slices.SortedFunc(maps.Keys(tables), table.compare) {
			before, after := from.records[in], to.records[in]
			for _, id := range slices.Sorted(differing(before, after)) {
				if !yield(recordID{in, id}, [2]*known{before[id], after[id]}) {
					return
				}
			}
		}
	}
}

// differing passes the ids of a table's records whose image isn't the same.
func differing(before, after map[string]*known) iter.Seq[string] {
	return func(yield func(string) bool) {
		for id, k := range before {
			if other := after[id]; (other == nil || other.image != k.image) && !yield(id) {
				return
			}
		}
		for id := range after {
			if before[id] == nil && !yield(id) {
				return
			}
		}
	}
}

// without leaves out what DigitalOcean changed since, path by path: a record may have been changed by its owner as
// well, and that is to be seen. Nil if nothing else differs.
func (c *Comparison) without(d *Difference, paths map[string]int64, sinceMS int64) *Difference {
	all := changesOf(d.Changes)
	if len(all) == 0 || len(paths) == 0 {
		return d
	}
	own := slices.DeleteFunc(slices.Clone(all), func(e change) bool { return paths[e.Path] > sinceMS })
	switch len(own) {
	case len(all):
		return d
	case 0:
		c.LeftOut++
		return nil
	}
	var texts []string
	for _, e := range own {
		texts = append(texts, string(e.text))
	}
	d.Changes = new("[" + strings.Join(texts, ",") + "]")
	return d
}

// change is an element of an event's changes.
type change struct {
	Path string `json:"path"`
	text jsontext.Value
}

// changesOf reads an event's changes; none, if there are none or they can't be read.
func changesOf(text *string) []change {
	if text == nil {
		return nil
	}
	var values []jsontext.Value
	if err := json.Unmarshal([]byte(*text), &values); err != nil {
		return nil
	}
	var all []change
	for _, v := range values {
		c := change{text: v}
		if err := json.Unmarshal(v, &c); err != nil {
			return nil
		}
		all = append(all, c)
	}
	return all
}

// Text is the difference on a line, for people.
func (d *Difference) Text() string {
	ev := &schema.Event{Op: d.Op, Before: d.Before, After: d.After, Changes: d.Changes}
	ev.Source.Table = d.Resource
	row := ev.Row()
	line := fmt.Sprintf("%-8s %s %s %s",
		d.Op.Word(), plain.Value(row.AccountID), plain.Value(d.Resource), describe.Title(row))
	if what := describe.Event(ev); what != "" {
		line += ": " + what
	}
	if d.Certainty != Certain {
		line += fmt.Sprintf(" (%s: %s)", d.Certainty, d.Why)
	}
	return line
}

// record is nil for a record that is the same. A record of which nothing was known at the first moment is left out,
// unless it is known to have changed or gone.
func (c *Comparison) record(id recordID, from, to *known) (*Difference, error) {
	d := &Difference{Op: schema.Updated, Resource: id.resource, Certainty: Certain}
	for _, k := range []*known{from, to} {
		// That nobody has looked since is so of nearly everything now, and says nothing of what changed before.
		if k != nil && k.doubt != nil && !k.doubt.stale {
			d.Certainty, d.Why = k.doubt.sure, k.doubt.why
		}
	}
	if from != nil {
		d.Before = from.image.decode(id)
	}
	if to != nil {
		d.After = to.image.decode(id)
	}
	switch {
	case from == nil:
		d.Op = schema.Created
	case to == nil:
		d.Op = schema.Deleted
	case same(d.Before, d.After):
		return nil, nil
	default:
		if err := c.patch(d); err != nil {
			return nil, err
		}
		if d.Changes != nil && *d.Changes == "[]" {
			return nil, nil // what differs is no reason for an event
		}
	}
	return d, nil
}

// same reports whether two rows have the same body, or the same hash of one that was too large.
func same(a, b *schema.Row) bool {
	return text(a.Body) == text(b.Body) && text(a.BodySHA256) == text(b.BodySHA256)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// patch describes the difference in the words of an event. The masks of the rules are no part of it: both bodies are
// masked as they were published.
func (c *Comparison) patch(d *Difference) error {
	if d.Before.Body == nil || d.After.Body == nil {
		return nil
	}
	r := c.rules[d.Resource]
	if r == nil {
		row := schema.LookupAny(d.Resource)
		if row == nil {
			return nil // a newer release's
		}
		var err error
		if r, err = diff.Compile(row, diff.Options{}); err != nil {
			return err
		}
		c.rules[d.Resource] = r
	}
	changes, err := diff.Patch(r, []byte(*d.Before.Body), []byte(*d.After.Body))
	d.Changes = &changes
	return err
}
