package kafka

import (
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A partition's readers wait for its oldest open transaction, so that transactions are kept short.
const (
	fullRecords = 1000                   // of a transaction
	fullBytes   = 4 << 20                // of a transaction
	commitDelay = 250 * time.Millisecond // from the first record that is pending to the transaction
	roomBytes   = 8 << 20                // pending before Commit blocks
)

// pending is a batch that waits for its transaction. It is indivisible: its records are committed together or not at
// all.
type pending struct {
	records []*kgo.Record
	bytes   int
	since   time.Time
	done    func(error)
}

// committer gathers batches into transactions, in order. Its goroutine, run, is the only one that calls commit and the
// batches' done.
type committer struct {
	commit func([]*kgo.Record) error
	failed func(error) // called once, when the first commit fails

	mu      sync.Mutex
	room    *sync.Cond
	queue   []pending
	records int // of the queue
	bytes   int // of the queue
	flying  int // bytes that are being committed
	err     error
	hurried bool
	closed  bool
	changed chan struct{}
}

func newCommitter(commit func([]*kgo.Record) error, failed func(error)) *committer {
	c := &committer{commit: commit, failed: failed, changed: make(chan struct{}, 1)}
	c.room = sync.NewCond(&c.mu)
	return c
}

// add queues a batch. It blocks while too much is pending, never after a failure: then the batch fails, too.
func (c *committer) add(p pending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.err == nil && c.bytes+c.flying > 0 && c.bytes+c.flying+p.bytes > roomBytes {
		c.room.Wait()
	}
	p.since = time.Now()
	c.queue = append(c.queue, p)
	c.records += len(p.records)
	c.bytes += p.bytes
	c.wake()
}

// wake is called with the lock.
func (c *committer) wake() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// fail ends the committing: what is pending, and what comes, fails with err.
func (c *committer) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	c.room.Broadcast()
	c.wake()
	c.failed(err)
}

func (c *committer) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// hurry ends the gathering: from now on what comes is committed at once.
func (c *committer) hurry() { c.set(&c.hurried) }

// close says that nothing more comes. run ends once everything is settled.
func (c *committer) close() { c.set(&c.closed) }

func (c *committer) set(flag *bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*flag = true
	c.wake()
}

// run commits until close. After the first failure nothing more is committed: what comes later may build on what was
// lost, and each batch is told the same error.
func (c *committer) run() {
	for {
		batches, err := c.next()
		if batches == nil {
			return
		}
		if err == nil {
			if err = c.commitAll(batches); err != nil {
				c.fail(err)
			}
		}
		c.land()
		for _, p := range batches {
			p.done(err)
		}
	}
}

func (c *committer) commitAll(batches []pending) error {
	var records []*kgo.Record
	for _, p := range batches {
		records = append(records, p.records...)
	}
	if len(records) == 0 {
		return nil
	}
	return c.commit(records)
}

// land makes room once a transaction is over.
func (c *committer) land() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying = 0
	c.room.Broadcast()
}

// next waits for the next transaction's batches. nil means that there will be none. With an error they have failed.
func (c *committer) next() ([]pending, error) {
	for {
		batches, wait, err := c.take()
		if batches != nil || wait == 0 {
			return batches, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-c.changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// take returns what is due; if nothing is, how long to wait. Zero: for nothing more. A transaction is due when it is
// full or its first batch has waited long enough, so that many accounts share one.
func (c *committer) take() (batches []pending, wait time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		if c.closed {
			return nil, 0, nil
		}
		return nil, time.Hour, nil
	}
	full := c.records >= fullRecords || c.bytes >= fullBytes
	wait = commitDelay - time.Since(c.queue[0].since)
	if wait > 0 && !full && !c.hurried && !c.closed && c.err == nil {
		return nil, wait, nil
	}
	return c.cut(), 0, c.err
}

// cut takes as many batches as a transaction holds, at least one.
func (c *committer) cut() []pending {
	n, records, bytes := 0, 0, 0
	for _, p := range c.queue {
		if n > 0 && (records+len(p.records) > fullRecords || bytes+p.bytes > fullBytes) {
			break
		}
		n, records, bytes = n+1, records+len(p.records), bytes+p.bytes
	}
	batches := c.queue[:n:n]
	c.queue = c.queue[n:]
	c.records -= records
	c.bytes -= bytes
	c.flying = bytes
	return batches
}
