package kafka_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka"
)

// An embedded broker whose disk takes 400 ms for an fsync answers one request after the other, and late. A directory
// that was made with 16 shards must still become ready.
func TestAShardIsWorkedOnHoweverSlowTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, broker := fake(t)
		broker.ControlKey(-1, func(req kmsg.Request) (kmsg.Response, error, bool) {
			broker.KeepControl()
			switch req.(type) {
			case *kmsg.ProduceRequest, *kmsg.EndTxnRequest, *kmsg.AddPartitionsToTxnRequest:
				time.Sleep(800 * time.Millisecond) // the batch, and its index
			case *kmsg.OffsetCommitRequest, *kmsg.InitProducerIDRequest:
				time.Sleep(400 * time.Millisecond)
			}
			return nil, nil, false
		})
		o := options(c, "t")
		o.Shards, o.SessionTimeout, o.Embedded = 16, 0, &kafka.Embedded{}
		l := prepared(t, o)
		began := time.Now()
		stop := beginProbe(t, l, &probe{})
		for len(l.Owned()) < 16 && time.Since(began) < 5*time.Minute {
			time.Sleep(time.Second)
		}
		if n, took := len(l.Owned()), time.Since(began); n < 16 {
			t.Errorf("after %v %d of 16 shards are worked on", took, n)
		}
		stop()
	})
}
