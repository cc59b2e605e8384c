package simulation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seachange/seachange/producer"
)

// fakeLog is a process's Log: it owns shards as producer/kafka does, and commits to the cluster.
type fakeLog struct {
	process *process
	cluster *cluster

	mu      sync.Mutex
	working map[int]bool
}

var _ producer.Log = (*fakeLog)(nil)

// ShardOf implements producer.Log.
func (t *fakeLog) ShardOf(account string) int { return t.cluster.shardOf(account) }

func (t *fakeLog) Failure(string) error { return nil }

// Wake implements producer.Log: nobody reloads here.
func (t *fakeLog) Wake() {}

// Shards implements producer.Log.
func (t *fakeLog) Shards() map[int]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[int]bool{}
	for _, n := range t.cluster.ownedBy(t.process) {
		all[n] = t.working[n]
	}
	return all
}

func (t *fakeLog) work(n int, working bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.working[n] = working
}

// Run implements producer.Log.
func (t *fakeLog) Run(ctx context.Context, open func(int) producer.Worker) error {
	var wg sync.WaitGroup
	for n := range t.cluster.shards {
		wg.Go(func() { t.own(ctx, n, open) })
	}
	wg.Wait()
	return nil
}

// own works on a shard whenever it is the process's.
func (t *fakeLog) own(ctx context.Context, n int, open func(int) producer.Worker) {
	s := newStream(t.process.sim.seed, "owner", t.process, n)
	for a := t.cluster.await(ctx, t.process, n, nil); a != nil; a = t.cluster.await(ctx, t.process, n, a) {
		owned, cancel := context.WithCancelCause(ctx)
		stop := context.AfterFunc(a.ctx, func() { cancel(context.Cause(a.ctx)) })
		if b := a.before; b != nil { // one that was killed never ends
			select {
			case <-b.done:
			case <-time.After(s.between(9*time.Second, 11*time.Second)):
			case <-owned.Done():
			}
		}
		for owned.Err() == nil {
			err := t.session(owned, a, s, open)
			t.work(n, false)
			t.process.sim.logf("%s: session ended: %v", a, err)
			if err != nil {
				t.process.sim.judge.unshow()
			}
			sleep(owned, s.between(50*time.Millisecond, 2*time.Second))
			if !t.cluster.mine(a) {
				break // it was paused when the group gave the shard away
			}
		}
		stop()
		cancel(nil)
		close(a.done)
	}
}

var errNotMine = errors.New("the shard is not ours")

// session is one ownership of a shard, up to the first error.
func (t *fakeLog) session(ctx context.Context, a *assignment, s stream, open func(int) producer.Worker) error {
	if !t.pause(ctx, s) || !t.cluster.mine(a) {
		return errNotMine
	}
	epoch := t.cluster.fence(a.shard)
	if !t.pause(ctx, s) || !t.cluster.mine(a) {
		return errNotMine
	}
	worker := open(a.shard)
	defer worker.Close()
	for _, e := range t.cluster.restore(a.shard, s) {
		if err := worker.Restore(e.key, e.value); err != nil {
			t.process.sim.judge.violate("restore of %s: %v", a, err)
			return err
		}
	}
	t.work(a.shard, true)
	err := t.run(ctx, a, epoch, worker)
	if !errors.Is(err, producer.ErrIdle) {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// pause takes the time of some requests to the brokers.
func (t *fakeLog) pause(ctx context.Context, s stream) bool {
	ok := sleep(ctx, s.between(10*time.Millisecond, 400*time.Millisecond))
	t.process.gate(s)
	return ok && !t.process.dead.Load()
}

func (t *fakeLog) run(ctx context.Context, a *assignment, epoch int, w producer.Worker) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := newCommitter(ctx, t, a, epoch, cancel)
	stopped := context.AfterFunc(ctx, c.hurry)
	defer stopped()
	ear := t.cluster.listen(a.shard)
	defer t.cluster.deafen(a.shard, ear)
	done := make(chan error, 1)
	go func() {
		done <- w.Run(ctx, &session{c, ear})
		c.close()
	}()
	c.run()
	err := <-done
	return cmp.Or(c.failure(), err)
}

// session is a producer.Session.
type session struct {
	*committer
	ear *ear
}

var _ producer.Session = (*session)(nil)

// Commit implements producer.Session.
func (s *session) Commit(b producer.Batch, done func(error)) {
	s.add(pending{records: b.Records, done: done})
}

// Requests implements producer.Session.
func (s *session) Requests() <-chan producer.Request { return s.ear.ch }

// MaxBytes implements producer.Session.
func (s *session) MaxBytes() int { return 1 << 20 }

// TopicID implements producer.Session.
func (s *session) TopicID(topic string) string { return fmt.Sprint("id of ", topic) }
