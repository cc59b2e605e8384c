package kafka_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
)

// A topic's max.message.bytes is lowered while a process works on it: the limit is learned anew, so that the process
// leaves bodies out, and nothing is refused for ever.
func TestLoweredLimitIsLearnedAnew(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) { lowerLimit(t, c, prefix, "500000", 500_000) })
}

// Where the settings may not be read a default is assumed, and what a topic takes is found by trying.
func TestLimitThatIsNotToldIsFound(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeConfigs}, Err: kerr.TopicAuthorizationFailed, Count: -1})
		lowerLimit(t, c, "untold", "300000", 250_000)
	})
}

// lowerLimit lowers the limit of a topic after the first record, and wants the next ones to keep to it.
func lowerLimit(t *testing.T, c client.Client, prefix, limit string, want int) {
	t.Helper()
	o := options(c, prefix)
	l := prepared(t, o)
	_, adm := admin(t, c)
	sizes := make(chan int, 100)
	p := &probe{do: func(ctx context.Context, s producer.Session) error {
		for ctx.Err() == nil && len(sizes) < 2 {
			if err := commitLargest(s, o.Prefix+".droplets", shard0(t, l)); err != nil {
				return err
			}
			if sizes <- s.MaxBytes(); len(sizes) == 1 {
				setting := kadm.AlterConfig{Name: "max.message.bytes", Value: &limit}
				if _, err := adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{setting}, o.Prefix+".droplets"); err != nil {
					return err
				}
				time.Sleep(time.Second) // a broker has it a moment later
			}
		}
		<-ctx.Done()
		return nil
	}}
	stop := beginProbe(t, l, p)
	eventually(t, "a record is taken that keeps to the new limit", func() bool { return len(sizes) == 2 })
	stop()
	if before, after := <-sizes, <-sizes; before <= want || after > want || after < want/2 {
		t.Errorf("records of %d bytes before, and of %d after, want at most %d", before, after, want)
	}
}

// commitLargest commits a record that is as large as they may be, and that no compression makes small.
func commitLargest(s producer.Session, topic, account string) error {
	value := make([]byte, s.MaxBytes()-100)
	_, _ = rand.NewChaCha8([32]byte{}).Read(value)
	done := make(chan error, 1)
	s.Commit(producer.Batch{Records: []producer.Record{
		{Topic: topic, Account: account, Key: []byte("k"), Value: value},
	}}, func(err error) { done <- err })
	return <-done
}
