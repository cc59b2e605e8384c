package producer

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// judge decides about the fields that emptied and the records that are missing. What absences mean is absence's to say;
// here the requests are made that it asks for.
func (s *sweep) judge(ctx context.Context, p *part) {
	if ctx.Err() != nil {
		return
	}
	s.judgeFields(ctx, p)
	if p.err != nil {
		return
	}
	p.missing = p.w.Missing()
	known := s.known(p)
	j := absence.Judge(known, p.missing)
	p.suspect, p.held = j.Suspects, j.Held
	if j.Within > 0 {
		s.lookWithin(j.Within)
	}
	for _, id := range j.Gone {
		s.believe(ctx, known, p, id)
	}
	s.askEach(ctx, known, p, j.Ask)
	s.askSamples(ctx, known, p, j)
	if len(p.suspect) == 0 {
		p.held = absence.Held{}
	}
}

// known is what absence has to know of a collection.
func (s *sweep) known(p *part) absence.Collection {
	return absence.Collection{
		Row: p.c.row, Size: p.known,
		Suspects: p.c.checkpoint.Suspects, Released: p.c.released, Created: p.c.young(p.tried, p.beganMS),
		Trusted: s.trusted(p), Unproven: p.c.checkpoint.HeldWhy.Reason == absence.TokenUnproven, BeganMS: p.beganMS,
	}
}

// remove moves a suspect to the deletes.
func (p *part) remove(id string, endedMS int64) {
	p.gone = append(p.gone, gone{id: id, endedMS: endedMS})
	delete(p.suspect, id)
}

// believe takes a record for deleted that two sweeps lacked, unless the list may hide it.
func (s *sweep) believe(ctx context.Context, known absence.Collection, p *part, id string) {
	if why := cmp.Or(s.hidden(ctx, known, p, id), s.orphaned(p, id), p.counted(known, id)); why != (absence.Held{}) {
		p.held = why
		return
	}
	p.remove(id, p.endedMS)
}

// askEach asks for each suspect by id, until too many got no answer. The others stay suspects: the next sweep goes on
// with them, and begins with those that got an answer more often.
func (s *sweep) askEach(ctx context.Context, known absence.Collection, p *part, ids []string) {
	for _, id := range p.c.inTurn(ids) {
		if s.silence >= patience {
			break
		}
		if ended, ok := s.missing(ctx, known, p, id); ok {
			p.remove(id, ended)
		}
	}
}

// askSamples takes all of them for deleted if every sample is gone by id. Until the last of these answers any of them
// may still have been there, so that all share its moment.
func (s *sweep) askSamples(ctx context.Context, known absence.Collection, p *part, j absence.Judgement) {
	endedMS := p.endedMS
	for _, id := range j.Samples {
		ended, ok := s.missing(ctx, known, p, id)
		if !ok {
			return
		}
		endedMS = max(endedMS, ended)
	}
	for _, id := range j.Sampled {
		p.remove(id, endedMS)
	}
}

// missing asks whether a record is gone, and notes why it is held otherwise.
func (s *sweep) missing(ctx context.Context, known absence.Collection, p *part, id string) (endedMS int64, gone bool) {
	page, err := s.ask(ctx, p, id)
	answer, detail := absence.Unanswered, ""
	var se *SourceError
	switch {
	case err == nil && isDeleted(p.c.row, page):
		answer = absence.Deleted
	case err == nil:
		answer = absence.Found
	case errors.As(err, &se) && se.Kind == Gone && se.OfParent:
		answer, detail = absence.NoParent, err.Error()
	case errors.As(err, &se) && se.Kind == Gone:
		answer, detail = absence.NotFound, err.Error()
	default:
		detail = err.Error()
		if se != nil && se.Kind == Throttled {
			s.lookWithin(se.RetryAfter)
		}
	}
	known.Trusted = s.trusted(p) // another token may have been read for this request
	gone, why := known.Verdict(answer, detail)
	if !gone {
		p.held = why
	}
	return max(page.EndedMS, p.endedMS), gone
}

// isDeleted reports whether a GET by id returned a record in a state that means deleted.
func isDeleted(row *schema.Resource, page diff.Page) bool {
	for rec, err := range page.Records {
		return err == nil && row.IsDeleted(rec.JSON)
	}
	return false
}

// patience is how long a sweep waits for requests by id that end without an answer: the account's other collections
// wait, too.
const patience = time.Minute

