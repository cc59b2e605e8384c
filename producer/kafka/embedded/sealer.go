package embedded

import (
	"path/filepath"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// sealer keeps the inventory true while the broker runs.
type sealer struct {
	dir  string
	redo *redo
	logs *brokerLog
	open bool // the topics are being changed: their file is not in the inventory. It belongs to the broker's loop.

	mu        sync.Mutex
	inventory *inventory
}

// newSealer takes stock of a directory that the broker is about to open.
func newSealer(dir string, r *redo, logs *brokerLog) (*sealer, error) {
	inv, err := newInventory(dir, false)
	if err != nil {
		return nil, err
	}
	return &sealer{dir: dir, redo: r, logs: logs, inventory: inv}, inv.write()
}

// watch sees each request before the broker does. The broker handles them one after another: when one comes, the one
// before is done and on disk.
func (s *sealer) watch(c *kfake.Cluster) {
	c.ControlKey(-1, func(req kmsg.Request) (kmsg.Response, error, bool) {
		if err := s.see(req); err != nil {
			s.logs.fail(err)
			return nil, err, true
		}
		return nil, nil, false
	})
}

func (s *sealer) see(req kmsg.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lessOf []string
	switch r := req.(type) {
	case *kmsg.DeleteTopicsRequest:
		lessOf = s.deleted(r)
	case *kmsg.DeleteRecordsRequest:
		for _, t := range r.Topics {
			lessOf = append(lessOf, t.Topic)
		}
	case *kmsg.CreateTopicsRequest, *kmsg.CreatePartitionsRequest, *kmsg.AlterConfigsRequest,
		*kmsg.IncrementalAlterConfigsRequest:
	default:
		return s.seal()
	}
	return s.unseal(lessOf)
}

// deleted are the topics to be deleted. One that is named by its id alone may be any.
func (s *sealer) deleted(r *kmsg.DeleteTopicsRequest) []string {
	topics := r.TopicNames
	for _, t := range r.Topics {
		if t.Topic != nil {
			topics = append(topics, *t.Topic)
			continue
		}
		for name := range s.inventory.Partitions {
			if p, ok := parsePartition(name); ok {
				topics = append(topics, p.topic)
			}
		}
		topics = append(topics, s.redo.topics()...)
	}
	return topics
}

// unseal lets the topics change.
func (s *sealer) unseal(lessOf []string) error {
	for _, topic := range lessOf {
		s.inventory.forget(topic)
		if err := s.redo.forget(topic); err != nil {
			return err
		}
	}
	if s.open && len(lessOf) == 0 {
		return nil
	}
	s.open = true
	delete(s.inventory.Files, topicsFile)
	delete(s.inventory.Files, metaFile)
	return s.inventory.write()
}

// seal notes the topics once they have changed.
func (s *sealer) seal() error {
	if !s.open {
		return nil
	}
	for _, name := range []string{metaFile, topicsFile} {
		if err := s.inventory.note(filepath.Join(s.dir, "log"), name); err != nil {
			return err
		}
	}
	s.open = false
	return s.inventory.write()
}

// began notes that a shard has a redo file.
func (s *sealer) began(shard int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, known := slices.BinarySearch(s.inventory.Shards, shard)
	if known {
		return nil
	}
	s.inventory.Shards = slices.Insert(s.inventory.Shards, at, shard)
	return s.inventory.write()
}

// close takes stock of what the broker left behind at its end.
func (s *sealer) close() error {
	inv, err := newInventory(s.dir, true)
	if err != nil {
		return err
	}
	return inv.write()
}
