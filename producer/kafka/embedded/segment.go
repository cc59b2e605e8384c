package embedded

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// kfake keeps a partition as segments in the directory partitions/<topic>-<number>: <base offset>.dat is Kafka's record
// batches one behind another; <base offset>.idx has 15 bytes a batch, which can be computed from it.

// segment is the batches of a partition from an offset on.
type segment struct {
	dir  string
	base int64
}

func (s segment) path(kind string) string {
	return filepath.Join(s.dir, strconv.FormatInt(s.base, 10)+kind)
}

// segments are a partition's, in order. Empty ones, which a kill leaves, are left out.
func segments(dir string) ([]segment, error) {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var all []segment
	for _, f := range files {
		name, isData := strings.CutSuffix(f.Name(), ".dat")
		base, err := strconv.ParseInt(name, 10, 64)
		if !isData || err != nil {
			continue
		}
		if info, err := f.Info(); err != nil {
			return nil, err
		} else if info.Size() > 0 {
			all = append(all, segment{dir, base})
		}
	}
	slices.SortFunc(all, func(a, b segment) int { return cmp.Compare(a.base, b.base) })
	return all, nil
}

// batches are the segment's, up to its end or the first that isn't whole, which a check before has found to be torn. A
// failed read ends them with an error. A batch is valid until the next one.
func (s segment) batches() iter.Seq2[kmsg.RecordBatch, error] {
	return func(yield func(kmsg.RecordBatch, error) bool) {
		f, err := os.Open(s.path(".dat"))
		if err != nil {
			yield(kmsg.RecordBatch{}, err)
			return
		}
		defer f.Close() //nolint:errcheck // it is only read
		for r := newBatchReader(f); ; {
			b, err := r.next()
			if errors.Is(err, errDamaged) || errors.Is(err, io.EOF) || !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// batchReader reads batches one behind another, checks each, and remembers where it is.
type batchReader struct {
	r   *bufio.Reader
	raw []byte // the batch read last
	at  int64  // where the next one begins
}

func newBatchReader(f io.Reader) *batchReader {
	return &batchReader{r: bufio.NewReaderSize(f, 1<<20)}
}

const (
	lengthEnd  = 12 // of the first offset and the length; the length counts from here
	magicAt    = 16
	crcEnd     = 21 // the checksum covers what is behind it
	headerSize = 61
	maxBatch   = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// next returns the next batch, io.EOF behind the last, or an errDamaged. The batch is valid until the next call.
func (r *batchReader) next() (b kmsg.RecordBatch, err error) {
	head, err := r.r.Peek(lengthEnd)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return b, io.EOF
	}
	if err != nil {
		return b, cutShort(err)
	}
	length := binary.BigEndian.Uint32(head[8:])
	if length < headerSize-lengthEnd || length > maxBatch {
		return b, fmt.Errorf("%w: its length is %d", errDamaged, length)
	}
	if cap(r.raw) < int(lengthEnd+length) {
		// before memory is taken for what isn't there
		if _, err := r.r.Peek(min(int(lengthEnd+length), r.r.Size())); err != nil {
			return b, cutShort(err)
		}
		r.raw = make([]byte, lengthEnd+length)
	}
	r.raw = r.raw[:lengthEnd+length]
	if _, err := io.ReadFull(r.r, r.raw); err != nil {
		return b, cutShort(err)
	}
	if err := checkBatch(r.raw); err != nil {
		return b, err
	}
	if err := b.ReadFrom(r.raw); err != nil {
		return b, fmt.Errorf("%w: %w", errDamaged, err)
	}
	r.at += int64(len(r.raw))
	return b, nil
}

// checkBatch checks a batch that is there to its end.
func checkBatch(raw []byte) error {
	if raw[magicAt] != 2 {
		return fmt.Errorf("%w: its format is %d", errDamaged, raw[magicAt])
	}
	if !checksumHolds(raw) {
		return fmt.Errorf("%w: its checksum is wrong", errDamaged)
	}
	return nil
}

func checksumHolds(raw []byte) bool {
	return crc32.Checksum(raw[crcEnd:], castagnoli) == binary.BigEndian.Uint32(raw[crcEnd-4:])
}

func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the file ends in it", errDamaged)
	}
	return err
}

// Attributes of a batch.
const (
	transactional = 0x10
	control       = 0x20
)

// inTransaction is true for records that a marker decides.
func inTransaction(b kmsg.RecordBatch) bool {
	return b.Attributes&(transactional|control) == transactional
}

func isMarker(b kmsg.RecordBatch) bool { return b.Attributes&control != 0 }

// isCommit tells a marker that commits from one that aborts. One that can't be read aborts, as for kfake.
func isCommit(b kmsg.RecordBatch) bool {
	var r kmsg.Record
	var key kmsg.ControlRecordKey
	return r.ReadFrom(b.Records) == nil && key.ReadFrom(r.Key) == nil && key.Type == kmsg.ControlRecordKeyTypeCommit
}
