package history

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// Difference is a record that is another at two moments.
type Difference struct {
	Op        schema.Op   `json:"op"`
	Resource  string      `json:"resource"`
	Before    *schema.Row `json:"before"`
	After     *schema.Row `json:"after"`
	Changes   *string     `json:"changes"`
	Certainty Certainty   `json:"certainty"`
	Why       string      `json:"why"`
}

// Differences passes the records that differ, in order. Of a record that changed and changed back there is none.
func Differences(from, to *Moment) iter.Seq2[*Difference, error] {
	ids := maps.Clone(from.records)
	maps.Copy(ids, to.records)
	c := comparison{rules: map[string]*diff.Rules{}}
	return func(yield func(*Difference, error) bool) {
		for _, id := range slices.SortedFunc(maps.Keys(ids), recordID.compare) {
			d, err := c.record(id, from.records[id], to.records[id])
			if err != nil {
				err = fmt.Errorf("account %s, %s %s: %w", id.account, id.resource, id.id, err)
			}
			if (d != nil || err != nil) && !yield(d, err) {
				return
			}
		}
	}
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

// comparison compares records. It keeps the rules of their resources.
type comparison struct{ rules map[string]*diff.Rules }

// record is nil for a record that is the same. A record of which nothing was known at the first moment is left out, unless
// it is known to have changed or gone.
func (c comparison) record(id recordID, from, to *known) (*Difference, error) {
	d := &Difference{Op: schema.Updated, Resource: id.resource, Certainty: Certain}
	for _, k := range []*known{from, to} {
		// That nobody has looked since is so of nearly everything now, and says nothing of what changed before.
		if k != nil && k.sure != Certain && !k.stale {
			d.Certainty, d.Why = k.sure, k.why
		}
	}
	switch {
	case from == nil:
		d.Op, d.After = schema.Created, to.row
	case to == nil:
		d.Op, d.Before = schema.Deleted, from.row
	case same(from.row, to.row):
		return nil, nil
	default:
		d.Before, d.After = from.row, to.row
		if err := c.patch(d); err != nil {
			return nil, err
		}
		if d.Changes != nil && *d.Changes == "[]" {
			return nil, nil // what differs is no reason for an event
		}
	}
	return d, nil
}

func same(a, b *schema.Row) bool {
	return text(a.Body) == text(b.Body) && text(a.BodySHA256) == text(b.BodySHA256)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}

// patch describes the difference in the words of an event.
func (c comparison) patch(d *Difference) error {
	if d.Before.Body == nil || d.After.Body == nil {
		return nil
	}
	r := c.rules[d.Resource]
	if r == nil {
		row := schema.Lookup(d.Resource)
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
