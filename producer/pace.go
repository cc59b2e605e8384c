package producer

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/tidwall/gjson" // one member: a fifth of the time of jsontext (BenchmarkJSON of exposure)

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// parentRevision is what a parent's record tells of one collection below it, as a hash of the members that Revision
// names; 0: nothing any more, as the members are missing. Only whether it moved counts, so that any hash will do.
type parentRevision struct {
	child collectionID
	sum   uint64
}

// traits are what the schedule is told of a collection before its first sweep.
func (a *account) traits(c *collection) schedule.Traits {
	return schedule.Traits{
		Weight: c.row.Weight, ChangeRate: c.row.ChangeRate, MinInterval: c.row.MinInterval,
		ShownByParent: c.checkpoint.ParentRevision != 0, MaxAge: a.config.MaxAge[c.id.Resource],
		Memory: c.checkpoint.Memory(time.Now()),
	}
}

// noteResult notes what a sweep taught. revision is the parent's from before it.
func (a *account) noteResult(c *collection, began time.Time, revision uint64, r schedule.Result) {
	switch {
	case a.collections[c.id] != c: // it went with its parent
	case r.Outcome == schedule.Good:
		m, ok := a.schedule.Memory(c.id)
		c.noteLearned(m, ok, began, revision, r.Changes > 0)
	case c.checkpoint.Status == state.NotOffered:
		c.noteLearned(schedule.Memory{}, false, began, revision, false)
	}
}

// withRevision returns the enabled resources whose changes row's records show.
func (a *account) withRevision(row *schema.Resource) []*schema.Resource {
	return slices.DeleteFunc(a.below(row), func(child *schema.Resource) bool { return child.Revision == "" })
}

// readRevisions takes what a record tells of the collections below it. Members that are null or "" are no news.
func (s *sweep) readRevisions(children []*schema.Resource, rec diff.Record) {
	for _, child := range children {
		sum, tells, missing := xxhash.New(), false, true
		for name := range strings.SplitSeq(child.Revision, "+") {
			v := gjson.GetBytes(rec.JSON, name)
			missing = missing && !v.Exists()
			tells = tells || (v.Exists() && v.Type != gjson.Null && v.Raw != `""`)
			_, _ = sum.WriteString(v.Raw + "\x00") // it never fails
		}
		r := parentRevision{child: collectionID{Resource: child.Name, Parent: rec.ID}}
		if tells {
			r.sum = sum.Sum64()
		}
		if tells || missing {
			s.revisions = append(s.revisions, r)
		}
	}
}

// passRevisions passes on what the records showed. It returns the collections that should be read, and how many have
// changed since the last sweep. What has not changed since it was read needs no sweep after a restart.
func (s *sweep) passRevisions() (due []collectionID, moved int) {
	parents := s.root.c
	for _, r := range s.revisions {
		was, read := parents.revisions[r.child], uint64(0)
		c := s.a.collections[r.child]
		if c != nil {
			read = c.checkpoint.ParentRevision
		}
		if was == 0 {
			was = read
		}
		if r.sum == 0 { // it tells nothing any more: what it told before is no reason to wait
			parents.setRevision(r.child, 0)
			if read != 0 {
				due = append(due, r.child)
			}
			continue
		}
		if was != 0 && was != r.sum {
			moved++
		}
		if was != r.sum {
			s.a.parentMoved(c)
		}
		parents.setRevision(r.child, r.sum)
		if read != 0 && read != r.sum {
			due = append(due, r.child)
		}
		if c != nil && read == r.sum {
			s.a.skipUnchanged(c)
		}
	}
	return due, moved
}

// parentMoved has c requested again at once if it was not offered so far.
func (a *account) parentMoved(c *collection) {
	if c != nil && c.parentMoved() {
		a.soon(c)
	}
}

// skipUnchanged has c not read after a restart: its parent tells of no change since it was read, and nothing of it is
// left to do.
func (a *account) skipUnchanged(c *collection) {
	cp := c.checkpoint
	switch {
	case cp.Status != state.Whole || cp.Reason != "" || cp.AgainBelow > 0 || len(cp.Suspects) > 0 || len(cp.HeldPaths) > 0,
		cp.Rules != a.p.rules(c.id.Resource).Text(),
		cp.TopicID != a.session.TopicID(schema.TopicOf(a.p.opts.Prefix, c.id.Resource)):
		return
	}
	now := time.Now()
	if age, known := cp.Age(now); known && a.schedule.AcceptUnchanged(now, c.id, age) {
		a.p.status.SkipSweep(a.config.Name, c.id.Resource)
	}
}

// result is what a sweep tells the schedule, and the collections whose parents told of a change.
func (s *sweep) result() (schedule.Result, []collectionID) {
	p := s.root
	due, moved := s.passRevisions()
	r := schedule.Result{
		Records: max(p.c.state.Len(), p.w.Seen()), Changes: moved + s.earlier + s.changed(), Within: s.within, After: s.after,
	}
	var se *SourceError
	switch status, _ := p.status(); {
	case status == state.Whole:
	case status == state.NotOffered:
		r.Outcome, r.Within, r.After = schedule.Failed, p.c.pause(), p.c.pause()
	case errors.As(p.err, &se) && se.Half: // the other one is read as ever
	case status == state.NoScope, p.c.id.Parent == "" && errors.As(p.err, &se) && se.Kind == Gone:
		r.Outcome = schedule.Refused
	case errors.As(p.err, &se) && se.Kind == Throttled:
		r.Outcome = schedule.Throttled
		s.a.schedule.Pause(time.Now(), p.c.id.Resource, se.RetryAfter)
	default:
		r.Outcome = schedule.Failed
	}
	if s.a.p.opts.Once && p.short == 0 && shortfall(p.err) > 0 {
		s.a.logOf(p.c).Info("the API counts more than it lists: the listing is read again", "in", nextCount)
		r.Again, r.Within = true, nextCount
	}
	return r, due
}

