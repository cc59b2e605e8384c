package embedded

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// kfake ends a transaction partition by partition, so a kill tears it: committed here, never ended there, which the
// next start takes for aborted. A redo file makes it whole again. It is written once a transaction's records are in the
// log, before the first partition is committed, and stays until the shard's next one. At start its transaction may be
// torn: its records that the log doesn't show are produced again.
//
// A partition shows a transaction's records all or not at all, since one marker decides. What is produced again stands
// behind what was there, but each key's order is kept: a key has one shard as its writer, and that shard had
// nothing after this transaction. So it is harmless, too, to complete a transaction that was aborted before the kill:
// it was true, and nothing of its shard has been built on its failure.
//
// The file also says how far the shard's committed transactions had come in each partition, so that a log that lost its
// end is noticed.

// redo implements kafka.Redo: a file a shard.
type redo struct {
	dir string
	log *slog.Logger
	// fault returns an error once the broker could not write something that it says is written.
	fault func() error
	sync  syncer
	began func(shard int) error // is told of a shard once it has a file
	disk  *disk

	mu    sync.Mutex
	notes map[int]*note
}

// headroom is the free space below which nothing is committed: kfake doesn't stop at a full disk.
const headroom = 64 << 20

// Before writes the transaction down.
func (r *redo) Before(shard int, records []*kgo.Record) error {
	if err := r.fault(); err != nil {
		return err
	}
	if err := r.room(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.note(shard)
	n.Entries = entriesOf(records)
	if err := r.write(shard, n); err != nil {
		return fmt.Errorf("write redo file of shard %d: %w", shard, err)
	}
	return nil
}

// After takes the transaction for committed. If the broker could not write its end, the next start looks what became of
// it.
func (r *redo) After(shard int) error {
	if err := r.fault(); err != nil {
		return err
	}
	r.mu.Lock()
	r.note(shard).committed()
	r.mu.Unlock()
	return r.began(shard)
}

func (r *redo) note(shard int) *note {
	n := r.notes[shard]
	if n == nil {
		n = &note{}
		r.notes[shard] = n
	}
	return n
}

func (r *redo) write(shard int, n *note) error {
	data, err := n.encode()
	if err != nil {
		return err
	}
	began := time.Now()
	defer func() { r.disk.wrote(time.Since(began)) }()
	return r.sync.writeFile(r.path(shard), data)
}

// forget drops a topic from all files, before it is deleted or cut.
func (r *redo) forget(topic string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for shard, n := range r.notes {
		if !n.forget(topic) {
			continue
		}
		if err := r.write(shard, n); err != nil {
			return fmt.Errorf("take topic %s out of the redo file of shard %d: %w", topic, shard, err)
		}
	}
	return nil
}

func (r *redo) path(shard int) string { return filepath.Join(r.dir, redoFile+strconv.Itoa(shard)) }

func (r *redo) room() error {
	free, err := freeSpace(r.dir)
	if err != nil {
		return fmt.Errorf("ask for free space in %s: %w", r.dir, err)
	}
	if free < headroom {
		return fmt.Errorf("the disk of %s has %d MiB left and %d are needed: free some; nothing is lost", r.dir, free>>20,
			headroom>>20)
	}
	return nil
}

// missing are the records of a shard's last transaction in those partitions that don't show it.
func (n *note) missing(inspections []*inspection) []*kgo.Record {
	shown := map[partition]map[int64]bool{}
	for _, in := range inspections {
		shown[in.partition] = in.shown
	}
	var records []*kgo.Record
	for _, e := range n.Entries {
		if !shown[partition{e.Topic, e.Partition}][e.Offset] {
			records = append(records, e.record())
		}
	}
	return records
}

func (e entry) record() *kgo.Record {
	return &kgo.Record{
		Topic: e.Topic, Partition: e.Partition, Timestamp: time.UnixMilli(e.TsMS),
		Key: e.Key, Value: e.Value, Headers: e.Headers,
	}
}

// settle takes what was last committed for whole. Its records may be compacted away from then on.
func (r *redo) settle(shard int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.note(shard)
	if n.Entries == nil {
		return nil
	}
	n.committed()
	n.Entries = nil
	return r.write(shard, n)
}

// removeUnfinished removes what a kill left of files that were not in their place yet.
func (r *redo) removeUnfinished() error {
	files, err := filepath.Glob(filepath.Join(r.dir, "*.tmp"))
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// again writes down that some of a torn transaction's records are produced again, at other offsets. What the log shows
// of it is committed, whatever becomes of the rest.
func (r *redo) again(shard int, records []*kgo.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.note(shard)
	produced := map[partition]bool{}
	for _, record := range records {
		produced[partition{record.Topic, record.Partition}] = true
	}
	n.Entries = slices.DeleteFunc(n.Entries, func(e entry) bool { return produced[partition{e.Topic, e.Partition}] })
	n.committed()
	n.Entries = entriesOf(records)
	return r.write(shard, n)
}

// topics are those that any of the files speaks of.
func (r *redo) topics() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var topics []string
	for _, n := range r.notes {
		n.each(func(p partition, _ int64) { topics = append(topics, p.topic) })
	}
	return topics
}
