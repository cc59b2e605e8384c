package producer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// What a delete needs, beside a whole sweep without the record. DESIGN.md, Deletes.
const (
	secondLook  = 60 * time.Second // between the two whole sweeps that confirm where no GET can
	manySuspect = 100              // more at once are confirmed by a second sweep and samples
	samples     = 20
	brakeRecord = 10 // the brake: so many records and more than half, or all of at least two
	brakeLook   = 10 * time.Minute
)

// judge decides about the fields that emptied and the records that are missing.
func (s *sweep) judge(ctx context.Context, p *part) {
	if ctx.Err() != nil {
		return
	}
	s.judgeFields(ctx, p)
	if p.err != nil {
		return
	}
	p.missing = p.w.Missing()
	p.suspect = p.suspects()
	switch {
	case len(p.missing) == 0:
	case p.c.row.Absent == schema.ByGet:
		s.confirmByGet(ctx, p)
	case p.c.row.Absent == schema.Twice, p.c.row.Kind == schema.Single: // of which the API says that it isn't set
		s.confirmTwice(p)
	default:
		p.suspect = nil // nothing but its parent's delete takes such a record
	}
}

// suspects answers the missing records, by when they were missed first.
func (p *part) suspects() map[string]int64 {
	if len(p.missing) == 0 {
		return nil
	}
	m := make(map[string]int64, len(p.missing))
	for _, id := range p.missing {
		m[id] = p.beganMS
		if first, ok := p.c.head.Suspects[id]; ok {
			m[id] = first
		}
	}
	return m
}

// remove moves suspects to the deletes.
func (p *part) remove(id string, endedMS int64) {
	p.gone = append(p.gone, gone{id: id, endedMS: endedMS})
	delete(p.suspect, id)
}

// confirmByGet asks for each suspect by id. A 404 is proof if the token is known to be this account's.
func (s *sweep) confirmByGet(ctx context.Context, p *part) {
	ids := p.missing
	if len(ids) > manySuspect {
		if ids = p.olderThan(secondLook); len(ids) < len(p.missing) {
			s.lookAgain(secondLook)
		}
		if len(ids) > manySuspect {
			s.confirmBySamples(ctx, p, ids)
			return
		}
	}
	for _, id := range p.c.inTurn(ids) {
		if s.silence >= patience {
			break
		}
		if ended, ok := s.missing(ctx, p, id); ok {
			p.remove(id, ended)
		}
	}
	if len(p.suspect) > 0 && p.held == "" {
		p.held = "missing from more than 100 records at once: a second sweep decides"
	}
}

// confirmBySamples believes a second whole sweep if 20 of its suspects, spread evenly, are gone by id. Until the last of
// these answers any of them may still have been there.
func (s *sweep) confirmBySamples(ctx context.Context, p *part, ids []string) {
	endedMS := p.endedMS
	for i := range samples {
		id := ids[i*len(ids)/samples]
		ended, ok := s.missing(ctx, p, id)
		if !ok {
			return
		}
		endedMS = max(endedMS, ended)
	}
	for _, id := range ids {
		p.remove(id, endedMS)
	}
}

// missing asks whether a record is gone, and says why it is held otherwise.
func (s *sweep) missing(ctx context.Context, p *part, id string) (endedMS int64, gone bool) {
	page, err := s.ask(ctx, p, id)
	var se *SourceError
	switch {
	case err == nil:
		p.held = "missing from the list, but DigitalOcean still answers it by id"
	case !errors.As(err, &se) || se.Trouble != Gone:
		p.held = "not confirmed: " + err.Error()
	case !s.trusted(p):
		p.held = notTrusted
	default:
		return max(page.EndedMS, p.endedMS), true
	}
	return 0, false
}

// patience is how long a sweep waits for looks by id that end without an answer: the account's other collections wait, too.
const patience = time.Minute

// ask asks for a record by id.
func (s *sweep) ask(ctx context.Context, p *part, id string) (diff.Page, error) {
	was, _ := p.c.state.Get(id)
	began := time.Now()
	page, err := s.a.source.Get(ctx, p.c.row, id, was.Body)
	var se *SourceError
	if err == nil || errors.As(err, &se) && se.Trouble == Gone {
		delete(p.c.silent, id)
	} else {
		p.c.silent[id]++
		s.silence += time.Since(began)
	}
	return page, err
}

