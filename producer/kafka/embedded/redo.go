package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sys/unix"
)

// kfake ends a transaction partition by partition, so a kill tears it: committed here, never ended there, which the next
// start takes for aborted. A redo file makes it whole again. It is written once a transaction's records are in the log,
// before the first partition is committed, and removed after the last. One that is there at start belongs to
// a transaction that may be torn: its records that the log doesn't show are produced again.
//
// A partition shows a transaction's records all or not at all, since one marker decides. What is produced again stands
// behind what was there, but each key's order is kept: a key has one shard as its writer, and that shard had
// nothing after this transaction. So it is harmless, too, to complete a transaction that was aborted before the kill:
// it was true, and nothing of its shard has been built on its failure.

// redo implements kafka.Redo: a file a shard.
type redo struct {
	dir string
	log *slog.Logger
	// fault answers an error once the broker could not write something that it says is written.
	fault func() error
	sync  syncer
}

// entry is a record of the transaction and its place in the log.
type entry struct {
	Topic     string             `json:"topic"`
	Partition int32              `json:"partition"`
	Offset    int64              `json:"offset"`
	TsMS      int64              `json:"ts_ms"`
	Key       []byte             `json:"key"`
	Value     []byte             `json:"value"` // null and empty are not the same: null deletes
	Headers   []kgo.RecordHeader `json:"headers,omitempty"`
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
	data, err := encode(records)
	if err != nil {
		return err
	}
	if err := r.sync.writeFile(r.path(shard), data); err != nil {
		return fmt.Errorf("write redo file of shard %d: %w", shard, err)
	}
	return nil
}

// After forgets the transaction. If the broker could not write its end, the file stays for the next start.
func (r *redo) After(shard int) error {
	if err := r.fault(); err != nil {
		return err
	}
	if err := remove(r.path(shard)); err != nil {
		return fmt.Errorf("remove redo file of shard %d: %w", shard, err)
	}
	return nil
}

func (r *redo) path(shard int) string { return filepath.Join(r.dir, "shard-"+strconv.Itoa(shard)) }

func (r *redo) room() error {
	var fs unix.Statfs_t
	if err := unix.Statfs(r.dir, &fs); err != nil {
		return fmt.Errorf("ask for free space in %s: %w", r.dir, err)
	}
	if free := fs.Bavail * uint64(fs.Bsize); free < headroom {
		return fmt.Errorf("the disk of %s has %d MiB left and %d are needed: free some; nothing is lost", r.dir, free>>20, headroom>>20)
	}
	return nil
}

// unfinished are the transactions that may be torn, by file, each with the records that the log doesn't show.
func (r *redo) unfinished(logDir string) (map[string][]*kgo.Record, error) {
	files, err := filepath.Glob(filepath.Join(r.dir, "shard-*"))
	if err != nil {
		return nil, err
	}
	torn := map[string][]*kgo.Record{}
	for _, path := range files {
		if strings.HasSuffix(path, ".tmp") { // its transaction was never committed
			if err := remove(path); err != nil {
				return nil, err
			}
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		entries, err := decode(data)
		if err != nil {
			r.log.Warn("redo file unreadable, so its transaction was never committed", "file", path, "err", err)
		}
		if torn[path], err = missing(logDir, entries); err != nil {
			return nil, fmt.Errorf("look for the transaction of %s: %w", path, err)
		}
	}
	return torn, nil
}

// missing are the records of a transaction in those partitions that don't show it.
func missing(logDir string, entries []entry) ([]*kgo.Record, error) {
	type partition struct {
		topic  string
		number int32
	}
	shown := map[partition]bool{}
	var records []*kgo.Record
	for _, e := range entries {
		p := partition{e.Topic, e.Partition}
		if _, known := shown[p]; !known {
			var err error
			if shown[p], err = committed(partitionDir(logDir, e.Topic, e.Partition), e.Offset); err != nil {
				return nil, err
			}
		}
		if !shown[p] {
			records = append(records, e.record())
		}
	}
	return records, nil
}

func (e entry) record() *kgo.Record {
	return &kgo.Record{
		Topic: e.Topic, Partition: e.Partition, Timestamp: time.UnixMilli(e.TsMS),
		Key: e.Key, Value: e.Value, Headers: e.Headers,
	}
}

const redoFormat = "seachange redo 1 "

// encode gives a line with the format and the checksum, and the records as JSON.
func encode(records []*kgo.Record) ([]byte, error) {
	entries := make([]entry, len(records))
	for i, r := range records {
		entries[i] = entry{r.Topic, r.Partition, r.Offset, r.Timestamp.UnixMilli(), r.Key, r.Value, r.Headers}
	}
	body, err := json.Marshal(entries)
	if err != nil {
		return nil, fmt.Errorf("encode redo file: %w", err)
	}
	return slices.Concat(head(body), body), nil
}

func head(body []byte) []byte { return fmt.Appendf(nil, "%s%016x\n", redoFormat, xxhash.Sum64(body)) }

func decode(data []byte) (entries []entry, err error) {
	_, body, _ := bytes.Cut(data, []byte("\n"))
	if !bytes.HasPrefix(data, head(body)) {
		return nil, errors.New("checksum or format is wrong")
	}
	err = json.Unmarshal(body, &entries)
	return entries, err
}
