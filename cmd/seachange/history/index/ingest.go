package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/s2"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// Error is a fault of the index itself, and not of the topics.
type Error struct{ Err error }

func (e *Error) Error() string { return "index: " + e.Err.Error() }

// Unwrap returns SQLite's error.
func (e *Error) Unwrap() error { return e.Err }

// broken reports whether the index's file is no database any more.
func broken(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// ingest takes batches in. It is one goroutine's, Follow's or Catch's. positions, next and events are those of the
// last transaction: they move with it, so that a batch which fails may be taken again.
type ingest struct {
	x         *Index
	decoder   *history.Decoder
	positions []client.Position
	ready     bool
	next      int64 // number of the next event
	events    int64
	records   map[recordKey]int64 // numbers of records that came lately
	trimmed   time.Time           // when the size was last looked at
}

type recordKey struct{ account, resource, id string }

// remembered bounds how many records' numbers are kept in memory.
const remembered = 200_000

// newIngest goes on where the index is: the positions stand in it beside the rows that they are of, written in one
// transaction, so that each record is taken exactly once, however the process ended.
func newIngest(ctx context.Context, x *Index) (*ingest, error) {
	g := &ingest{
		x: x, decoder: history.NewDecoder(ctx, x.o.Client, x.o.Prefix), records: map[recordKey]int64{},
	}
	rows, err := x.write.QueryContext(ctx, "SELECT topic, partition, id, next, start FROM positions")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		var p client.Position
		var id []byte
		if err := rows.Scan(&p.Topic, &p.Partition, &id, &p.Next, &p.Start); err != nil {
			return nil, err
		}
		copy(p.ID[:], id)
		g.positions = append(g.positions, p)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var since sql.NullInt64
	err = x.write.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1, count(*),
		(SELECT value FROM meta WHERE key = 'since'), EXISTS (SELECT 1 FROM meta WHERE key = 'ready') FROM events`).
		Scan(&g.next, &g.events, &since, &g.ready)
	x.change(func(s *State) { s.SinceMS, s.Events = since.Int64, g.events })
	return g, err
}

// take takes a batch in: rows and offsets in one transaction. An event whose schema can't be had now is tried again
// with its whole batch, since what is left out now would be missing for good.
func (g *ingest) take(ctx context.Context, b client.Batch) error {
	var taken []*history.Event
	if len(b.Records) > 0 {
		var err error
		taken, err = g.transaction(ctx, b)
		if errors.As(err, new(*history.UnreadSchemasError)) { // it is tried again
			return err
		}
		if err != nil {
			return &Error{err}
		}
	}
	if b.Behind == 0 && !g.ready {
		if err := g.finish(ctx); err != nil {
			return &Error{err}
		}
	}
	if err := g.trim(ctx); err != nil {
		return &Error{err}
	}
	g.x.change(func(s *State) {
		s.Ready, s.Events, s.Behind, s.Fault, s.Cuts = g.ready, g.events, b.Behind, "", cuts(b.Positions)
	})
	if g.ready && len(taken) > 0 {
		g.x.publish(taken)
	}
	return nil
}

// cuts are the topics that retention has cut. Those of statuses are compacted and have no beginning that could be
// missed.
func cuts(positions []client.Position) (all []Cut) {
	for _, p := range positions {
		if p.Start > 0 && !strings.Contains(p.Topic, "-meta.") {
			all = append(all, Cut{p.Topic, p.Start})
		}
	}
	return all
}

// finish is called once, when the topics have been read to their end. It makes what later.sql says, which is faster
// to make of all rows at once than to keep up with each.
func (g *ingest) finish(ctx context.Context) error {
	if _, err := g.x.write.ExecContext(ctx, later+"INSERT OR REPLACE INTO meta VALUES ('ready', '1')"); err != nil {
		return err
	}
	g.ready = true
	return nil
}

// transaction writes a batch's rows and positions. If it fails, what was noted in memory meanwhile is taken back:
// record numbers were given that no row has.
func (g *ingest) transaction(ctx context.Context, b client.Batch) (taken []*history.Event, err error) {
	tx, err := g.x.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to take back
	next := g.next
	w := &writer{ingest: g, ctx: ctx, tx: tx, hours: map[hour]int{}, accounts: map[string]account{}}
	for _, r := range b.Records {
		ev, err := w.record(r)
		if err == nil && ev != nil {
			taken = append(taken, ev)
		}
		if err != nil {
			g.next = next
			clear(g.records)
			return nil, err
		}
	}
	if err = w.end(b.Positions); err == nil {
		err = tx.Commit()
	}
	if err != nil {
		g.next = next
		clear(g.records)
		return nil, err
	}
	g.positions = b.Positions
	g.events += g.next - next
	return taken, nil
}

// writer writes one transaction. Counts by hour and account are gathered and written once at its end, as a batch has
// thousands of events of the same few.
type writer struct {
	*ingest
	ctx        context.Context
	tx         *sql.Tx
	statements [5]*sql.Stmt
	hours      map[hour]int
	accounts   map[string]account
	packed     []byte
}

type hour struct {
	hour                  int64
	account, resource, op string
	rollout               bool
}

type account struct {
	name string
	lsn  int64
}

// The statements of a transaction.
const (
	putEvent = iota
	putText
	findRecord
	putRecord
	setNewest
)

var statements = [...]string{
	putEvent:   "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
	putText:    "INSERT INTO texts (rowid, text) VALUES (?,?)",
	findRecord: "SELECT n FROM records WHERE account=? AND resource=? AND id=?",
	putRecord: "INSERT INTO records (account, resource, id, parent, urn, name, newest, gone) VALUES " +
		"(?,?,?,?,?,?,?,?) RETURNING n",
	setNewest: "UPDATE records SET urn=?, name=?, newest=?, gone=? WHERE n=?",
}

func (w *writer) statement(which int) (*sql.Stmt, error) {
	var err error
	if w.statements[which] == nil {
		w.statements[which], err = w.tx.PrepareContext(w.ctx, statements[which])
	}
	return w.statements[which], err
}

func (w *writer) exec(which int, args ...any) error {
	s, err := w.statement(which)
	if err == nil {
		_, err = s.ExecContext(w.ctx, args...)
	}
	return err
}

// record takes a record in. What is no event of seachange is left out, and warned of.
func (w *writer) record(r client.Record) (*history.Event, error) {
	switch r.Topic {
	case state.SweepsTopic(w.x.o.Prefix):
		return nil, w.status(r)
	case state.LooksTopic(w.x.o.Prefix):
		return nil, w.looks(r)
	}
	ev, err := w.decoder.ParseEvent(r)
	if errors.As(err, new(*history.UnreadSchemasError)) {
		return nil, err
	}
	if err != nil {
		w.x.o.Logger.Warn("left out of the index", "err", err)
		return nil, nil
	}
	return ev, w.event(ev)
}

// event writes an event's row and the words by which it is found. The value is kept as it was published, compressed:
// pages show it, and what they derive may change with a release.
func (w *writer) event(ev *history.Event) error {
	s, n := &ev.Source, w.next
	w.next++
	record, first, err := w.recordOf(&ev.Event, n)
	if err != nil {
		return err
	}
	w.packed = s2.Encode(w.packed[:cap(w.packed)], ev.JSON)
	rollout := s.CausedBy(schema.CauseRollout)
	err = w.exec(putEvent, n, record, s.DB, s.Table, s.TsMS, s.PrevTsMS, ev.TsMS, s.LSN, string(ev.Op), rollout,
		ev.Record.Partition, ev.Record.Offset, w.packed)
	if err != nil {
		return err
	}
	if err := w.exec(putText, n, words(&ev.Event, first)); err != nil {
		return err
	}
	w.hours[hour{ev.TsMS / hourMS, s.DB, s.Table, string(ev.Op), rollout}]++
	a := w.accounts[s.DB]
	w.accounts[s.DB] = account{ev.AccountName(), max(a.lsn, s.LSN)}
	return nil
}

const hourMS = int64(time.Hour / time.Millisecond)

// recordOf finds the event's record, or makes it, and notes that this is its newest event.
func (w *writer) recordOf(ev *schema.Event, n int64) (record int64, first bool, err error) {
	row, key := ev.Row(), recordKey{ev.Source.DB, ev.Source.Table, ev.ID()}
	name, gone := "", ev.Op == schema.Deleted
	if row.Name != nil {
		name = *row.Name
	}
	record, known := w.records[key]
	if !known {
		s, err := w.statement(findRecord)
		if err != nil {
			return 0, false, err
		}
		err = s.QueryRowContext(w.ctx, key.account, key.resource, key.id).Scan(&record)
		if errors.Is(err, sql.ErrNoRows) {
			return w.newRecord(key, row, name, n, gone)
		}
		if err != nil {
			return 0, false, err
		}
		w.remember(key, record)
	}
	return record, false, w.exec(setNewest, row.URN, name, n, gone, record)
}

func (w *writer) newRecord(
	key recordKey, row *schema.Row, name string, n int64, gone bool,
) (record int64, first bool, err error) {
	s, err := w.statement(putRecord)
	if err != nil {
		return 0, false, err
	}
	parent, _ := schema.CutID(key.id)
	err = s.QueryRowContext(w.ctx, key.account, key.resource, key.id, parent, row.URN, name, n, gone).Scan(&record)
	w.remember(key, record)
	return record, true, err
}

func (w *writer) remember(key recordKey, record int64) {
	if len(w.records) >= remembered {
		clear(w.records)
	}
	w.records[key] = record
}

// status takes in what run said of a collection. That it is gone takes away what is known of it now.
func (w *writer) status(r client.Record) error {
	c, s, err := state.ParseStatus(r.Key, r.Value)
	if err != nil {
		w.x.o.Logger.Warn("left out of the index", "topic", r.Topic, "offset", r.Offset, "err", err)
		return nil
	}
	whole, lsn := int64(0), int64(0)
	if s != nil {
		whole, lsn = s.WholeMS, s.LastLSN
	}
	_, err = w.tx.ExecContext(w.ctx, `INSERT INTO statuses VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET
		whole = max(whole, excluded.whole), lsn = max(lsn, excluded.lsn), value = excluded.value`,
		c.AccountID, c.Resource, c.ParentID, whole, lsn, r.Value)
	return err
}

// looks takes in when run last read an account's collections.
func (w *writer) looks(r client.Record) error {
	k, _, err := state.ParseLooks(r.Key, r.Value)
	if err != nil {
		w.x.o.Logger.Warn("left out of the index", "topic", r.Topic, "offset", r.Offset, "err", err)
		return nil
	}
	if r.Value == nil {
		_, err = w.tx.ExecContext(w.ctx, "DELETE FROM looks WHERE account = ? AND slot = ?", k.AccountID, k.Slot)
		return err
	}
	_, err = w.tx.ExecContext(w.ctx, "INSERT OR REPLACE INTO looks VALUES (?,?,?)", k.AccountID, k.Slot, r.Value)
	return err
}

// forget leaves out what a topic's retention has deleted since.
func (w *writer) forget(p client.Position) error {
	moved := slices.ContainsFunc(w.positions, func(q client.Position) bool {
		return q.Topic == p.Topic && q.Partition == p.Partition && q.Start < p.Start
	})
	if !moved {
		return nil
	}
	const which = "FROM events WHERE resource = ? AND partition = ? AND position < ?"
	resource := strings.TrimPrefix(p.Topic, schema.TopicOf(w.x.o.Prefix, ""))
	for _, q := range []string{"DELETE FROM texts WHERE rowid IN (SELECT n " + which + ")", "DELETE " + which} {
		if _, err := w.tx.ExecContext(w.ctx, q, resource, p.Partition, p.Start); err != nil {
			return err
		}
	}
	return nil
}

// end writes what is known of the whole batch.
func (w *writer) end(positions []client.Position) error {
	for h, n := range w.hours {
		_, err := w.tx.ExecContext(w.ctx,
			"INSERT INTO hours VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET events = events + excluded.events",
			h.hour, h.account, h.resource, h.op, h.rollout, n)
		if err != nil {
			return err
		}
	}
	for id, a := range w.accounts {
		_, err := w.tx.ExecContext(w.ctx,
			"INSERT INTO accounts VALUES (?,?,?) ON CONFLICT DO UPDATE SET name = excluded.name, lsn = max(lsn, excluded.lsn)",
			id, a.name, a.lsn)
		if err != nil {
			return err
		}
	}
	for _, p := range positions {
		if err := w.forget(p); err != nil {
			return err
		}
		_, err := w.tx.ExecContext(w.ctx, "INSERT OR REPLACE INTO positions VALUES (?,?,?,?,?)", p.Topic, p.Partition,
			p.ID[:], p.Next, p.Start)
		if err != nil {
			return fmt.Errorf("positions: %w", err)
		}
	}
	return nil
}
