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
	"sync"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

// victimDir, in the environment, makes the test binary the process that TestNothingIsTornByKills kills.
const victimDir = "SEACHANGE_TEST_VICTIM_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		fmt.Fprintln(os.Stderr, "victim:", victim(context.Background(), dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestNothingIsTornByKills kills a process with a broker at random moments of its commits, and now and then of its
// start, and starts it again on the same directory. A kill leaves what was written to the file system, synced or not, so
// a missing fsync is not seen here.
func TestNothingIsTornByKills(t *testing.T) {
	const kills = 50
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	v := &witness{}
	for range kills {
		v.watch(t, dir, random)
	}
	b := start(t, dir)
	restored, err := counters(t.Context(), b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	v.check(t, restored)
	t.Logf("%d kills; %d transactions, %d times one was torn", kills, restored[0]+restored[1], v.torn)
	wantWhole(t, b, restored[:]...)
}

// witness knows what the victims said: which transactions they began and which were committed.
type witness struct {
	begun, done [shards]int
	torn        int // how often a start found a torn transaction
}

// watch runs a victim until it is killed.
func (v *witness) watch(t *testing.T, dir string, random *rand.Rand) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$") //nolint:noctx // killed below
	cmd.Env = append(os.Environ(), victimDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }() // "killed"
	defer cmd.Process.Kill()

	lines := bufio.NewScanner(out)
	if random.IntN(10) == 0 {
		kill(cmd, time.Duration(random.IntN(60_000))*time.Microsecond) // in its start, more or less
	}
	for commits := 1 + random.IntN(8); lines.Scan(); {
		v.hear(t, lines.Text())
		switch {
		case strings.Contains(lines.Text(), "completing a transaction"):
			v.torn++
			if random.IntN(3) == 0 {
				kill(cmd, time.Duration(random.IntN(15_000))*time.Microsecond)
			}
		case strings.HasPrefix(lines.Text(), "begin"):
			if commits--; commits == 0 {
				kill(cmd, time.Duration(random.IntN(12_000))*time.Microsecond)
			}
		}
	}
}

func kill(cmd *exec.Cmd, after time.Duration) {
	time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
}

func (v *witness) hear(t *testing.T, line string) {
	t.Helper()
	var word string
	var a, b int
	if _, err := fmt.Sscan(line, &word, &a, &b); err != nil {
		return // cut off by the kill
	}
	switch word {
	case "restored":
		v.check(t, [shards]int{a, b})
		v.begun, v.done = [shards]int{a, b}, [shards]int{a, b}
	case "begin":
		v.begun[a] = b
	case "done":
		v.done[a] = b
	}
}

// check holds a restored state against what was said: nothing committed is lost, nothing is there that wasn't begun.
func (v *witness) check(t *testing.T, restored [shards]int) {
	t.Helper()
	for shard, n := range restored {
		if n < v.done[shard] || n > v.begun[shard] {
			t.Errorf("shard %d restored transaction %d, want %d to %d", shard, n, v.done[shard], v.begun[shard])
		}
	}
}

// victim commits transactions in each shard until it is killed, and says so.
func victim(ctx context.Context, dir string) error {
	b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(os.Stdout, nil))})
	if err != nil {
		return err
	}
	_ = makeTopics(ctx, b.Addr()) // they are there from the second time on
	restored, err := counters(ctx, b.Addr())
	if err != nil {
		return err
	}
	fmt.Println("restored", restored[0], restored[1])
	errs := make(chan error)
	var said sync.Mutex
	say := func(args ...any) {
		said.Lock()
		defer said.Unlock()
		fmt.Println(args...)
	}
	for shard, n := range restored {
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

// counters are the shards' last transactions, as the state has them.
func counters(ctx context.Context, addr string) (last [shards]int, err error) {
	rs, err := readAll(ctx, addr, "state")
	for shard, c := range summarize(rs) {
		_, _ = fmt.Sscanf(c.State["counter"], fmt.Sprintf("%d/%%d", shard), &last[shard])
	}
	return last, err
}
