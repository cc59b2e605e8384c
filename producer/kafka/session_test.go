package kafka_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// probe is a Worker that does one thing and waits.
type probe struct {
	do func(ctx context.Context, s producer.Session) error // nil: nothing

	maxBytes int
	restored []string
	closed   atomic.Bool
}

func (p *probe) Restore(key, value []byte) error {
	p.restored = append(p.restored, fmt.Sprintf("%s=%s", key, value))
	return nil
}

func (p *probe) Run(ctx context.Context, s producer.Session) error {
	p.maxBytes = s.MaxBytes()
	if p.do != nil {
		return p.do(ctx, s)
	}
	<-ctx.Done()
	return nil
}

func (p *probe) Close() { p.closed.Store(true) }

// runProbe runs a Log in which p works on shard 0 until it is restored and has run for a moment.
func runProbe(t *testing.T, l *kafka.Log, p *probe) {
	t.Helper()
	stop := beginProbe(t, l, p)
	eventually(t, "all shards are worked on", func() bool { return len(l.Owned()) == 4 })
	time.Sleep(time.Second)
	stop()
}

// beginProbe runs a Log in which p works on shard 0.
func beginProbe(t *testing.T, l *kafka.Log, p *probe) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- l.Run(ctx, func(shard int) producer.Worker {
			if shard == 0 {
				return p
			}
			return &probe{}
		})
	}()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// shard0 is an account of shard 0.
func shard0(t *testing.T, l *kafka.Log) string {
	t.Helper()
	for i := range 1000 {
		if account := fmt.Sprint("acct-", i); l.ShardOf(account) == 0 {
			return account
		}
	}
	t.Fatal("no account of shard 0")
	return ""
}

func TestShardsAreKafkasOwnPartitions(t *testing.T) {
	l, err := kafka.New(kafka.Options{Client: client.Client{Brokers: []string{"127.0.0.1:1"}}})
	if err != nil {
		t.Fatal(err)
	}
	// Kafka's own test vectors of murmur2.
	for key, hash := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"abc": 479470107,
	} {
		if want, got := int(hash&0x7fffffff)%16, l.ShardOf(key); got != want {
			t.Errorf("shard of %q: %d, want %d", key, got, want)
		}
	}
}

// A batch of which one record is refused leaves nothing, in whatever topic.
func TestFailedBatchLeavesNothing(t *testing.T) { everywhere(t, failedBatchLeavesNothing) }

func failedBatchLeavesNothing(t *testing.T, c client.Client, prefix string) {
	l := prepared(t, options(c, prefix))
	account := shard0(t, l)
	_, adm := admin(t, c)
	small := "1024"
	if _, err := adm.AlterTopicConfigs(t.Context(),
		[]kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: &small}}, prefix+".firewalls"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the broker knows the limit", func() bool {
		found, err := adm.DescribeTopicConfigs(t.Context(), prefix+".firewalls")
		return err == nil && slices.ContainsFunc(found[0].Configs,
			func(c kadm.Config) bool { return c.Key == "max.message.bytes" && c.MaybeValue() == small })
	})
	var mu sync.Mutex
	var got []string
	first := &probe{do: func(ctx context.Context, s producer.Session) error {
		commit := func(name string, b producer.Batch) {
			s.Commit(b, func(err error) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, fmt.Sprint(name, " ", err == nil))
			})
		}
		commit("before", count(prefix, account, 1))
		time.Sleep(time.Second / 2) // a transaction of its own
		bad := count(prefix, account, 2)
		noise := make([]byte, 100<<10) // that no compression makes smaller
		rand.Read(noise)
		bad.Records = append(bad.Records, producer.Record{Topic: prefix + ".firewalls", Account: account, Value: noise})
		commit("bad", bad)
		commit("after", count(prefix, account, 3))
		<-ctx.Done()
		commit("late", count(prefix, account, 4))
		return nil
	}}
	runs := 0
	second := &probe{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- l.Run(ctx, func(shard int) producer.Worker {
			mu.Lock()
			defer mu.Unlock()
			if shard != 0 {
				return &probe{}
			}
			runs++
			if runs == 1 {
				return first
			}
			return second
		})
	}()
	eventually(t, "the shard is opened again", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return runs == 2 && len(l.Owned()) == 4
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"before true", "bad false", "after false", "late false"}, got); diff != "" {
		t.Error("done (-want +got):\n", diff)
	}
	if diff := cmp.Diff([]string{"record/n=1"}, second.restored); diff != "" {
		t.Error("restored (-want +got):\n", diff)
	}
	if diff := cmp.Diff(map[string][]int{account: {1}}, events(t, c, prefix)); diff != "" {
		t.Error("events (-want +got):\n", diff)
	}
}

