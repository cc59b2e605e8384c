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
	names     map[string]int64    // numbers of accounts and resources
	writer    *writer             // of the transaction that is open; or nil
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
		names: map[string]int64{},
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

// take takes a batch in. An event whose schema can't be had now is tried again with what came with it, since what is
// left out now would be missing for good.
func (g *ingest) take(ctx context.Context, b client.Batch) error {
	taken, err := g.write(ctx, b)
	if err != nil {
		g.rollback()
		if errors.As(err, new(*history.UnreadSchemasError)) { // it is tried again
			return err
		}
		return &Error{err}
	}
	if g.writer == nil {
		if err := g.keep(ctx, b.Behind == 0); err != nil {
			return &Error{err}
		}
	}
	g.x.change(func(s *State) {
		s.Ready, s.Events, s.Behind, s.Fault, s.Cuts = g.ready, g.events, b.Behind, "", cuts(b.Positions)
	})
	if g.ready && len(taken) > 0 {
		g.x.publish(taken)
	}
	return nil
}

// keep does what is to be done between transactions.
func (g *ingest) keep(ctx context.Context, atEnd bool) error {
	if atEnd && !g.ready {
		if err := g.finish(ctx); err != nil {
			return err
		}
	}
	return g.trim(ctx)
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

// atOnce is how many bytes of events are taken in with one transaction while an index is built: each transaction
// leaves FTS5 a segment more to merge.
const atOnce = 128 << 20

// write writes a batch's rows, and commits them with its positions; while the index is built, with those of several
// batches.
func (g *ingest) write(ctx context.Context, b client.Batch) (taken []*history.Event, err error) {
	if g.writer == nil && len(b.Records) == 0 {
		return nil, nil
	}
	if g.writer == nil {
		if err := g.begin(ctx); err != nil {
			return nil, err
		}
	}
	w := g.writer
	for _, r := range b.Records {
		ev, err := w.record(r)
		if err != nil {
			return nil, err
		}
		if ev != nil && g.ready {
			taken = append(taken, &history.Event{Event: *ev.Event(), Record: ev.Record, JSON: ev.JSON})
		}
		w.bytes += len(r.Value)
	}
	if !g.ready && b.Behind > 0 && len(b.Records) > 0 && w.bytes < atOnce {
		return nil, nil
	}
	return taken, g.commit(b.Positions)
}

// begin begins a transaction. Its statements end by themselves: with a context that can end, the driver starts a
// goroutine for each.
func (g *ingest) begin(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	tx, err := g.x.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	g.writer = &writer{
		ingest: g, ctx: ctx, tx: tx, first: g.next,
		newest: map[int64]newest{}, hours: map[hour]int{}, accounts: map[string]account{},
	}
	return nil
}

func (g *ingest) commit(positions []client.Position) error {
	w := g.writer
	if err := w.end(positions); err != nil {
		return err
	}
	if err := w.tx.Commit(); err != nil {
		return err
	}
	g.positions, g.writer = positions, nil
	g.events += g.next - w.first
	return nil
}

// rollback takes back what is not committed, and what was noted of it in memory: numbers were given that no row has.
func (g *ingest) rollback() {
	if g.writer == nil {
		return
	}
	_ = g.writer.tx.Rollback() // after a commit that failed there may be nothing to take back
	g.next, g.writer = g.writer.first, nil
	clear(g.records)
	clear(g.names)
}

// writer writes one transaction. What is counted by hour, and known of accounts and of the newest events of records,
// is gathered and written once at its end.
type writer struct {
	*ingest
	ctx        context.Context
	tx         *sql.Tx
	first      int64 // number of its first event
	bytes      int   // of the events that it has taken in
	statements [len(statements)]*sql.Stmt
	newest     map[int64]newest // by the number of the record
	hours      map[hour]int
	accounts   map[string]account
	packed     []byte
}

// newest is what a record's newest event says.
type newest struct {
	n    int64
	urn  *string
	name string
	gone bool
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
	putContent
	putText
	findRecord
	putRecord
	setNewest
	putName
)

var statements = [...]string{
	putEvent:   "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
	putContent: "INSERT INTO contents VALUES (?,?)",
	putText:    "INSERT INTO texts (rowid, text) VALUES (?,?)",
	findRecord: "SELECT n FROM records WHERE account=? AND resource=? AND id=?",
	putRecord: "INSERT INTO records (account, resource, id, parent, urn, name, newest, gone) VALUES " +
		"(?,?,?,?,?,?,?,?) RETURNING n",
	setNewest: "UPDATE records SET urn=?, name=?, newest=?, gone=? WHERE n=?",
	putName:   "INSERT INTO names (name) VALUES (?) ON CONFLICT DO UPDATE SET name = name RETURNING n",
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

// record takes a record in, and returns its event. What is no event of seachange is left out, and warned of.
func (w *writer) record(r client.Record) (*history.Outline, error) {
	switch r.Topic {
	case state.SweepsTopic(w.x.o.Prefix):
		return nil, w.status(r)
	case state.LooksTopic(w.x.o.Prefix):
		return nil, w.looks(r)
	}
	ev, err := w.decoder.ParseOutline(r)
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
func (w *writer) event(o *history.Outline) error {
	ev, n := o.Bare(), w.next
	s := &ev.Source
	w.next++
	record, first, err := w.recordOf(ev, n)
	if err != nil {
		return err
	}
	db, err := w.name(s.DB)
	if err != nil {
		return err
	}
	table, err := w.name(s.Table)
	if err != nil {
		return err
	}
	w.packed = s2.Encode(w.packed[:cap(w.packed)], o.JSON)
	rollout := s.CausedBy(schema.CauseRollout)
	err = w.exec(putEvent, n, record, db, table, s.TsMS, s.PrevTsMS, ev.TsMS, s.LSN, string(ev.Op), rollout,
		o.Record.Partition, o.Record.Offset)
	if err != nil {
		return err
	}
	if err := w.exec(putContent, n, w.packed); err != nil {
		return err
	}
	if err := w.exec(putText, n, wordsOf(o, first)); err != nil {
		return err
	}
	w.hours[hour{ev.TsMS / hourMS, s.DB, s.Table, string(ev.Op), rollout}]++
	a := w.accounts[s.DB]
	w.accounts[s.DB] = account{o.Record.Header("account_name"), max(a.lsn, s.LSN)}
	return nil
}

const hourMS = int64(time.Hour / time.Millisecond)

// name returns the number of an account or a resource.
func (w *writer) name(of string) (n int64, err error) {
	if n, known := w.names[of]; known {
		return n, nil
	}
	s, err := w.statement(putName)
	if err != nil {
		return 0, err
	}
	err = s.QueryRowContext(w.ctx, of).Scan(&n)
	w.names[of] = n
	return n, err
}

// recordOf finds the event's record, or makes it, and notes that this is its newest event.
func (w *writer) recordOf(ev *schema.Event, n int64) (record int64, first bool, err error) {
	row, key := ev.Row(), recordKey{ev.Source.DB, ev.Source.Table, ev.ID()}
	now := newest{n: n, urn: row.URN, gone: ev.Op == schema.Deleted}
	if row.Name != nil {
		now.name = *row.Name
	}
	record, known := w.records[key]
	if !known {
		s, err := w.statement(findRecord)
		if err != nil {
			return 0, false, err
		}
		err = s.QueryRowContext(w.ctx, key.account, key.resource, key.id).Scan(&record)
		if first = errors.Is(err, sql.ErrNoRows); first {
			record, err = w.newRecord(key, now)
		}
		if err != nil {
			return 0, false, err
		}
		w.remember(key, record)
	}
	w.newest[record] = now
	return record, first, nil
}

func (w *writer) newRecord(key recordKey, now newest) (record int64, err error) {
	s, err := w.statement(putRecord)
	if err != nil {
		return 0, err
	}
	parent, _ := schema.CutID(key.id)
	return record, s.QueryRowContext(w.ctx, key.account, key.resource, key.id, parent, now.urn, now.name, now.n, now.gone).
		Scan(&record)
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
	const which = "FROM events WHERE resource = (SELECT n FROM names WHERE name = ?) AND partition = ? AND position < ?"
	resource := strings.TrimPrefix(p.Topic, schema.TopicOf(w.x.o.Prefix, ""))
	for _, q := range []string{
		"DELETE FROM texts WHERE rowid IN (SELECT n " + which + ")",
		"DELETE FROM contents WHERE n IN (SELECT n " + which + ")", "DELETE " + which,
	} {
		if _, err := w.tx.ExecContext(w.ctx, q, resource, p.Partition, p.Start); err != nil {
			return err
		}
	}
	return nil
}

// end writes what is known of the whole transaction.
func (w *writer) end(positions []client.Position) error {
	for record, now := range w.newest {
		if err := w.exec(setNewest, now.urn, now.name, now.n, now.gone, record); err != nil {
			return err
		}
	}
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
