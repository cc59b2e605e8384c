package producer_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/schema"
)

// burstRecords is how many records a burst changes.
const burstRecords = 10_000

// A burst is 10,000 Droplets that change at once: the time from the first request that can show it until it is
// committed, against a bare transactional client of franz-go that commits the same bytes, in turns. The CPU is that of
// the whole process, the simulated API and the broker included.
func BenchmarkBurst(b *testing.B) {
	o := kafkaOptions(b)
	api := newFleets()
	heard := beginBurst(b, openLog(b, o), o.Prefix, api, false)
	bare := bareClient(b, o)
	api.shut.Lock()
	burst := func() []producer.Record {
		api.change()
		defer api.shut.Lock() // the producer rests while the bare client works
		return <-heard
	}
	burst()
	var ratios, cpu, rates []float64
	for b.Loop() {
		began, spent := time.Now(), cputime.Spent()
		records := burst()
		took, ours := time.Since(began), cputime.Spent()-spent
		bareTook, bareSpent := commitBare(b, bare, records)
		ratios = append(ratios, float64(bareTook)/float64(took))
		cpu = append(cpu, float64(bareSpent)/float64(ours))
		rates = append(rates, burstRecords/took.Seconds())
	}
	api.shut.Unlock()
	b.ReportMetric(median(rates), "events/s")
	b.ReportMetric(median(ratios), "x-bare")
	b.ReportMetric(median(cpu), "x-bare-CPU")
}

// twoFleets is an API that shows one of two accounts, which have the same Droplets, all in another state.
type twoFleets struct {
	fleets [2]*digitaloceantest.Account

	shut  sync.RWMutex // while no request gets an answer
	shown atomic.Int32 // times that they changed
}

func newFleets() *twoFleets {
	o := digitaloceantest.Options{PerHour: 1 << 30}
	t := &twoFleets{fleets: [2]*digitaloceantest.Account{
		digitaloceantest.Fleet(o, burstRecords, 1), digitaloceantest.Fleet(o, burstRecords, 1),
	}}
	for id := range t.fleets[1].Records("droplets") {
		t.fleets[1].Patch("droplets", id, func(record map[string]any) {
			record["status"], record["locked"] = "off", true
			record["features"] = []any{"monitoring", "backups"}
		})
	}
	return t
}

func (t *twoFleets) RoundTrip(req *http.Request) (*http.Response, error) {
	t.shut.RLock()
	defer t.shut.RUnlock()
	return t.fleets[t.shown.Load()%2].RoundTrip(req)
}

// change shows the other account from now on.
func (t *twoFleets) change() {
	t.shown.Add(1)
	t.shut.Unlock()
}

// heardLog is a Log that tells of each burst once it is committed.
type heardLog struct {
	producer.Log

	bursts chan []producer.Record
}

func (l *heardLog) Run(ctx context.Context, open func(int) producer.Worker) error {
	return l.Log.Run(ctx, func(shard int) producer.Worker { return heardWorker{open(shard), l} })
}

type heardWorker struct {
	producer.Worker

	log *heardLog
}

func (w heardWorker) Run(ctx context.Context, s producer.Session) error {
	return w.Worker.Run(ctx, &heardSession{Session: s, log: w.log})
}

type heardSession struct {
	producer.Session

	log     *heardLog
	records []producer.Record
	events  int
}

func (s *heardSession) Commit(batch producer.Batch, done func(error)) {
	for _, r := range batch.Records {
		if strings.HasSuffix(r.Topic, ".droplets") && !strings.HasSuffix(r.Topic, "-current.droplets") {
			s.events++
		}
	}
	var burst []producer.Record
	if s.records = append(s.records, batch.Records...); s.events == burstRecords {
		burst, s.records, s.events = s.records, nil, 0
	}
	s.Session.Commit(batch, func(err error) {
		if done(err); burst != nil {
			s.log.bursts <- burst
		}
	})
}

// beginBurst has a producer at work that has published all there is.
func beginBurst(
	b *testing.B, to producer.Log, prefix string, api http.RoundTripper, current bool,
) chan []producer.Record {
	b.Helper()
	log := &heardLog{to, make(chan []producer.Record, 1)}
	p, err := producer.New(producer.Options{
		Log: log, Prefix: prefix, Interval: 50 * time.Millisecond, Current: current,
		Accounts: []producer.Account{
			{Name: "bench", Source: newSource(b, api), Resources: []*schema.Resource{schema.Lookup("droplets")}},
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	<-log.bursts
	return log.bursts
}

func bareClient(b *testing.B, o kafka.Options) *kgo.Client {
	b.Helper()
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(o.Client.Brokers...), kgo.TransactionalID(o.Prefix+"-bare"),
		kgo.ProducerBatchCompression(kgo.GzipCompression()),
		kgo.ProducerBatchMaxBytes(8<<20), kgo.ProducerLinger(0),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cl.Close)
	return cl
}

// commitBare writes records in transactions of a thousand, which are made before the time begins.
func commitBare(b *testing.B, cl *kgo.Client, all []producer.Record) (took, spent time.Duration) {
	b.Helper()
	var records []*kgo.Record
	for _, r := range all {
		k := &kgo.Record{Topic: r.Topic, Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: []byte(h.Value)})
		}
		records = append(records, k)
	}
	began, before := time.Now(), cputime.Spent()
	for len(records) > 0 {
		n := min(1000, len(records))
		if err := cl.BeginTransaction(); err != nil {
			b.Fatal(err)
		}
		if err := cl.ProduceSync(b.Context(), records[:n]...).FirstErr(); err != nil {
			b.Fatal(err)
		}
		if err := cl.EndTransaction(b.Context(), kgo.TryCommit); err != nil {
			b.Fatal(err)
		}
		records = records[n:]
	}
	return time.Since(began), cputime.Spent() - before
}
