package index_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// BenchmarkIndex builds an index of SEACHANGE_BENCH_EVENTS events, 50,000 by default, of a record for each hundred,
// with a body of 1 KB, in turns with a bare read of the same; and then asks it. The broker is in the process.
func BenchmarkIndex(b *testing.B) {
	n := 50_000
	if s := os.Getenv("SEACHANGE_BENCH_EVENTS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	w := newTopics(b)
	fill(b, w, n)
	b.Run("build", func(b *testing.B) { build(b, w, n) })
	x := caughtUp(b, w, index.Options{})
	ask := func(name string, f func() (int, error)) {
		b.Run(name, func(b *testing.B) {
			found := 0
			for b.Loop() {
				var err error
				if found, err = f(); err != nil || found == 0 {
					b.Fatal(found, err)
				}
			}
			b.ReportMetric(float64(found), "found")
		})
	}
	middle := time.UnixMilli(w.now - int64(n)*500)
	ask("history", func() (int, error) {
		all, err := x.Record(b.Context(), acme, "droplets", "7", 500)
		return len(all), err
	})
	ask("at", func() (int, error) {
		m, err := x.At(b.Context(), middle, "")
		if err != nil {
			return 0, err
		}
		found := 0
		for range m.Rows() {
			found++
		}
		return found, nil
	})
	ask("changes", func() (int, error) {
		all, err := x.Changes(b.Context(), index.Filter{}, index.Page{Limit: 100})
		return len(all), err
	})
	ask("search", func() (int, error) {
		all, err := x.Search(b.Context(), "10.0.0.7", "", "", 100)
		return len(all), err
	})
	ask("densities", func() (int, error) {
		all, err := x.Densities(b.Context(), "", "", 0, w.now)
		return len(all), err
	})
}

func fill(b *testing.B, w *topics, n int) {
	b.Helper()
	out, err := w.OpenWriter(b.Context(), schema.TopicOf("digitalocean", "droplets"))
	if err != nil {
		b.Fatal(err)
	}
	body := func(i int) string {
		return fmt.Sprintf(`{"id":%d,"status":"v%d","ip":"10.0.%d.%d","tags":["web"],"note":%q}`, i%max(1, n/100), i, i/250%250, i%250,
			strings.Repeat("some words of a note ", 40))
	}
	for i := range n {
		op, before := schema.Updated, body(i)
		if i < n/100 {
			op, before = schema.Read, ""
		}
		r := w.event(op, "droplets", fmt.Sprint(i%max(1, n/100)), before, body(i+1))
		if err := out.Write(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
	if err := out.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func build(b *testing.B, w *topics, n int) {
	var bare, ours time.Duration
	bytes := int64(0)
	for b.Loop() {
		before := cputime.Spent()
		read := client.ReadOptions{
			Topics: []string{"digitalocean.droplets"}, FromStart: true, UntilEnd: true,
			Headers: []string{"schema"},
		}
		if err := w.Read(b.Context(), read, func(client.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
		bare += cputime.Spent() - before
		before = cputime.Spent()
		dir := b.TempDir()
		x := caughtUp(b, w, index.Options{Dir: dir})
		ours += cputime.Spent() - before
		x.Close()
		if f, err := os.Stat(dir + "/seachange-index.db"); err == nil {
			bytes = f.Size()
		}
	}
	b.ReportMetric(float64(ours)/float64(bare), "x-bare-CPU")
	b.ReportMetric(float64(n*b.N)/ours.Seconds(), "events/cpu-s")
	b.ReportMetric(float64(n*b.N)/(ours-bare).Seconds(), "events/cpu-s-without-reading")
	b.ReportMetric(float64(bytes)/float64(n), "B/event")
}
