package kafka_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// member is a process with networks that a test cuts, freezes and resets.
type member struct {
	*process
	all, group *link
}

func join(t *testing.T, o kafka.Options) *member {
	t.Helper()
	m := &member{all: newLink(o.Client.Dialer)}
	o.Client.Dialer = m.all.Dial
	m.group = newLink(m.all.Dial)
	l := prepared(t, o)
	l.SetGroupDialer(m.group.Dial)
	m.process = begin(t, l, o)
	return m
}

// Whatever process is killed, paused or cut off, at whatever moment: nothing is lost, repeated or torn, and a survivor
// goes on.
func TestChurn(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { churn(t, rand.New(rand.NewPCG(seed, 0)), 40) })
		})
	}
}

func churn(t *testing.T, random *rand.Rand, steps int) {
	c, broker := fake(t)
	o := options(c, "churn")
	o.Compression = "none"
	members := []*member{join(t, o), join(t, o), join(t, o)}
	for range steps {
		time.Sleep(time.Duration(random.Int64N(int64(10 * time.Second))))
		m := &members[random.IntN(len(members))]
		pause := time.Second + time.Duration(random.Int64N(int64(15*time.Second)))
		switch random.IntN(6) {
		case 0: // killed
			(*m).all.Cut()
			go (*m).stop()
			*m = join(t, o)
		case 1: // paused
			time.AfterFunc(pause, (*m).all.Freeze())
		case 2: // the group hears nothing
			time.AfterFunc(pause, (*m).group.Freeze())
		case 3: // stopped
			(*m).stop()
			*m = join(t, o)
		case 4: // connections break, and may be made again
			(*m).all.Reset()
		case 5: // the broker refuses something, done or not
			fault(broker, random)
		}
	}
	for _, m := range members {
		m.stop()
	}
	time.Sleep(5 * time.Minute) // this broker keeps dead members of a group, and makes the others wait for them
	survivor := join(t, o)
	eventually(t, "all shards are worked on", allOf(survivor.process))
	survivor.progress()
	survivor.stop()
	got := events(t, c, "churn")
	wantDense(t, got, 4)
	wantStateAsEvents(t, c, "churn", got)
}

func fault(broker *kfake.Cluster, random *rand.Rand) {
	keys := []kmsg.Key{kmsg.Produce, kmsg.EndTxn, kmsg.InitProducerID, kmsg.OffsetCommit, kmsg.Heartbeat, kmsg.Fetch}
	errs := []*kerr.Error{
		kerr.RequestTimedOut, kerr.UnknownServerError, kerr.NotCoordinator, kerr.ConcurrentTransactions,
		kerr.NotEnoughReplicasAfterAppend, kerr.InvalidProducerEpoch, kerr.CoordinatorNotAvailable,
	}
	broker.Fault(kfake.Fault{
		Keys: []kmsg.Key{keys[random.IntN(len(keys))]}, Err: errs[random.IntN(len(errs))],
		Count: 1 + random.IntN(3),
	})
}

// wantStateAsEvents says where a shard's state isn't the one of its last event.
func wantStateAsEvents(t *testing.T, c client.Client, prefix string, events map[string][]int) {
	t.Helper()
	state := map[int32]string{}
	o := client.ReadOptions{Topics: []string{prefix + "-meta.state"}, FromStart: true, UntilEnd: true}
	if err := c.Read(t.Context(), o, func(r client.Record) error {
		if string(r.Key) == "record/n" {
			state[r.Partition] = string(r.Value)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for shard := range int32(4) {
		if n := len(events[fmt.Sprint("acct-", shard)]); state[shard] != fmt.Sprint(n) {
			t.Errorf("shard %d: state %s, and %d events", shard, state[shard], n)
		}
	}
}
