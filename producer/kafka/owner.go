package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
)

const (
	minPause    = 100 * time.Millisecond
	maxPause    = 2 * time.Second
	refusedTime = 30 * time.Second // between two tries of what trying doesn't mend
	steadyTime  = 5 * time.Second  // an ownership that lasted so long was a good one

	initTime      = 15 * time.Second // longer than the broker takes to settle the open transaction of the one before
	shutdownGrace = 10 * time.Second // for what is under way once the shard is to be given up; no transaction lives longer
)

// owner works on one shard for as long as the group leaves it to us. One goroutine runs it, from the assignment to
// the end of the last worker, through as many sessions as errors ask for.
type owner struct {
	group  *group
	log    *Log
	shard  int
	ctx    context.Context
	cancel context.CancelCauseFunc // errLost: at once; any other cause: once everything is committed
	done   chan struct{}

	working atomic.Bool  // restored, or idle: not "assigned, not working"
	barrier atomic.Int64 // unix ms of the last one
}

// start begins to own a shard once the owner before, if any, has ended.
func (g *group) start(shard int, before *owner) *owner {
	o := &owner{group: g, log: g.log, shard: shard, done: make(chan struct{})}
	o.ctx, o.cancel = context.WithCancelCause(g.ctx)
	g.all.Go(func() {
		defer g.ended(o)
		if before != nil {
			<-before.done
		}
		o.run()
	})
	return o
}

// run is the loop: whatever goes wrong, drop everything, and ask the group before beginning again. No error ends it,
// since an owner may be fenced by its own pause, and one that gave up for good would leave the shard to nobody. A
// refusal only waits longer, and report logs it and a shard that the group doesn't confirm in other words.
func (o *owner) run() {
	defer o.works()
	pause := minPause
	var last error
	for o.ctx.Err() == nil {
		began := time.Now()
		err := o.session(last)
		o.working.Store(false)
		if o.ctx.Err() != nil {
			return
		}
		if time.Since(began) > steadyTime {
			pause = minPause
		}
		o.report(err)
		last = err
		wait := pause/2 + rand.N(pause)
		if errors.As(err, new(refusal)) {
			wait = refusedTime
		}
		client.Sleep(o.ctx, wait)
		pause = min(2*pause, maxPause)
	}
}

// report logs why a session ended. What is wrong with a broker is wrong with every shard: it is logged at its level
// once a minute, and otherwise for debugging (failures).
func (o *owner) report(err error) {
	level, message := slog.LevelWarn, "shard dropped: restoring it"
	switch {
	case err == nil:
		return
	case errors.Is(err, errNotMine):
		level, message = slog.LevelInfo, "shard not confirmed"
	case errors.As(err, new(refusal)):
		level, message = slog.LevelError, "shard refused: nobody works on it"
	}
	if !errors.Is(err, errNotMine) {
		o.log.health.failed(err)
		o.log.metrics.failed(err)
	}
	level, failing := o.log.failures.add(o.shard, err, level)
	o.log.log.Log(o.ctx, level, message, "shard", o.shard, "err", err, "failing_shards", failing)
}

// works notes that the shard is worked on, which a commit shows, or is not ours any more.
func (o *owner) works() {
	if o.log.failures.remove(o.shard) {
		o.log.log.Info("the last shard that failed is worked on again, or another's", "shard", o.shard)
	}
}

