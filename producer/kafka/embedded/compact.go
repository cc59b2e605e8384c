package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// compact drops from compacted topics, the state above all, the records that newer ones of the same key replace. A year of
// heads that move every half minute would be read at each start otherwise. It works on the files, before the broker
// opens them: kfake's own compaction loses a partition that is killed in it, and brings retention with it.
//
// A segment is replaced by one rename, the oldest first, so that a kill leaves a log that says the same. What is kept
// needs no markers any more: it is committed. Offsets stay, and so does each partition's last batch, since it
// says where the log goes on.
func compact(logDir string, now time.Time, log *slog.Logger) error {
	topics, err := compactedTopics(logDir)
	if err != nil {
		return err
	}
	for topic, partitions := range topics {
		for p := range partitions {
			dropped, err := compactPartition(partitionDir(logDir, topic, p), now)
			if err != nil {
				return fmt.Errorf("compact topic %s partition %d: %w", topic, p, err)
			}
			if dropped > 0 {
				log.Info("compacted", "topic", topic, "partition", p, "dropped", dropped)
			}
		}
	}
	return nil
}

// compactedTopics are the topics to compact, with the number of their partitions. A new log has none.
func compactedTopics(logDir string) (map[string]int32, error) {
	data, err := os.ReadFile(filepath.Join(logDir, "topics.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var file struct {
		Topics []struct {
			Name       string            `json:"name"`
			Partitions int32             `json:"partitions"`
			Configs    map[string]string `json:"configs"`
		} `json:"topics"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read topics.json: %w", err)
	}
	topics := map[string]int32{}
	for _, t := range file.Topics {
		if strings.Contains(t.Configs["cleanup.policy"], "compact") {
			topics[t.Name] = t.Partitions
		}
	}
	return topics, nil
}

const (
	// compactFrom is the size from which a partition is worth it, in bytes.
	compactFrom = 1 << 20
	// keepDeletes is for how long a delete stays, so that a reader that is behind sees it.
	keepDeletes = 24 * time.Hour
)

// compactPartition answers how many records it dropped, about.
func compactPartition(dir string, now time.Time) (dropped int, err error) {
	all, err := segments(dir)
	if err != nil {
		return 0, err
	}
	s, err := makeSurvey(all, now)
	if err != nil || s.bytes < compactFrom || len(s.newest) > s.records/2 {
		return 0, err
	}
	for _, segment := range all {
		if err := segment.rewrite(s); err != nil {
			return 0, err
		}
	}
	return s.records - len(s.newest), nil
}

// survey is what is to be kept of a partition.
type survey struct {
	newest    map[string]int64   // by key, the offset of its newest committed record
	undecided map[int64][]kept   // by producer, its open transaction
	aborted   map[int64]struct{} // first offsets of batches that nobody may see
	end       int64              // the last batch's first offset
	forget    time.Time          // deletes before this go
	records   int
	bytes     int
}

// kept is a record in an open transaction.
type kept struct {
	key           string
	offset, batch int64
}

func makeSurvey(all []segment, now time.Time) (*survey, error) {
	s := &survey{
		newest: map[string]int64{}, undecided: map[int64][]kept{}, aborted: map[int64]struct{}{},
		forget: now.Add(-keepDeletes),
	}
	for _, segment := range all {
		for b, err := range segment.batches() {
			if err == nil {
				err = s.see(b)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	for producer := range s.undecided { // killed in its transaction
		s.decide(producer, false)
	}
	return s, nil
}

func (s *survey) see(b kmsg.RecordBatch) error {
	s.end = b.FirstOffset
	s.bytes += 12 + int(b.Length)
	if isMarker(b) {
		s.decide(b.ProducerID, isCommit(b))
		return nil
	}
	records, err := kfake.BatchRecords(b)
	if err != nil {
		return fmt.Errorf("read batch at offset %d: %w", b.FirstOffset, err)
	}
	s.records += len(records)
	for _, r := range records {
		s.undecided[b.ProducerID] = append(s.undecided[b.ProducerID], kept{string(r.Key), b.FirstOffset + int64(r.OffsetDelta), b.FirstOffset})
	}
	if !inTransaction(b) {
		s.decide(b.ProducerID, true)
	}
	return nil
}

func (s *survey) decide(producer int64, commit bool) {
	for _, r := range s.undecided[producer] {
		if commit {
			s.newest[r.key] = max(s.newest[r.key], r.offset)
		} else {
			s.aborted[r.batch] = struct{}{}
		}
	}
	delete(s.undecided, producer)
}

// rewrite replaces the segment by what is kept of it. Without its index, which goes first, it is mended at start.
func (s segment) rewrite(v *survey) error {
	var data, index []byte
	var newest int64
	for b, err := range s.batches() {
		if err == nil && b.FirstOffset != v.end {
			b, err = v.keep(b)
		}
		if err != nil {
			return err
		}
		if b.NumRecords == 0 {
			continue
		}
		newest = max(newest, b.MaxTimestamp)
		data = b.AppendTo(data)
		index = append(index, indexEntry(b, newest)...)
	}
	if err := errors.Join(remove(s.path(".idx")), syncDir(s.dir)); err != nil {
		return err
	}
	if len(data) == 0 {
		return remove(s.path(".dat"))
	}
	if err := writeFile(s.path(".dat"), data); err != nil {
		return err
	}
	return writeFile(s.path(".idx"), index)
}

// keep is the batch with the records that are kept, maybe none, as a committed one outside of a transaction.
func (s *survey) keep(b kmsg.RecordBatch) (kmsg.RecordBatch, error) {
	if _, aborted := s.aborted[b.FirstOffset]; aborted || isMarker(b) {
		return kmsg.RecordBatch{}, nil
	}
	records, err := kfake.BatchRecords(b)
	if err != nil {
		return b, fmt.Errorf("read batch at offset %d: %w", b.FirstOffset, err)
	}
	var raw []byte
	b.NumRecords = 0
	for _, r := range records {
		expired := r.Value == nil && time.UnixMilli(b.FirstTimestamp+r.TimestampDelta64).Before(s.forget)
		if s.newest[string(r.Key)] == b.FirstOffset+int64(r.OffsetDelta) && !expired {
			raw = r.AppendTo(raw)
			b.NumRecords++
		}
	}
	if b.NumRecords == 0 {
		return b, nil
	}
	b.ProducerID, b.ProducerEpoch, b.FirstSequence = -1, -1, -1
	b.Attributes &^= transactional
	return seal(b, raw)
}

// seal puts records into a batch.
func seal(b kmsg.RecordBatch, records []byte) (kmsg.RecordBatch, error) {
	const codecBits, codecGzip, crcEnd = 0x07, 0x01, 21
	compressor, err := kgo.DefaultCompressor(kgo.GzipCompression())
	if err != nil {
		return b, err
	}
	b.Records, _ = compressor.Compress(new(bytes.Buffer), records)
	b.Attributes = b.Attributes&^codecBits | codecGzip
	b.Length = int32(len(b.AppendTo(nil)) - 12)
	b.CRC = int32(crc32.Checksum(b.AppendTo(nil)[crcEnd:], castagnoli))
	return b, nil
}
