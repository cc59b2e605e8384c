package embedded_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

const droplets = "digitalocean.droplets-0"

// partitionFile is a segment of a partition.
func partitionFile(dir, partition string) string {
	return filepath.Join(dir, "log", "partitions", partition, "0.dat")
}

// rewrite puts other contents into a file.
func rewrite(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, f(data))
}

func refusedAt(t *testing.T, dir string, words ...string) {
	t.Helper()
	_, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if !errors.As(err, new(*embedded.DamagedError)) {
		t.Fatalf("start: %v, want a refusal", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the refusal doesn't say %q:\n%v", w, err)
		}
	}
}

// Neither a batch's offset nor its epoch is in its checksum.
func TestBatchesOutOfPlaceAreRefused(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(data []byte, batch int) []byte{
		"another offset":        func(d []byte, at int) []byte { d[at+7] ^= 0x40; return d },
		"an epoch that returns": func(d []byte, at int) []byte { d[at+15] = 7; return d },
		"a batch twice": func(d []byte, at int) []byte {
			return slices.Concat(d[:at], d[batchesOf(d)[1]:at], d[at:])
		},
		"a batch less": func(d []byte, at int) []byte {
			return slices.Delete(d, at, at+12+int(binary.BigEndian.Uint32(d[at+8:])))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _, _ := stopAfter(t, 4, kgo.TryCommit)
			if err := os.Remove(filepath.Join(dir, "inventory")); err != nil { // the batches alone have to tell
				t.Fatal(err)
			}
			file := partitionFile(dir, droplets)
			rewrite(t, file, func(d []byte) []byte { return move(d, batchesOf(d)[2]) })
			refusedAt(t, dir, file, "byte", "offset")
		})
	}
}

