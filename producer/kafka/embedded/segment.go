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
	"net/url"
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

func partitionDir(logDir, topic string, partition int32) string {
	return filepath.Join(logDir, "partitions", fmt.Sprintf("%s-%d", url.PathEscape(topic), partition))
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

// batches are the segment's, up to its end or the first that is torn. A failed read ends them with an error.
func (s segment) batches() iter.Seq2[kmsg.RecordBatch, error] {
	return func(yield func(kmsg.RecordBatch, error) bool) {
		f, err := os.Open(s.path(".dat"))
		if err != nil {
			yield(kmsg.RecordBatch{}, err)
			return
		}
		defer f.Close() //nolint:errcheck // it is only read
		for r := bufio.NewReaderSize(f, 1<<20); ; {
			b, err := readBatch(r)
			if errors.Is(err, errTorn) || !yield(b, err) || err != nil {
				return
			}
		}
	}
}

var (
	errTorn    = errors.New("batch is torn")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// readBatch reads as kfake does when it loads a segment: what it would cut off is torn.
func readBatch(r *bufio.Reader) (b kmsg.RecordBatch, err error) {
	const lengthEnd, crcEnd = 12, 21
	head, err := r.Peek(lengthEnd)
	if err != nil {
		return b, torn(err)
	}
	length := binary.BigEndian.Uint32(head[8:])
	if length < crcEnd-lengthEnd || length > 1<<30 {
		return b, errTorn
	}
	raw := make([]byte, lengthEnd+length)
	if _, err := io.ReadFull(r, raw); err != nil {
		return b, torn(err)
	}
	if crc32.Checksum(raw[crcEnd:], castagnoli) != binary.BigEndian.Uint32(raw[crcEnd-4:]) || b.ReadFrom(raw) != nil {
		return b, errTorn
	}
	return b, nil
}

func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTorn
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

// committed says whether a partition has a record at an offset and shows it to readers of committed records.
func committed(dir string, offset int64) (bool, error) {
	all, err := segments(dir)
	if err != nil {
		return false, err
	}
	var found *kmsg.RecordBatch
	for i, s := range all {
		if i+1 < len(all) && all[i+1].base <= offset {
			continue
		}
		for b, err := range s.batches() {
			switch {
			case err != nil:
				return false, err
			case found == nil && b.FirstOffset <= offset && offset <= b.FirstOffset+int64(b.LastOffsetDelta):
				if !inTransaction(b) {
					return !isMarker(b), nil
				}
				found = &b
			case found != nil && isMarker(b) && b.ProducerID == found.ProducerID:
				return isCommit(b), nil
			}
		}
	}
	return false, nil
}
