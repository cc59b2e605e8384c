// Command churn holds seachange to its promise under all that goes wrong at once, as seachange certify does, on a real
// Apache Kafka of its own, which it kills now and then. It is a test of the repository and is not released:
//
//	go run ./.ci/churn -for 10m
//
// It needs what .ci/kafka needs (Java and Maven), runs in its own folder, and ends with an error after the first
// violation.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/seachange/seachange/cmd/seachange/certify"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

func main() {
	log.SetFlags(log.Ltime)
	o := certify.Options{Progress: log.Printf}
	flag.DurationVar(&o.For, "for", time.Minute, "begin no round after so long")
	flag.IntVar(&o.Processes, "processes", 3, "seachange processes")
	flag.IntVar(&o.Accounts, "accounts", 5, "simulated accounts")
	flag.StringVar(&o.Interval, "interval", "2s", "between two looks: a time, or learned")
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()),
		"of what happens; when it happens is left to the machine")
	flag.StringVar(&o.Dir, "dir", "", "for Kafka's data and all logs; by default a new one, removed unless something was "+
		"wrong")
	binary := flag.String("binary", "", "the seachange to try; by default it is built")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := run(ctx, o, *binary); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o certify.Options, binary string) (err error) {
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "churn-"); err != nil {
			return err
		}
		defer func() {
			if err == nil {
				err = os.RemoveAll(o.Dir)
			}
		}()
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return err
	}
	log.Printf("seed %d, interval %s, in %s", o.Seed, o.Interval, o.Dir)
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	if binary == "" {
		if binary, err = build(ctx, o.Dir); err != nil {
			return err
		}
	}
	b, err := startBroker(ctx, o.Dir)
	defer b.stop() // a start that failed or was interrupted may have left it running
	if err != nil {
		return err
	}
	const prefix = "churn"
	o.Kafka = kafka.Options{Prefix: prefix, Client: client.Client{Brokers: []string{b.addr}}}
	o.Settings = map[string]any{"brokers": []string{b.addr}, "topic_prefix": prefix}
	o.Command, o.KillBroker = []string{binary, "certify-member"}, b.again
	v, err := certify.Run(ctx, o)
	if err != nil {
		return fmt.Errorf("%w\nthe seed was %d, and the logs are in %s", err, o.Seed, o.Dir)
	}
	for _, row := range v.Rows() {
		fmt.Printf("| %s | %s |\n", row[0], row[1])
	}
	if !v.Passed {
		return fmt.Errorf("VIOLATION: %s\nthe seed was %d, and the logs are in %s", v.Violation, o.Seed, o.Dir)
	}
	return nil
}

func build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "seachange")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/seachange").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build seachange: %w: %s", err, out)
	}
	return binary, nil
}