// turn waits until a shard may be opened. An embedded broker opens one after the other: sixteen at once would all wait
// for its disk until their time is up. The caller calls opened, maybe twice.
func (l *Log) turn(ctx context.Context) (opened func(), err error) {
	if l.opts.Embedded == nil {
		return func() {}, nil
	}
	select {
	case l.opening <- struct{}{}:
		return sync.OnceFunc(func() { <-l.opening }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// session is one ownership, from the group's word to the first error. nil means that there was nothing to do, and there
// may be now.
//
// The order is the whole of the promise that no event is lost or published twice: confirm that the shard is ours;
// fence whoever had it, whose transaction is settled by that; confirm again; write a barrier; restore everything
// before it. What is read up to the barrier is then everything that was ever committed, and nobody else can add to
// it.
func (o *owner) session(last error) error {
	ctx := o.ctx
	opened, err := o.log.turn(ctx)
	if err != nil {
		return err
	}
	defer opened()
	if err := o.group.confirm(ctx, o); err != nil { // opening fences the previous owner: confirm the assignment first
		return err
	}
	if fenced(last) {
		o.log.metrics.fenced.Inc()
		o.log.log.Warn("fenced although the group confirms us: another group on these topics, or a pause", "shard", o.shard)
	}
	if errors.Is(last, kerr.MessageTooLarge) {
		o.log.lowerLimit(ctx, o.group.requests.client)
	}
	t, err := o.log.openTransactor(o.shard)
	if err != nil {
		return err
	}
	defer t.close()
	defer t.closeAfter(ctx, shutdownGrace)()
	if err := client.Bounded(ctx, o.log.opts.patient(initTime), t.fence); err != nil {
		return err
	}
	if err := o.group.confirm(ctx, o); err != nil { // did we sleep between the two?
		return err
	}
	view, err := o.log.refreshView(ctx, t.client)
	if err != nil {
		return err
	}
	barrier, err := o.commitBarrier(t, view)
	if err != nil {
		return err
	}
	worker := o.group.open(o.shard)
	defer worker.Close()
	if err := o.restore(ctx, t, view, barrier, worker); err != nil {
		return err
	}
	opened()
	o.working.Store(true)
	woken := o.log.awake() // before the worker looks whether there is something to do
	if err := o.work(t, view, worker); !errors.Is(err, producer.ErrIdle) {
		return err
	}
	t.close()
	o.works()
	select { // the shard stays ours
	case <-ctx.Done():
	case <-woken:
	}
	return ctx.Err()
}

// work lets the worker work until the shard is given up or a commit fails. Two goroutines: the worker's, and the
// committer's (this one), which goes on until the worker has returned, so that what it publishes at its end is
// committed as well.
func (o *owner) work(t *transactor, v view, w producer.Worker) error {
	ctx, cancel := context.WithCancelCause(o.ctx)
	defer cancel(nil)
	c := newCommitter(func(records []*kgo.Record) error {
		if cause := context.Cause(ctx); errors.Is(cause, errLost) {
			return cause // the shard may be another's already
		}
		err := t.commit(records)
		if err == nil {
			o.log.health.committed()
			o.works()
		}
		return err
	}, cancel)
	stopped := context.AfterFunc(ctx, c.hurry)
	defer stopped()
	requests, end := o.group.requests.subscribe(ctx, o.shard)
	defer end()
	s := &session{log: o.log, shard: o.shard, view: v, committer: c, requests: requests}
	done := make(chan error, 1)
	go func() {
		done <- w.Run(ctx, s)
		c.close()
	}()
	c.run()
	err := <-done
	return cmp.Or(c.failure(), err)
}

// refreshView learns the present partitions and incarnations of the topics, and makes those anew that somebody deleted:
// each session does, as the worker publishes again what such a topic lacks. The state topic is never made here: an
// empty one beside events would have everything published twice.
func (l *Log) refreshView(ctx context.Context, cl *kgo.Client) (view, error) {
	v := l.seen()
	adm, topics := kadm.NewClient(cl), l.topics()
	err := client.Bounded(ctx, client.AnswerTime, func(ctx context.Context) error {
		found, err := l.describe(ctx, adm, topics)
		if err != nil {
			return err
		}
		if !found.Has(l.stateTopic()) {
			return refuse("state topic %s was deleted: stop every seachange, and make the state anew with seachange rebuild, "+
				"or choose another --topic-prefix", l.stateTopic())
		}
		if err := l.refuseStale(ctx, adm); err != nil {
			return err
		}
		if _, err := l.refuseFormat(ctx, adm, found); err != nil {
			return err
		}
		if found, err = l.make(ctx, adm, topics, found); err != nil {
			return err
		}
		v.partitions, v.ids = shape(found)
		return nil
	})
	if err != nil {
		return v, fmt.Errorf("look at the topics: %w", err)
	}
	if n := v.partitions[l.stateTopic()]; n != l.opts.Shards {
		return v, refuse("%s", grown(l.stateTopic(), n, l.opts.Shards))
	}
	l.see(v)
	return v, nil
}
