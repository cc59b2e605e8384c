package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/klauspost/compress/s2"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// Filter says which changes are meant. Its zero value is all that changed: first sights and DigitalOcean's roll-outs
// are left out.
type Filter struct {
	Account, Resource, ID string
	Op                    schema.Op // "" is created, updated and deleted
	FirstSights           bool      // with Op "": those, too
	Rollouts              bool      // DigitalOcean's own changes, too
	Text                  string    // words that stand in them
	FromMS, ToMS          int64     // made from then on, and before then; 0 is no bound
}

// Page says which part of a list: so many, before the place where the last page ended. A place and no offset: what
// comes meanwhile moves no page.
type Page struct {
	Limit        int
	MadeMS, Done int64 // of the last one that was shown; zero is the newest
}

// Change is an event in the index.
type Change struct {
	history.Event
	N int64 // its number in the index
}

// ErrNone says that there is no such record or event in the index.
var ErrNone = errors.New("there is none in the topics")

const columns = "SELECT e.n, r.resource, e.partition, e.position, coalesce(a.name, ''), c.value " +
	"FROM events e JOIN contents c ON c.n = e.n JOIN records r ON r.n = e.record LEFT JOIN accounts a ON a.id = r.account"

// named is the number that events have of an account or a resource.
const named = "(SELECT n FROM names WHERE name = ?)"

// Changes passes changes, the newest first, and returns how many there were.
func (x *Index) Changes(ctx context.Context, f Filter, p Page) ([]*Change, error) {
	where, args := f.where()
	if p.MadeMS > 0 {
		where = append(where, "(e.made, e.n) < (?, ?)")
		args = append(args, p.MadeMS, p.Done)
	}
	query := columns + " WHERE " + strings.Join(where, " AND ") + " ORDER BY e.made DESC, e.n DESC LIMIT ?"
	return x.changes(ctx, query, append(args, p.Limit)...)
}

// where returns the filter in SQL. Values are arguments, never text of the query.
func (f *Filter) where() (where []string, args []any) {
	and := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.Account != "" {
		and("e.account = "+named, f.Account)
	}
	if f.Resource != "" {
		and("e.resource = "+named, f.Resource)
	}
	if f.Op != "" {
		and("e.op = ?", f.Op)
	}
	if f.Op == "" && !f.FirstSights {
		and("e.op <> 'r'")
	}
	if f.ID != "" {
		and("e.record IN (SELECT n FROM records WHERE id = ?)", f.ID)
	}
	if !f.Rollouts {
		and("e.rollout = 0")
	}
	if f.FromMS > 0 {
		and("e.made >= ?", f.FromMS)
	}
	if f.ToMS > 0 {
		and("e.made < ?", f.ToMS)
	}
	if q := matching(f.Text); q != "" {
		and("e.n IN (SELECT rowid FROM texts WHERE texts MATCH ?)", q)
	}
	if len(where) == 0 {
		and("1")
	}
	return where, args
}

// Wants reports whether the filter wants an event, as where does for those in the index: live pages ask it of each
// that comes. Its text is looked for as it is, without FTS5's words, so that it may find a little more.
func (f *Filter) Wants(ev *schema.Event) bool {
	switch {
	case f.Account != "" && f.Account != ev.Source.DB, f.Resource != "" && f.Resource != ev.Source.Table,
		f.ID != "" && f.ID != ev.ID(), f.Op != "" && f.Op != ev.Op,
		f.Op == "" && !f.FirstSights && ev.Op == schema.Read,
		!f.Rollouts && ev.Source.CausedBy(schema.CauseRollout),
		f.FromMS > 0 && ev.TsMS < f.FromMS, f.ToMS > 0 && ev.TsMS >= f.ToMS:
		return false
	}
	said := strings.ToLower(words(ev, true))
	for w := range strings.FieldsSeq(strings.ToLower(f.Text)) {
		if !strings.Contains(said, w) {
			return false
		}
	}
	return true
}

// matching is a search in FTS5's language: each word as it is, however it is punctuated, and whatever follows the last.
func matching(text string) string {
	var all []string
	for w := range strings.FieldsSeq(strings.ReplaceAll(text, "\x00", " ")) {
		all = append(all, `"`+strings.ReplaceAll(w, `"`, `""`)+`"*`)
	}
	return strings.Join(all, " ")
}

func (x *Index) changes(ctx context.Context, query string, args ...any) (all []*Change, err error) {
	err = x.ask(ctx, query, args, func(rows *sql.Rows) error {
		c, err := x.scan(rows)
		all = append(all, c)
		return err
	})
	return all, err
}

