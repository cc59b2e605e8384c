package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// mend makes what a broker left behind, killed or not, ready to be loaded the one way that is tested by kills.
//
// kfake reads from a partition's index, and from there only, whether a batch is part of a transaction. A kill between
// the two writes of a batch leaves the index one entry short: uncommitted records would be shown, and all later
// entries would belong to the batch before theirs. So an index that isn't as the batches say is made anew.
//
// After a clean stop kfake takes up again where it stood, open transactions included; but nobody comes back for
// them. They are aborted here, with a marker, as a broker does. kfake would abort them without one: readers would wait
// at the end for what never comes, and a later marker of the same producer would decide about them.
func (in *inspection) mend(log *slog.Logger) error {
	if in.torn != nil {
		log.Warn("cut off a batch that a kill or a power cut interrupted; nothing committed is lost",
			"file", in.torn.segment.path(".dat"), "at", in.torn.at, "bytes", in.torn.size)
		if err := os.Truncate(in.torn.segment.path(".dat"), in.torn.at); err != nil {
			return err
		}
	}
	if err := in.abort(); err != nil {
		return err
	}
	for _, s := range in.segments {
		if err := (segment{in.dir, s.Base}).mendIndex(in.indexes[s.Base]); err != nil {
			return err
		}
	}
	return remove(filepath.Join(in.dir, "snapshot.json"))
}

// abort ends the transactions that have no end.
func (in *inspection) abort() error {
	if len(in.undecided) == 0 {
		return nil
	}
	last := &in.segments[len(in.segments)-1]
	var markers []byte
	for _, producer := range slices.Sorted(maps.Keys(in.undecided)) {
		m := abortMarker(producer, in.undecided[producer], in.end, in.epoch)
		in.indexes[last.Base] = append(in.indexes[last.Base], indexEntry(m, m.MaxTimestamp)...)
		markers = m.AppendTo(markers)
		in.end++
	}
	last.Size += int64(len(markers))
	return appendFile(segment{in.dir, last.Base}.path(".dat"), markers)
}

func abortMarker(producer int64, producerEpoch int16, offset int64, epoch int32) kmsg.RecordBatch {
	key := kmsg.ControlRecordKey{Type: kmsg.ControlRecordKeyTypeAbort}
	marker := kmsg.EndTxnMarker{}
	record := kmsg.Record{Key: key.AppendTo(nil), Value: marker.AppendTo(nil)}
	record.Length = int32(len(record.AppendTo(nil)) - 1) // less the length itself, a byte
	now := time.Now().UnixMilli()
	return checksummed(kmsg.RecordBatch{
		FirstOffset: offset, PartitionLeaderEpoch: epoch, Magic: 2, Attributes: transactional | control,
		FirstTimestamp: now, MaxTimestamp: now, ProducerID: producer, ProducerEpoch: producerEpoch, FirstSequence: -1,
		NumRecords: 1, Records: record.AppendTo(nil),
	})
}

const indexEntrySize = 15

func (s segment) mendIndex(index []byte) error {
	old, err := os.ReadFile(s.path(".idx"))
	if err == nil && sameIndex(old, index) {
		return nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return writeFile(s.path(".idx"), index)
}

// sameIndex compares two but for their timestamps, which kfake computes anew.
func sameIndex(a, b []byte) bool {
	const epochFrom, timeFrom, flags = 2, 6, 14
	if len(a) != len(b) {
		return false
	}
	for i := 0; i+indexEntrySize <= len(a); i += indexEntrySize {
		x, y := a[i:i+indexEntrySize], b[i:i+indexEntrySize]
		if x[0] != y[0] || x[1] != indexChecksum(x) || x[flags] != y[flags] ||
			!bytes.Equal(x[epochFrom:timeFrom], y[epochFrom:timeFrom]) {
			return false
		}
	}
	return true
}

// indexEntry is kfake's: version, checksum, epoch, the newest timestamp so far, and whether a marker decides.
func indexEntry(b kmsg.RecordBatch, newest int64) []byte {
	e := make([]byte, indexEntrySize)
	e[0] = kfakeFormat
	binary.LittleEndian.PutUint32(e[2:], uint32(b.PartitionLeaderEpoch))
	binary.LittleEndian.PutUint64(e[6:], uint64(newest))
	if inTransaction(b) {
		e[14] = 1
	}
	e[1] = indexChecksum(e)
	return e
}

func indexChecksum(e []byte) byte { return byte(crc32.Checksum(e[2:indexEntrySize], castagnoli)) }
