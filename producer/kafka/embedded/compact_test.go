package embedded_test

import (
	crand "crypto/rand"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

func TestStartCompactsWhatNewerRecordsReplace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir)
	makeSweeps(t, b)
	churn(t, b, 60)
	want := newest(t, b)
	open := openTransaction(t, b)
	end := endOf(t, b)
	stop(t, b)
	open.Close()
	before := size(t, dir)

	b = start(t, dir)
	if after := size(t, dir); after > before/2 {
		t.Errorf("%d bytes are left of %d, want under half", after, before)
	}
	if got := endOf(t, b); got != end+1 { // the open transaction was aborted
		t.Errorf("the log goes on at offset %d, want %d", got, end+1)
	}
	if diff := cmp.Diff(want, newest(t, b)); diff != "" {
		t.Errorf("newest records after compaction (-before +after):\n%s", diff)
	}

	// The log goes on behind it, and is compacted again.
	churn(t, b, 60)
	want = newest(t, b)
	for range 2 {
		stop(t, b)
		b = start(t, dir)
		if diff := cmp.Diff(want, newest(t, b)); diff != "" {
			t.Errorf("newest records after the second compaction (-before +after):\n%s", diff)
		}
	}
}

// A kill leaves some segments compacted, the next one without its index, and the rest as they were.
func TestKillInCompaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir)
	makeSweeps(t, b)
	churn(t, b, 60)
	want := newest(t, b)
	stop(t, b)
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, dir))
	if err := os.Remove(filepath.Join(old, "inventory")); err != nil { // the next test has it as a compaction leaves it
		t.Fatal(err)
	}

	segments, err := filepath.Glob(filepath.Join(old, "log", "partitions", "sweeps-0", "*.dat"))
	if err != nil || len(segments) < 4 {
		t.Fatalf("segments %v, %v: want 4 or more", segments, err)
	}
	for compacted := range segments {
		killed := filepath.Join(t.TempDir(), "killed")
		if err := os.CopyFS(killed, os.DirFS(old)); err != nil {
			t.Fatal(err)
		}
		mix(t, dir, killed, compacted)
		if got := newest(t, start(t, killed)); !cmp.Equal(want, got) {
			t.Errorf("killed after %d segments (-before +after):\n%s", compacted, cmp.Diff(want, got))
		}
	}
}

// A compaction that breaks off has made some segments smaller than the inventory of the last stop has them.
func TestStartAfterACompactionThatBrokeOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir)
	makeSweeps(t, b)
	churn(t, b, 60)
	want := newest(t, b)
	stop(t, b)
	segments, err := filepath.Glob(filepath.Join(dir, "log", "partitions", "sweeps-0", "*.dat"))
	if err != nil || len(segments) < 4 {
		t.Fatalf("segments %v, %v: want 4 or more", segments, err)
	}
	obstacle := segments[2] + ".tmp"
	if err := os.MkdirAll(obstacle, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"}); err == nil {
		t.Fatal("the compaction did not break off")
	}
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	if got := newest(t, start(t, dir)); !cmp.Equal(want, got) {
		t.Errorf("newest records (-before +after):\n%s", cmp.Diff(want, got))
	}
}

// mix takes the first n segments, by offset, from a compacted directory, and the next one's index away.
func mix(t *testing.T, from, to string, n int) {
	t.Helper()
	partition := filepath.Join("log", "partitions", "sweeps-0")
	files, err := filepath.Glob(filepath.Join(to, partition, "*.dat"))
	if err != nil {
		t.Fatal(err)
	}
	bases := make([]int, len(files))
	for i, f := range files {
		_, _ = fmt.Sscanf(filepath.Base(f), "%d.dat", &bases[i])
	}
	slices.Sort(bases)
	for i, base := range bases[:n+1] {
		for _, kind := range []string{"dat", "idx"} {
			name := filepath.Join(partition, fmt.Sprintf("%d.%s", base, kind))
			if i < n {
				_ = os.Remove(filepath.Join(to, name))
				if data, err := os.ReadFile(filepath.Join(from, name)); err == nil {
					write(t, filepath.Join(to, name), data)
				}
			}
		}
	}
	_ = os.Remove(filepath.Join(to, partition, fmt.Sprintf("%d.idx", bases[n])))
}

func makeSweeps(t *testing.T, b *embedded.Broker) {
	t.Helper()
	cl, err := dial(b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	policy, segment := "compact", "300000"
	configs := map[string]*string{"cleanup.policy": &policy, "segment.bytes": &segment}
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, -1, configs, "sweeps"); err != nil {
		t.Fatal(err)
	}
}

// churn puts and deletes a few keys over and over, in transactions of which some are aborted.
func churn(t *testing.T, b *embedded.Broker, transactions int) {
	t.Helper()
	w, err := newWorker(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.client.Close()
	body := make([]byte, 20_000) // random, so that it doesn't shrink
	for n := range transactions {
		var rs []*kgo.Record
		for range 3 {
			_, _ = crand.Read(body)
			r := &kgo.Record{Topic: "sweeps", Key: fmt.Append(nil, "key", rand.IntN(12)), Value: []byte(string(body))}
			switch rand.IntN(6) {
			case 0:
				r.Value = nil
			case 1: // a delete that nobody needs any more
				r.Value, r.Timestamp = nil, time.Now().Add(-48*time.Hour)
			}
			rs = append(rs, r)
		}
		end := kgo.TryCommit
		if n%4 == 2 { // not the last one: a start would complete it
			end = kgo.TryAbort
		}
		if err := w.end(t.Context(), rs, end, func() {}); err != nil {
			t.Fatal(err)
		}
	}
}

// openTransaction leaves a transaction of two batches open, which the broker's stop ends.
func openTransaction(t *testing.T, b *embedded.Broker) *kgo.Client {
	t.Helper()
	w, err := newWorker(b, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		r := &kgo.Record{Topic: "sweeps", Key: fmt.Append(nil, "key", n), Value: []byte("never committed")}
		if err := w.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	return w.client
}

// newest is each key's newest value, also a delete that readers must still see.
func newest(t *testing.T, b *embedded.Broker) map[string]string {
	t.Helper()
	rs, err := readAll(t.Context(), b.Addr(), "sweeps")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	last := int64(-1)
	for _, r := range rs {
		if r.Offset <= last {
			t.Fatalf("offset %d comes after %d", r.Offset, last)
		}
		last = r.Offset
		delete(values, string(r.Key))
		if r.Value != nil || time.Since(r.Timestamp) < 23*time.Hour {
			values[string(r.Key)] = string(r.Value)
		}
	}
	return values
}

// endOf is the offset that the topic's next record gets.
func endOf(t *testing.T, b *embedded.Broker) int64 {
	t.Helper()
	cl, err := dial(b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListEndOffsets(t.Context(), "sweeps")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup("sweeps", 0)
	return end.Offset
}

// size is how much a directory's segments of the topic take.
func size(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(path, "sweeps-0") && strings.HasSuffix(path, ".dat") {
			info, err := d.Info()
			bytes += info.Size()
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
