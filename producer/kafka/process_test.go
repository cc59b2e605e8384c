//go:build unix

package kafka_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// A child is this test's binary as a process of its own: it counts on until SIGTERM.
const (
	childPrefix  = "SEACHANGE_TEST_CHILD_PREFIX"
	childBrokers = "SEACHANGE_TEST_CHILD_BROKERS"
)

func TestMain(m *testing.M) {
	if prefix := os.Getenv(childPrefix); prefix != "" {
		if err := child(prefix, os.Getenv(childBrokers)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(prefix, broker string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	o := options(client.Client{Brokers: []string{broker}}, prefix)
	l, err := kafka.New(o)
	if err != nil {
		return err
	}
	for l.Prepare(ctx) != nil { // somebody restarts the broker at the same time, maybe
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
	return l.Run(ctx, func(shard int) producer.Worker {
		return &counter{prefix: prefix, shard: shard, state: map[string]string{}}
	})
}

// children are processes that tests kill, stop and continue.
type children struct {
	t       *testing.T
	c       client.Client
	prefix  string
	running []*exec.Cmd
}

func (ch *children) spawn() *exec.Cmd {
	ch.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPrefix+"="+ch.prefix, childBrokers+"="+ch.c.Brokers[0])
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		ch.t.Fatal(err)
	}
	return cmd
}

func (ch *children) end(i int, sig os.Signal) {
	_ = ch.running[i].Process.Signal(syscall.SIGCONT)
	_ = ch.running[i].Process.Signal(sig)
	_ = ch.running[i].Wait()
}

// TestProcessChurn kills, stops and pauses real processes on real brokers for as long as SEACHANGE_TEST_CHURN says
// ("1m").
func TestProcessChurn(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("SEACHANGE_TEST_CHURN"))
	if err != nil || os.Getenv("SEACHANGE_TEST_BROKERS") == "" {
		t.Skip("set SEACHANGE_TEST_CHURN to a duration, and SEACHANGE_TEST_BROKERS")
	}
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		ch := &children{t: t, c: c, prefix: prefix}
		prepared(t, options(c, prefix))
		for range 3 {
			ch.running = append(ch.running, ch.spawn())
		}
		t.Cleanup(func() {
			for i := range ch.running {
				ch.end(i, syscall.SIGKILL)
			}
		})
		kills, pauses, stops := ch.churn(d)
		ch.wantProgress()
		for i := range ch.running {
			ch.end(i, syscall.SIGTERM)
		}
		got := events(t, c, prefix)
		wantDense(t, got, 4)
		wantStateAsEvents(t, c, prefix, got)
		n := 0
		for _, ns := range got {
			n += len(ns)
		}
		t.Logf("%d events under %d kills, %d pauses and %d stops", n, kills, pauses, stops)
	})
}

func (ch *children) churn(d time.Duration) (kills, pauses, stops int) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(time.Second + rand.N(4*time.Second))
		i := rand.IntN(len(ch.running))
		switch x := rand.IntN(10); {
		case x < 4:
			kills++
			ch.end(i, syscall.SIGKILL)
			ch.running[i] = ch.spawn()
		case x < 9:
			pauses++
			p := ch.running[i].Process
			_ = p.Signal(syscall.SIGSTOP)
			time.AfterFunc(3*time.Second+rand.N(12*time.Second), func() { _ = p.Signal(syscall.SIGCONT) })
		default:
			stops++
			ch.end(i, syscall.SIGTERM)
			ch.running[i] = ch.spawn()
		}
	}
	return kills, pauses, stops
}

// wantProgress waits until every shard's account counts on.
func (ch *children) wantProgress() {
	ch.t.Helper()
	time.Sleep(15 * time.Second) // the last pause is over
	before := events(ch.t, ch.c, ch.prefix)
	eventually(ch.t, "every shard commits on", func() bool {
		after := events(ch.t, ch.c, ch.prefix)
		for account, ns := range before {
			if len(after[account]) <= len(ns) {
				return false
			}
		}
		return true
	})
}