// changed counts what changed, and was not seen for the first time.
func (s *sweep) changed() (n int) {
	for _, p := range s.parts() {
		n += len(p.gone)
		for _, ch := range p.w.Changes() {
			switch ch.Op {
			case schema.Created, schema.Updated, schema.Deleted:
				n++
			}
		}
	}
	return n
}

// nextCount is when a single pass reads a listing again that fell short of its count: by then the same shortfall is the
// API's way, also by a clock that shows whole seconds.
const nextCount = absence.SecondLook + 2*time.Second

// progress is how far an account's first sweeps are.
type progress struct {
	began    time.Time
	spoke    time.Time
	requests int
	over     bool
}

// progressEvery is the least time between two log lines about the first sweeps.
const progressEvery = 10 * time.Second

// progress logs how far the first sweeps are, every 10 seconds, and once that they are done.
func (a *account) progress() {
	g := &a.start
	if g.over {
		return
	}
	now := time.Now()
	if g.began.IsZero() {
		g.began, g.spoke = now, now
	}
	all, fresh := a.schedule.Len(), a.schedule.Fresh()
	g.over = fresh == 0 && a.pending == 0 // what is on its way to Kafka may have children
	if !g.over && now.Sub(g.spoke) < progressEvery {
		return
	}
	g.spoke = now
	records := 0
	for _, c := range a.collections {
		records += c.records()
	}
	log := a.log.With("collections_done", all-fresh, "collections", all, "records", records, "requests", g.requests)
	if g.over {
		log.Info("first sweeps done", "took", now.Sub(g.began).Round(time.Second))
		return
	}
	log.Info("first sweeps", "left_about", a.left(now.Sub(g.began), all-fresh, fresh).Round(time.Second))
}

// left is about how long the first sweeps will go on: at the pace so far, and not faster than the schedule lets them.
func (a *account) left(gone time.Duration, done, fresh int) time.Duration {
	left := time.Duration(0)
	if done > 0 {
		left = gone * time.Duration(fresh) / time.Duration(done)
	}
	return max(left, a.schedule.Left(time.Now()))
}

// retryUnreadable has what the token may not read be read again at once, if another token was read meanwhile.
func (a *account) retryUnreadable(tokenReads int) {
	if tokenReads == a.tokenReads {
		return
	}
	a.tokenReads = tokenReads
	for _, c := range a.collections {
		if c.checkpoint.Status == state.NoScope {
			a.soon(c)
		}
	}
}

// expectLimit has the schedule know the token's limit before the first sweep, and says so where max_age is too much for
// it.
func (a *account) expectLimit() {
	now, b := time.Now(), a.source.Budget()
	if last := a.lastRead(); last > 0 {
		a.schedule.Resume(now, a.checkpoint.Others, now.Sub(time.UnixMilli(last)))
	}
	a.schedule.Limit(now, b.PerHour, b.Remaining)
	a.schedule.Next(now) // makes the plan
	a.tellPlan()
}

// lastRead is about when an earlier owner made its last request, in ms since 1970; 0: there was none. What the API says
// was used of the limit since then was used by others.
func (a *account) lastRead() int64 {
	last := int64(0)
	for _, c := range a.collections {
		if last = max(last, c.checkpoint.WholeMS); c.checkpoint.Learned != nil {
			last = max(last, c.checkpoint.Learned.AtMS)
		}
	}
	return last
}

// stretchMaxAge says so when the budget doesn't hold what max_age asks for, and when it does again.
func (a *account) stretchMaxAge(p schedule.Plan) {
	if len(a.config.MaxAge) == 0 {
		return
	}
	switch {
	case p.Stretch > 1 && (a.stretched == 0 || p.Stretch > a.stretched*1.25):
		a.log.Warn("max_age can't be held within the budget: collections wait longer. "+
			"Ask for less, or raise the token's limit", "times_longer", p.Stretch, "per_hour", p.PerHour)
		a.stretched = p.Stretch
	case p.Stretch == 1 && a.stretched > 0:
		a.log.Info("max_age is held again")
		a.stretched = 0
	}
}

// squeeze says so when others who use the token leave less than half of the budget, and when it is there again.
func (a *account) squeeze(p schedule.Plan) {
	log := a.log.With("per_hour", math.Round(p.PerHour), "alone", p.Alone, "others", p.Others, "left",
		a.source.Budget().Remaining)
	switch {
	case !a.squeezed && p.PerHour < p.Alone/2:
		log.Warn("others use up the token's requests: changes are seen later. Give seachange a token of its own")
		a.squeezed = true
	case a.squeezed && p.PerHour > p.Alone*3/4:
		log.Info("others leave the token's requests again")
		a.squeezed = false
	}
}
