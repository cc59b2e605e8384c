package producer

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/tracing"
	"github.com/seachange/seachange/schema"
)

// account works for one configured account. Its goroutine, run, owns the memory; nobody else touches it.
type account struct {
	*memory
	p       *Producer
	member  *member  // nil, as config: it is not configured
	config  *Account // its settings
	source  Source
	session Session
	log     *slog.Logger

	schedule *schedule.Schedule
	rows     map[string]*schema.Resource // enabled, by name
	acks     *mailbox[ack]
	asked    *mailbox[Request]
	pending  int // publications that are not committed yet
	flushed  time.Time
	// Which slot looks were published to last, and when. Each slot is a key of the compacted state topic, so that what a
	// thousand idle sweeps say takes a fixed number of entries there.
	looksAt    time.Time
	lookSlot   int
	untold     bool      // looks tell readers nothing: a collection's status in the log may have another's number
	stopped    bool      // the token is refused
	retry      time.Time // when a refused token is tried again
	failed     error     // a commit failed: this ownership is over
	tokenReads int       // Budget.TokenReads, as of the last sweep
	proven     int       // Budget.TokenReads when the token last showed a record known before; -1: never

	// What was logged last, so that a condition which lasts is a line when it begins and one when it ends, and not one
	// for each sweep: the interval in force (0: as asked for), how much longer than their max_age collections wait, and
	// whether others leave few requests.
	spoke     time.Duration
	stretched float64
	squeezed  bool
	start     progress
	outage    outage

	requests []*request                // that are not answered yet
	span     tracing.Sweep             // of the last sweep
	handed   atomic.Int64              // the newest event that the log was given; its shard reads it, too
	ahead    map[collectionID]*reading // asked for before their turn
	came     []*reading                // of them, those whose first page came, in that order; some were dropped
	answers  *mailbox[*reading]
	inFlight int      // requests that were made ahead and have not come back, also of what was dropped
	reading  *reading // of the sweep that is made

	pausedNew bool // a collection was made that is paused, and its status doesn't say so yet
}

// newAccount takes over what was restored of an account. Without a configuration (k.config is nil) it can say that the
// account is unwatched and nothing else: there is no source to read from, and no row is enabled.
func (p *Producer) newAccount(m *memory, k identified, s Session) *account {
	a := &account{
		memory: m, p: p, member: k.member, session: s,
		log:      p.log.With("account", k.ID),
		rows:     map[string]*schema.Resource{},
		acks:     newMailbox[ack](),
		asked:    newMailbox[Request](),
		answers:  newMailbox[*reading](),
		ahead:    map[collectionID]*reading{},
		flushed:  time.Now(),
		lookSlot: state.LookSlots, // first all of them: an earlier owner's are written over
		proven:   -1,
	}
	if k.member != nil {
		a.config = &k.config
	}
	a.countNumbers()
	a.looksSeq = max(a.looksSeq, time.Now().Unix())
	// Consumers order an account's events by their lsn. The clock makes a first number above all that a state topic may
	// have handed out before it was lost.
	if a.checkpoint.NextLSN == 0 {
		a.checkpoint.NextLSN = state.FirstLSN(time.Now())
	}
	// What is below NextLSN was committed by whoever owned the shard before: else it would not have been restored.
	a.handed.Store(a.checkpoint.NextLSN - 1)
	a.count()
	if a.checkpoint.LastLSN == nil {
		a.checkpoint.LastLSN = map[string]int64{}
	}
	a.checkpoint.Name = k.Identity.Name
	a.configure()
	return a
}

// configure takes up what the configuration says of the account, if anything.
func (a *account) configure() {
	if a.config == nil {
		a.schedule = schedule.New(schedule.Options{}) // nothing is read
		return
	}
	a.schedule = schedule.New(schedule.Options{
		Interval: a.config.Interval, Once: a.p.opts.Once, Share: a.config.Share,
	})
	a.checkpoint.Config = a.config.Name
	a.source = a.config.Source
	a.tokenReads = a.source.Budget().TokenReads
	a.p.status.SetOwned(a.config.Name)
	for _, r := range a.config.Resources {
		a.rows[r.Name] = r
	}
	a.showUnknown()
}

