// Command churn holds seachange to its promise under all that goes wrong at once: real processes on a real Apache
// Kafka, between simulated accounts that change all the time. It is a test of the repository and is not released:
//
//	go -C .ci/churn run . -for 10m
//
// It needs what .ci/kafka needs (Java and Maven), runs in its own folder, and ends with an error after the first
// violation.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// root is the repository's, from here.
const root = "../.."

// prefix is the first part of the topics' names.
const prefix = "churn"

func main() {
	log.SetFlags(log.Ltime)
	var (
		lasts     = flag.Duration("for", time.Minute, "begin no round after so long")
		processes = flag.Int("processes", 3, "seachange processes")
		accounts  = flag.Int("accounts", 5, "simulated accounts")
		interval  = flag.String("interval", "2s", "between two looks: a time, or learned")
		binary    = flag.String("binary", "", "the seachange to try; by default it is built")
		seed      = flag.Uint64("seed", uint64(time.Now().UnixNano()),
			"of what happens; when it happens is left to the machine")
		dir = flag.String("dir", "", "for Kafka's data and all logs; by default a new one, removed unless something was "+
			"wrong")
	)
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := run(ctx, settings{*dir, *lasts, *processes, *accounts, *interval, *binary, *seed}); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	dir                 string
	lasts               time.Duration
	processes, accounts int
	interval, binary    string
	seed                uint64
}

func run(ctx context.Context, s settings) (err error) {
	dir, seed := s.dir, s.seed
	if dir == "" {
		if dir, err = os.MkdirTemp("", "churn-"); err != nil {
			return err
		}
		defer func() {
			if err == nil {
				err = os.RemoveAll(dir)
			}
		}()
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	log.Printf("seed %d, interval %s, in %s", seed, s.interval, dir)
	rng := rand.New(rand.NewPCG(seed, 0))
	w, err := newWorld(rng, s.accounts, s.interval)
	if err != nil {
		return err
	}
	defer w.close()
	b, err := startBroker(ctx, dir, s.processes)
	if err != nil {
		return err
	}
	defer b.stop()
	f, err := newFleet(ctx, dir, s.binary, w, b)
	if err != nil {
		return err
	}
	defer f.stop()
	r := &rounds{rng: rand.New(rand.NewPCG(seed, 1)), world: w, broker: b, fleet: f, history: newHistory(w)}
	err = r.play(ctx, s.lasts)
	r.report()
	if err != nil {
		return fmt.Errorf("%w\nthe seed was %d, and the logs are in %s", err, seed, dir)
	}
	return nil
}

var errInterrupted = errors.New("interrupted")

// pause waits, and returns false if ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
