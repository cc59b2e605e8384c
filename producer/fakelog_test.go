package producer_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/producer"
)

var errAborted = errors.New("transaction aborted")

// fakeLog is a Log of one shard, in memory: what was committed, in order. It commits at once, or after slow, until the
// process is killed. An owner restores from a log whose older half is compacted.
type fakeLog struct {
	mu sync.Mutex // several accounts commit

	slow time.Duration // a commit takes so long; commits end in their order
	last chan struct{} // closed when the last slow commit has ended

	batches  []producer.Batch
	killAt   int // the process is killed before it commits the batch with this number; -1: it isn't
	requests chan producer.Request
	topicIDs map[string]string
	maxBytes int
	others   map[string]bool // accounts of another shard
	idle     int             // how often the shard had nothing to do
	opened   int             // how often a worker was opened for it
	woken    chan struct{}
}

func newFakeLog() *fakeLog {
	return &fakeLog{
		killAt: -1, requests: make(chan producer.Request, 10), topicIDs: map[string]string{},
		maxBytes: 8 << 20, woken: make(chan struct{}, 1),
	}
}

func (l *fakeLog) Wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// take has commits take so long from now on.
func (l *fakeLog) take(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slow = d
}

func (l *fakeLog) Commit(b producer.Batch, done func(error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slow == 0 {
		l.commit(b, done)
		return
	}
	before, ended := l.last, make(chan struct{})
	l.last = ended
	go func() {
		defer close(ended)
		time.Sleep(l.slow)
		if before != nil {
			<-before
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.commit(b, done)
	}()
}

func (l *fakeLog) commit(b producer.Batch, done func(error)) {
	if l.killAt >= 0 && len(l.batches) >= l.killAt {
		done(errAborted)
		return
	}
	l.batches = append(l.batches, b)
	done(nil)
}

func (l *fakeLog) Requests() <-chan producer.Request { return l.requests }
func (l *fakeLog) MaxBytes() int                     { return l.maxBytes }
func (l *fakeLog) TopicID(topic string) string       { return l.topicIDs[topic] }
func (l *fakeLog) Failure(string) error              { return nil }

func (l *fakeLog) ShardOf(account string) int {
	if l.others[account] {
		return 1
	}
	return 0
}

func (l *fakeLog) Run(ctx context.Context, open func(int) producer.Worker) error {
	for ctx.Err() == nil {
		if err := l.session(ctx, open); err != nil {
			return err
		}
	}
	return nil
}

// session is one ownership of the shard, until ctx ends or it is idle and woken.
func (l *fakeLog) session(ctx context.Context, open func(int) producer.Worker) error {
	w := open(0)
	defer w.Close()
	l.opened++
	log := l.state()
	for _, r := range compact(log, len(log)/2) {
		if err := w.Restore(r.Key, r.Value); err != nil {
			return err
		}
	}
	err := w.Run(ctx, l)
	switch {
	case errors.Is(err, producer.ErrIdle):
		l.idle++
		select {
		case <-ctx.Done():
		case <-l.woken:
		}
		return nil
	case errors.Is(err, errAborted): // killed: nothing more is heard of it
	default:
		return err
	}
	<-ctx.Done()
	return nil
}

// kill has so many more batches committed, and nothing after them.
func (l *fakeLog) kill(after int) { l.killAt = len(l.batches) + after }

// state returns the records of the state topic.
func (l *fakeLog) state() []producer.Record {
	return l.topic(func(name string) bool { return strings.HasSuffix(name, "-meta.state") })
}

func (l *fakeLog) heartbeats() []producer.Record {
	return l.topic(func(name string) bool { return strings.HasSuffix(name, "-meta.heartbeat") })
}

// events returns the records of the event topics.
func (l *fakeLog) events() []producer.Record {
	return l.topic(func(name string) bool {
		return !strings.Contains(name, "-meta.") && !strings.Contains(name, "-current.")
	})
}

func (l *fakeLog) topic(want func(string) bool) []producer.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []producer.Record
	for _, b := range l.batches {
		for _, r := range b.Records {
			if want(r.Topic) {
				all = append(all, r)
			}
		}
	}
	return all
}

// compact drops, of the first n records, those whose key comes again among them.
func compact(log []producer.Record, n int) []producer.Record {
	last := map[string]int{}
	for i, r := range log[:n] {
		last[string(r.Key)] = i
	}
	var out []producer.Record
	for i, r := range log {
		if i >= n || last[string(r.Key)] == i {
			out = append(out, r)
		}
	}
	return out
}

// fold returns what a log holds, by key.
func fold(log []producer.Record) map[string]string {
	m := map[string]string{}
	for _, r := range log {
		if m[string(r.Key)] = string(r.Value); r.Value == nil {
			delete(m, string(r.Key))
		}
	}
	return m
}