// flushEvery is how often checkpoints that moved without an event are committed. A crash forgets no event with them,
// only when a collection was last found unchanged, so that half a minute of it costs a few sweeps, and idle accounts
// write little.
const flushEvery = 30 * time.Second

// run reads the account's collections in turn until ctx ends. An error means that a commit failed: then the memory may
// be ahead of the log, and whoever owns the shard next restores it.
//
// One turn is one sweep. Up to four collections whose turn comes are asked for at a time, and are swept as their
// answers come (readahead.go). What may change which collection is due comes before the schedule is asked: commits,
// as a collection in flight isn't due, then the operators' requests. Everything waits for a sweep, so each is
// bounded: by the source's deadlines, and by patience for requests by id.
func (a *account) run(ctx context.Context) error {
	a.plan()
	defer a.dropAll()
	for ctx.Err() == nil {
		if err := a.settle(); err != nil {
			return err
		}
		a.pass()
		for _, r := range a.asked.take() {
			a.take(r)
		}
		a.answerRequests()
		if a.pausedNew {
			a.unschedulePaused()
		}
		if time.Since(a.flushed) >= flushEvery {
			a.flush(false)
		}
		if !a.stopped {
			a.progress()
		}
		x := a.nextRead()
		k, due, ok := a.schedule.Next(time.Now())
		switch {
		case a.stopped && time.Until(a.retry) > 0:
			a.wait(ctx, a.retry, true)
		case a.stopped:
			a.tryToken(ctx)
		case x != nil:
			a.turn(ctx, x)
		case !ok || time.Until(due) > 0:
			a.wait(ctx, due, ok)
		default:
			a.read(ctx, a.collections[k])
		}
	}
	a.dropAll()
	return a.close()
}

// plan makes the collections that are due: the top level, and the children of the records that are known. The rows
// stand in the catalogue's order, parents first, so that one pass finds the children of children, too.
func (a *account) plan() {
	for _, r := range a.config.Resources {
		if r.Parent() == "" {
			a.watch(r, "")
		}
	}
	for _, r := range a.config.Resources {
		if parent := r.Parent(); parent != "" {
			for _, c := range a.of(parent) {
				a.watchChildren(r, c)
			}
		}
	}
	// Only now is it known which of the restored collections nobody asks for.
	a.retire()
	a.unschedulePaused()
	for _, c := range a.sorted() { // also those that nothing is below any more
		a.fillCurrent(c)
	}
	for _, c := range a.collections {
		a.show(c)
	}
	a.expectLimit()
}

// watch returns the collection of r below parent and has it read, on its own or with its parent. It may be called for
// one that is watched already: a sweep does so for whatever its records have below them.
func (a *account) watch(r *schema.Resource, parent string) *collection {
	c := a.collection(r, parent)
	a.fillCurrent(c)
	switch {
	case a.isPaused(r):
		a.pausedNew = a.pausedNew || c.checkpoint.Status != state.Unwatched
	case r.Embed == "":
		a.schedule.Add(time.Now(), c.id, a.traits(c))
		a.tellFlight(c.id)
	}
	return c
}

// tellFlight tells the schedule whether a collection is in flight: it is not read until that is committed.
func (a *account) tellFlight(id collectionID) {
	c := a.collections[id] // it may be another one than that which departed
	inAir := c != nil && c.flight.inAir()
	if inAir {
		a.drop(id)
	}
	a.schedule.Busy(id, inAir)
}

// watchChildren watches the collections of r below each record of parents that has such: a Redis cluster has no pools,
// and asking for them would cost a request and a 404 each time.
func (a *account) watchChildren(r *schema.Resource, parents *collection) {
	for _, id := range parents.state.IDs() {
		p, _ := parents.state.Get(id)
		if r.When.Holds(p.Body) {
			a.watch(r, id)
		}
	}
}

