package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/schema"
)

// victimDir and victimKind, in the environment, make the test binary a process that TestNothingIsTornByKills kills.
const (
	victimDir  = "SEACHANGE_TEST_VICTIM_DIR"
	victimKind = "SEACHANGE_TEST_VICTIM_KIND"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		fmt.Fprintln(os.Stderr, "victim:", victim(context.Background(), dir, os.Getenv(victimKind)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestNothingIsTornByKills kills a process with a broker at random moments of its commits, and now and then of its
// start, and starts it again on the same directory. A kill leaves what was written to the file system, synced or not,
// so a missing fsync is not seen here.
func TestNothingIsTornByKills(t *testing.T) {
	for _, tt := range []struct {
		name, kind  string
		kills       int
		commits     int           // at most, before a kill
		from, until time.Duration // when a kill comes after a transaction began
	}{
		{"a client that commits all the time", "client", 50, 8, 0, 12 * time.Millisecond},
		{"a kafka.Log", "log", 12, 6, 245 * time.Millisecond, 285 * time.Millisecond}, // it gathers records for 250 ms
	} {
		t.Run(tt.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			random := rand.New(rand.NewPCG(seed, 0))
			v := &witness{dir: t.TempDir(), kind: tt.kind}
			for range tt.kills {
				v.watch(t, random, 1+random.IntN(tt.commits), func() time.Duration {
					return tt.from + time.Duration(random.Int64N(int64(tt.until-tt.from)))
				})
			}
			b := start(t, v.dir)
			restored, err := counters(t.Context(), b.Addr())
			if err != nil {
				t.Fatal(err)
			}
			for shard, n := range restored {
				v.check(t, shard, n)
			}
			t.Logf("seed %d: %d kills; %d transactions, %d times one was torn", seed, tt.kills, restored[0]+restored[1], v.torn)
			wantWhole(t, b, restored[:]...)
		})
	}
}

// witness knows what the victims said: which transactions they began and which were committed.
type witness struct {
	dir, kind   string
	begun, done [shards]int
	torn        int // how often a start found a torn transaction
}

// watch runs a victim until it is killed: some time into one of its commits, or while it starts.
func (v *witness) watch(t *testing.T, random *rand.Rand, commits int, delay func() time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victimDir+"="+v.dir, victimKind+"="+v.kind)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func(after time.Duration) { time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) }
	if random.IntN(10) == 0 {
		kill(time.Duration(random.Int64N(int64(60 * time.Millisecond))))
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		v.hear(t, lines.Text())
		switch {
		case strings.Contains(lines.Text(), "completing a transaction"):
			v.torn++
			if random.IntN(3) == 0 {
				kill(time.Duration(random.Int64N(int64(5 * time.Millisecond))))
			}
		case strings.HasPrefix(lines.Text(), "begin"):
			if commits--; commits == 0 {
				kill(delay())
			}
		}
	}
	_ = cmd.Wait() // "killed"
}

func (v *witness) hear(t *testing.T, line string) {
	t.Helper()
	var word string
	var shard, n int
	if _, err := fmt.Sscan(line, &word, &shard, &n); err != nil {
		return // of the log, or cut off by the kill
	}
	switch word {
	case "restored":
		v.check(t, shard, n)
		v.begun[shard], v.done[shard] = n, n
	case "begin":
		v.begun[shard] = n
	case "done":
		v.done[shard] = n
	}
}

// check holds a restored state against what was said: nothing committed is lost, nothing is there that wasn't begun.
func (v *witness) check(t *testing.T, shard, n int) {
	t.Helper()
	if n < v.done[shard] || n > v.begun[shard] {
		t.Errorf("shard %d restored transaction %d, want %d to %d", shard, n, v.done[shard], v.begun[shard])
	}
}

// victim commits transactions in each shard until it is killed, and says so.
func victim(ctx context.Context, dir, kind string) error {
	logger := slog.New(slog.NewTextHandler(os.Stdout, nil))
	b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0", Logger: logger})
	if err != nil {
		return err
	}
	if kind == "log" {
		return logVictim(ctx, b, logger)
	}
	return clientVictim(ctx, b)
}

func say(word string, shard, n int) { _, _ = fmt.Fprintf(os.Stdout, "%s %d %d\n", word, shard, n) }

func clientVictim(ctx context.Context, b *embedded.Broker) error {
	_ = makeTopics(ctx, b.Addr()) // they are there from the second time on
	restored, err := counters(ctx, b.Addr())
	if err != nil {
		return err
	}
	errs := make(chan error)
	for shard, n := range restored {
		say("restored", shard, n)
		go func() {
			w, err := newWorker(b, shard)
			for ; err == nil; n++ {
				say("begin", shard, n+1)
				if err = w.commit(ctx, transaction(shard, n+1)); err == nil {
					say("done", shard, n+1)
				}
			}
			errs <- err
		}()
	}
	return <-errs
}

func logVictim(ctx context.Context, b *embedded.Broker, logger *slog.Logger) error {
	l, err := kafka.New(kafka.Options{
		Client: client.Client{Brokers: []string{b.Addr()}}, Shards: shards, Embedded: b.Embedded(), Logger: logger,
		Resources: []*schema.Resource{{Name: "droplets"}, {Name: "firewalls"}, {Name: "domains"}},
	})
	if err != nil {
		return err
	}
	if err := l.Prepare(ctx); err != nil {
		return err
	}
	return l.Run(ctx, func(shard int) producer.Worker { return &logWorker{shard: shard} })
}

// logWorker commits a shard's transactions through a kafka.Log.
type logWorker struct{ shard, n int }

func (w *logWorker) Restore(key, value []byte) error {
	if string(key) != "counter" {
		return nil
	}
	_, err := fmt.Sscanf(string(value), fmt.Sprintf("%d/%%d", w.shard), &w.n)
	return err
}

func (w *logWorker) Run(ctx context.Context, s producer.Session) error {
	say("restored", w.shard, w.n)
	for ctx.Err() == nil {
		w.n++
		var batch producer.Batch
		for _, r := range transaction(w.shard, w.n) {
			headers := []producer.Header{{Key: r.Headers[0].Key, Value: string(r.Headers[0].Value)}}
			batch.Records = append(batch.Records, producer.Record{
				Topic: r.Topic, Account: "a", Key: r.Key, Value: r.Value, Headers: headers,
			})
		}
		say("begin", w.shard, w.n)
		done := make(chan error)
		s.Commit(batch, func(err error) { done <- err })
		if err := <-done; err != nil {
			return err
		}
		say("done", w.shard, w.n)
	}
	return nil
}

func (*logWorker) Close() {}

// counters are the shards' last transactions, as the state has them.
func counters(ctx context.Context, addr string) (last [shards]int, err error) {
	rs, err := readAll(ctx, addr, state)
	for shard, c := range summarize(rs) {
		_, _ = fmt.Sscanf(c.State["counter"], fmt.Sprintf("%d/%%d", shard), &last[shard])
	}
	return last, err
}
