package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/internal/benchsize"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
)

// BenchmarkPast reads a topic of SEACHANGE_BENCH_EVENTS events, 50,000 by default, of 1,000 records with a body of 1
// KB: as history and at do, in turns with a bare client. On a real Kafka if SEACHANGE_TEST_BROKERS says one.
func BenchmarkPast(b *testing.B) {
	n := benchsize.Events(b, 50_000)
	brokers := os.Getenv("SEACHANGE_TEST_BROKERS")
	if brokers == "" {
		broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
		if err != nil {
			b.Fatal(err)
		}
		defer broker.Close()
		brokers = broker.Addr()
	}
	cl := client.Client{Brokers: strings.Split(brokers, ",")}
	prefix := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	w, err := cl.OpenWriter(b.Context(), prefix+".droplets")
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if err := w.Write(b.Context(), benchEvent("droplets", fmt.Sprint(i%1000), int64(i), false, benchBody)); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	marks, err := cl.OpenWriter(b.Context(), state.SweepsTopic(prefix))
	if err != nil {
		b.Fatal(err)
	}
	if err := marks.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	for name, args := range map[string][]string{"history": {"history", "droplets", "7"}, "at": {"at", "now", "droplets"}} {
		b.Run(name, func(b *testing.B) {
			var bare, ours spent
			for b.Loop() { // in turns, on a machine that others use
				bare.add(func() {
					if err := readBare(brokers, prefix+".droplets", n); err != nil {
						b.Fatal(err)
					}
				})
				ours.add(func() {
					args := append(args, "--brokers", brokers, "--topic-prefix", prefix)
					if err := run(b.Context(), args, func(string) string { return "" }, io.Discard, io.Discard); err != nil {
						b.Fatal(err)
					}
				})
			}
			b.ReportMetric(float64(bare.elapsed)/float64(ours.elapsed), "x-bare")
			b.ReportMetric(float64(bare.cpu)/float64(ours.cpu), "x-bare-CPU")
			b.ReportMetric(float64(n*b.N)/ours.elapsed.Seconds(), "events/s")
			b.ReportMetric(float64(n*b.N)/ours.cpu.Seconds(), "events/cpu-s")
		})
	}
}

// spent is time by the clock, and CPU time of this process; with an embedded broker that is the broker's too.
type spent struct{ elapsed, cpu time.Duration }

func (s *spent) add(f func()) {
	began, used := time.Now(), cputime.Spent()
	f()
	s.elapsed += time.Since(began)
	s.cpu += cputime.Spent() - used
}

// readBare reads n records as any client may, with the fetches of ours.
func readBare(brokers, topic string, n int) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return err
	}
	defer cl.Close()
	for read := 0; read < n; {
		fetches := cl.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			return err
		}
		read += fetches.NumRecords()
	}
	return nil
}

// bareMain is a process that does so: its arguments are a broker, the topic and how many records to read.
func bareMain() {
	n, err := strconv.Atoi(os.Args[3])
	if err == nil {
		err = readBare(os.Args[1], os.Args[2], n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