// The largest record that a session promises to take is taken, and no larger one is needed to be refused.
func TestLargestRecordIsTaken(t *testing.T) { everywhere(t, largestRecordIsTaken) }

func largestRecordIsTaken(t *testing.T, c client.Client, prefix string) {
	l := prepared(t, options(c, prefix))
	account := shard0(t, l)
	said := make(chan error, 1)
	p := &probe{do: func(ctx context.Context, s producer.Session) error {
		key, headers := []byte("key"), []producer.Header{{Key: "format", Value: "1"}}
		for i := range 12 {
			headers = append(headers, producer.Header{Key: fmt.Sprint("ce_", i), Value: "some value"})
		}
		size := s.MaxBytes() - len(key)
		for _, h := range headers {
			size -= len(h.Key) + len(h.Value)
		}
		value := make([]byte, size) // that no compression makes smaller
		rand.Read(value)
		b := producer.Batch{Records: []producer.Record{
			{Topic: prefix + ".droplets", Account: account, Key: key, Value: value, Headers: headers},
			{Topic: prefix + "-meta.state", Account: account, Key: key, Value: value, Headers: headers},
		}}
		s.Commit(b, func(err error) { said <- err })
		<-ctx.Done()
		return nil
	}}
	runProbe(t, l, p)
	if err := <-said; err != nil {
		t.Error(err)
	}
	if p.maxBytes < 8<<20-2<<10 {
		t.Errorf("records may have %d bytes, want about 8 MiB", p.maxBytes)
	}
}

// However many partitions a topic has, an account keeps to one, and the state to its shard's.
func TestAccountsKeepToAPartition(t *testing.T) { everywhere(t, accountsKeepToAPartition) }

func accountsKeepToAPartition(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	o.Partitions = 3
	p := begin(t, prepared(t, o), o)
	eventually(t, "work", allOf(p))
	p.progress()
	p.stop()
	got := map[string][]int32{}
	ro := client.ReadOptions{
		Topics: []string{prefix + ".droplets", prefix + "-meta.state"}, FromStart: true,
		UntilEnd: true,
	}
	if err := c.Read(t.Context(), ro, func(r client.Record) error {
		name := r.Topic[len(prefix):] + " " + string(r.Key)
		if !slices.Contains(got[name], r.Partition) {
			got[name] = append(got[name], r.Partition)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string][]int32{"-meta.state shard": {0, 1, 2, 3}, "-meta.state record/n": {0, 1, 2, 3}}
	for shard := range 4 {
		account := fmt.Sprint("acct-", shard)
		hash := kgo.StickyKeyPartitioner(nil).ForTopic("").Partition(&kgo.Record{Key: []byte(account)}, 3)
		want[".droplets "+account] = []int32{int32(hash)}
	}
	for _, partitions := range got {
		slices.Sort(partitions)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("partitions (-want +got):\n", diff)
	}
}

func TestForeignFormatStopsOnlyItsShard(t *testing.T) { everywhere(t, foreignFormatStopsOnlyItsShard) }

func foreignFormatStopsOnlyItsShard(t *testing.T, c client.Client, prefix string) {
	wantRefusedShard(t, c, prefix, &kgo.Record{
		Partition: 0, Key: []byte("record/x/droplets/1"), Value: []byte("{}"),
		Headers: []kgo.RecordHeader{{Key: "format", Value: []byte("99")}},
	}, `format \"99\"`)
}

func TestStateOfAnotherNumberOfShardsIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		wantRefusedShard(t, c, prefix, barrierOf(`{"shards":16}`), "written for 16 shards", "delete topic "+prefix+"-meta.state", "seachange rebuild --shards 16")
	})
}

func TestStateOfAnotherClusterIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		wantRefusedShard(t, c, prefix, barrierOf(`{"shards":4,"cluster_id":"elsewhere"}`), "written on cluster elsewhere")
	})
}

