package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"
)

// note is what a redo file says of a shard.
type note struct {
	Entries []entry                    `json:"entries"` // of the transaction that is committed next, or was last
	Ends    map[string]map[int32]int64 `json:"ends"`    // by topic and partition, the last offset that is committed
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

func entriesOf(records []*kgo.Record) []entry {
	entries := make([]entry, len(records))
	for i, r := range records {
		entries[i] = entry{r.Topic, r.Partition, r.Offset, r.Timestamp.UnixMilli(), r.Key, r.Value, r.Headers}
	}
	return entries
}

// committed counts the transaction among what is committed.
func (n *note) committed() {
	if n.Ends == nil {
		n.Ends = map[string]map[int32]int64{}
	}
	for _, e := range n.Entries {
		if n.Ends[e.Topic] == nil {
			n.Ends[e.Topic] = map[int32]int64{}
		}
		n.Ends[e.Topic][e.Partition] = max(n.Ends[e.Topic][e.Partition], e.Offset)
	}
}

// forget reports whether it knew the topic.
func (n *note) forget(topic string) bool {
	_, known := n.Ends[topic]
	delete(n.Ends, topic)
	before := len(n.Entries)
	n.Entries = slices.DeleteFunc(n.Entries, func(e entry) bool { return e.Topic == topic })
	return known || len(n.Entries) < before
}

// each calls f for each place in the log that the note speaks of.
func (n *note) each(f func(partition, int64)) {
	for _, e := range n.Entries {
		f(partition{e.Topic, e.Partition}, e.Offset)
	}
	for topic, ends := range n.Ends {
		for number, offset := range ends {
			f(partition{topic, number}, offset)
		}
	}
}

const (
	redoDir    = "redo"
	redoFile   = "shard-"
	redoFormat = "seachange redo 2 "
	redoBefore = "seachange redo 1 " // the transaction's records alone
)

// encode gives a line with the format and the checksum, and the note as JSON.
func (n *note) encode() ([]byte, error) {
	body, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("encode redo file: %w", err)
	}
	return slices.Concat(head(redoFormat, body), body), nil
}

func head(format string, body []byte) []byte {
	return fmt.Appendf(nil, "%s%016x\n", format, xxhash.Sum64(body))
}

func decode(data []byte) (*note, error) {
	_, body, _ := bytes.Cut(data, []byte("\n"))
	n := &note{}
	switch {
	case bytes.HasPrefix(data, head(redoFormat, body)):
		return n, json.Unmarshal(body, n)
	case bytes.HasPrefix(data, head(redoBefore, body)):
		return n, json.Unmarshal(body, &n.Entries)
	}
	return nil, errors.New("its checksum or format is wrong")
}

// readNotes reads the redo files, by shard. One that can't be read is damaged: it came to its place whole.
func readNotes(dir string) (map[int]*note, []Damage, error) {
	files, err := filepath.Glob(filepath.Join(dir, redoFile+"*"))
	if err != nil {
		return nil, nil, err
	}
	notes := map[int]*note{}
	var damages []Damage
	for _, path := range files {
		shard, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(path), redoFile))
		if err != nil {
			continue // not in its place yet when the process was killed
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		n, err := decode(data)
		if err != nil {
			damages = append(damages, Damage{
				File: path, Offset: -1,
				What: fmt.Sprintf("the record of the last transaction can't be read: %v", err),
			})
			continue
		}
		notes[shard] = n
	}
	return notes, damages, nil
}