// ask asks for a record by id.
func (s *sweep) ask(ctx context.Context, p *part, id string) (diff.Page, error) {
	was, _ := p.c.state.Get(id)
	began := time.Now()
	page, err := s.a.source.Get(ctx, p.c.row, id, was.Body)
	var se *SourceError
	ok := err == nil || (errors.As(err, &se) && se.Kind == Gone)
	if se != nil && se.Kind == Throttled {
		s.silence = patience // the next one would be told the same
		return page, err
	}
	p.c.answered(id, ok)
	if !ok {
		s.silence += time.Since(began)
	}
	return page, err
}

// trusted reports whether the present token has shown whose it is: another team's token returns 404 to everything, and
// lists what is its own. Where another key is used, the name alone decides: no account may have it while it is taken.
func (s *sweep) trusted(p *part) bool {
	b := s.a.source.Budget()
	return b.Verified || s.a.proven == b.TokenReads || (p.proves() && p.reads == b.TokenReads) || p.c.row.API != ""
}

// proves reports whether the listing showed, by one and the same token, a record that was known before and that no
// other account has.
func (p *part) proves() bool {
	r := p.c.row
	own := r.Global || (r.API == "" && !r.Common && (r.Kind != schema.Single || r.Parent() != ""))
	return own && p.oneToken && p.known > len(p.missing)
}

// lookWithin wants the next sweep no later than after.
func (s *sweep) lookWithin(after time.Duration) {
	if s.within == 0 || after < s.within {
		s.within = after
	}
}

// orphaned returns why a 404 to the listing of what a parent has proves nothing: the parent itself may be gone. It is
// listed if a sweep showed it that began after the first such 404.
func (s *sweep) orphaned(p *part, id string) absence.Held {
	parent := p.c.parent
	if !p.denied || parent == nil {
		return absence.Held{}
	}
	if _, missing := parent.checkpoint.Suspects[p.c.id.Parent]; missing {
		return absence.Held{Reason: absence.ParentAbsent}
	}
	if !s.readableSince(parent, p.suspect[id]) {
		return absence.Held{Reason: absence.SecondSweep}
	}
	return absence.Held{}
}

// counted returns why an absence that no GET can confirm proves nothing: the API may still count the record.
func (p *part) counted(known absence.Collection, id string) absence.Held {
	was, _ := p.c.state.Get(id)
	return known.Counted(id, max(was.SeenMS, p.c.checkpoint.CleanMS), p.c.countedSince())
}

// readableSince reports whether a listing was read whole after a moment: before, a scope may have been lost that
// hides records elsewhere. If nobody can tell yet, it is read now.
func (s *sweep) readableSince(top *collection, ms int64) bool {
	if top == nil || top.checkpoint.Status != state.Whole {
		return false
	}
	if top.beganMS <= ms {
		s.a.soon(top)
		s.lookWithin(absence.SecondLook)
		return false
	}
	return true
}

// listedSince reports whether all listings of a resource were read whole after a moment: with those of its
// parents.
func (s *sweep) listedSince(r *schema.Resource, ms int64) bool {
	if r.Parent() == "" {
		return s.readableSince(s.a.collections[collectionID{Resource: r.Name}], ms)
	}
	readable := s.listedSince(schema.Lookup(r.Parent()), ms)
	for _, c := range s.a.of(r.Name) {
		readable = s.readableSince(c, ms) && readable
	}
	return readable
}

// hidden returns why a record's absence from a list that shows only what the token may see proves nothing, if it
// doesn't.
func (s *sweep) hidden(ctx context.Context, known absence.Collection, p *part, id string) absence.Held {
	if !p.c.row.Filtered {
		return absence.Held{}
	}
	was, _ := p.c.state.Get(id)
	row := diff.NewRow(p.c.row, s.a.id, id, was.Body)
	if row.URN == nil {
		return absence.Held{}
	}
	sight := absence.Sight{URN: *row.URN, Elsewhere: shownElsewhere(p.c, id)}
	if names, _ := schema.OfURN(*row.URN); names != nil {
		sight.Known = true
		sight.Readable = s.listedSince(names, p.suspect[id]) && s.seesNow(ctx, names)
	}
	return known.Visible(id, sight)
}

// seesNow reports whether the token still reads what a resource is listed with: the scope may have been lost after that
// was read, and before this sweep missed what it hides.
func (s *sweep) seesNow(ctx context.Context, r *schema.Resource) bool {
	for r.Parent() != "" {
		r = schema.Lookup(r.Parent())
	}
	return s.readable(ctx, r.Name)
}

