package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/spaces/spacestest"
	"github.com/seachange/seachange/schema"
)

// story tells what happens in the demo, and shows the events as they come out of the topics.
type story struct {
	o        Options
	account  *digitaloceantest.Account
	buckets  *spacestest.Store
	broker   string
	flags    string // with which other commands find the topics
	console  string // its address; "" is none
	embedded bool
	kept     bool // the topics stay when the demo is over

	mu    sync.Mutex
	seen  map[string]int // records of the initial snapshot, by resource
	order []string       // resources, as they were first seen
	heard map[string]int // later events by resource
	last  time.Time      // of the last event
}

// hear takes an event from the topics.
func (s *story) hear(r client.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	if s.o.Events {
		_, err := s.o.Stdout.Write(append(slices.Clip(r.Value), '\n'))
		return err
	}
	ev, err := history.ParseEvent(r)
	if err != nil {
		return err
	}
	if ev.Op == schema.Read { // on a slow machine also when the story has begun
		s.count(ev.Source.Table)
		return nil
	}
	s.heard[ev.Source.Table]++
	_, err = fmt.Fprintln(s.o.Stdout, "  "+describe.Line(&ev.Event, "demo", s.o.Colour))
	return err
}

func (s *story) count(resource string) {
	if s.seen[resource] == 0 {
		s.order = append(s.order, resource)
	}
	s.seen[resource]++
}

func (s *story) say(format string, args ...any) {
	if !s.o.Events {
		fmt.Fprintf(s.o.Stdout, format+"\n", args...)
	}
}

func (s *story) title(n int, title string) {
	if s.o.Colour {
		title = "\x1b[1m" + title + "\x1b[0m"
	}
	s.say("\n%d. %s", n, title)
}

// tell plays the scenes, and then goes on with small changes until ctx ends.
func (s *story) tell(ctx context.Context) error {
	s.mu.Lock()
	s.seen, s.heard = map[string]int{}, map[string]int{}
	s.mu.Unlock()
	s.begin()
	if err := s.calm(ctx, 1500*time.Millisecond); err != nil {
		return err
	}
	s.tellSnapshot()
	for i, sc := range scenes {
		if err := s.scene(ctx, i+2, sc); err != nil {
			return err
		}
	}
	s.next()
	return s.goOn(ctx)
}

func (s *story) begin() {
	s.say("A simulated DigitalOcean account, seachange, and %s. Nothing leaves this machine.", s.where())
	if s.console != "" {
		s.say("Look at it in a browser while this runs: %s", s.console)
	}
	s.say("Read the topics with any Kafka client while this runs:")
	s.say("  kcat -C -b %s -t %s.firewalls -X isolation.level=read_committed", s.broker, s.o.Prefix)
	s.say("  go run ./cmd/seachange tail %s --since 1h", s.flags)
	s.title(1, "Initial snapshot: every record that exists, once (op r)")
}

// where says what broker it is.
func (s *story) where() string {
	if s.embedded {
		return "an embedded Kafka broker at " + s.broker
	}
	return "the Kafka at " + s.broker
}

// calm waits until events have come, and then none for a while.
func (s *story) calm(ctx context.Context, quiet time.Duration) error {
	return s.until(ctx, func() bool { return !s.last.IsZero() && time.Since(s.last) > quiet })
}

// until waits for a condition, which is asked with the lock.
func (s *story) until(ctx context.Context, ok func() bool) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		s.mu.Lock()
		done := ok()
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// mostNamed is how many resources the initial snapshot names: those with the most records.
const mostNamed = 12

func (s *story) tellSnapshot() {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.order, func(x, y string) int {
		return cmp.Or(cmp.Compare(s.seen[y], s.seen[x]), strings.Compare(x, y))
	})
	total := 0
	var parts []string
	for i, r := range s.order {
		if total += s.seen[r]; i < mostNamed {
			parts = append(parts, fmt.Sprintf("%s %d", r, s.seen[r]))
		}
	}
	if more := len(s.order) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d resources more", more))
	}
	s.say("%s", wrap(parts, 110))
	s.say("  %d records of %d resources; secrets masked before anything was stored", total, len(s.order))
}

// wrap sets words in lines of so many columns.
func wrap(parts []string, columns int) string {
	var lines []string
	line := " "
	for _, p := range parts {
		if len(line)+len(p)+2 > columns {
			lines = append(lines, line)
			line = " "
		}
		line += " " + p + ","
	}
	return strings.TrimSuffix(strings.Join(append(lines, line), "\n"), ",")
}

// scene lets something happen, waits until it was looked at twice, and shows what came of it.
func (s *story) scene(ctx context.Context, n int, sc scene) error {
	s.title(n, sc.title)
	s.mu.Lock()
	before := s.heard[sc.resource]
	s.mu.Unlock()
	looked := s.looks(sc)
	if sc.buckets != nil {
		sc.buckets(s.buckets)
	} else {
		sc.act(s.account)
	}
	err := s.until(ctx, func() bool {
		return s.looks(sc) >= looked+4 && (sc.events == 0 || s.heard[sc.resource] > before || s.o.Events)
	})
	if err != nil {
		return err
	}
	if sc.events == 0 {
		if !rest(ctx, interval) { // what a commit would still bring
			return ctx.Err()
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.say("  %d events: %s", s.heard[sc.resource]-before, sc.why)
	}
	return nil
}

// looks returns how often the place of a scene was looked at.
func (s *story) looks(sc scene) int {
	if sc.buckets != nil {
		return len(s.buckets.Requests())
	}
	return s.account.Count(sc.resource)
}

func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func (s *story) next() {
	s.say("\nWhat to do next, with a read-only token of your own:")
	s.say("  DIGITALOCEAN_TOKEN=… go run ./cmd/seachange check --data-dir ./data    what the token can read")
	s.say("  DIGITALOCEAN_TOKEN=… go run ./cmd/seachange run --data-dir ./data      the same on your account, kept in " +
		"./data")
	s.say("  DIGITALOCEAN_TOKEN=… go run ./cmd/seachange run --brokers HOST:PORT    into your Kafka")
	s.say("\nThe demo goes on with a change now and then; Ctrl-C ends it.")
}

// goOn opens and closes the port again and again.
func (s *story) goOn(ctx context.Context) error {
	for open := true; rest(ctx, 5*time.Second); open = !open {
		if open {
			closePort22(s.account)
		} else {
			openPort22(s.account)
		}
	}
	return ctx.Err()
}

func (s *story) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept {
		s.say("\nThe demo is over; its topics are kept: go run ./cmd/seachange at now %s", s.flags)
		return
	}
	s.say("\nThe demo is over; its topics are gone with it.")
}