func barrierOf(value string) *kgo.Record {
	return &kgo.Record{
		Key: []byte("shard"), Value: []byte(value),
		Headers: []kgo.RecordHeader{{Key: "format", Value: []byte("1")}},
	}
}

// wantRefusedShard says where shard 0, in whose state r stands, is worked on, or another isn't. The last barrier stays
// the old one, so that compaction can't make it forgotten.
func wantRefusedShard(t *testing.T, c client.Client, prefix string, r *kgo.Record, words ...string) {
	t.Helper()
	var log lockedBuffer
	o := options(c, prefix)
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	l := prepared(t, o)
	cl, _ := admin(t, c, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	r.Topic = prefix + "-meta.state"
	write(t, cl, r)
	p := begin(t, l, o)
	eventually(t, "the refusal is told", func() bool {
		return len(l.Owned()) == 3 && strings.Contains(log.String(), "shard refused")
	})
	if d := cmp.Diff(map[int]bool{0: false, 1: true, 2: true, 3: true}, l.Shards()); d != "" {
		t.Errorf("shards (-want +got):\n%s", d)
	}
	p.stop()
	for _, w := range words {
		if !strings.Contains(log.String(), w) {
			t.Errorf("the log doesn't say %q: %s", w, log.String())
		}
	}
	if string(r.Key) == "shard" && lastOf(t, c, r.Topic, "shard") != string(r.Value) {
		t.Error("the old barrier is hidden")
	}
}

// lastOf returns the last value of a key in partition 0.
func lastOf(t *testing.T, c client.Client, topic, key string) (value string) {
	t.Helper()
	o := client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true}
	if err := c.Read(t.Context(), o, func(r client.Record) error {
		if r.Partition == 0 && string(r.Key) == key {
			value = string(r.Value)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return value
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A shard without work costs no producer, but stays ours until the end.
func TestIdleShardStaysOurs(t *testing.T) { everywhere(t, idleShardStaysOurs) }

func idleShardStaysOurs(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	l := prepared(t, o)
	account := shard0(t, l)
	idle := &probe{do: func(_ context.Context, s producer.Session) error {
		s.Commit(count(prefix, account, 1), func(error) {}) // a last mark
		return producer.ErrIdle
	}}
	stop := beginProbe(t, l, idle)
	eventually(t, "it is idle", func() bool { return lastOf(t, c, prefix+"-meta.state", "record/n") == "1" })
	if owned := l.Owned(); !slices.Contains(owned, 0) || idle.closed.Load() {
		t.Errorf("an idle shard is ours, too: %v", owned)
	}
	stop()
	if !idle.closed.Load() {
		t.Error("its worker is not closed when the shard is given up")
	}
}

func TestRestoreErrorIsNotTheEnd(t *testing.T) { everywhere(t, restoreErrorIsNotTheEnd) }

func restoreErrorIsNotTheEnd(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	l := prepared(t, o)
	first := begin(t, l, o)
	eventually(t, "work", allOf(first))
	first.progress()
	first.stop()
	second := begin(t, l, o)
	second.failRestores(errors.New("can't read that"))
	eventually(t, "a failed restore", func() bool { return second.count() > 4 })
	second.failRestores(nil)
	eventually(t, "the shards are worked on all the same", allOf(second))
	second.progress()
	second.stop()
	wantDense(t, events(t, c, prefix), 4)
}

// Topics that were deleted while we run are made again, and their incarnation is another one.
func TestDeletedEventTopicIsMadeAgain(t *testing.T) { everywhere(t, deletedEventTopicIsMadeAgain) }

func deletedEventTopicIsMadeAgain(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	l := prepared(t, o)
	var mu sync.Mutex
	ids := map[string]bool{}
	p := beginWith(t, l, o, func(s producer.Session) {
		mu.Lock()
		defer mu.Unlock()
		ids[s.TopicID(prefix+".droplets")] = true
	})
	eventually(t, "work", allOf(p))
	_, adm := admin(t, c)
	if _, err := adm.DeleteTopic(t.Context(), prefix+".droplets"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another incarnation", func() bool { mu.Lock(); defer mu.Unlock(); return len(ids) == 2 })
	eventually(t, "work", allOf(p))
	p.progress()
	p.stop()
	if ids[""] {
		t.Error("a topic without an id")
	}
}