// inTurn orders ids so that those come last that most often got no answer: what never gets one holds up no other.
func (c *collection) inTurn(ids []string) []string {
	maps.DeleteFunc(c.silent, func(id string, _ int) bool { return !slices.Contains(ids, id) })
	ids = slices.Clone(ids)
	slices.SortStableFunc(ids, func(x, y string) int { return cmp.Compare(c.silent[x], c.silent[y]) })
	return ids
}

// notTrusted is why a record that may well be gone is held.
const notTrusted = "not believed: the token has not shown yet that it is this account's; with the scope account:read it would"

// trusted says whether the present token has shown whose it is: another team's token answers 404 to everything, and lists
// what is its own. Where another key is used, the name alone decides: no account may have it while it is taken.
func (s *sweep) trusted(p *part) bool {
	b := s.a.source.Budget()
	return b.Verified || s.a.proven == b.TokenReads || p.proves() && p.reads == b.TokenReads || p.c.row.API != ""
}

// proves says whether the listing showed, by one and the same token, a record that was known before and that no other
// account has.
func (p *part) proves() bool {
	r := p.c.row
	own := r.Global || r.API == "" && !r.Common && (r.Kind != schema.Single || r.Parent() != "")
	return own && p.oneToken && p.c.state.Len() > len(p.missing)
}

// confirmTwice believes two whole sweeps, and the brake what is large.
func (s *sweep) confirmTwice(p *part) {
	ids := p.olderThan(secondLook)
	if len(ids) < len(p.missing) {
		p.held = "missing once: a second whole sweep decides"
		s.lookAgain(secondLook)
	}
	if n := p.c.state.Len(); len(p.missing) >= brakeRecord && 2*len(p.missing) > n || len(p.missing) == n && n > 1 {
		if ids = p.olderThan(brakeLook); len(ids) < len(p.missing) {
			p.held = fmt.Sprintf("brake: %d of %d records are missing at once; they go when two sweeps 10 minutes apart agree, or with seachange release %s",
				len(p.missing), n, p.c.id.Resource)
		}
	}
	if len(ids) > 0 && !s.trusted(p) {
		p.held = notTrusted
		return
	}
	for _, id := range ids {
		if why := s.hidden(p, id); why != "" {
			p.held = why
			continue
		}
		p.remove(id, p.endedMS)
	}
}

// olderThan answers the suspects that were missed first so long ago, or that an operator has released.
func (p *part) olderThan(d time.Duration) []string {
	return slices.DeleteFunc(slices.Clone(p.missing), func(id string) bool {
		first := p.suspect[id]
		return first > p.beganMS-d.Milliseconds() && !p.c.released[id]
	})
}

// release lets those suspects go that were missed before the moment at which an operator asked for it. Later ones wait.
func (c *collection) release(atMS int64) {
	c.released = map[string]bool{}
	for id, first := range c.head.Suspects {
		c.released[id] = first <= atMS
	}
}

// lookAgain wants the next sweep no later than after.
func (s *sweep) lookAgain(after time.Duration) {
	if s.within == 0 || after < s.within {
		s.within = after
	}
}

// hidden answers why a record's absence from a list that shows only what the token may see proves nothing: unless the
// resource that its urn names can be read, or the record shows in another list of its kind. Where no resource of ours is
// named, as by do:space:…, only an operator can know.
func (s *sweep) hidden(p *part, id string) string {
	if !p.c.row.Filtered {
		return ""
	}
	was, _ := p.c.state.Get(id)
	row := diff.NewRow(p.c.row, s.a.id, id, was.Body)
	if row.URN == nil || s.shownElsewhere(p.c, id) {
		return ""
	}
	names, _ := schema.OfURN(*row.URN)
	if names == nil {
		if p.c.released[id] {
			return ""
		}
		return "nothing tells whether the token may see what it names: " + *row.URN + "; if it is gone, seachange release " + p.c.id.Resource
	}
	top := s.a.collections[collectionID{Resource: names.Name}]
	if top != nil && top.head.Status == state.Whole && top.beganMS > 0 {
		return ""
	}
	return "the token may not see what it names: " + *row.URN
}

