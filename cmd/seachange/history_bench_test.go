package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/embedded"
)

// BenchmarkPast reads a topic of SEACHANGE_BENCH_EVENTS events, 50,000 by default, of 1,000 records with a body of 1 KB: with a
// bare client, and as history and at do. On a real Kafka if SEACHANGE_TEST_BROKERS says one.
func BenchmarkPast(b *testing.B) {
	n := 50_000
	if s := os.Getenv("SEACHANGE_BENCH_EVENTS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	brokers := os.Getenv("SEACHANGE_TEST_BROKERS")
	if brokers == "" {
		broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
		if err != nil {
			b.Fatal(err)
		}
		defer broker.Close()
		brokers = broker.Addr()
	}
	client := kafka.Client{Brokers: strings.Split(brokers, ",")}
	prefix := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	w, err := kafka.OpenWriter(b.Context(), client, prefix+".droplets")
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
	marks, err := kafka.OpenWriter(b.Context(), client, kafka.SweepsTopic(prefix))
	if err != nil {
		b.Fatal(err)
	}
	if err := marks.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	command := func(args ...string) func(*testing.B) {
		return func(b *testing.B) {
			began := cpu(b)
			for b.Loop() {
				e := &env{getenv: func(string) string { return "" }, stdout: io.Discard, stderr: io.Discard, log: slog.New(slog.DiscardHandler)}
				if err := run(b.Context(), append(args, "--brokers", brokers, "--topic-prefix", prefix), e.getenv, e.stdout, e.stderr); err != nil {
					b.Fatal(err)
				}
			}
			reportRead(b, n, began)
		}
	}
	b.Run("bare", func(b *testing.B) {
		began := cpu(b)
		for b.Loop() {
			readBare(b, brokers, prefix+".droplets", n)
		}
		reportRead(b, n, began)
	})
	b.Run("history", command("history", "droplets", "7"))
	b.Run("at", command("at", "now", "droplets"))
}

// cpu is the CPU time of this process so far. With an embedded broker that is the broker's too.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportRead says how fast n events were read, by the clock and by the CPU time, which a busy machine doesn't change.
func reportRead(b *testing.B, n int, began time.Duration) {
	all := float64(n) * float64(b.N)
	b.ReportMetric(all/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(all/(cpu(b)-began).Seconds(), "events/cpu-s")
}

func readBare(b *testing.B, brokers, topic string, n int) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	for read := 0; read < n; {
		fetches := cl.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			b.Fatal(err)
		}
		read += fetches.NumRecords()
	}
}
