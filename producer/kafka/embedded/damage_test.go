package embedded_test

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

// Random damage to a directory of 10,000 events, in one place at a time, is harmless or refused: what is read is never
// another thing than before. SEACHANGE_TEST_DAMAGES is how many seeds are tried, by default a few.
func TestRandomDamageIsHarmlessOrRefused(t *testing.T) {
	t.Parallel()
	seeds, _ := strconv.Atoi(os.Getenv("SEACHANGE_TEST_DAMAGES"))
	seeds = cmp.Or(seeds, 40)
	dirs := []string{eventful(t, 10_000), ""}
	dirs[1] = killedInACommit(t, dirs[0])
	var want []string
	for _, dir := range dirs {
		want = append(want, contentsOf(t, start(t, copyOf(t, dir))))
	}
	refused := map[string]int{}
	for seed := range seeds {
		random := rand.New(rand.NewPCG(uint64(seed), 0))
		base := seed % len(dirs)
		dir := copyOf(t, dirs[base])
		what := damage(t, random, dir)
		b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
		switch {
		case errors.As(err, new(*embedded.DamagedError)):
			refused["refused"]++
		case err != nil:
			t.Errorf("seed %d: %s: %v, want a refusal that names the file", seed, what, err)
		default:
			refused["harmless"]++
			if got := contentsOf(t, b); got != want[base] {
				t.Errorf("seed %d: %s: it was started, and what is read has changed (-want +got):\n%s", seed, what,
					gocmp.Diff(want[base], got))
			}
			stop(t, b)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d damages: %v", seeds, refused)
	if refused["refused"] < seeds/4 {
		t.Errorf("only %d of %d were refused: is anything damaged?", refused["refused"], seeds)
	}
}

// eventful makes a directory with n events or more, in three topics and by two shards, and stops it.
func eventful(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "eventful")
	b := start(t, dir)
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	const perTransaction = 90
	var workers [shards]*worker
	for shard := range workers {
		w, err := newWorker(b, shard)
		if err != nil {
			t.Fatal(err)
		}
		defer w.client.Close()
		workers[shard] = w
	}
	for i := 0; i < n; i += perTransaction {
		w := workers[i/perTransaction%shards]
		var rs []*kgo.Record
		for j := i; j < i+perTransaction; j += len(eventTopics()) {
			rs = append(rs, transaction(w.shard, j)...)
		}
		if err := w.commit(t.Context(), rs); err != nil {
			t.Fatal(err)
		}
	}
	stop(t, b)
	return dir
}

// killedInACommit is a copy of a directory after more transactions and a kill, which tore the last one.
func killedInACommit(t *testing.T, dir string) string {
	t.Helper()
	dir = copyOf(t, dir)
	b := start(t, dir)
	commitN(t, b, 0, 20_000, 20_004)
	w, err := newWorker(b, 1)
	if err != nil {
		t.Fatal(err)
	}
	var killed string
	kept := func() { killed = copyOf(t, dir) }
	if err := w.end(t.Context(), transaction(1, 20_000), kgo.TryCommit, kept); err != nil {
		t.Fatal(err)
	}
	committed := filepath.Join("log", "partitions", "digitalocean.droplets-0")
	for _, name := range []string{"0.dat", "0.idx"} { // one partition has the transaction's end, the others haven't
		data, err := os.ReadFile(filepath.Join(dir, committed, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(killed, committed, name), data)
	}
	w.client.Close()
	stop(t, b)
	return killed
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// damage changes a byte of a file, cuts it, or removes it. Large files and small ones are met as often.
func damage(t *testing.T, random *rand.Rand, dir string) string {
	t.Helper()
	var files []string
	var sizes []int64
	var all int64
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 0 {
			files, sizes = append(files, path), append(sizes, info.Size())
			all += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	i := random.IntN(len(files))
	if random.IntN(2) == 0 { // by size
		at := random.Int64N(all)
		for i = 0; at >= sizes[i]; i++ {
			at -= sizes[i]
		}
	}
	name, _ := filepath.Rel(dir, files[i])
	return name + ": " + damageFile(t, random, files[i])
}

func damageFile(t *testing.T, random *rand.Rand, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := random.IntN(len(data))
	switch random.IntN(5) {
	case 0:
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return "lost"
	case 1:
		write(t, path, data[:at])
		return fmt.Sprintf("cut at byte %d of %d", at, len(data))
	case 2: // where a batch begins, so that what is left is whole
		if starts := batchesOf(data); filepath.Ext(path) == ".dat" {
			at = starts[random.IntN(len(starts))]
		}
		write(t, path, data[:at])
		return fmt.Sprintf("cut before the batch at byte %d of %d", at, len(data))
	}
	flip := byte(1 + random.IntN(255))
	data[at] ^= flip
	write(t, path, data)
	return fmt.Sprintf("byte %d of %d changed by %#x", at, len(data), flip)
}

// contentsOf is what readers of committed records see, in their order, and of the state what is left.
func contentsOf(t *testing.T, b *embedded.Broker) string {
	t.Helper()
	rs, err := readAll(t.Context(), b.Addr(), append(eventTopics(), state)...)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(rs, func(a, b *kgo.Record) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	left := map[string]string{}
	counts := map[string]int{}
	sum := sha256.New()
	for _, r := range rs {
		if r.Topic == state {
			key := fmt.Sprintf("%d %s", r.Partition, r.Key)
			if left[key] = string(r.Value); r.Value == nil {
				delete(left, key)
			}
			continue
		}
		counts[r.Topic]++
		fmt.Fprintf(sum, "%s %q %q\n", r.Topic, r.Key, r.Value)
	}
	fmt.Fprint(sum, left)
	return fmt.Sprintf("%v events, %d entries, %x", counts, len(left), sum.Sum(nil))
}
