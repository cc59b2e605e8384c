package kafka_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// Bounds of a transaction, and of the batches that the producer makes.
const (
	fullRecords, fullBytes   = 1000, 4 << 20
	batchEvents, batchTarget = 100, 512 << 10
)

// The target is 0.5 of what a bare transactional client of franz-go commits in a second, of the same bytes in
// transactions as large: on the embedded broker in memory, or on the brokers of SEACHANGE_TEST_BROKERS.
func BenchmarkCommit(b *testing.B) {
	const events, passes = 12_000, 3
	for _, codec := range []string{"gzip", "none"} {
		b.Run(codec, func(b *testing.B) {
			o := kafka.Options{
				Prefix: "b-" + strings.ToLower(rand.Text()[:12]), Shards: 1, Resources: rows, Compression: codec, Logger: logger(),
			}
			onBroker(b, &o)
			ours, bare := beginBench(b, o), bareProducer(b, o)
			batches := slices.Repeat(firstSights(o.Prefix, events), passes)
			var ratios, rates []float64
			for b.Loop() {
				took := ours.commitAll(b, batches)
				reference := bare.commitAll(b, batches)
				ratios = append(ratios, float64(reference)/float64(took))
				rates = append(rates, events*passes/took.Seconds())
			}
			b.ReportMetric(median(rates), "events/s")
			b.ReportMetric(median(ratios), "x-bare")
		})
	}
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

func onBroker(b *testing.B, o *kafka.Options) {
	b.Helper()
	if real := os.Getenv("SEACHANGE_TEST_BROKERS"); real != "" {
		o.Client.Brokers = strings.Split(real, ",")
		return
	}
	broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = broker.Close() })
	o.Client.Brokers, o.Embedded = []string{broker.Addr()}, broker.Embedded()
}

// firstSights makes the batches that the producer would of so many new records of 2 KB: an event of 3 KB and a state of
// 2 KB each, and in each batch the account's checkpoint.
func firstSights(prefix string, events int) []producer.Batch {
	r := mrand.New(mrand.NewPCG(1, 2))
	var all []producer.Batch
	var open []producer.Record
	bytes := 0
	state := func(key string, value []byte) producer.Record {
		return producer.Record{
			Topic: state.Topic(prefix), Account: "team-1", Key: []byte(key), Value: value,
			Headers: []producer.Header{{Key: "format", Value: "1"}},
		}
	}
	for n := range events {
		id, body := fmt.Sprint(300_000_000+n), body(r)
		ev := schema.Event{
			After: &schema.Row{AccountID: "team-1", ID: id, Body: &body}, Op: schema.Read, TsMS: 1_700_000_000_000,
			Source: schema.Source{
				Connector: "digitalocean", Name: prefix, Snapshot: "true", DB: "team-1",
				Schema: "digitalocean", Table: "droplets", LSN: int64(n + 1),
			},
		}
		event := producer.Record{
			Topic: schema.TopicOf(prefix, "droplets"), Account: "team-1", Key: schema.Key{AccountID: "team-1", ID: id}.Bytes(),
			Value: ev.Marshal(),
		}
		for _, h := range ev.Headers("Fake Team") {
			event.Headers = append(event.Headers, producer.Header{Key: h[0], Value: h[1]})
		}
		entry := fmt.Appendf(nil, `{"lsn":%d,"ts_ms":1700000000000,"seen_ms":1700000000000,"print":%d,"body":%s}`, n+1, r.Uint64(), body)
		open = append(open, event, state("record/team-1/droplets/"+id, entry))
		if bytes += len(event.Value) + len(entry); len(open) == 2*batchEvents || bytes >= batchTarget || n == events-1 {
			open = append(open, state("account/team-1", fmt.Appendf(nil, `{"next_lsn":%d}`, n+2)))
			all = append(all, producer.Batch{Records: open})
			open, bytes = nil, 0
		}
	}
	return all
}

// body is 2 KB of JSON, a third of which is like nothing else.
func body(r *mrand.Rand) string {
	var s strings.Builder
	for i := range 30 {
		fmt.Fprintf(&s, `,"member_%02d":{"kind":"of a network","enabled":true,"value":"%016x"}`, i, r.Uint64())
	}
	return "{" + s.String()[1:] + "}"
}

// benchWorker commits what it is given.
type benchWorker struct{ session chan producer.Session }

func (w *benchWorker) Restore(_, _ []byte) error { return nil }
func (w *benchWorker) Run(ctx context.Context, s producer.Session) error {
	w.session <- s
	<-ctx.Done()
	return nil
}
func (w *benchWorker) Close() {}

// benchLog is a Log at work on its only shard.
type benchLog struct{ session producer.Session }

func beginBench(b *testing.B, o kafka.Options) *benchLog {
	b.Helper()
	l, err := kafka.New(o)
	if err != nil {
		b.Fatal(err)
	}
	if err := l.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	w := &benchWorker{make(chan producer.Session)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx, func(int) producer.Worker { return w }) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	return &benchLog{<-w.session}
}

// commitAll returns the time from the first batch to the last one's word. More batches follow, which fill the last
// one's transaction: it is the rate of a log that is kept busy.
func (l *benchLog) commitAll(b *testing.B, batches []producer.Batch) (took time.Duration) {
	b.Helper()
	began := time.Now()
	done := make(chan error, 2*len(batches))
	for _, batch := range slices.Concat(batches, batches[:16]) {
		l.session.Commit(batch, func(err error) { done <- err })
	}
	for i := range len(batches) + 16 {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		if i == len(batches)-1 {
			took = time.Since(began)
		}
	}
	return took
}

type bareClient struct {
	*kgo.Client

	o kafka.Options
}

func bareProducer(b *testing.B, o kafka.Options) bareClient {
	b.Helper()
	codec := kgo.NoCompression()
	if o.Compression == "gzip" {
		codec = kgo.GzipCompression()
	}
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(o.Client.Brokers...), kgo.TransactionalID(o.Prefix+"-bare"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codec), kgo.ProducerBatchMaxBytes(8<<20), kgo.ProducerLinger(0),
		kgo.MetadataMinAge(100*time.Millisecond),
	)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cl.Close)
	if _, _, err := cl.ProducerID(b.Context()); err != nil {
		b.Fatal(err)
	}
	return bareClient{cl, o}
}

// commitAll writes the records of the batches, which are made and cut before the time begins.
func (c bareClient) commitAll(b *testing.B, batches []producer.Batch) time.Duration {
	b.Helper()
	transactions := cut(batches)
	began := time.Now()
	for _, records := range transactions {
		if err := c.BeginTransaction(); err != nil {
			b.Fatal(err)
		}
		if err := c.ProduceSync(b.Context(), records...).FirstErr(); err != nil {
			b.Fatal(err)
		}
		if err := c.EndTransaction(b.Context(), kgo.TryCommit); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

// cut makes transactions of the records of batches, each as full as the bounds allow.
func cut(batches []producer.Batch) [][]*kgo.Record {
	var all [][]*kgo.Record
	var open []*kgo.Record
	bytes := 0
	for _, batch := range batches {
		for _, r := range batch.Records {
			k := &kgo.Record{Topic: r.Topic, Key: r.Key, Value: r.Value}
			size := len(r.Key) + len(r.Value)
			for _, h := range r.Headers {
				k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: []byte(h.Value)})
				size += len(h.Key) + len(h.Value)
			}
			if len(open) == fullRecords || bytes+size > fullBytes {
				all = append(all, open)
				open, bytes = nil, 0
			}
			open, bytes = append(open, k), bytes+size
		}
	}
	return append(all, open)
}
