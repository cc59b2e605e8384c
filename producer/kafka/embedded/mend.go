package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// mend makes what a broker left behind, killed or not, ready to be loaded the one way that is tested by kills.
//
// kfake reads from a partition's index, and from there only, whether a batch is part of a transaction. A kill between
// the two writes of a batch leaves the index one entry short: uncommitted records would be shown, and all later
// entries would belong to the batch before theirs. So such an index is made anew.
//
// After a clean stop kfake takes up again where it stood, open transactions included; but nobody comes back for
// them. Without its snapshots it aborts them, as after a kill.
func mend(logDir string) error {
	dirs, err := filepath.Glob(filepath.Join(logDir, "partitions", "*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if err := mendPartition(dir); err != nil {
			return fmt.Errorf("mend %s: %w", dir, err)
		}
	}
	return remove(filepath.Join(logDir, "session_state.json"))
}

func mendPartition(dir string) error {
	if err := remove(filepath.Join(dir, "snapshot.json")); err != nil {
		return err
	}
	all, err := segments(dir)
	if err != nil {
		return err
	}
	for i, s := range all {
		whole, err := s.mendIndex()
		if err != nil {
			return err
		}
		if last := i == len(all)-1; !whole && !last {
			return fmt.Errorf("%s is damaged, and not by a kill: restore the data directory from a copy", s.path(".dat"))
		}
	}
	return nil
}

const indexEntrySize = 15

// mendIndex writes the segment's index anew if it hasn't an entry for each batch. It answers false if the segment ends
// with a torn batch, as a kill leaves the last one; kfake cuts that off.
func (s segment) mendIndex() (whole bool, err error) {
	var index []byte
	var newest, read int64
	for b, err := range s.batches() {
		if err != nil {
			return false, err
		}
		read += 12 + int64(b.Length)
		newest = max(newest, b.MaxTimestamp)
		index = append(index, indexEntry(b, newest)...)
	}
	data, err := os.Stat(s.path(".dat"))
	if err != nil {
		return false, err
	}
	whole = read == data.Size()
	old, err := os.Stat(s.path(".idx"))
	if err == nil && old.Size() == int64(len(index)) {
		return whole, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	return whole, writeFile(s.path(".idx"), index)
}

// indexEntry is kfake's: version, checksum, epoch, the newest timestamp so far, and whether a marker decides.
func indexEntry(b kmsg.RecordBatch, newest int64) []byte {
	e := make([]byte, indexEntrySize)
	e[0] = 1
	binary.LittleEndian.PutUint32(e[2:], uint32(b.PartitionLeaderEpoch))
	binary.LittleEndian.PutUint64(e[6:], uint64(newest))
	if inTransaction(b) {
		e[14] = 1
	}
	e[1] = byte(crc32.Checksum(e[2:], castagnoli))
	return e
}