// shownElsewhere reports whether a sibling collection holds a record of the same own id.
func shownElsewhere(c *collection, id string) bool {
	_, own, err := schema.SplitID(id)
	if err != nil || c.parent == nil {
		return false
	}
	for parent, siblings := range c.parent.below {
		for _, other := range siblings {
			if other != c && other.row == c.row && other.state.Has(schema.ChildID(parent, own)) {
				return true
			}
		}
	}
	return false
}

// delete publishes the delete of a record, its children first: a consumer that joins them never sees a child whose
// parent is gone.
func (a *account) delete(pub *publication, c *collection, g gone) {
	was, _ := c.state.Get(g.id)
	ch := &diff.Change{Op: schema.Deleted, ID: g.id, Before: was.Body, PrevMS: was.SeenMS, EndedMS: g.endedMS}
	pub.change(c, ch, g.parentMS, a.deleteChildren(pub, c, ch, g.parentMS)...)
}

// deleteChildren publishes the deletes of everything below a record, deepest first, and returns the records that take
// away its collections' checkpoints, to be committed with its own delete: until then the same would be found again.
// parentMS is the moment after which the record went with its own parent; 0: it went by itself.
func (a *account) deleteChildren(pub *publication, c *collection, ch *diff.Change, parentMS int64) []Record {
	var with []Record
	since := *prevMS(c, ch)
	if parentMS > 0 {
		since = min(since, parentMS)
	}
	for _, child := range c.children(ch.ID) {
		for _, id := range child.state.IDs() {
			if child.row.Kind == schema.Log { // it deletes nothing; its open entries are not followed any more
				with = append(with, pub.noRecord(child, id))
				continue
			}
			a.delete(pub, child, gone{id: id, endedMS: ch.EndedMS, parentMS: since})
		}
		with = append(with, pub.state(state.CollectionKey(a.id, child.id), nil), pub.removeStatus(child))
		a.remove(child)
	}
	return with
}

// forget takes an empty collection away whose parent's record was never committed: the sweep that found it was cut off,
// and the record is gone since.
func (a *account) forget(pub *publication, c *collection) {
	pub.unit(pub.state(state.CollectionKey(a.id, c.id), nil), pub.removeStatus(c))
	a.remove(c)
}

// remove forgets a collection that went with its parent's record.
func (a *account) remove(c *collection) {
	a.drop(c.id)
	a.memory.remove(c)
	a.schedule.Remove(c.id)
	a.p.status.RemoveCollection(a.config.Name, c.id)
}

// scopeEvery is how often a field that can't be read is put to the test again. A scope that was granted meanwhile may
// show in no listing of its own; an hour is short beside the time in which people change tokens.
const scopeEvery = time.Hour

// unreadablePaths returns the fields of c that are known to be unreadable. After a while, and as soon as the resource
// whose scope they need can be read, they are left out, so that the next sweep decides anew.
func (a *account) unreadablePaths(c *collection) []string {
	if len(c.checkpoint.HeldPaths) == 0 {
		return nil
	}
	if time.Since(c.scopesAt) > scopeEvery {
		c.testScopes()
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.checkpoint.HeldPaths), func(path string) bool {
		top := a.collections[collectionID{Resource: scopeOf(c.row, path)}]
		return top != nil && top.checkpoint.Status == state.Whole && top.endedMS >= c.endedMS
	})
}

// scopeOf returns the resource whose scope fills a path of r.
func scopeOf(r *schema.Resource, path string) string {
	for resource, paths := range r.FieldScopes {
		if slices.Contains(strings.Fields(string(paths)), path) {
			return resource
		}
	}
	return ""
}

// judgeFields asks, where a field emptied in all records that had it, whether its scope is still there. If it isn't, or
// nobody can tell, the old values stay.
func (s *sweep) judgeFields(ctx context.Context, p *part) {
	var lost []string
	for _, path := range p.w.Emptied() {
		if !s.readable(ctx, scopeOf(p.c.row, path)) {
			lost = append(lost, path)
		}
	}
	if len(lost) == 0 {
		return
	}
	p.w.Carry(lost)
	p.c.testScopes()
	p.carried = slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.carried, lost))))
	s.a.log.Warn("fields are unreadable: their old values stay", "resource", p.c.id.Resource, "paths", lost)
}

// readable asks a resource's own listing for its first page, once in a sweep.
func (s *sweep) readable(ctx context.Context, resource string) bool {
	if readable, asked := s.sees[resource]; asked {
		return readable
	}
	row := schema.Lookup(resource)
	if row == nil {
		return false
	}
	next, stop := iter.Pull2(s.a.source.Pages(ctx, row, ""))
	defer stop()
	_, err, ok := next()
	s.sees[resource] = ok && err == nil
	return s.sees[resource]
}