// shownElsewhere says whether a sibling collection holds a record of the same own id.
func (s *sweep) shownElsewhere(c *collection, id string) bool {
	_, own, err := schema.SplitID(id)
	if err != nil {
		return false
	}
	for k, other := range s.a.collections {
		if k.Resource == c.id.Resource && other != c {
			if _, ok := other.state.Get(schema.ChildID(k.Parent, own)); ok {
				return true
			}
		}
	}
	return false
}

// delete publishes the delete of a record, its children first.
func (a *account) delete(pub *publication, c *collection, g gone) {
	was, _ := c.state.Get(g.id)
	ch := &diff.Change{Op: schema.Deleted, ID: g.id, Before: was.Body, PrevMS: was.SeenMS, EndedMS: g.endedMS}
	pub.change(c, ch, g.parentMS, a.deleteChildren(pub, c, ch)...)
}

// deleteChildren publishes the deletes of everything below a record, deepest first, and answers the records that take
// away its collections' heads, to be committed with its own delete: until then the same would be found again.
func (a *account) deleteChildren(pub *publication, c *collection, ch *diff.Change) []Record {
	var heads []Record
	for _, child := range a.childrenOf(c, ch.ID) {
		if child.row.Kind != schema.Log {
			for _, id := range child.state.IDs() {
				a.delete(pub, child, gone{id: id, endedMS: ch.EndedMS, parentMS: *prevMS(c, ch)})
			}
		}
		heads = append(heads, pub.state(state.CollectionKey(a.id, child.id), nil), pub.removeStatus(child))
		a.schedule.Remove(child.id)
		delete(a.told, child.id)
		delete(a.collections, child.id)
		a.p.status.RemoveCollection(a.config.Name, child.id)
	}
	return heads
}

// childrenOf answers the collections below one record of c.
func (a *account) childrenOf(c *collection, id string) []*collection {
	var kids []*collection
	for _, k := range a.sorted() {
		if k.id.Parent == id && k.row.Parent() == c.id.Resource {
			kids = append(kids, k)
		}
	}
	return kids
}

// scopeEvery is how often a field that can't be read is put to the test again.
const scopeEvery = time.Hour

// unreadablePaths answers the fields of c that are known to be unreadable. After a while, and as soon as the resource
// whose scope they need can be read, they are left out, so that the next sweep decides anew.
func (a *account) unreadablePaths(c *collection) []string {
	if len(c.head.HeldPaths) == 0 {
		return nil
	}
	if time.Since(c.scopesAt) > scopeEvery {
		c.scopesAt = time.Now()
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.head.HeldPaths), func(path string) bool {
		top := a.collections[collectionID{Resource: scopeOf(c.row, path)}]
		return top != nil && top.head.Status == state.Whole && top.endedMS >= c.endedMS
	})
}

// scopeOf answers the resource whose scope fills a path of r.
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
	asked := map[string]bool{}
	for _, path := range p.w.Emptied() {
		resource := scopeOf(p.c.row, path)
		readable, ok := asked[resource]
		if !ok {
			readable = s.readable(ctx, resource)
			asked[resource] = readable
		}
		if !readable {
			lost = append(lost, path)
		}
	}
	if len(lost) == 0 {
		return
	}
	p.w.Carry(lost)
	p.c.scopesAt = time.Now()
	p.carried = slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.carried, lost))))
	s.a.log.Warn("fields are unreadable: their old values stay", "resource", p.c.id.Resource, "paths", lost)
}

// readable asks a resource's own listing for its first page.
func (s *sweep) readable(ctx context.Context, resource string) bool {
	row := schema.Lookup(resource)
	if row == nil {
		return false
	}
	next, stop := iter.Pull2(s.a.source.Pages(ctx, row, ""))
	defer stop()
	_, err, ok := next()
	return ok && err == nil
}
