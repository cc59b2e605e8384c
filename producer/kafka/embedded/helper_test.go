package embedded_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/embedded"
)

// Tests run in parallel, but none that starts a process: until it has executed its program, a forked process holds the
// locks of the data directories of the others.

// start starts a broker on a free port and stops it with the test.
func start(t *testing.T, dir string) *embedded.Broker {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, b) })
	return b
}

func stop(t *testing.T, b *embedded.Broker) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func dial(addr string, opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(opts, kgo.SeedBrokers(addr))...)
}

// Transactions here go to the topics of a kafka.Log: three of events, and the shard's partition of the state.
const (
	shards = 2
	state  = "digitalocean-meta.state"
)

func eventTopics() []string {
	return []string{"digitalocean.droplets", "digitalocean.firewalls", "digitalocean.domains"}
}

func makeTopics(ctx context.Context, addr string) error {
	cl, err := dial(addr)
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	for _, topic := range append(eventTopics(), state) {
		policy, partitions := "delete", int32(1)
		if topic == state {
			policy, partitions = "compact", shards
		}
		if _, err := adm.CreateTopic(ctx, partitions, -1, map[string]*string{"cleanup.policy": &policy}, topic); err != nil {
			return fmt.Errorf("make topic %s: %w", topic, err)
		}
	}
	return nil
}

// worker commits a shard's transactions, one after another, as a kafka.Log does.
type worker struct {
	shard  int
	client *kgo.Client
	redo   kafka.Redo
}

func newWorker(b *embedded.Broker, shard int) (*worker, error) {
	e := b.Embedded()
	cl, err := dial(b.Addr(), kgo.TransactionalID(fmt.Sprintf("shard-%d-%s", shard, e.ProcessID)),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(100*time.Millisecond))
	return &worker{shard, cl, e.Redo}, err
}

// transaction is a shard's nth: an event in each topic, the counter and a record that the next transaction deletes.
func transaction(shard, n int) []*kgo.Record {
	key := func(format string, n int) []byte { return fmt.Appendf(nil, format, shard, n) }
	rs := []*kgo.Record{
		{Topic: state, Partition: int32(shard), Key: []byte("counter"), Value: key("%d/%d", n)},
		{Topic: state, Partition: int32(shard), Key: key("record/%d/%d", n-1)}, // a delete
		{Topic: state, Partition: int32(shard), Key: key("record/%d/%d", n), Value: []byte("{}")},
	}
	for _, topic := range eventTopics() {
		rs = append(rs, &kgo.Record{Topic: topic, Key: key("%d/%d", n), Value: key("%d/%d", n)})
	}
	for _, r := range rs {
		r.Headers = []kgo.RecordHeader{{Key: "format", Value: []byte("1")}}
	}
	return rs
}

// commit commits records.
func (w *worker) commit(ctx context.Context, rs []*kgo.Record) error {
	return w.end(ctx, rs, kgo.TryCommit, func() {})
}

// end produces records and ends their transaction, and calls kept between the redo file and the end.
func (w *worker) end(ctx context.Context, rs []*kgo.Record, commit kgo.TransactionEndTry, kept func()) error {
	if err := w.client.BeginTransaction(); err != nil {
		return err
	}
	if err := w.client.ProduceSync(ctx, rs...).FirstErr(); err != nil {
		return err
	}
	if w.redo != nil {
		if err := w.redo.Before(w.shard, rs); err != nil {
			return err
		}
	}
	kept()
	if err := w.client.EndTransaction(ctx, commit); err != nil {
		return err
	}
	if w.redo != nil && commit == kgo.TryCommit {
		return w.redo.After(w.shard)
	}
	return nil
}

// readAll reads what topics show to readers of committed records, up to a mark that it sets itself, as a barrier does.
func readAll(ctx context.Context, addr string, topics ...string) ([]*kgo.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second) // an open transaction would hold the reader for longer
	defer cancel()
	cl, err := dial(addr, kgo.ConsumeTopics(topics...), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	details, err := kadm.NewClient(cl).ListTopics(ctx, topics...)
	if err != nil {
		return nil, err
	}
	mark := rand.Text()
	marks := 0
	for topic, d := range details {
		for partition := range d.Partitions {
			r := &kgo.Record{Topic: topic, Partition: partition, Key: []byte("mark"), Value: []byte(mark)}
			if err := cl.ProduceSync(ctx, r).FirstErr(); err != nil {
				return nil, err
			}
			marks++
		}
	}
	var all []*kgo.Record
	for marks > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		for r := range fetches.RecordsAll() {
			if string(r.Key) != "mark" {
				all = append(all, r)
			} else if string(r.Value) == mark {
				marks--
			}
		}
	}
	return all, nil
}

// commitN commits a shard's transactions from first to last.
func commitN(t *testing.T, b *embedded.Broker, shard, first, last int) {
	t.Helper()
	w, err := newWorker(b, shard)
	if err != nil {
		t.Fatal(err)
	}
	defer w.client.Close()
	for n := first; n <= last; n++ {
		if err := w.commit(t.Context(), transaction(shard, n)); err != nil {
			t.Fatalf("commit transaction %d of shard %d: %v", n, shard, err)
		}
	}
}

// wantWhole holds the log against what it must be after the first n transactions of each shard.
func wantWhole(t *testing.T, b *embedded.Broker, want ...int) {
	t.Helper()
	rs, err := readAll(t.Context(), b.Addr(), append(eventTopics(), state)...)
	if err != nil {
		t.Fatal(err)
	}
	got := summarize(rs)
	for shard, n := range want {
		if diff := cmp.Diff(wanted(shard, n), got[shard]); diff != "" {
			t.Errorf("shard %d after %d transactions (-want +got):\n%s", shard, n, diff)
		}
	}
}

// contents are what the log says of a shard: each topic's events in their order, and the state that is left.
type contents struct {
	Events map[string][]string
	State  map[string]string
}

func summarize(rs []*kgo.Record) []contents {
	got := make([]contents, shards)
	for shard := range got {
		got[shard] = contents{Events: map[string][]string{}, State: map[string]string{}}
	}
	for _, r := range rs {
		if r.Topic != state {
			shard, _ := strconv.Atoi(strings.Split(string(r.Key), "/")[0])
			got[shard].Events[r.Topic] = append(got[shard].Events[r.Topic], string(r.Value))
			continue
		}
		if left := got[r.Partition].State; r.Value == nil {
			delete(left, string(r.Key))
		} else if string(r.Key) != "shard" { // a kafka.Log's barrier
			left[string(r.Key)] = string(r.Value)
		}
	}
	return got
}

func wanted(shard, n int) contents {
	c := contents{Events: map[string][]string{}, State: map[string]string{}}
	for i := 1; i <= n; i++ {
		for _, topic := range eventTopics() {
			c.Events[topic] = append(c.Events[topic], fmt.Sprintf("%d/%d", shard, i))
		}
	}
	if n > 0 {
		c.State["counter"] = fmt.Sprintf("%d/%d", shard, n)
		c.State[fmt.Sprintf("record/%d/%d", shard, n)] = "{}"
	}
	return c
}
