package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// compact drops from compacted topics, the state above all, the records that newer ones of the same key replace. A year
// of checkpoints that move every half minute would be read at each start otherwise. It works on the files, before the
// broker opens them: kfake's own compaction loses a partition that is killed in it, and brings retention with it.
//
// A segment is replaced by one rename, the oldest first, so that a kill leaves a log that says the same. What is kept
// needs no markers any more: it is committed. Offsets stay, and so does each partition's last batch, since it
// says where the log goes on.
func (st *store) compact(now time.Time, log *slog.Logger) error {
	for _, in := range st.inspections {
		if !st.topics[in.topic].compacted() {
			continue
		}
		dropped, err := st.compactPartition(in, now)
		if err != nil {
			return fmt.Errorf("compact topic %s partition %d: %w", in.topic, in.number, err)
		}
		if dropped > 0 {
			log.Info("compacted", "topic", in.topic, "partition", in.number, "dropped", dropped)
		}
	}
	return nil
}

const (
	// compactFrom is the size from which a partition is worth it, in bytes.
	compactFrom = 1 << 20
	// keepDeletes is for how long a delete stays, so that a reader that is behind sees it.
	keepDeletes = 24 * time.Hour
)

// compactPartition returns how many records it dropped, about.
func (st *store) compactPartition(in *inspection, now time.Time) (dropped int, err error) {
	all, err := segments(in.dir)
	if err != nil {
		return 0, err
	}
	s, err := makeSurvey(all, now)
	if err != nil || (!in.gaps && (s.bytes < compactFrom || len(s.newest) > s.records/2)) {
		return 0, err
	}
	if err := st.expectLess(in.partition); err != nil {
		return 0, err
	}
	for i, segment := range all {
		until := in.end
		if i+1 < len(all) {
			until = all[i+1].base
		}
		if err := segment.rewrite(s, until); err != nil {
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
	s.bytes += lengthEnd + int(b.Length)
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
		s.undecided[b.ProducerID] = append(s.undecided[b.ProducerID],
			kept{string(r.Key), b.FirstOffset + int64(r.OffsetDelta), b.FirstOffset})
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

// rewrite replaces the segment by what is kept of it, up to the offset until, with an empty batch for each stretch that
// isn't, so that no offset is missing. Without its index, which goes first, it is mended at start.
func (s segment) rewrite(v *survey, until int64) error {
	var data, index []byte
	var newest int64
	next := s.base
	add := func(b kmsg.RecordBatch) {
		newest = max(newest, b.MaxTimestamp)
		data = b.AppendTo(data)
		index = append(index, indexEntry(b, newest)...)
		next = b.FirstOffset + int64(b.LastOffsetDelta) + 1
	}
	var epoch int32
	for b, err := range s.batches() {
		epoch = b.PartitionLeaderEpoch
		if err == nil && b.FirstOffset != v.end {
			b, err = v.keep(b)
		}
		if err != nil {
			return err
		}
		if b.NumRecords == 0 {
			continue
		}
		if b.FirstOffset > next {
			add(empty(next, b.FirstOffset, epoch))
		}
		add(b)
	}
	if until > next {
		add(empty(next, until, epoch))
	}
	if err := errors.Join(remove(s.path(".idx")), syncDir(s.dir)); err != nil {
		return err
	}
	if err := writeFile(s.path(".dat"), data); err != nil {
		return err
	}
	return writeFile(s.path(".idx"), index)
}

// empty is a batch without records, as Kafka's own compaction leaves them, for the offsets from first up to next.
func empty(first, next int64, epoch int32) kmsg.RecordBatch {
	b := kmsg.RecordBatch{
		FirstOffset: first, LastOffsetDelta: int32(next - first - 1), PartitionLeaderEpoch: epoch, Magic: 2,
		FirstTimestamp: -1, MaxTimestamp: -1, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
	}
	return checksummed(b)
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
	return compressed(b, raw)
}

// compressed puts records into a batch.
func compressed(b kmsg.RecordBatch, records []byte) (kmsg.RecordBatch, error) {
	const codecBits, codecGzip = 0x07, 0x01
	compressor, err := kgo.DefaultCompressor(kgo.GzipCompression())
	if err != nil {
		return b, err
	}
	b.Records, _ = compressor.Compress(new(bytes.Buffer), records)
	b.Attributes = b.Attributes&^codecBits | codecGzip
	return checksummed(b), nil
}

func checksummed(b kmsg.RecordBatch) kmsg.RecordBatch {
	b.Length = int32(len(b.AppendTo(nil)) - lengthEnd)
	b.CRC = int32(crc32.Checksum(b.AppendTo(nil)[crcEnd:], castagnoli))
	return b
}