// retire says of collections that are remembered but not asked for any more that they are unwatched. Their records and
// checkpoints stay: once they are asked for again, what changed meanwhile is an update, and not a second snapshot.
func (a *account) retire() {
	pub := a.publish()
	for _, c := range a.sorted() {
		k := c.id
		if a.rows[k.Resource] == nil && c.checkpoint.Status != state.NeverSwept {
			if c.checkpoint.Status != state.Unwatched {
				a.log.Warn("resource is unwatched: it is not asked for in this configuration",
					"resource", k.Resource, "parent", k.Parent)
			}
			pub.say(c, state.Unwatched, "not asked for in this configuration")
		}
	}
	pub.commit(nil)
}

// unwatch says of every collection of an account without a token that it is unwatched.
func (a *account) unwatch(why string) {
	pub := a.publish()
	for _, c := range a.sorted() {
		if c.checkpoint.Status != state.NeverSwept {
			pub.say(c, state.Unwatched, why)
		}
	}
	a.showUnwatched()
	if pub.empty() {
		return
	}
	a.log.Warn("account is unwatched", "name", a.checkpoint.Name, "why", why)
	pub.commit(nil)
	_ = a.drain() // a commit that failed ends the ownership by itself
}

// turn sweeps one collection and tells the schedule what it cost and found. The parent revision is taken before the
// sweep: if it moves meanwhile, the sweep may have read what was there before, and the collection is due again.
func (a *account) turn(ctx context.Context, x *reading) {
	c, k, began, revision := x.c, x.c.id, x.began, x.revision
	before := a.source.Budget().Requests
	if x.ahead != nil {
		before--
	}
	a.reading, a.span = x, x.span
	defer x.cancel()
	r, moved := a.sweep(x.ctx, c)
	b := a.source.Budget()
	x.span.End(string(c.checkpoint.Status), c.checkpoint.Status.Complete(), int(b.Requests-before))
	if ctx.Err() != nil {
		return // half a sweep teaches nothing: neither what one costs nor whether something changed
	}
	r.Requests, r.ShownByParent = int(b.Requests-before), revision != 0
	a.p.status.AddRequests(a.config.Name, k.Resource, r.Requests)
	a.schedule.Finish(began, k, r)
	// What other Sources of this process spend with the same token comes off the same hourly limit.
	a.schedule.Beside(time.Now(), b.TokenRequests-b.Requests)
	a.schedule.Limit(time.Now(), b.PerHour, b.Remaining)
	a.checkpoint.PerHour, a.checkpoint.Others = b.PerHour, int(a.schedule.Plan().Others)
	a.retryUnreadable(b.TokenReads)
	a.noteResult(c, began, revision, r)
	for _, child := range moved {
		a.drop(child)
		a.schedule.Hint(time.Now(), child)
	}
	a.start.requests += r.Requests
	a.tellPlan()
}

// tellPlan exports and logs what there is to say of the plan.
func (a *account) tellPlan() {
	p := a.schedule.Plan()
	if p.Interval > 0 {
		a.stretch(p)
	}
	if p.PerHour > 0 {
		a.p.status.SetPlan(a.id, p)
		a.stretchMaxAge(p)
		a.squeeze(p)
	}
}

// stretch says so when the limit makes a fixed interval longer than asked for.
func (a *account) stretch(p schedule.Plan) {
	now := p.Interval.Round(time.Second)
	if longer := now > a.config.Interval; (longer && now > a.spoke+a.spoke/4) || (!longer && a.spoke != 0) {
		a.log.Warn("interval follows the hourly limit", "asked_ms", a.config.Interval.Milliseconds(),
			"in_force_ms", now.Milliseconds(), "per_hour", a.source.Budget().PerHour, "collections", a.schedule.Len())
		a.spoke = now
		if !longer {
			a.spoke = 0
		}
	}
	a.p.status.SetInterval(a.id, now)
}

// wait sleeps until something is due, a commit ends, an operator asks, or ctx ends. The next flush and the next word on
// progress bound it, so that nothing needs a goroutine or a timer of its own.
func (a *account) wait(ctx context.Context, due time.Time, scheduled bool) {
	until := a.flushed.Add(flushEvery)
	if scheduled && due.Before(until) {
		until = due
	}
	if word := a.start.spoke.Add(progressEvery); !a.start.over && !a.stopped && word.Before(until) {
		until = word
	}
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-a.acks.ready:
	case <-a.asked.ready:
	case <-a.answers.ready:
	}
}

