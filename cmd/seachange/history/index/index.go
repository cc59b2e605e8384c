// Package index is a cache of the topics in SQLite, for who asks them often: the console, and history, at and diff with
// --index. It follows the topics, read committed, and is made anew from them when it is lost, broken, of another
// version or of other topics. It is never the truth, and holds nothing that the topics don't.
package index

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the driver

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
)

// version is the layout's: an index of another one is made anew.
const version = "3"

//go:embed schema.sql
var tables string

//go:embed later.sql
var later string

// Options say what is followed, and where the index is.
type Options struct {
	Client client.Client
	Prefix string // of the topics
	Dir    string // of the index; "" is a temporary one, which goes with Close
	// MaxBytes bounds the index: beyond it the oldest changes are left out; what is there now never is. 0 is no bound.
	MaxBytes int64
	Logger   *slog.Logger
}

// Index answers questions about the topics. Its methods may be called from any goroutine. One connection writes,
// Follow's; the others only read, which SQLite lets them do meanwhile (WAL), each question as of one moment.
type Index struct {
	o         Options
	dir       string
	temporary bool
	lock      *sql.DB
	write     *sql.DB // one connection, Follow's
	ingest    *ingest

	mu          sync.Mutex
	read        *sql.DB // another one after a reset
	state       State
	subscribers map[chan []*history.Event]bool
}

// State is how far an index has come.
type State struct {
	Ready   bool   // it has been at the topics' end
	Events  int64  // in the index
	Behind  int64  // offsets that are still to be read
	Fault   string // why nothing comes: no broker can be reached; "" if all is well
	SinceMS int64  // changes before this are left out, as the index is bounded; 0: none
	Cuts    []Cut
}

// Cut is a topic whose retention has deleted its beginning.
type Cut struct {
	Topic  string
	Offset int64 // the first that is left
}

const (
	file     = "seachange-index.db"
	lockFile = "seachange-index.lock"
)

// Open opens an index, or makes one. Follow keeps it up to date. The caller closes it.
func Open(ctx context.Context, o Options) (*Index, error) {
	x := &Index{o: o, dir: o.Dir, subscribers: map[chan []*history.Event]bool{}}
	var err error
	if o.Dir == "" {
		x.temporary = true
		if x.dir, err = os.MkdirTemp("", "seachange-index-"); err != nil {
			return nil, err
		}
	}
	if err := x.open(ctx); err != nil {
		_ = x.Close()
		return nil, err
	}
	return x, nil
}

// open connects to the index that is there, or makes one. Whatever is wrong with it is no error: everything in it is
// in the topics, too.
func (x *Index) open(ctx context.Context) error {
	if err := os.MkdirAll(x.dir, 0o700); err != nil {
		return err
	}
	if err := x.claim(ctx); err != nil {
		return err
	}
	err := x.connect(ctx)
	if err == nil {
		return nil
	}
	if !errors.Is(err, errNew) {
		x.o.Logger.Warn("the index is made anew from the topics", "directory", x.dir, "because", err)
	}
	return x.reset(ctx)
}

// claim holds the directory, by an open transaction on a file that is there for nothing else: it works on every system.
func (x *Index) claim(ctx context.Context) (err error) {
	x.lock, err = sql.Open("sqlite", "file:"+filepath.Join(x.dir, lockFile))
	if err != nil {
		return err
	}
	x.lock.SetMaxOpenConns(1)
	if _, err := x.lock.ExecContext(ctx, "PRAGMA journal_mode=OFF; BEGIN EXCLUSIVE"); err != nil {
		return fmt.Errorf("index %s: another process uses it, and an index has one owner: give another --index DIR (%w)",
			x.dir, err)
	}
	return nil
}

// errNew says that there is no index yet.
var errNew = errors.New("it is new")

// connect opens the database, and checks that it is one of ours, in our version.
func (x *Index) connect(ctx context.Context) (err error) {
	name := filepath.Join(x.dir, file)
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		return errNew
	}
	if err := x.dial(name); err != nil {
		return err
	}
	var got, prefix string
	err = x.write.QueryRowContext(ctx, "SELECT (SELECT value FROM meta WHERE key='version'), "+
		"(SELECT value FROM meta WHERE key='prefix')").Scan(&got, &prefix)
	switch {
	case err != nil:
		return err
	case got != version:
		return fmt.Errorf("it is of version %s, and this release has %s", got, version)
	case prefix != x.o.Prefix:
		return fmt.Errorf("it is of the topics %s.*", prefix)
	}
	x.ingest, err = newIngest(ctx, x)
	return err
}

// dial opens the database's connections. Nothing is synced to disk: what a crash of the machine loses, or breaks, is
// read again from the topics.
func (x *Index) dial(name string) (err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600) // SQLite gives its other files the same rights
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	const settings = "?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=busy_timeout(10000)" +
		"&_pragma=journal_size_limit(67108864)&_pragma=temp_store(MEMORY)"
	if x.write, err = sql.Open("sqlite", "file:"+name+settings+"&_pragma=cache_size(-65536)"); err != nil {
		return err
	}
	x.write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", "file:"+name+settings+"&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	read.SetMaxOpenConns(4)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.read = read
	return nil
}

// reset throws the index away and begins a new one. Questions that are under way fail with the old connections;
// those that follow find an index that isn't ready.
func (x *Index) reset(ctx context.Context) error {
	x.disconnect()
	name := filepath.Join(x.dir, file)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(name + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := x.dial(name); err != nil {
		return err
	}
	if _, err := x.write.ExecContext(ctx, tables); err != nil {
		return fmt.Errorf("make the index %s: %w", x.dir, err)
	}
	_, err := x.write.ExecContext(ctx, "INSERT INTO meta VALUES ('version', ?), ('prefix', ?)", version, x.o.Prefix)
	if err != nil {
		return err
	}
	x.change(func(s *State) { *s = State{Fault: s.Fault} })
	x.ingest, err = newIngest(ctx, x)
	return err
}

func (x *Index) disconnect() {
	for _, db := range []*sql.DB{x.write, x.reader()} {
		if db != nil {
			_ = db.Close()
		}
	}
}

// Close ends all questions. Follow must have returned.
func (x *Index) Close() error {
	x.disconnect()
	if x.lock != nil {
		_ = x.lock.Close()
	}
	if x.temporary {
		return os.RemoveAll(x.dir)
	}
	return nil
}

// State is how far the index has come.
func (x *Index) State() State {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state
}

func (x *Index) change(f func(*State)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f(&x.state)
}

// Subscribe returns what is taken in from now on, in the order of its topics, until cancel. A reader that is too slow
// is handed nil, and has missed something.
func (x *Index) Subscribe() (events <-chan []*history.Event, cancel func()) {
	c := make(chan []*history.Event, 64)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.subscribers[c] = true
	return c, func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.subscribers, c)
	}
}

// publish hands a batch to the subscribers. It never waits for one, since Follow would wait with it: who is too slow
// loses everything, learns so (nil), and asks the index again.
func (x *Index) publish(events []*history.Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for c := range x.subscribers {
		select {
		case c <- events:
		default:
			for len(c) > 0 { // all of it is of no use with a gap
				select {
				case <-c:
				default: // its reader was faster
				}
			}
			c <- nil
		}
	}
}

func (x *Index) reader() *sql.DB {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.read
}

// ask passes the rows of a query to row, and ends with the first error.
func (x *Index) ask(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	rows, err := x.reader().QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}
