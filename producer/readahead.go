package producer

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/tracing"
	"github.com/seachange/seachange/schema"
)

// mostInFlight is how many of an account's requests are under way at a time.
const mostInFlight = 4

// reading is the reading of a collection. The first page of its listing may have been asked for before its sweep: only
// that request is under way beside the account's goroutine. Everything else is done in the sweep: what the page holds,
// the pages behind it, and each proof.
type reading struct {
	c        *collection // that of the turn: one that goes takes its reading with it
	began    time.Time   // before the first request
	reads    int         // Budget.TokenReads then
	revision uint64      // what its parent told of it then: if that moves, what was read may be what was there before
	span     tracing.Sweep
	ctx      context.Context // with the span
	cancel   context.CancelFunc
	answered time.Time                   // when the first page came
	ahead    iter.Seq2[diff.Page, error] // nil: nothing was asked for before
}

// longestAhead is how long an answer may wait for its sweep: what is asked to confirm it should be near to it. One that
// was long in coming, or failed to come in time, is what a sweep has to tell.
const longestAhead = 30 * time.Second

func (a *account) newReading(ctx context.Context, c *collection) *reading {
	x := &reading{c: c, began: time.Now(), reads: a.source.Budget().TokenReads, revision: c.revision()}
	x.ctx, x.span = a.p.opts.Tracer.Sweep(ctx, a.id, c.id.Resource, c.id.Parent)
	x.ctx, x.cancel = context.WithCancel(x.ctx)
	return x
}

// read reads a collection whose turn has come: ahead if that can be, or else at once, beside no more than three others.
// What the source holds back waits for what is under way, which may say why.
func (a *account) read(ctx context.Context, c *collection) {
	if a.inFlight >= mostInFlight {
		a.wait(ctx, time.Time{}, false)
		return
	}
	x := a.newReading(ctx, c)
	switch plain := c.plain(); {
	case plain && a.readAhead(x):
	case plain && a.inFlight > 0:
		x.cancel()
		a.wait(ctx, time.Time{}, false)
	default:
		a.turn(ctx, x)
	}
}

// readAhead asks for the first page of a listing, and reports whether that is under way.
func (a *account) readAhead(x *reading) (ok bool) {
	x.ahead, ok = a.source.Ahead(x.ctx, x.c.row, x.c.id.Parent, func() {
		x.answered = time.Now()
		a.answers.put(x)
	})
	if ok {
		a.inFlight++
		a.ahead[x.c.id] = x
		a.schedule.Begin(x.began, x.c.id)
	}
	return ok
}

// plain reports whether a collection may be read ahead. What waits for a second look, has several pages, or may hide
// what another scope shows is read and asked about in one go; what is not of one host, or not of the token's API, has
// no first page.
func (c *collection) plain() bool {
	cp := c.checkpoint
	if c.row.API != "" || c.row.Regional || len(cp.Suspects) > 0 || len(cp.HeldPaths) > 0 ||
		(cp.Learned != nil && cp.Learned.Requests > 1) {
		return false
	}
	scoped := func(r *schema.Resource) bool { return len(r.FieldScopes) > 0 }
	return !scoped(c.row) && !slices.ContainsFunc(schema.Children(c.row.Name), func(r *schema.Resource) bool {
		return r.Embed != "" && scoped(r)
	})
}

// nextRead returns the reading whose first page came first and is still as good as if it were asked for now; nil if
// there is none.
func (a *account) nextRead() *reading {
	for _, x := range a.answers.take() {
		a.inFlight--
		a.came = append(a.came, x)
	}
	for len(a.came) > 0 {
		x := a.came[0]
		a.came = a.came[1:]
		if a.ahead[x.c.id] != x {
			continue // it was dropped
		}
		if !a.holds(x) {
			a.drop(x.c.id)
			continue
		}
		delete(a.ahead, x.c.id)
		return x
	}
	return nil
}

// holds reports whether a reading is still by the token in use, and its answer not old. For whatever else comes between
// it and its sweep it is dropped at once.
func (a *account) holds(x *reading) bool {
	return !a.stopped && x.reads == a.source.Budget().TokenReads && time.Since(x.answered) < longestAhead
}

// drop forgets what was asked for ahead of a collection, if anything: it was asked before something that the next look
// must come after.
func (a *account) drop(id collectionID) {
	x := a.ahead[id]
	if x == nil {
		return
	}
	delete(a.ahead, id)
	a.schedule.Drop(id)
	x.cancel()
	x.span.End("dropped", true, 1)
	a.p.status.AddRequests(a.config.Name, id.Resource, 1)
}

// dropAll drops everything, and returns when nothing is under way any more.
func (a *account) dropAll() {
	for id := range a.ahead {
		a.drop(id)
	}
	for a.nextRead(); a.inFlight > 0; a.nextRead() {
		<-a.answers.ready
	}
}