// refusedPause is how long a refused token rests before it is tried again; the source reads it anew meanwhile. A person
// has to put it right, so that more haste would only fill the log.
const refusedPause = time.Minute

// tryToken tries a refused token again. It asks whose it is, and sweeps nothing: a token of another team's would list
// that team's records as this one's.
func (a *account) tryToken(ctx context.Context) {
	a.retry = time.Now().Add(refusedPause)
	id, err := whose(ctx, a.config)
	if err == nil && id.ID != a.id {
		err = errors.New("the token is now for " + id.ID + " (" + id.Name + "): put the right token in")
	}
	if err != nil {
		a.log.Error("account stopped: its token is refused", "err", err, "retry_in", refusedPause)
		return
	}
	a.log.Info("account goes on: its token is accepted")
	a.stopped = false
}

// soon makes c's next sweep due now: that of its parent's collection if it is embedded there. The parent is then to
// look at pages that have not changed, too, since these hold what c is to be compared with.
func (a *account) soon(c *collection) {
	if c.row.Embed == "" {
		a.drop(c.id)
		a.schedule.Signal(time.Now(), c.id)
		return
	}
	if c.parent != nil {
		c.parent.lookAfresh()
		a.soon(c.parent)
	}
}

// settle moves the memory on for each publication that was committed. An error means that one was not: the rest is
// left, since whatever it would move may build on what is lost.
func (a *account) settle() error {
	for _, k := range a.acks.take() {
		if a.failed = cmp.Or(a.failed, k.err); a.failed != nil {
			break
		}
		a.pending--
		k.apply()
	}
	return a.failed
}

// drain waits until everything is committed.
func (a *account) drain() error {
	for a.settle() == nil && a.pending > 0 { // first: the signal may have been taken by a wait that ctx ended
		<-a.acks.ready
	}
	return a.failed
}

// close commits what moved, and waits until everything is committed: what is in flight first, as flush passes it over.
func (a *account) close() error {
	if err := a.drain(); err != nil {
		return err
	}
	a.flush(true)
	return a.drain()
}

// flush commits the checkpoints that moved without an event, the statuses that are due, and the looks that found
// nothing: with last all of them. No record moves with them, so that nobody has to wait for it.
func (a *account) flush(last bool) {
	a.flushed = time.Now()
	swept := slices.DeleteFunc(a.sorted(), func(c *collection) bool {
		return (!c.dirty && !c.looked && !a.leaves(c)) || c.flight.inAir()
	})
	a.untold = a.anyNumberless()
	pub := a.publish()
	pub.light = !last
	for _, c := range swept {
		pub.publishStatus(c, statusEvery)
		if c.dirty {
			pub.light = false
			pub.unit(pub.checkpointRecord(c, c.commitCheckpoint()))
		}
		c.flushed()
	}
	pub.looks(last)
	pub.commit(func() {
		for _, c := range swept {
			a.show(c)
		}
	})
}

// sorted returns the collections in an order that stays: the same state gives the same log.
func (a *account) sorted() []*collection {
	return inOrder(maps.Values(a.collections), func(*collection) bool { return true })
}

// of returns a resource's collections in an order that stays.
func (a *account) of(resource string) []*collection {
	return inOrder(maps.Values(a.collections), func(c *collection) bool { return c.id.Resource == resource })
}

func inOrder(collections iter.Seq[*collection], wanted func(*collection) bool) []*collection {
	var all []*collection
	for c := range collections {
		if wanted(c) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(x, y *collection) int { return x.id.Compare(y.id) })
	return all
}

// pass ends an account's part of a pass with Options.Once: once every collection was read, and all that was found is
// committed. A refused token ends it, too, as trying again is for who has time.
func (a *account) pass() {
	if a.p.opts.Once && a.pending == 0 && (a.schedule.Fresh() == 0 || a.stopped) {
		a.p.status.FinishPass(a.config.Name)
	}
}

// ack is the end of a commit, on its way from the Log's goroutine to the account's, which alone may run apply.
type ack struct {
	err   error
	apply func()
}
