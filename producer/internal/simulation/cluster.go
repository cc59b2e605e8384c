package simulation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/seachange/seachange/producer"
)

// cluster is Kafka: it hands out shards, keeps what was committed, and fences who lost a shard.
type cluster struct {
	sim *simulation

	mu       sync.Mutex
	shards   []*shard
	changed  chan struct{} // closed and made anew when a shard is given to another process
	requests []producer.Request
	slow     time.Time // until then transactions take up to 30 seconds
}

// shard is one partition of the state topic.
type shard struct {
	epoch int // of who opened it last; a commit of an earlier one fails
	owner *assignment
	state []entry
	ears  []*ear // sessions that hear operators' requests
}

type entry struct{ key, value []byte }

// assignment is the group's word that a shard is a process's.
type assignment struct {
	process *process
	shard   int
	ctx     context.Context
	cancel  context.CancelCauseFunc // errLost: nothing may be committed any more; errRevoked: what is under way may
	before  *assignment             // whose end it waits for
	done    chan struct{}           // its process works on it no more
}

var (
	errLost    = errors.New("the shard is another's")
	errRevoked = errors.New("the shard is to be given up")
	errFenced  = errors.New("fenced: the shard was opened by another owner")
)

func newCluster(s *simulation) *cluster {
	c := &cluster{sim: s, changed: make(chan struct{})}
	for range s.plan.shards {
		c.shards = append(c.shards, new(shard))
	}
	return c
}

func (c *cluster) shardOf(account string) int {
	return int(xxhash.Sum64String(account) % uint64(len(c.shards)))
}

// give gives a shard to a process, nil for none. The one before is told the cause; nil: it isn't told, as one that is
// paused.
func (c *cluster) give(n int, to *process, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sh := c.shards[n]
	before := sh.owner
	if before != nil && cause != nil {
		before.cancel(cause)
	}
	sh.owner = nil
	if to != nil {
		a := &assignment{process: to, shard: n, done: make(chan struct{})}
		a.ctx, a.cancel = context.WithCancelCause(context.Background())
		if errors.Is(cause, errRevoked) || (before != nil && before.process == to) {
			a.before = before
		}
		sh.owner = a
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// ownedBy returns the shards of a process, nil for those of nobody.
func (c *cluster) ownedBy(p *process) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []int
	for i, sh := range c.shards {
		if (sh.owner == nil && p == nil) || (sh.owner != nil && sh.owner.process == p) {
			all = append(all, i)
		}
	}
	return all
}

// await returns the next assignment of a shard to a process, nil once ctx has ended.
func (c *cluster) await(ctx context.Context, p *process, n int, last *assignment) *assignment {
	for ctx.Err() == nil {
		c.mu.Lock()
		a, changed := c.shards[n].owner, c.changed
		c.mu.Unlock()
		if a != nil && a != last && a.process == p {
			return a
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
	return nil
}

func (c *cluster) mine(a *assignment) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shards[a.shard].owner == a
}

// fence opens a shard: whoever had it can commit nothing more.
func (c *cluster) fence(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shards[n].epoch++
	return c.shards[n].epoch
}

// commit decides a transaction.
func (c *cluster) commit(n, epoch int, records []producer.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	sh := c.shards[n]
	if epoch != sh.epoch {
		return errFenced
	}
	for _, r := range records {
		if r.Topic == stateTopic {
			sh.state = append(sh.state, entry{r.Key, r.Value})
		}
	}
	c.sim.judge.take(records)
	return nil
}

// dirty is how many records at the end of a log may be left uncompacted.
const dirty = 300

// restore returns a shard's state as it is read after some compaction: of the beginning of the log each key's last
// record alone, and of deletions all or none.
func (c *cluster) restore(n int, s stream) []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	log := c.shards[n].state
	if len(log) == 0 {
		return nil
	}
	until, forget := len(log)-s.IntN(min(len(log), dirty)+1), s.chance(0.5)
	last := map[string]int{}
	for i, e := range log[:until] {
		last[string(e.key)] = i
	}
	var left []entry
	for i, e := range log[:until] {
		if last[string(e.key)] == i && (e.value != nil || !forget) {
			left = append(left, e)
		}
	}
	return slices.Concat(left, log[until:])
}

// ear hears the requests of operators for a shard.
type ear struct{ ch chan producer.Request }

func (c *cluster) listen(n int) *ear {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &ear{make(chan producer.Request, 100)}
	old := slices.Clone(c.requests)
	c.sim.running.Go(func() {
		for _, r := range old {
			time.Sleep(time.Nanosecond) // what one of them leads to comes before the next one
			if c.shardOf(r.AccountID) == n {
				e.ch <- r
			}
		}
	})
	c.shards[n].ears = append(c.shards[n].ears, e)
	return e
}

func (c *cluster) deafen(n int, e *ear) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shards[n].ears = slices.DeleteFunc(c.shards[n].ears, func(x *ear) bool { return x == e })
}

func (c *cluster) request(r producer.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r)
	for _, e := range c.shards[c.shardOf(r.AccountID)].ears {
		e.ch <- r
	}
}

// delay is how long a transaction takes.
func (c *cluster) delay(s stream) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.slow) {
		return s.between(0, 30*time.Second)
	}
	if c.sim.calm() {
		return s.between(time.Millisecond, 50*time.Millisecond)
	}
	return min(s.about(c.sim.plan.commit), 30*time.Second)
}

func (c *cluster) slowDown(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slow = time.Now().Add(d)
}

const (
	prefix     = "digitalocean"
	stateTopic = prefix + "-meta.state"
)

func (a *assignment) String() string { return fmt.Sprintf("shard %d of %s", a.shard, a.process) }
