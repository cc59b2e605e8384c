package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// An inventory is a file beside the log that says what is in it, as of the last start or clean stop, so that what is
// lost as a whole is missed: batches at the end of a segment, a segment, a partition, kfake's own small files. Logs
// grow only at their end while the broker runs. So after a kill the inventory is the least that must be there, and
// after a clean stop it is all of it.
type inventory struct {
	Format     int                      `json:"format"`
	Kfake      string                   `json:"kfake"` // the version that wrote the log
	Clean      bool                     `json:"clean"`
	Files      map[string]*smallFile    `json:"files"`
	Partitions map[string][]segmentSize `json:"partitions"`
	Shards     []int                    `json:"shards"` // that have a redo file

	path string
}

// smallFile is one of kfake's files beside the partitions.
type smallFile struct {
	Sum  uint64 `json:"sum,string"`
	Data []byte `json:"data,omitempty"` // of those that only change with the topics: the file is made anew from it
}

const (
	inventoryFile   = "inventory"
	inventoryFormat = 1
)

// kfake's files. It keeps more: logins, rights and quotas, which this broker doesn't have, its own settings, which are
// given at each start, and what producers and sessions of another process had. Those are removed at start.
const (
	metaFile   = "meta.json"
	topicsFile = "topics.json"
	groupsFile = "groups.log"
)

var removedFiles = []string{
	"acls.json", "sasl.json", "quotas.json", "broker_configs.json", "pids.log", "seq_windows.json", "session_state.json",
}

// readInventory reads a directory's. One that is missing or damaged is nil, since a directory of an older release has
// none: then only what is in the log itself can be checked.
func readInventory(dir string, log *slog.Logger) (*inventory, error) {
	path := filepath.Join(dir, inventoryFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	body, err := unseal(data)
	inv := &inventory{path: path}
	if err == nil {
		err = json.Unmarshal(body, inv)
	}
	if err != nil {
		log.Warn("the inventory of the data directory is damaged: it is made anew once all else is checked", "file", path,
			"err", err)
		return nil, nil
	}
	if inv.Format != inventoryFormat {
		return nil, fmt.Errorf("%s has format %d, and this release reads %d: it was written by a newer release: run that one",
			path, inv.Format, inventoryFormat)
	}
	return inv, nil
}

// newInventory takes stock.
func newInventory(dir string, clean bool) (*inventory, error) {
	inv := &inventory{
		Format: inventoryFormat, Kfake: kfakeVersion, Clean: clean,
		Files: map[string]*smallFile{}, Partitions: map[string][]segmentSize{},
		path: filepath.Join(dir, inventoryFile),
	}
	logDir := filepath.Join(dir, "log")
	all, err := partitionsOf(logDir)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if inv.Partitions[p.name()], err = sizes(partitionDir(logDir, p.topic, p.number)); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{metaFile, topicsFile, groupsFile} {
		if err := inv.note(logDir, name); err != nil {
			return nil, err
		}
	}
	notes, _, err := readNotes(filepath.Join(dir, redoDir))
	inv.Shards = slices.Sorted(maps.Keys(notes))
	return inv, err
}

func sizes(dir string) ([]segmentSize, error) {
	all, err := segments(dir)
	if err != nil {
		return nil, err
	}
	sizes := []segmentSize{}
	for _, s := range all {
		info, err := os.Stat(s.path(".dat"))
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, segmentSize{s.base, info.Size()})
	}
	return sizes, nil
}

// note takes a small file as it is.
func (inv *inventory) note(logDir, name string) error {
	data, err := os.ReadFile(filepath.Join(logDir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	f := &smallFile{Sum: xxhash.Sum64(data)}
	if name != groupsFile {
		f.Data = data
	}
	inv.Files[name] = f
	return nil
}

func (inv *inventory) write() error {
	body, err := json.Marshal(inv)
	if err != nil {
		return err
	}
	if err := writeFile(inv.path, seal("inventory", body)); err != nil {
		return fmt.Errorf("write the inventory: %w", err)
	}
	return nil
}

// seal puts a checksum before a file's contents.
func seal(what string, body []byte) []byte {
	return slices.Concat(fmt.Appendf(nil, "seachange %s %016x\n", what, xxhash.Sum64(body)), body)
}

func unseal(data []byte) ([]byte, error) {
	_, body, _ := bytes.Cut(data, []byte("\n"))
	if !bytes.HasPrefix(data, seal(inventoryFile, body)[:len(data)-len(body)]) {
		return nil, errors.New("its checksum is wrong")
	}
	return body, nil
}

// read reads one of kfake's small files, or its copy here, if there is one.
func (inv *inventory) read(logDir, name string) ([]byte, error) {
	if inv != nil && inv.Files[name] != nil && inv.Files[name].Data != nil {
		return inv.Files[name].Data, nil
	}
	return os.ReadFile(filepath.Join(logDir, name))
}

// heal makes those small files anew of which the inventory has a copy.
func (inv *inventory) heal(logDir string, log *slog.Logger) error {
	if inv == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(inv.Files)) {
		f, path := inv.Files[name], filepath.Join(logDir, name)
		if data, err := os.ReadFile(path); f.Data == nil || (err == nil && bytes.Equal(data, f.Data)) {
			continue
		}
		log.Warn("a file of the data directory was damaged or lost, and is made anew from its copy in the inventory", "file",
			path)
		if err := writeFile(path, f.Data); err != nil {
			return err
		}
	}
	return nil
}

// missed returns what a partition lacks of what it had.
func (inv *inventory) missed(in *inspection) []Damage {
	if inv == nil {
		return nil
	}
	had := inv.Partitions[in.name()]
	has := map[int64]int64{}
	for _, s := range in.segments {
		has[s.Base] = s.Size
	}
	for i, s := range had {
		file := segment{in.dir, s.Base}.path(".dat")
		size, there := has[s.Base]
		grows := !inv.Clean && i == len(had)-1
		if (there && (size == s.Size || (grows && size > s.Size))) || s.Size == 0 {
			continue
		}
		what := fmt.Sprintf("the file has %d bytes of whole batches, and had %d", size, s.Size)
		if !there {
			what = "the file is missing"
		}
		return []Damage{{File: file, At: size, Offset: max(s.Base, 0), What: what, topic: in.topic, number: in.number}}
	}
	return nil
}

// forget drops what is known of a topic's partitions, before they are deleted or cut.
func (inv *inventory) forget(topic string) {
	maps.DeleteFunc(inv.Partitions, func(name string, _ []segmentSize) bool {
		p, ok := parsePartition(name)
		return ok && p.topic == topic
	})
}
