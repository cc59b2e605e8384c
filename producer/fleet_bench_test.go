package producer_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// BenchmarkFleet tells what an account costs beside many others: each has one or a few records of every resource, which
// is the most that a small account can cost. The CPU time is that of a first pass with the simulated API in it; memory
// is what the producer keeps afterwards; bytes are those of keys and values before compression.
func BenchmarkFleet(b *testing.B) {
	for _, accounts := range []int{50, 500} {
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			for b.Loop() {
				newManyAccounts(b, accounts).measure(b)
			}
		})
	}
}

// What is equal in all accounts is kept once: a small account costs little.
func TestASmallAccountTakesLittleMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector needs memory of its own")
	}
	const accounts, wanted = 10, 1_300_000 // bytes each, with their share of what is kept once
	m := newManyAccounts(t, accounts)
	before := resident()
	stop := m.read(t, accounts*157)
	got := (resident() - before) / accounts
	if got > wanted {
		t.Errorf("an account takes %d bytes, want %d at most", got, wanted)
	}
	stop()
	runtime.KeepAlive(m)
}

// A restored account holds no text of its rules for each collection.
func TestARestoredAccountTakesLittleMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector needs memory of its own")
	}
	const accounts, wanted = 10, 750_000 // bytes each, with their share of what is kept once
	m, log := newManyAccounts(t, accounts), &keptLog{at: map[string]int{}}
	m.log = log
	m.read(t, accounts*157)()
	before := resident()
	m.read(t, accounts*157)()
	if got := (log.restored - before) / accounts; got > wanted {
		t.Errorf("an account takes %d bytes once restored, want %d at most", got, wanted)
	}
	runtime.KeepAlive(m)
}

// BenchmarkFleetRestart is how much memory a restart of many small accounts takes beside what was in use before: once
// its state is restored, and once the accounts are worked for.
func BenchmarkFleetRestart(b *testing.B) {
	const accounts = 50
	m, log := newManyAccounts(b, accounts), &keptLog{at: map[string]int{}}
	m.log = log
	m.read(b, accounts*157)() // its log is no part of what is measured
	for b.Loop() {
		m.log = nowhere{}
		before := resident()
		stop := m.read(b, accounts*157)
		steady := float64(resident() - before)
		stop()
		m.log = log
		before = resident()
		stop = m.read(b, accounts*157)
		restored, restarted := float64(log.restored-before), float64(resident()-before)
		stop()
		b.ReportMetric(steady/1e6, "steady-MB")
		b.ReportMetric(restored/steady, "restored-x-steady")
		b.ReportMetric(restarted/steady, "restarted-x-steady")
	}
	runtime.KeepAlive(m)
}

// manyAccounts are accounts with a source each, and the log that they are written to.
type manyAccounts struct {
	simulated []*digitaloceantest.Account
	accounts  []producer.Account
	log       producer.Log
}

func newManyAccounts(b testing.TB, n int) *manyAccounts {
	b.Helper()
	resources, err := schema.Enabled(nil, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	m := &manyAccounts{log: nowhere{}}
	for i := range n {
		token, team := fmt.Sprintf("%s-%d", digitaloceantest.Token, i), fmt.Sprint("team-", i)
		a := digitaloceantest.Example(digitaloceantest.Options{Token: token, TeamID: team, PerHour: 1_000_000})
		source, err := digitalocean.New(digitalocean.Options{
			BaseURL: "http://simulated.invalid", Transport: a, PerHour: 1 << 40, PerMinute: 1 << 40,
			Token: func() (string, error) { return token, nil },
		})
		if err != nil {
			b.Fatal(err)
		}
		m.simulated = append(m.simulated, a)
		m.accounts = append(m.accounts, producer.Account{Name: team, Source: source, Resources: resources})
	}
	return m
}

// measure has all accounts read once, and reports what that took and left.
func (m *manyAccounts) measure(b *testing.B) {
	b.Helper()
	once := m.producer(b, true)
	if err := once.Run(b.Context()); err != nil { // what the simulated accounts keep of being read isn't ours
		b.Fatal(err)
	}
	collections, n := collectionsRead(once), float64(len(m.accounts))
	log := &countingLog{}
	m.log = log
	asked, before, began := m.requests(), resident(), cputime.Spent()
	stop := m.read(b, collections)
	b.ReportMetric((cputime.Spent()-began).Seconds()*1e3/n, "first-ms/account")
	b.ReportMetric(float64(resident()-before)/1e3/n, "kB/account")
	b.ReportMetric(float64(collections)/n, "collections/account")
	b.ReportMetric(float64(m.requests()-asked)/n, "requests/account")
	b.ReportMetric(float64(log.bytes.Load())/1e3/n, "written-kB/account")
	stop()
	runtime.KeepAlive(m)
}

// read has a producer read so many collections. It goes on until stop.
func (m *manyAccounts) read(b testing.TB, collections int) (stop func()) {
	b.Helper()
	p := m.producer(b, false)
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	for collectionsRead(p) < collections {
		time.Sleep(10 * time.Millisecond)
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

func (m *manyAccounts) producer(b testing.TB, once bool) *producer.Producer {
	b.Helper()
	p, err := producer.New(producer.Options{
		Log: m.log, Prefix: "bench", Once: once, Interval: time.Hour, Accounts: m.accounts,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func (m *manyAccounts) requests() (n int) {
	for _, a := range m.simulated {
		n += len(a.Requests())
	}
	return n
}

// collectionsRead counts the collections that were read. It asks for no more than the counts.
func collectionsRead(p *producer.Producer) (n int) {
	for _, a := range p.Overview().Accounts {
		for _, s := range a.Counts.Statuses {
			if s.Status != state.NeverSwept {
				n += s.Collections
			}
		}
	}
	return n
}

// countingLog is a Log that commits everything and counts its bytes.
type countingLog struct {
	nowhere

	bytes atomic.Int64
}

func (l *countingLog) Run(ctx context.Context, open func(int) producer.Worker) error {
	return open(0).Run(ctx, l)
}

func (l *countingLog) Commit(b producer.Batch, done func(error)) {
	for _, r := range b.Records {
		l.bytes.Add(int64(len(r.Key) + len(r.Value)))
	}
	done(nil)
}

// keptLog is a Log that keeps the state, each key's newest value, and restores it.
type keptLog struct {
	nowhere

	mu      sync.Mutex
	entries []producer.Record // in their order; those that are not the newest are empty
	at      map[string]int

	restored uint64 // the memory in use once the last worker was restored
}

func (l *keptLog) Run(ctx context.Context, open func(int) producer.Worker) error {
	w := open(0)
	for _, r := range l.entries {
		if r.Value == nil {
			continue
		}
		if err := w.Restore(bytes.Clone(r.Key), bytes.Clone(r.Value)); err != nil {
			return err
		}
	}
	l.restored = resident()
	return w.Run(ctx, l)
}

func (l *keptLog) Commit(b producer.Batch, done func(error)) {
	l.mu.Lock()
	for _, r := range b.Records {
		if r.Topic == state.Topic("bench") {
			if at, ok := l.at[string(r.Key)]; ok {
				l.entries[at] = producer.Record{}
			}
			l.at[string(r.Key)] = len(l.entries)
			l.entries = append(l.entries, r)
		}
	}
	l.mu.Unlock()
	done(nil)
}