// What is cut off is a part of a batch that was being written, and nothing else that stands at a log's end.
func TestOnlyWhatAKillLeftIsCutOff(t *testing.T) {
	t.Parallel()
	torn := func(d []byte) []byte { // the beginning of a transaction's next batch
		starts := batchesOf(d)
		next := slices.Clone(d[starts[0]:starts[1]])
		last := d[starts[len(starts)-1]:]
		binary.BigEndian.PutUint64(next, binary.BigEndian.Uint64(last)+1)
		return append(d, next[:len(next)-3]...)
	}
	t.Run("a part of a batch", func(t *testing.T) {
		dir, _, _ := stopAfter(t, 3, kgo.TryCommit)
		rewrite(t, partitionFile(dir, droplets), torn)
		b := start(t, dir)
		commitN(t, b, 0, 4, 4)
		wantWhole(t, b, 4)
	})
	t.Run("after a clean stop", func(t *testing.T) {
		dir, _, _ := stopAfter(t, 3, kgo.TryCommit)
		stop(t, start(t, dir))
		rewrite(t, partitionFile(dir, droplets), func(d []byte) []byte { return d[:len(d)-3] })
		refusedAt(t, dir, droplets)
	})
	t.Run("a whole one with another length", func(t *testing.T) {
		dir := t.TempDir()
		b := start(t, dir)
		if err := makeTopics(t.Context(), b.Addr()); err != nil {
			t.Fatal(err)
		}
		cl, err := dial(b.Addr())
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := cl.ProduceSync(t.Context(), &kgo.Record{
				Topic: "digitalocean.droplets",
				Value: []byte("v"),
			}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		cl.Close()
		stopAsKilled(t, dir, b)
		rewrite(t, partitionFile(dir, droplets), func(d []byte) []byte {
			starts := batchesOf(d)
			d[starts[len(starts)-1]+10] ^= 1
			return d
		})
		refusedAt(t, dir, droplets)
	})
}

// After a kill nothing but the redo files tells how far a log had come since its start.
func TestALogThatEndsTooEarlyIsRefused(t *testing.T) {
	dir, _, _ := stopAfter(t, 4, kgo.TryCommit)
	rewrite(t, partitionFile(dir, droplets), func(d []byte) []byte { return d[:batchesOf(d)[2]] })
	refusedAt(t, dir, droplets, "was committed")

	dir, redo, _ := stopAfter(t, 4, kgo.TryCommit) // the last transaction alone is completed
	rewrite(t, partitionFile(dir, droplets), func(d []byte) []byte { return d[:batchesOf(d)[6]] })
	write(t, redoFile(dir), redo)
	wantWhole(t, start(t, dir), 4)
}

// kfake reads from the index alone whether a batch is of a transaction.
func TestAnIndexThatLiesIsMadeAnew(t *testing.T) {
	dir, _, before := stopAfter(t, 3, kgo.TryAbort)
	for _, partition := range []string{droplets, "digitalocean.firewalls-0", "digitalocean.domains-0", state + "-0"} {
		rewrite(t, filepath.Join(dir, "log", "partitions", partition, "0.idx"), func(d []byte) []byte {
			d[len(d)-15-1] = 0 // of the batch before the marker
			return d
		})
	}
	write(t, redoFile(dir), before)
	wantWhole(t, start(t, dir), 2)
}

// A reader that waits for the log's end must not wait for the end of a transaction that nobody ends.
func TestReadersAreNotHeldUpByAKill(t *testing.T) {
	dir, _, before := stopAfter(t, 3, kgo.TryCommit)
	cutLastBatch(t, filepath.Join(dir, "log", "partitions", droplets))
	rewrite(t, redoFile(dir), func([]byte) []byte { return before })
	cl, err := dial(start(t, dir).Addr(), kgo.ConsumeTopics("digitalocean.droplets"), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListCommittedOffsets(t.Context(), "digitalocean.droplets")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup("digitalocean.droplets", 0)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for r := range fetches.RecordsAll() {
			if r.Offset+1 == end.Offset {
				return
			}
		}
	}
}

// A list of topics that was lost or damaged is made anew from its copy, and one without a copy is refused.
func TestTheListOfTopicsIsHealed(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func([]byte) []byte{
		"lost":    nil,
		"damaged": func(d []byte) []byte { d[len(d)/2] ^= 1; return d },
		"cut":     func(d []byte) []byte { return d[:len(d)/2] },
	} {
		t.Run(name, func(t *testing.T) {
			for _, file := range []string{"topics.json", "meta.json"} {
				dir, _, _ := stopAfter(t, 3, kgo.TryCommit)
				path := filepath.Join(dir, "log", file)
				if damage == nil {
					if err := os.Remove(path); err != nil {
						t.Fatal(err)
					}
				} else {
					rewrite(t, path, damage)
				}
				wantWhole(t, start(t, dir), 3)
			}
		})
	}
	dir, _, _ := stopAfter(t, 3, kgo.TryCommit)
	for _, file := range []string{"inventory", "log/topics.json"} {
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	refusedAt(t, dir, "topics.json", "restore a copy")
}

// Topics that were deleted, or cut by DeleteRecords, are not missed.
func TestWhatWasDeletedIsNotMissed(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	commitN(t, b, 0, 1, 3)
	cl, err := dial(b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	adm := kadm.NewClient(cl)
	if _, err := adm.DeleteTopic(t.Context(), "digitalocean.droplets"); err != nil {
		t.Fatal(err)
	}
	offsets := kadm.Offsets{}
	offsets.AddOffset("digitalocean.domains", 0, 4, -1)
	if _, err := adm.DeleteRecords(t.Context(), offsets); err != nil {
		t.Fatal(err)
	}
	cl.Close()
	killed := copyOf(t, dir)
	for _, d := range []string{killed, dir} {
		if d == dir {
			stop(t, b)
		}
		if got := topics(t, start(t, d).Addr()); slices.Contains(got, "digitalocean.droplets") || len(got) != 3 {
			t.Errorf("topics are %v, want the three that are left", got)
		}
	}
}
