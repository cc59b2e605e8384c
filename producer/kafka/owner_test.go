package kafka_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

func allOf(p *process) func() bool {
	return func() bool { return slices.Equal(p.log.Owned(), []int{0, 1, 2, 3}) }
}

// progress waits until every shard of p commits on.
func (p *process) progress() {
	p.t.Helper()
	for shard := range 4 {
		from := p.worker(shard).last()
		eventually(p.t, fmt.Sprint("shard ", shard, " commits on"), func() bool { return p.worker(shard).last() > from+3 })
	}
}

func TestKilledOwnerIsSurvived(t *testing.T) { everywhere(t, killedOwnerIsSurvived) }

func killedOwnerIsSurvived(t *testing.T, c client.Client, prefix string) {
	network := newLink(c.Dialer)
	o := options(c, prefix)
	o.Client.Dialer = network.Dial
	killed := begin(t, prepared(t, o), o)
	eventually(t, "work", allOf(killed))
	killed.progress()
	network.Cut() // in mid-transaction, as likely as not

	o.Client.Dialer = c.Dialer
	survivor := begin(t, prepared(t, o), o)
	eventually(t, "the survivor has all shards", allOf(survivor))
	survivor.progress()
	survivor.stop()
	killed.stop() // its network is still cut: it ends all the same
	wantDense(t, events(t, c, prefix), 4)
}

func TestBrokersThatAreAwayAreWaitedFor(t *testing.T) { everywhere(t, brokersThatAreAwayAreWaitedFor) }

func brokersThatAreAwayAreWaitedFor(t *testing.T, c client.Client, prefix string) {
	network := newLink(c.Dialer)
	o := options(c, prefix)
	o.Client.Dialer = network.Dial
	p := begin(t, prepared(t, o), o)
	eventually(t, "work", allOf(p))
	p.progress()
	network.Cut()
	time.Sleep(25 * time.Second) // longer than the session, and than a transaction
	for shard, working := range p.log.Shards() {
		if working {
			t.Errorf("shard %d is said to be worked on", shard)
		}
	}
	network.Mend()
	eventually(t, "all shards are worked on again", allOf(p))
	p.progress()
	p.stop()
	wantDense(t, events(t, c, prefix), 4)
}

// A process that sleeps through its membership wakes up as somebody who may not write any more, and begins again.
func TestPausedOwnerIsFenced(t *testing.T) { everywhere(t, pausedOwnerIsFenced) }

func pausedOwnerIsFenced(t *testing.T, c client.Client, prefix string) {
	network := newLink(c.Dialer)
	o := options(c, prefix)
	o.Client.Dialer = network.Dial
	paused := begin(t, prepared(t, o), o)
	eventually(t, "work", allOf(paused))
	paused.progress()
	thaw := network.Freeze()
	t.Cleanup(thaw)

	o.Client.Dialer = c.Dialer
	other := begin(t, prepared(t, o), o)
	eventually(t, "the other has all shards", allOf(other))
	other.progress()
	thaw()
	eventually(t, "both share the shards again", func() bool {
		return len(paused.log.Owned()) == 2 && len(other.log.Owned()) == 2
	})
	for _, p := range []*process{paused, other} {
		for _, shard := range p.log.Owned() {
			from := p.worker(shard).last()
			eventually(t, "it commits on", func() bool { return p.worker(shard).last() > from+3 })
		}
	}
	paused.stop()
	other.stop()
	wantDense(t, events(t, c, prefix), 4)
}

// An owner that only the group has lost goes on writing until it is fenced, and then asks the group before it takes
// anything back.
func TestOwnerThatLosesOnlyTheGroup(t *testing.T) { everywhere(t, ownerThatLosesOnlyTheGroup) }

func ownerThatLosesOnlyTheGroup(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	network := newLink(c.Dialer)
	l := prepared(t, o)
	l.SetGroupDialer(network.Dial)
	cut := begin(t, l, o)
	eventually(t, "work", allOf(cut))
	thaw := network.Freeze() // an error would tell it at once
	t.Cleanup(thaw)
	cut.progress()

	other := begin(t, prepared(t, o), o)
	eventually(t, "the other has all shards", allOf(other))
	for range 3 { // nobody takes anything from the other, who is the group's choice
		other.progress()
	}
	if opened := other.count(); opened != 4 {
		t.Errorf("the other opened shards %d times, want 4: it was fenced", opened)
	}
	if owned := cut.log.Owned(); len(owned) > 0 {
		t.Errorf("the one that was cut off works on %v", owned)
	}
	thaw()
	eventually(t, "it is taken back", func() bool { return len(cut.log.Owned()) == 2 })
	cut.stop()
	other.stop()
	wantDense(t, events(t, c, prefix), 4)
}

