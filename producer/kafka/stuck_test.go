package kafka_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// stuck lets the broker answer one kind of requests only by what the client tries again without end.
func stuck(broker *kfake.Cluster, key kmsg.Key, err *kerr.Error) (mend func()) {
	return broker.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: err, Count: -1}).Remove
}

// A coordinator that never says what became of a commit holds nobody: the shard is dropped, and goes on when it can.
func TestCommitWithoutEndEndsTheOwnership(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		o := options(c, "stuck")
		var log lockedBuffer
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		p := begin(t, prepared(t, o), o)
		eventually(t, "work", allOf(p))
		p.progress()
		mend := stuck(broker, kmsg.EndTxn, kerr.ConcurrentTransactions)
		defer mend()
		eventually(t, "the shards are dropped", func() bool { return len(p.log.Owned()) == 0 })
		if !strings.Contains(log.String(), "a commit has no end, and is given up after 20s") {
			t.Errorf("the log doesn't say why: %s", log.String())
		}
		mend()
		eventually(t, "work again", allOf(p))
		p.progress()
		p.stop()
		wantDense(t, events(t, c, "stuck"), 4)
	})
}

func TestStopEndsWhateverIsStuck(t *testing.T) {
	for _, test := range []struct {
		name string
		key  kmsg.Key
		err  *kerr.Error
	}{
		{"end of a transaction", kmsg.EndTxn, kerr.ConcurrentTransactions},
		{"fence", kmsg.InitProducerID, kerr.ConcurrentTransactions},
		{"write", kmsg.Produce, kerr.NotLeaderForPartition},
		{"restore", kmsg.Fetch, kerr.NotLeaderForPartition},
		{"group", kmsg.OffsetCommit, kerr.CoordinatorLoadInProgress},
	} {
		for _, working := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, ", working ", working), func(t *testing.T) {
				inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
					o := options(c, "stuck")
					l := prepared(t, o)
					var p *process
					if working {
						p = begin(t, l, o)
						eventually(t, "work", allOf(p))
					}
					mend := stuck(broker, test.key, test.err)
					if !working {
						p = begin(t, l, o)
					}
					time.Sleep(3 * time.Second)
					wantStop(t, p, mend)
				})
			})
		}
	}
}

// wantStop says where p doesn't stop before an orchestrator would kill it, which is 30 s.
func wantStop(t *testing.T, p *process, mend func()) {
	t.Helper()
	began, ended := time.Now(), make(chan time.Duration)
	go func() {
		p.stop()
		ended <- time.Since(began)
	}()
	select {
	case took := <-ended:
		if took > 15*time.Second {
			t.Errorf("the end took %s of simulated time", took)
		}
	case <-time.After(time.Minute):
		t.Error("no end")
		mend()
		<-ended
	}
	mend()
}

// crowd counts workers. They end only when they may.
type crowd struct {
	at, all atomic.Int64
	two     atomic.Bool // at once
	end     chan struct{}
}

func (c *crowd) work(ctx context.Context, _ producer.Session) error {
	c.all.Add(1)
	if c.at.Add(1) > 1 {
		c.two.Store(true)
	}
	defer c.at.Add(-1)
	<-ctx.Done()
	<-c.end // a request that ends late
	return nil
}

// A shard that is lost and comes back at once waits for its worker of before.
func TestShardHasOneWorkerAtATime(t *testing.T) { everywhere(t, shardHasOneWorkerAtATime) }

func shardHasOneWorkerAtATime(t *testing.T, c client.Client, prefix string) {
	network := newLink(c.Dialer)
	l := prepared(t, options(c, prefix))
	l.SetGroupDialer(network.Dial)
	workers := &crowd{end: make(chan struct{})}
	end := sync.OnceFunc(func() { close(workers.end) })
	defer end()
	run(t, l, func(shard int) producer.Worker {
		if shard == 0 {
			return &probe{do: workers.work}
		}
		return &probe{}
	})
	eventually(t, "work", func() bool { return len(l.Owned()) == 4 })
	network.Cut()
	eventually(t, "the shards are lost", func() bool { return len(l.Owned()) == 0 })
	network.Mend()
	eventually(t, "the others are back", func() bool {
		return slices.Equal(l.Owned(), []int{1, 2, 3}) || workers.all.Load() > 1
	})
	time.Sleep(3 * time.Second)
	if n := workers.all.Load(); n != 1 {
		t.Errorf("%d workers of the shard have begun, and the first has not ended", n)
	}
	end()
	eventually(t, "it is back, too", func() bool { return len(l.Owned()) == 4 })
	if workers.two.Load() {
		t.Error("two workers of the shard at once")
	}
}

// run runs a log until the test ends.
func run(t *testing.T, l *kafka.Log, open func(shard int) producer.Worker) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, open) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Workers that don't end when their shards are to go to another process cost this one its membership only in part: it
// gives those up, and keeps the others.
func TestWorkerThatDoesNotEndHoldsNobodyUp(t *testing.T) {
	everywhere(t, workerThatDoesNotEndHoldsNobodyUp)
}

func workerThatDoesNotEndHoldsNobodyUp(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	l := prepared(t, o)
	workers := &crowd{end: make(chan struct{})}
	run(t, l, func(int) producer.Worker { return &probe{do: workers.work} })
	defer close(workers.end)
	eventually(t, "work", func() bool { return len(l.Owned()) == 4 })
	other := begin(t, prepared(t, o), o)
	eventually(t, "the other has its half", func() bool { return len(other.log.Owned()) == 2 })
	all := append(l.Owned(), other.log.Owned()...)
	slices.Sort(all)
	if !slices.Equal(all, []int{0, 1, 2, 3}) || len(l.Owned()) != 2 {
		t.Errorf("this process works on %v and the other on %v, want half of 4 shards each", l.Owned(), other.log.Owned())
	}
}
