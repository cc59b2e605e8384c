package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
)

const (
	confirmTime = 3 * time.Second // the group answers at once, or what it says is old
	leaveTime   = 5 * time.Second
	endTime     = 2 * shutdownGrace // in which an owner has ended, unless its worker is stuck
)

// group hands out shards. Its client reads nothing: the membership is all that is wanted of it. A shard is a
// partition of the state topic, so that Kafka's own assignment shares them out, and notices members that died.
type group struct {
	log      *Log
	client   *kgo.Client
	open     func(shard int) producer.Worker
	requests *requests
	ctx      context.Context // of Run; the owners' parent

	all    sync.WaitGroup // every owner, also those that were lost and have not ended yet
	mu     sync.Mutex
	owners map[int]*owner // by shard: those that the group has assigned to us
	last   map[int]*owner // by shard: the newest that has not ended yet, be it ours or lost
}

// Run implements producer.Log. Prepare must have returned nil before. An error means that nothing was begun.
func (l *Log) Run(ctx context.Context, open func(shard int) producer.Worker) error {
	if l.seen().partitions == nil {
		return errors.New("kafka: Run before Prepare")
	}
	g := &group{log: l, open: open, ctx: ctx, owners: map[int]*owner{}, last: map[int]*owner{}}
	var err error
	if g.requests, err = l.openRequests(); err != nil {
		return err
	}
	if err := g.join(); err != nil {
		g.requests.close()
		return err
	}
	var wg sync.WaitGroup
	wg.Go(func() { g.requests.run(ctx) })
	wg.Go(func() { g.complain(ctx) })
	wg.Go(func() { g.compare(ctx) })
	wg.Go(func() { l.watchOpen(ctx, g.requests.client) })
	<-ctx.Done()
	g.leave()
	wg.Wait()
	return nil
}

// join opens the membership. Fetching is paused for good: what is in the partitions is restored by clients of the
// owners' own.
func (g *group) join() error {
	g.mu.Lock() // the client calls assigned while we don't have it yet
	defer g.mu.Unlock()
	var err error
	if g.client, err = g.log.openClient(g.options()...); err != nil {
		return err
	}
	g.client.PauseFetchTopics(g.log.stateTopic())
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	g.log.group = g
	return nil
}

// options are the membership's. Shards move one by one (cooperative), and stay where they are as far as they can
// (sticky): each move is a restore. No offset is committed but by confirm, whose commit is a question.
func (g *group) options() []kgo.Opt {
	o := g.log.opts
	opts := []kgo.Opt{
		kgo.ClientID(o.Client.Name()), kgo.ConsumerGroup(GroupID(o.Prefix)), kgo.ConsumeTopics(g.log.stateTopic()),
		kgo.Balancers(kgo.CooperativeStickyBalancer()), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()), kgo.MaxVersions(named()),
		kgo.SessionTimeout(o.SessionTimeout), kgo.HeartbeatInterval(min(time.Second, o.SessionTimeout/3)),
		kgo.RebalanceTimeout(o.patient(30 * time.Second)), // longer than endTime
		kgo.OnPartitionsAssigned(g.assigned), kgo.OnPartitionsRevoked(g.revoked), kgo.OnPartitionsLost(g.lost),
	}
	if o.InstanceID != "" {
		opts = append(opts, kgo.InstanceID(o.InstanceID))
	}
	return append(opts, g.log.groupOpts...)
}

// leave ends the owners, whose last commits still need the membership, and only then the membership.
func (g *group) leave() {
	g.stop(g.shards())
	ctx, cancel := context.WithTimeout(context.Background(), g.log.opts.patient(leaveTime))
	defer cancel()
	if err := g.client.LeaveGroupContext(ctx); err != nil {
		g.log.log.Warn("group not left: others get the shards after the session timeout", "err", err)
	}
	g.client.Close()
	g.all.Wait()
	g.requests.close()
}

// complain says why the group doesn't take us, once a minute. Nothing else comes through here, since fetching is
// paused.
func (g *group) complain(ctx context.Context) {
	var last string
	var at time.Time
	for ctx.Err() == nil {
		g.client.PollFetches(ctx).EachError(func(_ string, _ int32, err error) {
			if ctx.Err() != nil || (err.Error() == last && time.Since(at) < time.Minute) {
				return
			}
			last, at = err.Error(), time.Now()
			g.log.log.Warn("not in the group", "group", GroupID(g.log.opts.Prefix), "err", g.log.opts.Client.Explain(err))
		})
		client.Sleep(ctx, time.Second)
	}
}

// assigned, revoked and lost are called by the group's client, one after the other. The maps may be empty, and lost
// comes again and again while the brokers are away.
func (g *group) assigned(_ context.Context, _ *kgo.Client, m map[string][]int32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range m[g.log.stateTopic()] {
		if g.ctx.Err() != nil {
			return
		}
		before := g.last[int(p)] // a shard has one worker at a time, also after it was lost and came back
		if before != nil {
			before.cancel(errLost)
		}
		o := g.start(int(p), before)
		g.owners[int(p)], g.last[int(p)] = o, o
	}
}

