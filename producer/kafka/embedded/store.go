package embedded

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// store is a data directory as it is found at a start, before the broker opens it.
type store struct {
	dir, logDir string
	log         *slog.Logger
	inventory   *inventory // nil: an older release's directory, or it is damaged
	topics      map[string]topicEntry
	notes       map[int]*note // by shard, what was committed last
	inspections []*inspection
	damages     []Damage
}

// topicEntry is what kfake keeps of a topic.
type topicEntry struct {
	Name       string            `json:"name"`
	Partitions int32             `json:"partitions"`
	Configs    map[string]string `json:"configs"`
}

func (t topicEntry) compacted() bool { return strings.Contains(t.Configs["cleanup.policy"], "compact") }

// examine reads the whole directory and changes nothing. What is damaged is in the store's damages; an error means that
// something could not be read.
func examine(dir string, log *slog.Logger) (*store, error) {
	st := &store{dir: dir, logDir: filepath.Join(dir, "log"), log: log}
	var err error
	if st.inventory, err = readInventory(dir, log); err != nil {
		return nil, err
	}
	for _, step := range []func() error{st.readSmallFiles, st.readNotes, st.readPartitions} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return st, nil
}

func (st *store) damage(file, what string, lost bool) {
	st.damages = append(st.damages, Damage{File: file, Offset: -1, What: what, lost: lost})
}

// readSmallFiles reads the list of topics, and checks the others.
func (st *store) readSmallFiles() error {
	all, err := partitionsOf(st.logDir)
	if err != nil {
		return err
	}
	for _, name := range []string{metaFile, topicsFile} {
		var file struct {
			Version int          `json:"version"`
			Topics  []topicEntry `json:"topics"`
		}
		path := filepath.Join(st.logDir, name)
		data, err := st.inventory.read(st.logDir, name)
		if errors.Is(err, os.ErrNotExist) {
			if len(all) > 0 {
				st.damage(path, "the file is missing, and there are topics", true)
			}
			continue
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &file); err != nil {
			st.damage(path, fmt.Sprintf("the file can't be read: %v", err), true)
			continue
		}
		if file.Version != kfakeFormat {
			return fmt.Errorf("%s has format %d, and this release reads %d: it was written by another release: run that one",
				path, file.Version, kfakeFormat)
		}
		if name == topicsFile {
			st.topics = map[string]topicEntry{}
			for _, t := range file.Topics {
				st.topics[t.Name] = t
			}
		}
	}
	st.strangers(all)
	return st.checkGroups()
}

// strangers are partitions that no topic has: the list of topics is wrong.
func (st *store) strangers(all []partition) {
	for _, p := range all {
		t, known := st.topics[p.topic]
		dir := partitionDir(st.logDir, p.topic, p.number)
		if n, err := segments(dir); st.topics == nil || (known && p.number < t.Partitions) || (err == nil && len(n) == 0) {
			continue
		}
		st.damage(filepath.Join(st.logDir, topicsFile), fmt.Sprintf("it lacks topic %s partition %d, which has a directory",
			p.topic, p.number), true)
	}
}

// checkGroups checks what readers have committed. After a kill the last entry may be cut short.
func (st *store) checkGroups() error {
	path := filepath.Join(st.logDir, groupsFile)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var had *smallFile
	if st.inventory != nil {
		had = st.inventory.Files[groupsFile]
	}
	switch at, cut := wholeEntries(data); {
	case err != nil && had != nil:
		st.damage(path, "the file with the readers' offsets is missing", false)
	case had != nil && st.inventory.Clean && had.Sum != xxhash.Sum64(data):
		st.damage(path, "the file with the readers' offsets is not as it was written", false)
	case at < len(data) && !cut:
		st.damages = append(st.damages, Damage{
			File: path, At: int64(at), Offset: -1,
			What: "an entry of the readers' offsets is damaged",
		})
	}
	return nil
}

