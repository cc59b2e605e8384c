package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// inspection is what one reading of a partition's files from the first batch to the last finds.
type inspection struct {
	partition
	dir      string
	segments []segmentSize  // without what is torn
	end      int64          // the offset that the next record gets
	shown    map[int64]bool // by an offset that was asked for: whether readers of committed records see it
	indexes  map[int64][]byte
	torn     *tail // what a kill left of a batch that it interrupted; nil: nothing
	gaps     bool  // an older release compacted it: offsets are missing
	epoch    int32 // the last batch's
	damages  []Damage

	undecided map[int64]int16 // producers whose transaction has no end, with their epoch
}

// segmentSize is a segment's size in bytes.
type segmentSize struct {
	Base int64 `json:"base"`
	Size int64 `json:"size"`
}

// tail is where a segment is to be cut.
type tail struct {
	segment segment
	at      int64
	size    int64
}

// inspector reads a partition.
type inspector struct {
	inspection
	sparse  bool              // gaps are allowed
	open    map[int64][]int64 // by producer, the offsets that were asked for in its open transaction
	asked   []int64           // that are not met yet, ascending
	started bool
}

// inspect reads a partition and looks whether the records at the offsets asked are shown. With sparse true, offsets may
// be missing between batches, as compaction by an older release left them. An error is not damage: a file can't be
// read.
func inspect(dir string, p partition, asked []int64, sparse bool) (*inspection, error) {
	in := &inspector{
		inspection: inspection{
			partition: p, dir: dir, shown: map[int64]bool{}, indexes: map[int64][]byte{},
			undecided: map[int64]int16{},
		},
		sparse: sparse, open: map[int64][]int64{}, asked: slices.Sorted(slices.Values(asked)),
	}
	all, err := segments(dir)
	if err != nil {
		return nil, err
	}
	for i, s := range all {
		if err := in.readSegment(s, i == len(all)-1); err != nil {
			return nil, err
		}
		if len(in.damages) > 0 {
			break // what is behind means nothing without it
		}
	}
	return &in.inspection, nil
}

func (in *inspector) readSegment(s segment, last bool) error {
	f, err := os.Open(s.path(".dat"))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	var newest int64
	var index []byte
	r := newBatchReader(f)
	if in.started && s.base != in.end && !in.sparse {
		in.damage(s, 0, in.end, fmt.Sprintf("the segment begins at offset %d, and the one before ends at %d: one between "+
			"them is missing", s.base, in.end))
		return nil
	}
	for {
		at := r.at
		b, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, errDamaged) {
			return in.bad(s, f, at, err, last, index)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", s.path(".dat"), err)
		}
		if wrong := in.place(s, b); wrong != "" {
			in.damage(s, at, in.end, wrong)
			return nil
		}
		in.see(b)
		newest = max(newest, b.MaxTimestamp)
		index = append(index, indexEntry(b, newest)...)
	}
	in.whole(s, r.at, index)
	return nil
}

func (in *inspector) whole(s segment, size int64, index []byte) {
	in.segments = append(in.segments, segmentSize{s.base, size})
	in.indexes[s.base] = index
}

func (in *inspector) damage(s segment, at, offset int64, what string) {
	in.damages = append(in.damages, Damage{
		File: s.path(".dat"), At: at, Offset: max(0, offset), What: what, topic: in.topic, number: in.number,
	})
}

