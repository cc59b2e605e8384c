package producer_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

const fleet = 100_000 // Droplets

// The target is 1 GB in a second of CPU time: pages of 200 Droplets that have not changed, from the response to the
// verdict.
func BenchmarkUnchangedPages(b *testing.B) {
	pages := recorded{}
	source := newSource(b, pages.record(digitaloceantest.Fleet(digitaloceantest.Options{PerHour: 1_000_000}, 2000, 1)))
	droplets := schema.Lookup("droplets")
	rules, err := diff.Compile(droplets, diff.Options{})
	if err != nil {
		b.Fatal(err)
	}
	state := diff.NewState(rules, diff.NewPack())
	sweep := func() (changes int) {
		w := state.Sweep(diff.SweepOptions{})
		for page, err := range source.Pages(b.Context(), droplets, "") {
			if err != nil {
				b.Fatal(err)
			}
			if _, err := w.Page(page); err != nil {
				b.Fatal(err)
			}
		}
		defer w.Apply(true)
		return len(w.Changes())
	}
	if n := sweep(); n != 2000 {
		b.Fatalf("%d changes in the first sweep", n)
	}
	size := 0
	for _, body := range pages {
		size += len(body)
	}
	b.SetBytes(int64(size))
	began := cputime.Spent()
	for b.Loop() {
		if n := sweep(); n > 0 {
			b.Fatalf("%d changes", n)
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/1e9/(cputime.Spent()-began).Seconds(), "GB/CPU-s")
}

// recorded are responses by their requests' URIs.
type recorded map[string][]byte

// record returns what the account does, and the same again the next time.
func (r recorded) record(a *digitaloceantest.Account) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		resp := &http.Response{
			StatusCode: http.StatusOK,
			Header:     http.Header{"Content-Type": {"application/json"}}, Request: req,
		}
		body, known := r[req.URL.RequestURI()]
		if !known {
			first, err := a.RoundTrip(req)
			if err != nil {
				return nil, err
			}
			defer first.Body.Close()
			if body, err = io.ReadAll(first.Body); err != nil {
				return nil, err
			}
			r[req.URL.RequestURI()] = body
		}
		resp.ContentLength, resp.Body = int64(len(body)), io.NopCloser(bytes.NewReader(body))
		return resp, nil
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// The target is 3 times as long as a bare client of franz-go reads the same topic: the state of 100,000 records, in
// which each is decoded, compressed and kept.
func BenchmarkRestore(b *testing.B) {
	o := kafkaOptions(b)
	pass(b, openLog(b, o), o.Prefix, bigAccount())
	var ratios, cpuRatios, rates []float64
	var held uint64
	for b.Loop() {
		before := resident()
		began, cpuBegan := time.Now(), cputime.Spent()
		reference := readAll(b, o)
		bare, cpuBare := time.Since(began), cputime.Spent()-cpuBegan
		w := restore(b, o)
		held = resident() - before
		if w.records < fleet || reference < w.records {
			b.Fatalf("restored %d records of %d", w.records, reference)
		}
		ratios = append(ratios, float64(w.took)/float64(bare))
		cpuRatios = append(cpuRatios, float64(w.cpu)/float64(cpuBare))
		rates = append(rates, float64(w.records)/w.took.Seconds())
		runtime.KeepAlive(w)
	}
	b.ReportMetric(median(rates), "records/s")
	b.ReportMetric(median(ratios), "x-bare")
	b.ReportMetric(median(cpuRatios), "x-bare-CPU")
	b.ReportMetric(float64(held)/fleet, "B/record")
}

// The target is 700 bytes in memory for each live record of 2 KB, in a producer that has seen all of them, and at most
// 1.3 times as much while it sees them for the first time.
func BenchmarkMemory(b *testing.B) {
	a := bigAccount()
	pass(b, nowhere{}, "bench", a) // what the account keeps of being read isn't ours
	for b.Loop() {
		before, most := resident(), uint64(0)
		p := newProducer(b, nowhere{}, "bench", a, false)
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		for swept(p) < fleet {
			time.Sleep(10 * time.Millisecond)
			most = max(most, uncollected())
		}
		steady := resident() - before
		b.ReportMetric(float64(steady)/fleet, "B/record")
		b.ReportMetric(float64(most-before)/float64(steady), "peak/steady")
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	}
}

// swept is how many records the only collection has, once it was swept.
func swept(p *producer.Producer) int {
	for _, c := range p.Status().Accounts[0].Collections {
		return c.Records
	}
	return 0
}

func bigAccount() *digitaloceantest.Account {
	return digitaloceantest.Fleet(digitaloceantest.Options{PerHour: 1_000_000}, fleet, 1)
}

// nowhere is a Log that commits everything and keeps nothing.
type nowhere struct{}

func (nowhere) Run(ctx context.Context, open func(int) producer.Worker) error {
	return open(0).Run(ctx, nowhere{})
}
func (nowhere) ShardOf(string) int                        { return 0 }
func (nowhere) Failure(string) error                      { return nil }
func (nowhere) Wake()                                     {}
func (nowhere) Shards() map[int]bool                      { return nil }
func (nowhere) Commit(_ producer.Batch, done func(error)) { done(nil) }
func (nowhere) Requests() <-chan producer.Request         { return nil }
func (nowhere) MaxBytes() int                             { return 8 << 20 }
func (nowhere) TopicID(string) string                     { return "" }

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// resident is what is in the heap and can't be collected.
func resident() uint64 {
	runtime.GC()
	runtime.GC() // what rests in pools goes in the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// uncollected is what the last collection found in the heap that can't be collected.
func uncollected() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// kafkaOptions are those of a log of its own, on the embedded broker in memory or on the brokers of
// SEACHANGE_TEST_BROKERS.
func kafkaOptions(b *testing.B) kafka.Options {
	b.Helper()
	o := kafka.Options{
		Prefix: "b-" + strings.ToLower(rand.Text()[:12]), Shards: 1, Resources: []*schema.Resource{schema.Lookup("droplets")},
	}
	if real := os.Getenv("SEACHANGE_TEST_BROKERS"); real != "" {
		o.Client.Brokers = strings.Split(real, ",")
		return o
	}
	broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = broker.Close() })
	o.Client.Brokers, o.Embedded = []string{broker.Addr()}, broker.Embedded()
	return o
}