// An instance that comes back in time finds its shards waiting: nobody else got them.
func TestSameInstanceComesBackToItsShards(t *testing.T) { everywhere(t, sameInstanceComesBack) }

func sameInstanceComesBack(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	o.SessionTimeout = 20 * time.Second
	other := begin(t, prepared(t, o), o)
	o.InstanceID = "seachange-0"
	first := begin(t, prepared(t, o), o)
	halves := func(p *process) func() bool {
		return func() bool { return len(p.log.Owned()) == 2 && len(other.log.Owned()) == 2 }
	}
	eventually(t, "both have shards", halves(first))
	shards, opened := first.log.Owned(), other.count()
	first.stop()
	second := begin(t, prepared(t, o), o)
	eventually(t, "the instance has shards again", halves(second))
	if got := second.log.Owned(); !slices.Equal(got, shards) || other.count() != opened {
		t.Errorf("the instance came back to shards %v, want %v; the other opened %d shards in between", got, shards,
			other.count()-opened)
	}
	second.stop()
	other.stop()
	wantDense(t, events(t, c, prefix), 4)
}

// What is still to be said when the shard is lost isn't said: it may be another's already.
func TestNothingIsCommittedOnceTheShardIsLost(t *testing.T) {
	everywhere(t, nothingIsCommittedOnceTheShardIsLost)
}

func nothingIsCommittedOnceTheShardIsLost(t *testing.T, c client.Client, prefix string) {
	network := newLink(c.Dialer)
	l := prepared(t, options(c, prefix))
	l.SetGroupDialer(network.Dial)
	account := shard0(t, l)
	said := make(chan error, 2)
	var opened, ended atomic.Int64
	run(t, l, func(shard int) producer.Worker {
		if shard != 0 {
			return &probe{}
		}
		if opened.Add(1) > 1 {
			if ended.Load() != 1 {
				t.Error("the shard has another worker, and the one that lost it has not ended")
			}
			return &probe{}
		}
		return &probe{do: func(ctx context.Context, s producer.Session) error {
			<-ctx.Done()
			s.Commit(count(prefix, account, 1), func(err error) { said <- err })
			time.Sleep(9 * time.Second)
			ended.Add(1)
			return nil
		}}
	})
	eventually(t, "work", func() bool { return len(l.Owned()) == 4 })
	network.Cut()
	if err := <-said; err == nil {
		t.Error("it was committed")
	}
	network.Mend()
	// perhaps in two steps, as the group hears of the old member's end
	eventually(t, "it is taken back", func() bool { return len(l.Owned()) == 4 && opened.Load() >= 2 })
	if n := len(events(t, c, prefix)); n != 0 {
		t.Errorf("events of %d accounts are there, want none", n)
	}
}

// Somebody who takes a shard's transactional id without the group's word fences its owner, who asks the group and goes
// on.
func TestFencedOwnerGoesOn(t *testing.T) { everywhere(t, fencedOwnerGoesOn) }

func fencedOwnerGoesOn(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	p := begin(t, prepared(t, o), o)
	eventually(t, "work", allOf(p))
	opts := []kgo.Opt{kgo.SeedBrokers(c.Brokers...), kgo.TransactionalID(kafka.TransactionalPrefix(prefix) + "0")}
	if c.Dialer != nil {
		opts = append(opts, kgo.Dialer(c.Dialer))
	}
	thief, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer thief.Close()
	if _, _, err := thief.ProducerID(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the shard is opened again", func() bool { return p.count() >= 5 })
	p.progress()
	p.stop()
	wantDense(t, events(t, c, prefix), 4)
}

func (p *process) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}

// sleeper sleeps once, inside a transaction.
type sleeper struct {
	commits atomic.Int64
	sleep   time.Duration
}

func (s *sleeper) Before(shard int, _ []*kgo.Record) error {
	if shard == 0 && s.commits.Add(1) == 5 {
		time.Sleep(s.sleep)
	}
	return nil
}

func (s *sleeper) After(int) error { return nil }

// A lone owner that sleeps inside a transaction past its timeout is fenced by nobody but the coordinator: it goes on by
// itself.
func TestLoneOwnerSleepsPastItsTransaction(t *testing.T) {
	everywhere(t, loneOwnerSleepsPastItsTransaction)
}

func loneOwnerSleepsPastItsTransaction(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	s := &sleeper{sleep: 15 * time.Second} // a broker looks for such transactions every 10 s
	o.Embedded = &kafka.Embedded{ProcessID: "p", Redo: s}
	l := prepared(t, o)
	l.SetTransactionTimeout(time.Second)
	p := begin(t, l, o)
	eventually(t, "work", allOf(p))
	eventually(t, "the shard is opened again", func() bool { return p.count() >= 5 })
	p.progress()
	p.stop()
	wantDense(t, events(t, c, prefix), 4)
}