// place returns what is wrong with where a batch stands: its offsets and its epoch are not in its checksum.
func (in *inspector) place(s segment, b kmsg.RecordBatch) string {
	last := b.FirstOffset + int64(b.LastOffsetDelta)
	switch {
	case !in.started && b.FirstOffset != s.base && !in.sparse, b.FirstOffset < s.base:
		return fmt.Sprintf("the batch says offset %d, in the segment of %d", b.FirstOffset, s.base)
	case in.started && b.FirstOffset < in.end, in.started && b.FirstOffset > in.end && !in.sparse:
		return fmt.Sprintf("the batch says offset %d, and %d is next", b.FirstOffset, in.end)
	case b.LastOffsetDelta < 0 || b.PartitionLeaderEpoch < in.epoch:
		return fmt.Sprintf("the batch says last offset %d and epoch %d, behind epoch %d", last, b.PartitionLeaderEpoch,
			in.epoch)
	}
	in.gaps = in.gaps || (in.started && b.FirstOffset != in.end) || (!in.started && b.FirstOffset != s.base)
	return ""
}

// see takes a whole batch in its place.
func (in *inspector) see(b kmsg.RecordBatch) {
	in.started, in.epoch = true, b.PartitionLeaderEpoch
	in.end = b.FirstOffset + int64(b.LastOffsetDelta) + 1
	if inTransaction(b) {
		in.undecided[b.ProducerID] = b.ProducerEpoch
	}
	if isMarker(b) {
		delete(in.undecided, b.ProducerID)
		for _, offset := range in.open[b.ProducerID] {
			in.shown[offset] = isCommit(b)
		}
		delete(in.open, b.ProducerID)
	}
	for len(in.asked) > 0 && in.asked[0] < in.end {
		offset := in.asked[0]
		in.asked = in.asked[1:]
		switch {
		case offset < b.FirstOffset: // compacted away by an older release
			in.shown[offset] = true
		case inTransaction(b):
			in.open[b.ProducerID] = append(in.open[b.ProducerID], offset)
		default:
			in.shown[offset] = !isMarker(b)
		}
	}
}

// bad decides what a batch is that isn't whole. One that a kill interrupted is the partition's last, and its file ends
// in it.
func (in *inspector) bad(s segment, f *os.File, at int64, err error, last bool, index []byte) error {
	info, statErr := f.Stat()
	if statErr != nil {
		return statErr
	}
	raw := make([]byte, info.Size()-at)
	if _, readErr := f.ReadAt(raw, at); readErr != nil {
		return fmt.Errorf("read %s: %w", s.path(".dat"), readErr)
	}
	behind := in.wholeBehind(raw)
	switch {
	case behind > 0:
		in.damage(s, at, in.end, fmt.Sprintf("%v, and whole ones follow from byte %d", err, at+behind))
	case !last:
		in.damage(s, at, in.end, fmt.Sprintf("%v, and another segment follows", err))
	case !interrupted(raw):
		in.damage(s, at, in.end, err.Error())
	default:
		in.torn = &tail{s, at, int64(len(raw))}
		in.whole(s, at, index)
	}
	return nil
}

// interrupted reports whether raw is a part of a batch, from its beginning. One whose checksum holds is all of it, and
// its length is what is wrong.
func interrupted(raw []byte) bool {
	if len(raw) < headerSize {
		return true
	}
	length := binary.BigEndian.Uint32(raw[8:])
	return length <= maxBatch && int(length) > len(raw)-lengthEnd && raw[magicAt] == 2 && !checksumHolds(raw)
}

// wholeBehind returns where in raw, behind its beginning, a whole batch stands that could follow; 0: none.
func (in *inspector) wholeBehind(raw []byte) int64 {
	for i := 1; i+headerSize <= len(raw); i++ {
		next := bytes.IndexByte(raw[i+magicAt:], 2)
		if next < 0 {
			return 0
		}
		if i += next; i+headerSize > len(raw) {
			return 0
		}
		length := binary.BigEndian.Uint32(raw[i+8:])
		first := int64(binary.BigEndian.Uint64(raw[i:]))
		if length < headerSize-lengthEnd || int64(length) > int64(len(raw)-i-lengthEnd) || first < in.end ||
			first > in.end+maxBatch {
			continue
		}
		if checksumHolds(raw[i : i+lengthEnd+int(length)]) {
			return int64(i)
		}
	}
	return 0
}