func (x *Index) scan(rows *sql.Rows) (*Change, error) {
	var resource, name string
	var packed []byte
	c := &Change{}
	if err := rows.Scan(&c.N, &resource, &c.Record.Partition, &c.Record.Offset, &name, &packed); err != nil {
		return nil, err
	}
	value, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, fmt.Errorf("index: event %d: %w", c.N, err)
	}
	ev, err := schema.ParseEvent(value)
	if err != nil {
		return nil, fmt.Errorf("index: event %d: %w", c.N, err)
	}
	c.Event.Event, c.JSON = *ev, value
	c.Record.Topic = schema.TopicOf(x.o.Prefix, resource)
	c.Record.Headers = []client.Header{{Key: "account_name", Value: name}}
	return c, nil
}

// Event is an account's event of an lsn.
func (x *Index) Event(ctx context.Context, account string, lsn int64) (*Change, error) {
	all, err := x.changes(ctx, columns+" WHERE e.account = "+named+" AND e.lsn = ?", account, lsn)
	if err == nil && len(all) == 0 {
		err = ErrNone
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Record passes the events of a record, the first one first, the newest of them if there are more than limit.
func (x *Index) Record(ctx context.Context, account, resource, id string, limit int) ([]*Change, error) {
	all, err := x.changes(ctx, "SELECT * FROM ("+columns+` WHERE e.record =
		(SELECT n FROM records WHERE account = ? AND resource = ? AND id = ?) ORDER BY e.n DESC LIMIT ?) ORDER BY n`, account, resource, id, limit)
	if err == nil && len(all) == 0 {
		err = ErrNone
	}
	return all, err
}

// History passes the events of a record of any account, in the order of their topic.
func (x *Index) History(ctx context.Context, resource, id string, f func(*history.Event) error) error {
	all, err := x.changes(ctx, columns+` WHERE e.record IN (SELECT n FROM records WHERE resource = ? AND id = ?) ORDER BY e.n`, resource, id)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s has no event of a record %q: seachange at now %s lists the ids",
			schema.TopicOf(x.o.Prefix, resource), id, resource)
	}
	for _, c := range all {
		if err == nil {
			err = f(&c.Event)
		}
	}
	return err
}

// Found is a record that a search found.
type Found struct {
	Ref
	Events int     // that have the words
	Newest *Change // the newest of them
	Now    bool    // it is so now, and not only once
}

// Search returns records in whose past the words stand, those first that changed last, at most limit. Only the
// newest 2,000 events with the words are grouped: a word that is in nearly all must not read the whole index.
func (x *Index) Search(ctx context.Context, text, account, resource string, limit int) ([]*Found, error) {
	q := matching(text)
	if q == "" {
		return nil, nil
	}
	where, args := "texts MATCH ?", []any{q}
	for column, value := range map[string]string{"e.account": account, "e.resource": resource} {
		if value != "" {
			where, args = where+" AND "+column+" = "+named, append(args, value)
		}
	}
	query := `SELECT r.account, r.resource, r.id, r.name, r.gone, max(m.n), count(*) FROM
		(SELECT e.n, e.record FROM texts t JOIN events e ON e.n = t.rowid WHERE ` + where + ` ORDER BY t.rowid DESC LIMIT 2000) m
		JOIN records r ON r.n = m.record GROUP BY r.n ORDER BY 6 DESC LIMIT ?`
	var found []*Found
	var ns []any
	err := x.ask(ctx, query, append(args, limit), func(rows *sql.Rows) error {
		f, n := &Found{}, int64(0)
		err := rows.Scan(&f.Account, &f.Resource, &f.ID, &f.Name, &f.Gone, &n, &f.Events)
		found, ns = append(found, f), append(ns, n)
		return err
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found, x.fillFound(ctx, found, ns, text)
}

// fillFound adds the newest event of each, and whether the words still stand in the record.
func (x *Index) fillFound(ctx context.Context, found []*Found, ns []any, text string) error {
	marks := strings.TrimSuffix(strings.Repeat("?,", len(ns)), ",")
	changes, err := x.changes(ctx, columns+" WHERE e.n IN ("+marks+")", ns...)
	if err != nil {
		return err
	}
	now, err := x.changes(ctx, columns+
		" WHERE e.n IN (SELECT r.newest FROM events f JOIN records r ON r.n = f.record WHERE f.n IN ("+marks+"))", ns...)
	if err != nil {
		return err
	}
	all := Filter{Text: text, FirstSights: true, Rollouts: true}
	for _, f := range found {
		for _, c := range changes {
			if f.is(c) {
				f.Newest = c
			}
		}
		for _, c := range now {
			if f.is(c) && c.After != nil {
				f.Now = all.Wants(&schema.Event{After: c.After, Op: schema.Created})
			}
		}
	}
	return nil
}

func (r *Ref) is(c *Change) bool {
	return r.Account == c.Source.DB && r.Resource == c.Source.Table && r.ID == c.ID()
}
