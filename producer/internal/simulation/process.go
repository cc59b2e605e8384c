package simulation

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// process is one life of a process.
type process struct {
	sim      *simulation
	number   int
	life     int
	producer *producer.Producer
	cancel   context.CancelFunc
	done     chan struct{}
	dead     atomic.Bool

	mu     sync.Mutex
	paused chan struct{} // closed when it goes on; nil: it isn't paused
}

func (p *process) String() string { return fmt.Sprintf("process %d.%d", p.number, p.life) }

var maskKey = []byte("obviously-fake-mask-key")

// start begins the next life of a process.
func (s *simulation) start(number, life int) *process {
	p := &process{sim: s, number: number, life: life, done: make(chan struct{})}
	var accounts []producer.Account
	for _, w := range s.worlds {
		source, err := digitalocean.New(digitalocean.Options{
			Token: s.token, Account: w.id, Transport: &transport{process: p, world: w},
			Logger: s.log.With("process", p.String()),
		})
		if err != nil {
			panic(err)
		}
		accounts = append(accounts, producer.Account{Name: w.id, Source: source, Expect: w.id, Resources: s.resources})
	}
	var err error
	p.producer, err = producer.New(producer.Options{
		Accounts: accounts, Log: &fakeLog{process: p, cluster: s.cluster, working: map[int]bool{}}, Interval: s.plan.interval,
		ChunkBytes: s.plan.chunk, Current: s.current, Diff: diff.Options{MaskKey: maskKey},
		Logger: s.log.With("process", p.String()),
	})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	s.logf("%s starts", p)
	s.running.Go(func() {
		defer close(p.done)
		if err := p.producer.Run(ctx); err != nil && !p.dead.Load() {
			s.judge.violate("%s ended: %v", p, err)
		}
	})
	return p
}

// token is what a process reads as its token.
func (s *simulation) token() (string, error) {
	if at := time.Since(s.began); s.plan.foreign && at > s.plan.active/3 && at < s.plan.active*2/3 {
		return foreignToken, nil
	}
	return digitaloceantest.Token, nil
}

// gate blocks while the process is paused. Not all goes on at the very same moment.
func (p *process) gate(s stream) {
	p.mu.Lock()
	paused := p.paused
	p.mu.Unlock()
	if paused != nil {
		<-paused
		time.Sleep(s.between(1, 10*time.Millisecond))
	}
}

func (p *process) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused == nil {
		p.paused = make(chan struct{})
	}
}

func (p *process) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused != nil {
		close(p.paused)
		p.paused = nil
	}
}

// kill ends a process at once: what it does from now on reaches nobody.
func (p *process) kill() {
	p.dead.Store(true)
	p.cancel()
	p.resume()
}

// longestStop is how long a process may take to end when it is told to: a shard's last words, and a transaction.
const longestStop = 2 * time.Minute

// stop tells a process to end, and waits for it.
func (p *process) stop() {
	p.cancel()
	select {
	case <-p.done:
	case <-time.After(longestStop):
		p.sim.judge.violate("%s did not end within %v", p, longestStop)
	}
}
