package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"
)

// Bounds of a round.
const (
	perRound = 14               // faults, one after the other, at once, or before the last has passed
	longest  = 60 * time.Second // until every account commits again after the last fault
)

// rounds are what happens to the processes, the broker and the network. After each round everything is mended, and must
// be well.
type rounds struct {
	rng     *rand.Rand
	world   *world
	broker  *broker
	fleet   *fleet
	history *history

	began                                                         time.Time
	count                                                         int
	kills, pauses, stops, brokerKills, cuts, slows, configChanges int
	pausesOfAll, stalls                                           int
	// from the last fault to the last account's next event
	recoveries []time.Duration
}

// play plays rounds until the time is over or something is wrong.
func (r *rounds) play(ctx context.Context, lasts time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel(nil)
	all.Go(func() { r.world.live(ctx) })
	if err := r.begin(ctx, &all, cancel); err != nil {
		return err
	}
	r.began = time.Now()
	for time.Since(r.began) < lasts {
		if err := r.round(ctx); err != nil {
			if context.Cause(ctx) != nil && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
		r.count++
		logf("round %d: well after %v; %s", r.count, r.recoveries[len(r.recoveries)-1].Round(100*time.Millisecond),
			r.history.ops())
	}
	return r.again(ctx)
}

// begin waits until the topics are there, follows them, and waits for the first sight.
func (r *rounds) begin(ctx context.Context, all *sync.WaitGroup, cancel context.CancelCauseFunc) error {
	for range 60 {
		if err := r.fleetTopics(ctx); err == nil {
			break
		}
		if !pause(ctx, time.Second) {
			return errInterrupted
		}
	}
	all.Go(func() {
		if err := r.history.follow(ctx, r.broker.direct()); err != nil {
			cancel(fmt.Errorf("the reader: %w", err))
		}
	})
	return r.settled(ctx)
}

// fleetTopics is an error until all topics are there.
func (r *rounds) fleetTopics(ctx context.Context) error {
	return newHistory(r.world).once(ctx, r.broker.direct())
}

// round lets things go wrong, mends them, and holds the processes to their promise.
func (r *rounds) round(ctx context.Context) error {
	var pending sync.WaitGroup
	errs := make(chan error, perRound+1)
	for range perRound {
		r.world.misbehave()
		if err := r.strike(ctx, &pending, errs); err != nil {
			return err
		}
		if !pause(ctx, time.Duration(r.rng.IntN(2500))*time.Millisecond) {
			return errInterrupted
		}
	}
	pending.Wait()
	select {
	case err := <-errs:
		return err
	default:
	}
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
func (r *rounds) strike(ctx context.Context, pending *sync.WaitGroup, errs chan<- error) error {
	i := r.rng.IntN(len(r.fleet.procs))
	later := func(d time.Duration, mend func() error) {
		pending.Go(func() {
			pause(ctx, d)
			if err := mend(); err != nil {
				errs <- err
			}
		})
	}
	switch x := r.rng.IntN(50); {
	case x < 16:
		r.kills++
		return r.fleet.end(i, syscall.SIGKILL)
	case x < 30:
		r.pauses++
		r.fleet.signal(i, syscall.SIGSTOP)
		later(3*time.Second+time.Duration(r.rng.Int64N(int64(17*time.Second))), func() error {
			r.fleet.signal(i, syscall.SIGCONT)
			return nil
		})
	case x < 33:
		r.stops++
		return r.fleet.end(i, syscall.SIGTERM)
	case x < 37:
		r.cuts++
		r.broker.cut(i)
		later(time.Second+time.Duration(r.rng.Int64N(int64(12*time.Second))), func() error { return r.broker.mend(ctx, i) })
	case x < 39:
		r.slows++
		later(10*time.Second, func() error { return r.broker.mend(ctx, i) })
		return r.broker.slow(ctx, i, 100+r.rng.IntN(1500), 5+r.rng.IntN(100))
	case x < 42:
		r.brokerKills++
		if err := r.broker.kill(ctx); err != nil {
			return err
		}
		pause(ctx, time.Duration(r.rng.IntN(5000))*time.Millisecond)
		return r.broker.start(ctx)
	case x < 44:
		r.configChanges++
		return r.fleet.roll()
	case x < 47: // and everything is overdue afterwards
		r.pausesOfAll++
		r.fleet.signalAll(syscall.SIGSTOP)
		later(4*time.Second+time.Duration(r.rng.Int64N(int64(6*time.Second))), func() error {
			r.fleet.signalAll(syscall.SIGCONT)
			return nil
		})
	default: // a commit takes longer than an interval
		r.stalls++
		later(15*time.Second, func() error { return r.mendAll(ctx) })
		return r.stall(ctx)
	}
	return nil
}

// stall has each answer of the broker take 2 s longer.
func (r *rounds) stall(ctx context.Context) error {
	for i := range r.fleet.procs {
		if err := r.broker.delay(ctx, i, 2*time.Second); err != nil {
			return err
		}
	}
	return nil
}

func (r *rounds) mendAll(ctx context.Context) error {
	for i := range r.fleet.procs {
		if err := r.broker.mend(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// alive waits until every account has committed something since now.
func (r *rounds) alive(ctx context.Context) error {
	if err := r.mendAll(ctx); err != nil {
		return err
	}
	mended := time.Now()
	for {
		quiet := r.history.quietSince(mended)
		took := time.Since(mended)
		switch {
		case len(quiet) == 0:
			r.recoveries = append(r.recoveries, took)
			return nil
		case took > longest:
			return fmt.Errorf("VIOLATION: liveness: nothing was committed for %v in the %v after the last fault", quiet, longest)
		case !pause(ctx, 100*time.Millisecond):
			return errInterrupted
		}
	}
}

// settled waits, while nothing changes, until the topics hold what the accounts hold; then everything is checked.
func (r *rounds) settled(ctx context.Context) error {
	defer r.world.calm()()
	began := time.Now()
	for {
		stale, err := r.history.stale()
		switch {
		case err != nil:
			return err
		case len(stale) == 0 && len(r.history.quietSince(time.Time{})) == 0:
			return r.check()
		case time.Since(began) > 3*longest:
			return fmt.Errorf("VIOLATION: lost or stale: %d records still differ after %v of calm, such as %v", len(stale),
				3*longest, stale[0])
		case !pause(ctx, time.Second):
			return errInterrupted
		}
	}
}

// check holds the history and the logs to what they may hold.
func (r *rounds) check() error {
	if err := errors.Join(r.fleet.crashed(), r.history.exact()); err != nil {
		return err
	}
	for i := range r.fleet.procs {
		text, err := os.ReadFile(r.fleet.logOf(i))
		if err != nil {
			return err
		}
		if secrets(string(text)) {
			return fmt.Errorf("VIOLATION: a secret is in the log of process %d", i+1)
		}
	}
	return nil
}

// again reads everything once more from the beginning, as a reader does that comes late.
func (r *rounds) again(ctx context.Context) error {
	defer r.world.calm()()
	late := newHistory(r.world)
	if err := late.once(ctx, r.broker.direct()); err != nil {
		return fmt.Errorf("a late reader: %w", err)
	}
	if late.ops() != r.history.ops() {
		return fmt.Errorf("VIOLATION: a late reader sees %s events, and who read all along saw %s", late.ops(),
			r.history.ops())
	}
	return late.exact()
}

// report prints the figures.
func (r *rounds) report() {
	var most, sum time.Duration
	for _, d := range r.recoveries {
		most, sum = max(most, d), sum+d
	}
	mean := sum / time.Duration(max(1, len(r.recoveries)))
	const second = 100 * time.Millisecond
	fmt.Printf(`
| | |
|---|---|
| time, rounds | %v, %d |
| seachange killed (SIGKILL) | %d |
| paused (SIGSTOP) for 3 to 20 s; all at once for 4 to 10 s | %d; %d |
| stopped (SIGTERM) and started again | %d |
| Kafka killed (SIGKILL) and started again | %d |
| a process's network cut, slowed; the broker slowed by 2 s | %d, %d; %d |
| rolling changes of the configuration | %d |
| faults of the API | %d |
| events | %s |
| from the last fault of a round to every account's next event | %v mean, %v at most |
`, time.Since(r.began).Round(time.Second), r.count, r.kills, r.pauses, r.pausesOfAll, r.stops, r.brokerKills, r.cuts, r.slows, r.stalls,
		r.configChanges, r.world.faults, r.history.ops(), mean.Round(second), most.Round(second))
}
