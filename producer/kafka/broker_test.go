package kafka_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// everywhere runs a test on a broker in memory, in simulated time; and on the real brokers that SEACHANGE_TEST_BROKERS
// names (a comma list), instead, where it is set. The test has a topic prefix of its own.
func everywhere(t *testing.T, test func(t *testing.T, c client.Client, prefix string)) {
	t.Helper()
	prefix := "t-" + strings.ToLower(rand.Text()[:12])
	if real := os.Getenv("SEACHANGE_TEST_BROKERS"); real != "" {
		t.Parallel() // there it mostly waits, for sessions and transactions to time out
		test(t, client.Client{Brokers: strings.Split(real, ",")}, prefix)
		return
	}
	synctest.Test(t, func(t *testing.T) {
		c, _ := fake(t)
		test(t, c, prefix)
	})
}

// inMemory runs a test on a broker that it may command, in simulated time.
func inMemory(t *testing.T, test func(t *testing.T, c client.Client, broker *kfake.Cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, cluster := fake(t)
		test(t, c, cluster)
	})
}

// fake returns a broker in memory whose network is in memory, too.
func fake(t *testing.T, opts ...kfake.Opt) (client.Client, *kfake.Cluster) {
	t.Helper()
	network := new(kfake.VirtualNetwork)
	cluster, err := kfake.NewCluster(append([]kfake.Opt{
		kfake.NumBrokers(1), kfake.Ports(9092), kfake.ListenFn(network.Listen),
		kfake.BrokerConfigs(map[string]string{"message.max.bytes": "8388608"}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return client.Client{Brokers: cluster.ListenAddrs(), Dialer: network.DialContext}, cluster
}

var rows = []*schema.Resource{{Name: "droplets"}, {Name: "firewalls"}}

func options(c client.Client, prefix string) kafka.Options {
	return kafka.Options{
		Client: c, Prefix: prefix, Shards: 4, Resources: rows, SessionTimeout: 6 * time.Second,
		Logger: logger(),
	}
}

// logger is silent unless SEACHANGE_TEST_LOG is set.
func logger() *slog.Logger {
	if os.Getenv("SEACHANGE_TEST_LOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func prepared(t *testing.T, o kafka.Options) *kafka.Log {
	t.Helper()
	l, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

// admin returns a client for what tests do to the brokers behind the log's back.
func admin(t *testing.T, c client.Client, opts ...kgo.Opt) (*kgo.Client, *kadm.Client) {
	t.Helper()
	opts = append(opts, kgo.SeedBrokers(c.Brokers...), kgo.MetadataMinAge(100*time.Millisecond),
		kgo.UnknownTopicRetries(300))
	if c.Dialer != nil {
		opts = append(opts, kgo.Dialer(c.Dialer))
	}
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl, kadm.NewClient(cl)
}

// eventually waits for what happens by itself.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for: %s", what)
		}
	}
}

// process is a process's part of a group: a Log whose workers count on.
type process struct {
	t    *testing.T
	log  *kafka.Log
	stop func() // and wait

	mu      sync.Mutex
	workers map[int]*counter // the present one of each shard
	opened  int
	refuse  error // of new workers' Restore
}

func (p *process) failRestores(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = err
}

// begin runs a Log.
func begin(t *testing.T, l *kafka.Log, o kafka.Options) *process {
	t.Helper()
	return beginWith(t, l, o, nil)
}

// beginWith calls look at the beginning of each session.
func beginWith(t *testing.T, l *kafka.Log, o kafka.Options, look func(producer.Session)) *process {
	t.Helper()
	p := &process{t: t, log: l, workers: map[int]*counter{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- l.Run(ctx, func(shard int) producer.Worker {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.opened++
			p.workers[shard] = &counter{prefix: o.Prefix, shard: shard, state: map[string]string{}, look: look, refuse: p.refuse}
			return p.workers[shard]
		})
	}()
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

func (p *process) worker(shard int) *counter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.workers[shard]
}

// counter is a Worker that counts: event n of its shard, and n as its state, are one batch.
type counter struct {
	prefix string
	shard  int
	look   func(producer.Session)
	refuse error

	mu        sync.Mutex
	state     map[string]string
	n         int // the last that was made
	committed int // the last that was committed
	restored  int
}

func (c *counter) Restore(key, value []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return c.refuse
	}
	if value == nil {
		delete(c.state, string(key))
	} else {
		c.state[string(key)] = string(value)
	}
	_, err := fmt.Sscan(c.state["record/n"], &c.n)
	c.restored, c.committed = c.n, c.n
	return err
}

func (c *counter) Run(ctx context.Context, s producer.Session) error {
	if c.look != nil {
		c.look(s)
	}
	for ctx.Err() == nil {
		c.step(s)
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	c.step(s)
	return nil
}

func (c *counter) step(s producer.Session) {
	c.mu.Lock()
	c.n++
	n := c.n
	c.mu.Unlock()
	s.Commit(count(c.prefix, fmt.Sprint("acct-", c.shard), n), func(err error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if err == nil {
			c.committed = n
		}
	})
}

// count is number n of an account.
func count(prefix, account string, n int) producer.Batch {
	format := []producer.Header{{Key: "format", Value: "1"}}
	return producer.Batch{Records: []producer.Record{
		{Topic: prefix + ".droplets", Account: account, Key: []byte(account), Value: fmt.Appendf(nil, "%d", n)},
		{
			Topic: prefix + "-meta.state", Account: account, Key: []byte("record/n"), Value: fmt.Appendf(nil, "%d", n),
			Headers: format,
		},
	}}
}

func (c *counter) Close() {}

func (c *counter) last() int {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.committed
}
