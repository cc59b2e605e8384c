package embedded_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

// What a kill in a commit leaves: some partitions have the transaction's end, others don't.
func TestTornTransactionIsCompleted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		torn []string // partitions without the marker
	}{
		{"killed before the redo file was removed", nil},
		{"one event missing", []string{"digitalocean.droplets-0"}},
		{"the state missing", []string{state + "-0"}},
		{"all but one missing", []string{"digitalocean.droplets-0", "digitalocean.firewalls-0", state + "-0"}},
		{"killed before the commit", []string{
			"digitalocean.droplets-0", "digitalocean.firewalls-0", "digitalocean.domains-0",
			state + "-0",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, redo, _ := stopAfter(t, 3, kgo.TryCommit)
			for _, partition := range tt.torn {
				cutLastBatch(t, filepath.Join(dir, "log", "partitions", partition))
			}
			write(t, redoFile(dir), redo)

			b := start(t, dir)
			wantWhole(t, b, 3)
			if left, err := os.ReadFile(redoFile(dir)); err != nil || !bytes.Contains(left, []byte(`"entries":null`)) {
				t.Errorf("redo file after start: %s, %v, want no transaction in it", left, err)
			}
			commitN(t, b, 0, 4, 4)
			stop(t, b)
			wantWhole(t, start(t, dir), 4)
		})
	}
}

// An abort is torn, too. It counts for nothing: the transaction is completed in all partitions, or in none.
func TestTornAbortIsOne(t *testing.T) {
	dir, redo, _ := stopAfter(t, 3, kgo.TryAbort)
	cutLastBatch(t, filepath.Join(dir, "log", "partitions", state+"-0"))
	write(t, redoFile(dir), redo)
	wantWhole(t, start(t, dir), 3)
}

func TestKillWhileCompleting(t *testing.T) {
	dir, redo, _ := stopAfter(t, 3, kgo.TryCommit)
	for _, partition := range []string{"digitalocean.droplets-0", state + "-0"} {
		cutLastBatch(t, filepath.Join(dir, "log", "partitions", partition))
	}
	write(t, redoFile(dir), redo)
	completing := func() { redo, _ = os.ReadFile(redoFile(dir)) }
	b, err := embedded.Start(embedded.Options{
		Dir: dir, Listen: "127.0.0.1:0",
		Logger: slog.New(onLog{slog.DiscardHandler, completing}),
	})
	if err != nil {
		t.Fatal(err)
	}
	stopAsKilled(t, dir, b)

	cutLastBatch(t, filepath.Join(dir, "log", "partitions", state+"-0"))
	write(t, redoFile(dir), redo)
	wantWhole(t, start(t, dir), 3)
}

// onLog calls do when a transaction is completed.
type onLog struct {
	slog.Handler
	do func()
}

func (onLog) Enabled(context.Context, slog.Level) bool { return true }
func (h onLog) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h onLog) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "completing") {
		h.do()
	}
	return nil
}

func TestTransactionWhoseRedoFileIsNotInItsPlaceIsNot(t *testing.T) {
	dir, redo, before := stopAfter(t, 3, kgo.TryCommit)
	for _, partition := range []string{
		"digitalocean.droplets-0", "digitalocean.firewalls-0", "digitalocean.domains-0",
		state + "-0",
	} {
		cutLastBatch(t, filepath.Join(dir, "log", "partitions", partition))
	}
	write(t, redoFile(dir)+".tmp", redo)
	write(t, redoFile(dir), before)
	wantWhole(t, start(t, dir), 2)
	if _, err := os.Stat(redoFile(dir) + ".tmp"); !os.IsNotExist(err) {
		t.Errorf("%s.tmp after start: %v, want it gone", redoFile(dir), err)
	}
}

// stopAfter makes a log of n transactions. It returns the redo file as it was just before the last one's end, and
// before that.
func stopAfter(t *testing.T, n int, end kgo.TransactionEndTry) (dir string, redo, before []byte) {
	t.Helper()
	dir = t.TempDir()
	b := start(t, dir)
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	commitN(t, b, 0, 1, n-1)
	w, err := newWorker(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	before, readErr := os.ReadFile(redoFile(dir))
	kept := func() { redo, readErr = os.ReadFile(redoFile(dir)) }
	if err := errors.Join(w.end(t.Context(), transaction(0, n), end, kept), readErr); err != nil {
		t.Fatal(err)
	}
	w.client.Close()
	stopAsKilled(t, dir, b)
	return dir, redo, before
}

// stopAsKilled leaves the inventory as a kill does.
func stopAsKilled(t *testing.T, dir string, b *embedded.Broker) {
	t.Helper()
	file := filepath.Join(dir, "inventory")
	inventory, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, b)
	write(t, file, inventory)
}

func redoFile(dir string) string { return filepath.Join(dir, "redo", "shard-0") }

// cutLastBatch cuts a partition's last batch off, with its index entry.
func cutLastBatch(t *testing.T, partition string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(partition, "0.dat"))
	if err != nil {
		t.Fatal(err)
	}
	starts := batchesOf(data)
	cut(t, filepath.Join(partition, "0.dat"), len(data)-starts[len(starts)-1])
	cut(t, filepath.Join(partition, "0.idx"), 15)
}

// batchesOf returns where each batch of a segment begins.
func batchesOf(data []byte) (starts []int) {
	for at := 0; at+12 <= len(data); at += 12 + int(binary.BigEndian.Uint32(data[at+8:])) {
		starts = append(starts, at)
	}
	return starts
}

func cut(t *testing.T, path string, n int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, slices.Clip(data[:len(data)-n]))
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkCommit measures a small transaction: six records to four partitions, in a directory.
func BenchmarkCommit(b *testing.B) {
	for _, bb := range []struct{ name, dir string }{{"memory", ""}, {"directory", b.TempDir()}} {
		b.Run(bb.name, func(b *testing.B) {
			broker, err := embedded.Start(embedded.Options{Dir: bb.dir, Listen: "127.0.0.1:0"})
			if err != nil {
				b.Fatal(err)
			}
			defer broker.Close()
			if err := makeTopics(context.Background(), broker.Addr()); err != nil && bb.dir == "" {
				b.Fatal(err)
			}
			w, err := newWorker(broker, 0)
			if err != nil {
				b.Fatal(err)
			}
			defer w.client.Close()
			for n := 0; b.Loop(); n++ {
				if err := w.commit(context.Background(), transaction(0, n)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