func (g *group) ended(o *owner) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last[o.shard] == o {
		delete(g.last, o.shard)
	}
	close(o.done)
}

// revoked gives shards up because the group wants it: there is time to commit what is pending, and the group waits
// for it.
func (g *group) revoked(_ context.Context, _ *kgo.Client, m map[string][]int32) {
	g.stop(m[g.log.stateTopic()])
}

// lost gives shards up that are another's already, for all we know: nothing may be committed any more.
func (g *group) lost(_ context.Context, _ *kgo.Client, m map[string][]int32) {
	for _, o := range g.remove(m[g.log.stateTopic()]) {
		g.log.log.Warn("shard lost", "shard", o.shard, "err", errLost)
		o.cancel(errLost)
	}
}

// stop ends owners gently and waits for them: what is pending is committed, what is under way is finished. It doesn't
// wait for ever, as the group would take all shards from a process that doesn't answer: after shutdownGrace none can
// commit.
func (g *group) stop(shards []int32) {
	owners := g.remove(shards)
	for _, o := range owners {
		o.cancel(nil)
	}
	late := make(chan struct{})
	timer := time.AfterFunc(endTime, func() { close(late) })
	defer timer.Stop()
	for _, o := range owners {
		select {
		case <-o.done:
		case <-late:
			g.log.log.Error("shard given up, but its worker has not ended", "shard", o.shard, "waited", endTime)
		}
	}
}

func (g *group) remove(shards []int32) []*owner {
	g.mu.Lock()
	defer g.mu.Unlock()
	var owners []*owner
	for _, p := range shards {
		if o := g.owners[int(p)]; o != nil {
			owners = append(owners, o)
			delete(g.owners, int(p))
		}
	}
	return owners
}

func (g *group) shards() []int32 {
	g.mu.Lock()
	defer g.mu.Unlock()
	var shards []int32
	for n := range g.owners {
		shards = append(shards, int32(n))
	}
	slices.Sort(shards)
	return shards
}

// confirm asks the group whether the shard is ours, now: it accepts a commit only from a member of its present
// generation. What offset it commits doesn't matter; beside it stand our settings, for the other members. Never without
// a membership: brokers accept that.
func (g *group) confirm(ctx context.Context, o *owner) error {
	g.mu.Lock()
	mine := g.owners[o.shard] == o
	g.mu.Unlock()
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group = GroupID(g.log.opts.Prefix)
	req.MemberID, req.Generation = g.client.GroupMetadata()
	if !mine || req.MemberID == "" || req.Generation < 0 {
		return errNotMine
	}
	if id := g.log.opts.InstanceID; id != "" {
		req.InstanceID = &id
	}
	p := kmsg.NewOffsetCommitRequestTopicPartition()
	p.Partition, p.LeaderEpoch, p.Metadata = int32(o.shard), -1, new(g.log.settingsMark())
	t := kmsg.NewOffsetCommitRequestTopic()
	t.Topic, t.Partitions = g.log.stateTopic(), append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return client.Bounded(ctx, g.log.opts.patient(confirmTime), func(ctx context.Context) error {
		return answerOf(req.RequestWith(ctx, g.client))
	})
}

// answerOf returns nil if the group took the commit. Whatever else it says, or doesn't, is no confirmation.
func answerOf(resp *kmsg.OffsetCommitResponse, err error) error {
	if err != nil {
		return fmt.Errorf("%w: %w", errNotMine, err)
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("%w: %w", errNotMine, err)
			}
		}
	}
	if len(resp.Topics) == 0 {
		return errNotMine
	}
	return nil
}

// named keeps offset commits at the version that names topics: the next one wants their ids, which old brokers don't
// have.
func named() *kversion.Versions {
	v := kversion.Stable()
	v.SetMaxKeyVersion(int16(kmsg.OffsetCommit), 9)
	return v
}

// Shards returns the shards that this process was given, and of each whether it is worked on: not while it is restored,
// nor after an error.
func (l *Log) Shards() map[int]bool {
	shards := map[int]bool{}
	for _, o := range l.owners() {
		shards[o.shard] = o.working.Load()
	}
	return shards
}

// Owned returns the shards that this process works on, ascending.
func (l *Log) Owned() []int {
	var working []int
	for _, o := range l.owners() {
		if o.working.Load() {
			working = append(working, o.shard)
		}
	}
	slices.Sort(working)
	return working
}

// owners returns one owner per shard that the group assigned to us, working or not.
func (l *Log) owners() []*owner {
	l.mu.Lock()
	g := l.group
	l.mu.Unlock()
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var owners []*owner
	for _, o := range g.owners {
		owners = append(owners, o)
	}
	return owners
}
