package kafka

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
)

// session is one ownership of a shard, as its worker sees it.
type session struct {
	log       *Log
	shard     int
	view      view
	committer *committer
	requests  <-chan producer.Request
}

var _ producer.Session = (*session)(nil)

// Commit implements producer.Session. done must not call Commit: it is called by the goroutine that commits, and a
// full queue would have it wait for itself. A record that can't be written ends the session, as the batch is
// indivisible.
func (s *session) Commit(b producer.Batch, done func(error)) {
	p := pending{done: done}
	for _, r := range b.Records {
		k, err := s.record(r)
		if err != nil {
			s.committer.fail(err)
			break
		}
		p.records = append(p.records, k)
		p.bytes += sizeOf(k)
	}
	s.committer.add(p)
}

// record chooses the partition. Events of one account share a partition in each topic, so that a consumer has them
// in order; the state's is the shard.
func (s *session) record(r producer.Record) (*kgo.Record, error) {
	partition := s.shard
	if r.Topic != s.log.stateTopic() {
		n := s.partitions(r.Topic)
		if n == 0 {
			return nil, fmt.Errorf("topic %q: not one of those that were made", r.Topic)
		}
		partition = partitionOf(r.Account, n)
	}
	k := &kgo.Record{Topic: r.Topic, Partition: int32(partition), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: []byte(h.Value)})
	}
	return k, nil
}

// partitions returns a topic's, 0 if there is no such topic. One that Extend made is not in the session's own view.
func (s *session) partitions(topic string) int {
	if n := s.view.partitions[topic]; n > 0 {
		return n
	}
	return s.log.seen().partitions[topic]
}

func sizeOf(r *kgo.Record) int {
	n := len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

// Requests implements producer.Session.
func (s *session) Requests() <-chan producer.Request { return s.requests }

// frameBytes is more than what Kafka adds to a record and its batch.
const frameBytes = 1 << 10

// MaxBytes implements producer.Session.
func (s *session) MaxBytes() int { return int(s.view.maxBytes) - frameBytes }

// TopicID implements producer.Session.
func (s *session) TopicID(topic string) string {
	if id := s.view.ids[topic]; id != "" {
		return id
	}
	return s.log.seen().ids[topic]
}
