package simulation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/producer"
)

const (
	gather        = 250 * time.Millisecond // from the first batch that is pending to the transaction
	shutdownGrace = 10 * time.Second       // for what is under way once the shard is to be given up
	room          = 400                    // records that are pending before Commit blocks
)

type pending struct {
	records []producer.Record
	done    func(error)
	since   time.Time
}

// chances are what is decided of one transaction, before anything is known of it.
type chances struct {
	stream

	gather, wait time.Duration
	split        float64 // below a fifth: not all that is queued goes with it
	meets        bool    // the shard is to be given up at its very end
}

// committer gathers batches into transactions, in order, and tells their ends from its own goroutine.
type committer struct {
	fakeLog *fakeLog
	owner   *assignment
	epoch   int
	ctx     context.Context
	failed  context.CancelCauseFunc
	number  int // of the transaction

	mu      sync.Mutex
	free    *sync.Cond
	queue   []pending
	records int // of the queue
	flying  int // records that are being committed
	err     error
	hurried bool
	closed  bool
	changed chan struct{}
	ended   time.Time // when ctx ended
}

func newCommitter(
	ctx context.Context, t *fakeLog, a *assignment, epoch int, failed context.CancelCauseFunc,
) *committer {
	c := &committer{fakeLog: t, owner: a, epoch: epoch, ctx: ctx, failed: failed, changed: make(chan struct{}, 1)}
	c.free = sync.NewCond(&c.mu)
	return c
}

func (c *committer) add(p pending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.err == nil && c.records+c.flying > 0 && c.records+c.flying+len(p.records) > room {
		c.free.Wait()
	}
	p.since = time.Now()
	c.queue = append(c.queue, p)
	c.records += len(p.records)
	c.wake()
}

// wake is called with the lock.
func (c *committer) wake() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func (c *committer) hurry() { c.set(&c.hurried) }
func (c *committer) close() { c.set(&c.closed) }

func (c *committer) set(flag *bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *flag = true; c.ended.IsZero() {
		c.ended = time.Now()
	}
	c.wake()
}

func (c *committer) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// run commits until close.
func (c *committer) run() {
	for {
		s := c.chances()
		batches := c.next(s)
		if batches == nil {
			return
		}
		err := c.failure()
		if err == nil {
			if err = c.transact(s, batches); err != nil {
				c.fail(err)
			}
		}
		if s.meets && !c.fakeLog.process.sim.calm() && c.fakeLog.cluster.mine(c.owner) {
			c.fakeLog.cluster.give(c.owner.shard, c.fakeLog.process, errRevoked)
		}
		c.land()
		c.fakeLog.process.gate(s.stream)
		for i, p := range batches {
			if i > 0 || !s.meets {
				time.Sleep(time.Nanosecond) // what one of them leads to comes before the next one
			}
			p.done(err)
		}
	}
}

func (c *committer) chances() chances {
	c.number++
	s := newStream(c.fakeLog.process.sim.seed, "transaction", c.owner.shard, c.epoch, c.number)
	return chances{
		stream: s, gather: s.between(0, gather), wait: s.between(1, time.Millisecond), split: s.Float64(),
		meets: s.chance(c.fakeLog.process.sim.plan.meet),
	}
}

// next waits for the batches of the next transaction; nil: there will be none.
func (c *committer) next(s chances) []pending {
	for {
		c.mu.Lock()
		n, over, now := len(c.queue), c.closed, c.hurried || c.closed || c.err != nil
		c.mu.Unlock()
		switch {
		case n == 0 && over:
			return nil
		case n == 0:
			<-c.changed
			continue
		case !now:
			c.gather(s.gather)
		}
		time.Sleep(s.wait) // whatever comes at the same moment comes with it
		return c.cut(s)
	}
}

// gather waits a while for more.
func (c *committer) gather(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-c.changed:
			c.mu.Lock()
			now := c.hurried || c.closed || c.err != nil
			c.mu.Unlock()
			if now {
				return
			}
		}
	}
}

// cut takes what is queued, but not more than a transaction holds.
func (c *committer) cut(s chances) []pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortStableFunc(c.queue, func(x, y pending) int { // which account's goroutine came first decides nothing
		return cmp.Or(x.since.Compare(y.since), strings.Compare(x.records[0].Account, y.records[0].Account))
	})
	n := len(c.queue)
	if n > 1 && s.split < 0.2 {
		n = 1 + int(5*s.split*float64(n))
	}
	batches := c.queue[:n:n]
	c.queue = c.queue[n:]
	c.flying = 0
	for _, p := range batches {
		c.flying += len(p.records)
	}
	c.records -= c.flying
	return batches
}

func (c *committer) fail(err error) {
	c.mu.Lock()
	c.err = err
	c.free.Broadcast()
	c.mu.Unlock()
	c.failed(err)
}

func (c *committer) land() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying = 0
	c.free.Broadcast()
}

var (
	errAborted = errors.New("the transaction was aborted")
	errMute    = errors.New("the transaction's end is unknown")
)

// transact has the cluster decide some batches in one transaction.
func (c *committer) transact(s chances, batches []pending) error {
	p := c.fakeLog.process
	if cause := context.Cause(c.ctx); errors.Is(cause, errLost) {
		return cause
	}
	if p.gate(s.stream); p.dead.Load() {
		return errKilled
	}
	whole := c.fakeLog.cluster.delay(s.stream)
	first := time.Duration(s.Float64() * float64(whole))
	time.Sleep(first)
	err := c.decide(s, batches)
	time.Sleep(whole - first)
	return err
}

func (c *committer) decide(s chances, batches []pending) error {
	sim := c.fakeLog.process.sim
	c.mu.Lock()
	late := c.ctx.Err() != nil && time.Since(c.ended) > shutdownGrace
	c.mu.Unlock()
	calm := sim.calm()
	if late || (!calm && s.chance(sim.plan.abort)) {
		return errAborted
	}
	var records []producer.Record
	for _, b := range batches {
		records = append(records, b.records...)
	}
	if err := c.fakeLog.cluster.commit(c.owner.shard, c.epoch, records); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if !calm && s.chance(sim.plan.mute) {
		return errMute
	}
	return nil
}
