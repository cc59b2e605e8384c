package producer_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// counting is a Log that counts the bytes of event and current topics, and keeps nothing.
type counting struct {
	nowhere

	bytes, bodies *int64 // bodies: nil doesn't look
}

func (c counting) Run(ctx context.Context, open func(int) producer.Worker) error {
	return open(0).Run(ctx, c)
}

func (c counting) Commit(batch producer.Batch, done func(error)) {
	for _, r := range batch.Records {
		if r.Topic != schema.TopicOf("bench", "droplets") && r.Topic != schema.CurrentTopicOf("bench", "droplets") {
			continue
		}
		*c.bytes += int64(len(r.Key) + len(r.Value))
		if c.bodies != nil {
			e, err := schema.ParseEvent(r.Value)
			if err != nil {
				panic(err)
			}
			*c.bodies += int64(len(*e.After.Body))
		}
	}
	done(nil)
}

// codec is a codec whose schemas have ids.
func codec(c *wire.Codec, prefix string) *wire.Codec {
	for n, topic := range []string{schema.TopicOf(prefix, "droplets"), schema.CurrentTopicOf(prefix, "droplets")} {
		for i, s := range c.Schemas(topic) {
			c.Use(s, 1+10*n+i)
		}
	}
	return c
}

// What the formats cost in an initial snapshot of 10,000 Droplets, from the response to the commit, in turns: bytes of
// keys and values before compression, and CPU time, against plain JSON; and the share of the typed columns in the CPU
// time.
func BenchmarkFormats(b *testing.B) {
	a := digitaloceantest.Fleet(digitaloceantest.Options{PerHour: 1_000_000}, 10_000, 1)
	var bodies *int64
	snapshot := func(c *wire.Codec, current bool) (bytes int64, cpu time.Duration) {
		began := cputime.Spent()
		p, err := producer.New(producer.Options{
			Log: counting{bytes: &bytes, bodies: bodies}, Prefix: "bench", Once: true, Interval: time.Hour,
			Wire: c, Current: current,
			Accounts: []producer.Account{
				{Name: "bench", Source: newSource(b, a), Resources: []*schema.Resource{schema.Lookup("droplets")}},
			},
		})
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
		return bytes, cputime.Spent() - began
	}
	var plain, current, avro, data int64
	var ofPlain, ofAvro, ofData []float64
	for b.Loop() {
		var cpu [3]time.Duration
		plain, cpu[0] = snapshot(codec(wire.New(wire.JSON, "bench"), "bench"), false)
		avro, cpu[1] = snapshot(codec(wire.NewWithoutData(wire.Avro, "bench"), "bench"), false)
		data, cpu[2] = snapshot(codec(wire.New(wire.Avro, "bench"), "bench"), false)
		current, _ = snapshot(codec(wire.New(wire.JSON, "bench"), "bench"), true)
		ofPlain, ofAvro = append(ofPlain, cpu[0].Seconds()), append(ofAvro, cpu[1].Seconds())
		ofData = append(ofData, cpu[2].Seconds())
	}
	bodies = new(int64)
	snapshot(wire.New(wire.JSON, "bench"), false)
	b.ReportMetric(float64(*bodies)/float64(plain), "bodies-alone")
	b.ReportMetric(float64(avro)/float64(plain), "avro-bytes")
	b.ReportMetric(float64(data)/float64(plain), "data-bytes")
	b.ReportMetric(float64(current)/float64(plain), "current-bytes")
	b.ReportMetric(median(ofAvro)/median(ofPlain), "avro-CPU")
	b.ReportMetric(1-median(ofAvro)/median(ofData), "data-CPU-share")
}

// How many events a second are committed as Avro without typed columns, against plain JSON: initial snapshots of 10,000
// Droplets, in turns, on the embedded broker or on those of SEACHANGE_TEST_BROKERS.
func BenchmarkFormatCommits(b *testing.B) {
	a := digitaloceantest.Fleet(digitaloceantest.Options{PerHour: 1_000_000}, 10_000, 1)
	o := kafkaOptions(b)
	snapshot := func(c func(wire.Format, string) *wire.Codec, f wire.Format) float64 {
		o.Prefix = "b-" + strings.ToLower(rand.Text()[:12])
		log := openLog(b, o)
		began := time.Now()
		p, err := producer.New(producer.Options{
			Log: log, Prefix: o.Prefix, Once: true, Interval: time.Hour, Wire: codec(c(f, o.Prefix), o.Prefix),
			Accounts: []producer.Account{{Name: "bench", Source: newSource(b, a), Resources: o.Resources}},
		})
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
		return 10_000 / time.Since(began).Seconds()
	}
	var plain, avro, ratios []float64
	for b.Loop() {
		plain = append(plain, snapshot(wire.New, wire.JSON))
		avro = append(avro, snapshot(wire.NewWithoutData, wire.Avro))
		ratios = append(ratios, avro[len(avro)-1]/plain[len(plain)-1])
	}
	b.ReportMetric(median(plain), "json-events/s")
	b.ReportMetric(median(avro), "avro-events/s")
	b.ReportMetric(median(ratios), "avro-rate")
}

// What --current adds to the bytes of 10,000 updates, before compression.
func BenchmarkCurrentOfUpdates(b *testing.B) {
	api := newFleets()
	heard := beginBurst(b, nowhere{}, "bench", api, true)
	for b.Loop() {
		api.shown.Add(1)
		b.ReportMetric(withCurrent(<-heard), "current-bytes")
	}
}

// withCurrent returns how many times more bytes the events and the current rows are than the events alone.
func withCurrent(records []producer.Record) float64 {
	var events, current float64
	for _, r := range records {
		switch r.Topic {
		case schema.TopicOf("bench", "droplets"):
			events += float64(len(r.Key) + len(r.Value))
		case schema.CurrentTopicOf("bench", "droplets"):
			current += float64(len(r.Key) + len(r.Value))
		}
	}
	return (events + current) / events
}
