package index

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/seachange/seachange/internal/cputime"
)

// insertAtOnce is how many events are copied with one transaction: about as many as atOnce has.
const insertAtOnce = 50_000

// Insert copies the events of an index, and the words that they are found by, into another database of the same
// tables, and makes its indexes. It returns the CPU time that SQLite spends on it: less no index can.
func Insert(b *testing.B, from, to string) (spent time.Duration) {
	b.Helper()
	source, err := sql.Open("sqlite", "file:"+filepath.Join(from, file))
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	x := &Index{}
	if err := x.dial(filepath.Join(to, file)); err != nil {
		b.Fatal(err)
	}
	defer x.disconnect()
	spend := func(f func() error) {
		began := cputime.Spent()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		spent += cputime.Spent() - began
	}
	if _, err := x.write.Exec(tables); err != nil {
		b.Fatal(err)
	}
	seen, last := map[int64]bool{}, int64(0)
	for {
		rows, texts := copied(b, source, last, seen)
		if len(rows) == 0 {
			break
		}
		last = rows[len(rows)-1][0].(int64)
		spend(func() error { return inserted(x.write, rows, texts) })
	}
	spend(func() error {
		_, err := x.write.Exec(later)
		return err
	})
	return spent
}

// copied reads the next events, and their words.
func copied(b *testing.B, source *sql.DB, after int64, seen map[int64]bool) (rows [][]any, texts []string) {
	b.Helper()
	found, err := source.Query("SELECT e.*, value FROM events e JOIN contents c ON c.n = e.n "+
		"WHERE e.n > ? ORDER BY e.n LIMIT ?", after, insertAtOnce)
	if err != nil {
		b.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		row := make([]any, 13)
		to := make([]any, len(row))
		for i := range row {
			to[i] = &row[i]
		}
		if err := found.Scan(to...); err != nil {
			b.Fatal(err)
		}
		ev, err := unpack(row[12].([]byte))
		if err != nil {
			b.Fatal(err)
		}
		record := row[1].(int64)
		rows, texts = append(rows, row), append(texts, words(ev, !seen[record]))
		seen[record] = true
	}
	if err := found.Err(); err != nil {
		b.Fatal(err)
	}
	return rows, texts
}

func inserted(db *sql.DB, rows [][]any, texts []string) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to take back
	event, err := tx.Prepare(statements[putEvent])
	if err != nil {
		return err
	}
	content, err := tx.Prepare(statements[putContent])
	if err != nil {
		return err
	}
	text, err := tx.Prepare(statements[putText])
	if err != nil {
		return err
	}
	for i, row := range rows {
		if _, err := event.Exec(row[:12]...); err != nil {
			return err
		}
		if _, err := content.Exec(row[0], row[12]); err != nil {
			return err
		}
		if _, err := text.Exec(row[0], texts[i]); err != nil {
			return err
		}
	}
	return tx.Commit()
}
