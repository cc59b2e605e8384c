package kafka_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka/client"
)

// held is a partitioner whose second record waits.
type held struct {
	kgo.Partitioner
	n       atomic.Int32
	release chan struct{}
}

func (h *held) ForTopic(topic string) kgo.TopicPartitioner {
	return heldTopic{h.Partitioner.ForTopic(topic), h}
}

type heldTopic struct {
	kgo.TopicPartitioner
	h *held
}

func (t heldTopic) Partition(r *kgo.Record, n int) int {
	if t.h.n.Add(1) == 2 {
		<-t.h.release
	}
	return t.TopicPartitioner.Partition(r, n)
}

// A topic's first record is acknowledged before the client stores that the topic has partitions, where the process is
// slow. The transaction is committed all the same.
func TestACommitIsOneThoughItsTopicIsNew(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		o := options(c, "new")
		o.Partitions = 2
		prepared(t, o)
		slow := &held{Partitioner: kgo.ManualPartitioner(), release: make(chan struct{})}
		cl, err := c.Open(kgo.TransactionalID("x"), kgo.RecordPartitioner(slow), kgo.ProducerLinger(0))
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		if _, _, err := cl.ProducerID(t.Context()); err != nil {
			t.Fatal(err)
		}
		both := make(chan struct{}) // are waiting for the topic's partitions
		broker.ControlKey(int16(kmsg.Metadata), func(kmsg.Request) (kmsg.Response, error, bool) {
			<-both
			return nil, nil, false
		})
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		first, written := &kgo.Record{Topic: "new.droplets", Value: []byte("1")}, make(chan error, 2)
		for _, r := range []*kgo.Record{first, {Topic: "new.droplets", Partition: 1}} {
			cl.Produce(t.Context(), r, func(_ *kgo.Record, err error) { written <- err })
		}
		close(both)
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { close(slow.release) })
		if err := client.Commit(t.Context(), cl, first); err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := c.Read(t.Context(), client.ReadOptions{Topics: []string{"new.droplets"}, FromStart: true, UntilEnd: true},
			func(r client.Record) error {
				got = append(got, string(r.Value))
				return nil
			}); err != nil || !slices.Contains(got, "1") {
			t.Errorf("%q are committed (%v), want 1 among them", got, err)
		}
	})
}
