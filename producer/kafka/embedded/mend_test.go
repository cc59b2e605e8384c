package embedded_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

// A kill between a batch's two writes leaves it without its index entry.
func TestBatchWithoutIndexEntryIsNotShown(t *testing.T) {
	dir, _, before := stopAfter(t, 3, kgo.TryCommit)
	for _, partition := range []string{
		"digitalocean.droplets-0", "digitalocean.firewalls-0", "digitalocean.domains-0",
		state + "-0",
	} {
		p := filepath.Join(dir, "log", "partitions", partition)
		cutLastBatch(t, p) // the marker and its entry
		cut(t, filepath.Join(p, "0.idx"), 15)
	}
	write(t, redoFile(dir), before) // the kill came before it
	b := start(t, dir)
	wantWhole(t, b, 2)
	commitN(t, b, 0, 3, 4)
	stop(t, b)
	wantWhole(t, start(t, dir), 4)
}

// kfake would cut a damaged segment off and go on without what was behind.
func TestDamagedLogIsRefused(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	makeSweeps(t, b)
	churn(t, b, 20)
	stop(t, b)
	oldest := filepath.Join(dir, "log", "partitions", "sweeps-0", "0.dat")
	data, err := os.ReadFile(oldest)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	write(t, oldest, data)
	_, err = embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err == nil || !strings.Contains(err.Error(), oldest) {
		t.Errorf("start on a damaged log: %v, want an error that names %s", err, oldest)
	}
}
