package index

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/seachange/seachange/schema"
)

// trimEvery is how often the size is looked at: it costs a query, and batches come many times a second at the start.
const trimEvery = 2 * time.Second

// trimAtOnce is how many events are left out at once: so many are one short transaction, in which readers need not
// wait.
const trimAtOnce = 5000

// trim leaves out the oldest events that others of their records followed, while the index is too large. The newest
// event of each record stays, whatever its age: what there is now can always be shown. Where these alone are too
// many the bound doesn't hold.
func (g *ingest) trim(ctx context.Context) error {
	if g.x.o.MaxBytes == 0 || !g.ready || time.Since(g.trimmed) < trimEvery {
		return nil
	}
	g.trimmed = time.Now()
	for {
		var used int64
		err := g.x.write.QueryRowContext(ctx, `SELECT (p.page_count - f.freelist_count) * s.page_size
			FROM pragma_page_count() p, pragma_freelist_count() f, pragma_page_size() s`).Scan(&used)
		if err != nil || used <= g.x.o.MaxBytes {
			return err
		}
		n, err := g.leaveOut(ctx)
		if err != nil || n == 0 {
			return err
		}
		g.events -= n
	}
}

// leaveOut leaves some events out, and returns how many; 0 if none is left that may go.
func (g *ingest) leaveOut(ctx context.Context) (n int64, err error) {
	tx, err := g.x.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to take back
	oldest := `SELECT e.n FROM events e JOIN records r ON r.n = e.record WHERE e.n <> r.newest ORDER BY e.made LIMIT ` + strconv.Itoa(trimAtOnce)
	_, err = tx.ExecContext(ctx, `CREATE TEMP TABLE IF NOT EXISTS oldest (n INTEGER PRIMARY KEY, record INTEGER); DELETE FROM oldest;
		INSERT INTO oldest SELECT n, record FROM events WHERE n IN (`+oldest+`)`)
	if err != nil {
		return 0, err
	}
	var since sql.NullInt64
	counted := tx.QueryRowContext(ctx, "SELECT max(made), count(*) FROM events WHERE n IN (SELECT n FROM oldest)")
	if err := counted.Scan(&since, &n); err != nil || n == 0 {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM texts WHERE rowid IN (SELECT n FROM oldest);
		DELETE FROM contents WHERE n IN (SELECT n FROM oldest); DELETE FROM events WHERE n IN (SELECT n FROM oldest)`)
	if err != nil {
		return 0, err
	}
	if err := sayAll(ctx, tx); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO meta VALUES ('since', ?)", strconv.FormatInt(since.Int64, 10))
	if err != nil {
		return 0, err
	}
	g.x.change(func(s *State) { s.SinceMS = since.Int64 })
	return n, tx.Commit()
}

// sayAll lets the first event that is left of each of the records be found by all that it says. Later ones are found
// by what they changed alone, so that without this a name that never changed would be lost with the event that first
// had it.
func sayAll(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT n, value FROM contents WHERE n IN
		(SELECT (SELECT e.n FROM events e WHERE e.record = o.record ORDER BY e.at, e.n LIMIT 1) FROM (SELECT DISTINCT record FROM oldest) o)`)
	if err != nil {
		return err
	}
	texts := map[int64]string{}
	for rows.Next() {
		var n int64
		var packed []byte
		if err := rows.Scan(&n, &packed); err != nil {
			_ = rows.Close()
			return err
		}
		if ev, err := unpack(packed); err == nil {
			texts[n] = words(ev, true)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for n, text := range texts {
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO texts (rowid, text) VALUES (?,?)", n, text); err != nil {
			return err
		}
	}
	return nil
}

func unpack(packed []byte) (*schema.Event, error) {
	value, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, err
	}
	return schema.ParseEvent(value)
}