func openLog(b *testing.B, o kafka.Options) *kafka.Log {
	b.Helper()
	l, err := kafka.New(o)
	if err != nil {
		b.Fatal(err)
	}
	if err := l.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	return l
}

func newSource(b *testing.B, transport http.RoundTripper) producer.Source {
	b.Helper()
	s, err := digitalocean.New(digitalocean.Options{
		BaseURL: "http://simulated.invalid", Transport: transport, PerHour: 1 << 40, PerMinute: 1 << 40,
		Token: func() (string, error) { return digitaloceantest.Token, nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func newProducer(
	b *testing.B, log producer.Log, prefix string, a *digitaloceantest.Account, once bool,
) *producer.Producer {
	b.Helper()
	p, err := producer.New(producer.Options{
		Log: log, Prefix: prefix, Once: once, Interval: time.Hour,
		Accounts: []producer.Account{
			{Name: "bench", Source: newSource(b, a), Resources: []*schema.Resource{schema.Lookup("droplets")}},
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// pass reads the account once.
func pass(b *testing.B, log producer.Log, prefix string, a *digitaloceantest.Account) {
	b.Helper()
	if err := newProducer(b, log, prefix, a, true).Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// watchedLog is a Log whose workers restore, which is timed, and don't work.
type watchedLog struct {
	producer.Log

	restored func(*watchedWorker)
}

func (l *watchedLog) Run(ctx context.Context, open func(int) producer.Worker) error {
	return l.Log.Run(ctx, func(shard int) producer.Worker {
		return &watchedWorker{Worker: open(shard), log: l, began: time.Now(), cpuBegan: cputime.Spent()}
	})
}

// watchedWorker is opened right before its restore, and run right after it.
type watchedWorker struct {
	producer.Worker

	log      *watchedLog
	began    time.Time
	cpuBegan time.Duration
	took     time.Duration
	cpu      time.Duration
	records  int
}

func (w *watchedWorker) Restore(key, value []byte) error {
	w.records++
	return w.Worker.Restore(key, value)
}

func (w *watchedWorker) Run(ctx context.Context, _ producer.Session) error {
	w.took, w.cpu = time.Since(w.began), cputime.Spent()-w.cpuBegan
	w.log.restored(w)
	<-ctx.Done()
	return nil
}

// restore takes the shard and lets it go once its state is restored.
func restore(b *testing.B, o kafka.Options) (restored *watchedWorker) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var once sync.Once
	log := &watchedLog{Log: openLog(b, o), restored: func(w *watchedWorker) {
		once.Do(func() { restored = w })
		cancel()
	}}
	if err := newProducer(b, log, o.Prefix, digitaloceantest.New(digitaloceantest.Options{}), false).Run(ctx); err != nil {
		b.Fatal(err)
	}
	return restored
}

// readAll reads the state topic with a client that does nothing else, and returns how many records it has.
func readAll(b *testing.B, o kafka.Options) (records int) {
	b.Helper()
	topic := state.Topic(o.Prefix)
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(o.Client.Brokers...), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}),
	)
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListCommittedOffsets(b.Context(), topic)
	if err != nil {
		b.Fatal(err)
	}
	end, _ := ends.Lookup(topic, 0)
	for next := int64(0); next < end.Offset-1; { // the last one is the mark of a commit
		fetches := cl.PollFetches(b.Context())
		if err := fetches.Err(); err != nil {
			b.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) { records, next = records+1, r.Offset+1 })
	}
	return records
}
