package certify

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
)

// Bounds of a round.
const (
	perRound = 14               // faults, one after the other, at once, or before the last has passed
	longest  = 60 * time.Second // until every account commits again after the last fault
)

// rounds are what happens to the processes, their network, and perhaps the brokers. After each round everything is
// mended, and must be well.
type rounds struct {
	o     *Options
	rng   *rand.Rand
	world *world
	fleet *fleet
	judge *judge

	began  time.Time
	count  int
	faults Faults
	// from the last fault to the last account's next event
	recoveries []time.Duration
}

// play plays rounds until the time is over or something is wrong.
func (r *rounds) play(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel(nil)
	all.Go(func() { r.world.live(ctx) })
	all.Go(func() {
		if err := r.judge.follow(ctx, r.o.Kafka.Client); err != nil {
			cancel(fmt.Errorf("the reader: %w", err))
		}
	})
	err := r.all(ctx)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (r *rounds) all(ctx context.Context) error {
	if err := r.settled(ctx); err != nil {
		return err
	}
	r.o.Progress("the snapshot of %d accounts is in the topics; events: %s", len(r.world.accounts), r.judge.count())
	r.began = time.Now()
	for time.Since(r.began) < r.o.For {
		if err := r.round(ctx); err != nil {
			return err
		}
		r.count++
		r.o.Progress("round %d: well after %v; events: %s", r.count,
			r.recoveries[len(r.recoveries)-1].Round(100*time.Millisecond), r.judge.count())
	}
	return r.again(ctx)
}

// round lets things go wrong, mends them, and holds the processes to their promise.
func (r *rounds) round(ctx context.Context) error {
	var pending sync.WaitGroup
	defer pending.Wait()
	for range perRound {
		r.world.misbehave()
		if err := r.strike(ctx, &pending); err != nil {
			return err
		}
		if !client.Sleep(ctx, time.Duration(r.rng.IntN(2500))*time.Millisecond) {
			return ctx.Err()
		}
	}
	pending.Wait()
	if err := r.alive(ctx); err != nil {
		return err
	}
	if r.fleet.turn%2 == 1 { // to be held against everything, all must be watched
		if err := r.fleet.roll(); err != nil {
			return err
		}
	}
	return r.settled(ctx)
}

// strike does one thing. What lasts is ended by a goroutine.
func (r *rounds) strike(ctx context.Context, pending *sync.WaitGroup) error {
	i := r.rng.IntN(len(r.fleet.procs))
	later := func(d time.Duration, mend func()) {
		pending.Go(func() {
			client.Sleep(ctx, d)
			mend()
		})
	}
	x := r.rng.IntN(50)
	if x >= 47 && r.o.KillBroker != nil {
		r.faults.BrokerKills++
		return r.o.KillBroker(ctx, time.Duration(r.rng.IntN(5000))*time.Millisecond)
	}
	switch {
	case x < 16:
		r.faults.Kills++
		return r.fleet.end(i, syscall.SIGKILL)
	case x < 30:
		r.faults.Pauses++
		r.fleet.signal(i, pauseSignal)
		later(r.between(3*time.Second, 20*time.Second), func() { r.fleet.signal(i, resumeSignal) })
	case x < 33:
		r.faults.Stops++
		return r.fleet.end(i, syscall.SIGTERM)
	case x < 37:
		r.faults.Cuts++
		r.fleet.tunnels[i].breakOff()
		later(r.between(time.Second, 13*time.Second), r.fleet.tunnels[i].mend)
	case x < 39:
		r.faults.Slows++
		r.fleet.tunnels[i].slow(r.between(100*time.Millisecond, 1600*time.Millisecond), 5000+r.rng.IntN(100_000))
		later(10*time.Second, r.fleet.tunnels[i].mend)
	case x < 41:
		r.faults.ConfigChanges++
		return r.fleet.roll()
	case x < 44: // and everything is overdue afterwards
		r.faults.PausesOfAll++
		r.fleet.signalAll(pauseSignal)
		later(r.between(4*time.Second, 10*time.Second), func() { r.fleet.signalAll(resumeSignal) })
	default: // a commit takes longer than an interval
		r.faults.Stalls++
		for _, t := range r.fleet.tunnels {
			t.slow(2*time.Second, 0)
		}
		later(15*time.Second, r.mendAll)
	}
	return nil
}

func (r *rounds) between(least, most time.Duration) time.Duration {
	return least + time.Duration(r.rng.Int64N(int64(most-least)))
}

func (r *rounds) mendAll() {
	for _, t := range r.fleet.tunnels {
		t.mend()
	}
}

// alive waits until every account has committed something since now.
func (r *rounds) alive(ctx context.Context) error {
	r.mendAll()
	mended := time.Now()
	for {
		quiet := r.judge.quietSince(mended)
		took := time.Since(mended)
		switch {
		case len(quiet) == 0:
			r.recoveries = append(r.recoveries, took)
			return nil
		case took > longest:
			return violated("liveness: nothing was committed for %v in the %v after the last fault", quiet, longest)
		case !client.Sleep(ctx, 100*time.Millisecond):
			return ctx.Err()
		}
	}
}

// settled waits, while nothing changes, until the topics hold what the accounts hold; then everything is checked.
func (r *rounds) settled(ctx context.Context) error {
	defer r.world.calm()()
	began := time.Now()
	for {
		stale, err := r.judge.stale()
		switch {
		case err != nil:
			return err
		case len(stale) == 0 && len(r.judge.quietSince(time.Time{})) == 0:
			return r.check()
		case time.Since(began) > 3*longest:
			return cmp.Or(r.check(), violated("lost or stale: %d records still differ after %v of calm, such as %v",
				len(stale), 3*longest, stale[:min(1, len(stale))]))
		case !client.Sleep(ctx, 200*time.Millisecond):
			return ctx.Err()
		}
	}
}

// check holds the history and the logs to what they may hold.
func (r *rounds) check() error {
	if err := r.fleet.crashed(); err != nil {
		return err
	}
	if err := r.judge.exact(); err != nil {
		return err
	}
	for i := range r.fleet.procs {
		text, err := os.ReadFile(r.fleet.logOf(i))
		if err != nil {
			return err
		}
		if secrets(string(text)) {
			return violated("a secret is in the log of process %d", i+1)
		}
	}
	return nil
}

// again reads everything once more from the beginning, as a reader does that comes late.
func (r *rounds) again(ctx context.Context) error {
	defer r.world.calm()()
	for began := time.Now(); ; {
		late := newJudge(r.world, r.o.Kafka.Prefix, r.judge.topics)
		if err := late.once(ctx, r.o.Kafka.Client); err != nil {
			return fmt.Errorf("a late reader: %w", err)
		}
		seen, all := late.count(), r.judge.count()
		switch {
		case seen == all:
			return late.exact()
		case time.Since(began) > longest:
			return cmp.Or(late.exact(), violated("a late reader sees %s events, and who read all along saw %s", seen, all))
		case !client.Sleep(ctx, 200*time.Millisecond): // what changed before this calm is still on its way
			return ctx.Err()
		}
	}
}