// wholeEntries returns where the first entry begins that isn't whole, and whether that one is cut short by the file's
// end. Entries are kfake's: length, checksum, and what they are of.
func wholeEntries(data []byte) (at int, cut bool) {
	const head = 8
	for at < len(data) {
		rest := data[at:]
		if len(rest) < head {
			return at, true
		}
		length := int(binary.LittleEndian.Uint32(rest))
		if length > len(rest)-head {
			return at, crc32.Checksum(rest[head:], castagnoli) != binary.LittleEndian.Uint32(rest[4:])
		}
		if length < 2 || crc32.Checksum(rest[head:head+length], castagnoli) != binary.LittleEndian.Uint32(rest[4:]) {
			return at, false
		}
		at += head + length
	}
	return at, false
}

func (st *store) readNotes() (err error) {
	var damages []Damage
	dir := filepath.Join(st.dir, redoDir)
	if st.notes, damages, err = readNotes(dir); err != nil {
		return err
	}
	st.damages = append(st.damages, damages...)
	if st.inventory == nil {
		return nil
	}
	for _, shard := range st.inventory.Shards {
		path := filepath.Join(dir, redoFile+strconv.Itoa(shard))
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			st.damage(path, "the record of the last transaction is missing", false)
		}
	}
	return nil
}

// readPartitions inspects every partition that is there, or should be.
func (st *store) readPartitions() error {
	asked := map[partition][]int64{}
	for _, n := range st.notes {
		n.each(func(p partition, offset int64) { asked[p] = append(asked[p], offset) })
	}
	here, err := partitionsOf(st.logDir)
	if err != nil {
		return err
	}
	all := map[partition]bool{}
	for _, p := range slices.Concat(here, slices.Collect(maps.Keys(asked))) {
		all[p] = true
	}
	if st.inventory != nil {
		for name := range st.inventory.Partitions {
			if p, ok := parsePartition(name); ok {
				all[p] = true
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(all), comparePartitions) {
		sparse := st.inventory == nil && st.topics[p.topic].compacted()
		in, err := inspect(partitionDir(st.logDir, p.topic, p.number), p, asked[p], sparse)
		if err != nil {
			return err
		}
		st.inspections = append(st.inspections, in)
		st.damages = append(st.damages, in.damages...)
		if len(in.damages) == 0 {
			st.damages = append(st.damages, st.lacks(in)...)
		}
	}
	return nil
}

func comparePartitions(a, b partition) int {
	if a.topic != b.topic {
		return strings.Compare(a.topic, b.topic)
	}
	return int(a.number - b.number)
}

// lacks returns what a partition should have and doesn't.
func (st *store) lacks(in *inspection) []Damage {
	if missed := st.inventory.missed(in); missed != nil {
		return missed
	}
	for _, n := range st.notes {
		offset, committed := n.Ends[in.topic][in.number]
		if !committed || in.shown[offset] {
			continue
		}
		file, size := in.dir, int64(0)
		if last := len(in.segments) - 1; last >= 0 {
			file, size = segment{in.dir, in.segments[last].Base}.path(".dat"), in.segments[last].Size
		}
		what := fmt.Sprintf("offset %d was committed, and the log ends before %d", offset, in.end)
		if offset < in.end {
			what = fmt.Sprintf("offset %d was committed, and the end of its transaction is missing", offset)
		}
		return []Damage{{File: file, At: size, Offset: min(offset, in.end), What: what, topic: in.topic, number: in.number}}
	}
	return nil
}

// expectLess makes the inventory forget a partition, before something is taken out of it.
func (st *store) expectLess(p partition) error {
	if st.inventory == nil {
		return nil
	}
	if _, known := st.inventory.Partitions[p.name()]; !known {
		return nil
	}
	delete(st.inventory.Partitions, p.name())
	st.inventory.Clean = false
	return st.inventory.write()
}

// mend makes the directory ready to be opened.
func (st *store) mend() error {
	if st.inventory != nil && st.inventory.Clean && slices.ContainsFunc(st.inspections,
		func(in *inspection) bool { return len(in.undecided) > 0 }) {
		st.inventory.Clean = false
		if err := st.inventory.write(); err != nil { // before anything grows
			return err
		}
	}
	if err := st.inventory.heal(st.logDir, st.log); err != nil {
		return err
	}
	for _, in := range st.inspections {
		if err := in.mend(st.log); err != nil {
			return fmt.Errorf("mend %s: %w", in.dir, err)
		}
	}
	for _, name := range removedFiles {
		if err := remove(filepath.Join(st.logDir, name)); err != nil {
			return err
		}
	}
	return nil
}
