package producer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
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

// sweep is one reading of a collection, with the collections that are embedded in its records. It is made, judged and
// published in one turn of the account's goroutine, and changes nothing that the next sweep sees before apply, but for
// checkpoints, which a failed commit drops with everything else.
type sweep struct {
	a         *account
	root      *part
	kids      []*part // embedded collections
	embeds    []embed
	alike     []*collection // embedded, and not compared: as whole or not as the root
	revisions []parentRevision
	// When the next one is wanted, counted from this one: no later than within (0: the schedule says), as something is to
	// be looked at twice, and no sooner than after.
	within time.Duration
	after  time.Duration

	lagging []string        // records that are shown older than what is embedded in them was read with
	silence time.Duration   // spent on looks by id that got no answer
	sees    map[string]bool // whether the token reads a resource's listing, asked after that of this sweep

	rollouts   map[string]*diff.Rollouts // by resource
	compared   map[*collection]bool      // embedded, in earlier chunks
	earlier    int                       // changes in earlier chunks
	embedBytes int                       // of embeds
}

// part is what a sweep found in one collection: the root's listing, or what one record has embedded. Each is whole, or
// not, by itself.
type part struct {
	c        *collection
	w        *diff.Sweep
	err      error // why it is not whole
	reads    int   // Budget.TokenReads when it began
	oneToken bool  // the listing was read by one and the same token
	tried    time.Time
	afresh   bool // every record is looked at, also on pages that have not changed
	known    int  // records that were published before
	earlier  int  // changes in earlier chunks
	pages    int
	unread   error    // why nothing is known of what it holds: it isn't offered, or not yet
	news     bool     // its status is another one than before
	short    int      // by so many records the listing always falls short of what the API counts
	denied   bool     // it was answered with a 404, which says that it has no records
	beside   []string // paths of what no document has beside the records
	// unreached says of a log that its listing ended before anything known: what is new may be older than that.
	unreached bool
	beganMS   int64
	endedMS   int64
	missing   []string         // ids that a whole sweep did not show
	gone      []gone           // those of them that are deleted
	suspect   map[string]int64 // those that stay, by when they were missed first
	held      absence.Held     // why they stay
	carried   []string         // fields that can't be read: their old values stay
}

// gone is a confirmed delete. Its moments bound the event's window.
type gone struct {
	id       string
	endedMS  int64 // when the answer that confirmed it was complete
	parentMS int64 // with its parent: when that was shown last
}

// embed is a parent's record that holds an array of children.
type embed struct {
	row    *schema.Resource
	parent string
	record []byte
	page   diff.Page
	number int // of the page, from 1
}

// sweep reads c and publishes what changed. It returns what the schedule wants to know, but for the requests, and the
// collections that the records told have changed.
//
// The order matters. The listing comes first, whole or not; then what is embedded in it; then absences are judged, each
// collection's by itself, as a delete needs proof that was made after the listing; then everything is published at
// once, so that consumers see a parent's change beside its children's.
func (a *account) sweep(ctx context.Context, c *collection) (r schedule.Result, moved []collectionID) {
	a.checkpoint.Sweep++
	if c.row.Kind == schema.Log {
		return a.sweepLog(ctx, c)
	}
	s := &sweep{
		a: a, root: a.begin(c), sees: map[string]bool{},
		rollouts: map[string]*diff.Rollouts{}, compared: map[*collection]bool{},
	}
	began := time.Now()
	s.list(ctx)
	if a.failed != nil {
		return r, nil // a chunk's commit failed: the ownership is over
	}
	s.root.oneToken = s.root.reads == a.source.Budget().TokenReads
	s.readEmbedded()
	for _, p := range s.parts() {
		s.judge(ctx, p)
	}
	s.reread()
	if ctx.Err() != nil {
		return r, nil // a stop, not a fault: nothing was said and nothing is
	}
	if c.row.API != "" { // it costs nothing of the token's budget, so its time is what bounds it
		s.after = max(s.after, restOf*time.Since(began))
	}
	s.publish()
	return s.result()
}

// restOf is how many times longer than a sweep of another API's took it rests: most of the time is the token's.
const restOf = 10

func (s *sweep) parts() []*part { return append([]*part{s.root}, s.kids...) }

// begin opens the comparison of a collection. How often the token was read is noted before the first request: what a
// listing proves about a token counts only if it is still the same after the last.
func (a *account) begin(c *collection) *part {
	a.checkTopic(c)
	p := &part{
		c: c, carried: a.unreadablePaths(c), reads: a.source.Budget().TokenReads, tried: a.reading.began,
		known: c.state.Len(),
	}
	p.w, p.afresh = c.compare(p.carried)
	return p
}

// checkTopic has everything published again if the collection's topic was deleted and made anew.
func (a *account) checkTopic(c *collection) {
	id := a.session.TopicID(schema.TopicOf(a.p.opts.Prefix, c.id.Resource))
	if id == "" || c.checkpoint.TopicID == id {
		return
	}
	if c.checkpoint.TopicID != "" && (c.seen() || c.state.Len() > 0) {
		a.log.Warn("topic was made anew: its records come again", "resource", c.id.Resource, "collection", c.id.Parent)
		a.snapshotAgain(c)
	}
	c.inTopic(id)
}

// fieldScopes returns all paths of a row that another scope fills.
func fieldScopes(r *schema.Resource) schema.Paths {
	var all []string
	for _, paths := range r.FieldScopes {
		all = append(all, string(paths))
	}
	slices.Sort(all)
	return schema.Paths(strings.Join(all, " "))
}

// pages are those of the root's listing. Its first one may have been asked for before.
func (s *sweep) pages(ctx context.Context) iter.Seq2[diff.Page, error] {
	if x := s.a.reading; x.ahead != nil {
		return x.ahead
	}
	return s.a.source.Pages(ctx, s.root.c.row, s.root.c.id.Parent)
}

// list reads all pages. What was read before an error is compared and published all the same: a record that was shown
// is there, whatever the next page holds. Only absences need the whole listing.
func (s *sweep) list(ctx context.Context) {
	p := s.root
	for page, err := range s.pages(ctx) {
		if err == nil {
			page.Records = s.tee(p.c.row, page)
			err = p.take(page)
		}
		if err != nil {
			p.err = err
			s.unshown(p, page)
			break
		}
		if s.full() && !s.publishChunk(ctx) {
			return
		}
	}
	if p.pages > 0 {
		p.count()
	}
}

// count takes by how many records the listing fell short of what the API counts. The same look after look is the API's
// way: the listing is whole.
func (p *part) count() {
	short := shortfall(p.err)
	if short == 0 && p.err != nil {
		return // it ended before
	}
	if always := p.c.fallsShort(short, p.beganMS); always && short > 0 {
		p.err, p.short = nil, short
	}
}

// shortfall is by how many records a listing fell short of what the API counts, as its error says.
func shortfall(err error) int {
	if se, ok := errors.AsType[*SourceError](err); ok {
		return se.Short
	}
	return 0
}

// take compares a page. The part's window is from the first page's request to the last one's answer, on the API's
// clock, as all of it may have changed in between.
func (p *part) take(page diff.Page) error {
	if p.pages == 0 {
		p.beganMS = page.BeganMS
	}
	p.endedMS = page.EndedMS
	_, err := p.w.Page(page)
	if err == nil {
		p.pages++
	}
	for _, name := range page.Unknown {
		p.beside = append(p.beside, "/"+name)
	}
	return err
}

// unshown takes a 404 to a listing, or a parent's record without what is embedded in it. What that means is absence's
// to say.
func (s *sweep) unshown(p *part, page diff.Page) {
	var se *SourceError
	denied := errors.As(p.err, &se) && se.Kind == Gone
	if !denied && !errors.Is(p.err, diff.ErrNotShown) {
		return
	}
	c := p.c
	if denied && c.parent != nil && c.checkpoint.Status != state.NotOffered {
		s.a.soon(c.parent) // it may be gone
	}
	if p.pages > 0 {
		return
	}
	switch absence.Unshown(c.row, c.records(), denied && se.OfParent, c.checkpoint.Status == state.Whole) {
	case absence.Unread:
		return
	case absence.NotOffered:
		p.unread = p.err
	case absence.None:
		p.denied = true
	}
	now := time.Now().UnixMilli()
	p.err, p.beganMS, p.endedMS = nil, cmp.Or(page.BeganMS, now), cmp.Or(page.EndedMS, now)
}

// tee keeps, of each record that goes by, what holds collections of its own and what tells of them.
func (s *sweep) tee(row *schema.Resource, page diff.Page) iter.Seq2[diff.Record, error] {
	kids, children := s.a.embedded(row), s.a.withRevision(row)
	if len(kids)+len(children) == 0 {
		return page.Records
	}
	return func(yield func(diff.Record, error) bool) {
		for rec, err := range page.Records {
			if err == nil {
				s.readRevisions(children, rec)
				raw := rec.JSON
				if len(kids) > 0 {
					raw = bytes.Clone(raw)
					s.embedBytes += len(raw)
				}
				for _, child := range kids {
					s.embeds = append(s.embeds, embed{child, rec.ID, raw, page, s.root.pages + 1})
				}
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// below returns the enabled resources of which collections are below row's records.
func (a *account) below(row *schema.Resource) []*schema.Resource {
	return slices.DeleteFunc(slices.Clone(schema.Children(row.Name)), func(child *schema.Resource) bool {
		return a.rows[child.Name] == nil
	})
}

// embedded returns the enabled resources that are embedded in row's records.
func (a *account) embedded(row *schema.Resource) []*schema.Resource {
	return slices.DeleteFunc(a.below(row), func(child *schema.Resource) bool { return child.Embed == "" })
}

// readEmbedded compares the embedded collections.
func (s *sweep) readEmbedded() {
	if len(s.embeds) == 0 {
		return
	}
	changes := map[string]*diff.Change{}
	for _, ch := range s.root.w.Changes() {
		if old := changes[ch.ID]; old == nil || old.Op != schema.Deleted {
			changes[ch.ID] = ch
		}
	}
	read := map[collectionID]bool{}
	for _, e := range s.embeds {
		ch := changes[e.parent]
		k := collectionID{Resource: e.row.Name, Parent: e.parent}
		switch {
		case read[k]: // pages that overlap show a parent twice
			continue
		case !e.row.When.Holds(e.record):
			continue
		case ch != nil && ch.Op == schema.Deleted: // another incarnation: the old one's children go first
			s.within = time.Second
			continue
		}
		read[k] = true
		s.readChild(e, ch)
	}
}

// readChild compares what a parent's record has embedded. Below a parent that is new everything is created (open). A
// record that is shown older than it is known says nothing of what is in it: the collection stays as it was, and the
// page is read again.
func (s *sweep) readChild(e embed, parent *diff.Change) {
	c := s.a.watch(e.row, e.parent)
	if parent != nil && parent.Op == schema.Created {
		s.a.open(c, *prevMS(s.root.c, parent))
	}
	if !c.readAt(s.clock(e.record), e.page.BeganMS) {
		s.lagging = append(s.lagging, e.parent)
		return
	}
	p := s.a.begin(c)
	page := e.page
	page.Sum = xxhash.Sum64(e.record)
	page.Records = diff.Records(e.row, e.row.Embed, e.parent, e.record)
	p.err = p.take(page)
	s.unshown(p, page)
	if p.err != nil {
		p.err = fmt.Errorf("list %s page %d (request %s): %w", s.root.c.id.Resource, e.number, page.RequestID, p.err)
	}
	s.kids = append(s.kids, p)
}

// reread has the next sweep range over each page of which something embedded was not taken, or lacks what may still be
// there: the page may stay the same, and a sweep may come between that doesn't show it.
func (s *sweep) reread() {
	settled := map[collectionID]bool{}
	for _, p := range s.kids {
		settled[p.c.id] = p.err == nil && len(p.suspect) == 0
	}
	for _, e := range s.embeds {
		if e.row.When.Holds(e.record) && !settled[collectionID{Resource: e.row.Name, Parent: e.parent}] {
			s.root.w.Reread(e.page.Sum)
		}
	}
}

// clock is what a record of the root's says of its moment, "" if nothing.
func (s *sweep) clock(record []byte) string {
	if s.root.c.row.Clock == "" {
		return ""
	}
	return gjson.GetBytes(record, s.root.c.row.Clock).String()
}

// open says of a collection that it is known since its parent appeared, after sinceMS: what appears in it is created.
func (a *account) open(c *collection, sinceMS int64) {
	topicID := a.session.TopicID(schema.TopicOf(a.p.opts.Prefix, c.id.Resource))
	c.open(sinceMS, a.p.rules(c.id.Resource).Text(), topicID)
}

// publish commits what the sweep found: what appeared or changed, parents before children, so that a consumer knows a
// child's parent; then what was deleted, children before parents, for the same reason; the checkpoints last, the
// collection's own after those embedded in it.
func (s *sweep) publish() {
	if s.cascades() && s.a.drain() != nil {
		return // what is below the deleted records must stand still; a failed commit ends the ownership
	}
	s.findRollouts(func(string) int { return 0 })
	pub := s.a.publish()
	s.publishFound(pub, false)
	for _, p := range slices.Backward(s.parts()) {
		s.finish(pub, p)
	}
	s.withParent(pub)
	s.stop(pub)
	s.say()
	pub.commit(s.apply)
}

// publishFound publishes what was found, in the order that publish has to keep. A chunk is followed by more.
func (s *sweep) publishFound(pub *publication, chunk bool) {
	for _, p := range s.parts() {
		s.commitBegin(pub, p, chunk && p == s.root)
		s.changes(pub, p)
		s.unknown(pub, p)
	}
	for _, p := range slices.Backward(s.parts()) {
		for _, g := range p.gone {
			s.a.delete(pub, p.c, g)
		}
	}
}

// findRollouts tells DigitalOcean's changes to most records apart: of embedded collections, in all parents together.
// Where more of the listing is to come, known is how many records of a resource were known before.
func (s *sweep) findRollouts(known func(resource string) int) {
	of := map[string][]*diff.Sweep{}
	for _, p := range s.parts() {
		of[p.c.id.Resource] = append(of[p.c.id.Resource], p.w)
	}
	for resource, sweeps := range of {
		if s.rollouts[resource] == nil {
			s.rollouts[resource] = new(diff.Rollouts)
		}
		s.rollouts[resource].Find(sweeps, known(resource))
	}
}

// cascades reports whether records with children go. Their collections are removed with them, so that no publication of
// these may be on its way: it would be applied to what is gone.
func (s *sweep) cascades() bool {
	if len(schema.Children(s.root.c.id.Resource)) == 0 {
		return false
	}
	return len(s.root.gone) > 0 ||
		slices.ContainsFunc(s.root.w.Changes(), func(ch *diff.Change) bool { return ch.Op == schema.Deleted })
}

// commitBegin commits a checkpoint before the events, where a crash in between must not lose how they are to be
// taken: a repeated snapshot, and an initial snapshot in several transactions. more comes in later publications.
func (s *sweep) commitBegin(pub *publication, p *part, more bool) {
	switch {
	case p.c.checkpoint.AgainBelow > 0 && p.c.dirty:
		pub.commitCheckpoint(p.c)
	case !p.c.seen() && len(p.w.Changes()) > 0:
		p.c.underRules(s.a.p.rules(p.c.id.Resource).Text())
		if more || len(p.w.Changes()) > batchUnits {
			pub.commitCheckpoint(p.c)
		}
	}
}

// changes publishes what appeared and changed. Where an id has another incarnation, what was below the old one is
// deleted with it, before the new one is created.
func (s *sweep) changes(pub *publication, p *part) {
	for _, ch := range p.w.Changes() {
		switch ch.Op {
		case schema.Deleted: // another incarnation follows
			pub.change(p.c, ch, 0, s.a.deleteChildren(pub, p.c, ch, 0)...)
		case schema.Created:
			pub.change(p.c, ch, 0, s.openChildren(pub, p.c, ch)...)
		default:
			pub.change(p.c, ch, 0)
		}
	}
}

// openChildren opens the collections below a new record: it was not there a moment ago, so what they hold is created.
// Their checkpoints go with the record's event: without them a crash would make a snapshot of it.
func (s *sweep) openChildren(pub *publication, c *collection, ch *diff.Change) []Record {
	var checkpoints []Record
	for _, row := range s.a.below(c.row) {
		if !row.When.Holds(ch.After) {
			continue
		}
		child := s.a.watch(row, ch.ID)
		s.a.open(child, *prevMS(c, ch))
		pub.touch(child)
		checkpoints = append(checkpoints, pub.checkpointRecord(child, child.storedCheckpoint()))
	}
	return checkpoints
}

// unknown announces paths that no document of DigitalOcean's has, once. What lies beside the records has a slash before
// it.
func (s *sweep) unknown(pub *publication, p *part) {
	resource := p.c.id.Resource
	known := s.a.checkpoint.Announced[resource]
	slices.Sort(p.beside)
	fresh := slices.DeleteFunc(slices.Concat(slices.Compact(p.beside), p.w.Unknown()), func(path string) bool {
		return slices.Contains(known, path)
	})
	if len(fresh) == 0 {
		return
	}
	change := pub.schemaChange(p.c, fresh, nil)
	s.a.checkpoint.Announce(change)
	pub.unit(pub.schemaChangeRecord(change))
	s.a.showUnknown()
	s.a.log.Info("members that no document of DigitalOcean's has", "resource", resource, "paths", fresh)
}

// finish brings a collection's checkpoint up to date, sets its status, and commits both now if anything of the
// collection was published, or if what a crash would forget is more than when it was looked at last. Otherwise flush
// commits them: most sweeps find nothing.
func (s *sweep) finish(pub *publication, p *part) {
	c := p.c
	status, reason := p.status()
	c.noteSweep(p)
	urgent := pub.touched[c] || status != c.checkpoint.Status
	urgent = s.noteUnreadable(p) || urgent
	if p.err != nil {
		c.incomplete(p)
	} else {
		urgent = urgent || (!c.seen() && p.unread == nil) ||
			len(p.suspect) != len(c.checkpoint.Suspects) || !slices.Equal(p.carried, c.checkpoint.HeldPaths)
		c.complete(p, s.a.p.rules(c.id.Resource).Text())
	}
	p.news = c.checkpoint.Reason != reason
	p.news = pub.status(c, status, reason) || (p.news && p.short > 0)
	if urgent {
		pub.publishStatus(c, statusEvery)
		pub.commitCheckpoint(c)
	}
}

// coming returns by how many records the collection grows once the sweep is committed.
func (p *part) coming() int {
	n := -len(p.gone)
	for _, ch := range p.w.Changes() {
		switch {
		case ch.Op == schema.Created, ch.Op == schema.Read && !p.c.state.Has(ch.ID):
			n++
		case ch.Op == schema.Deleted:
			n--
		}
	}
	return n
}

// withParent says of embedded collections that were not compared what their parents' sweep says: they are unchanged if
// it was whole, and as unknown as it is otherwise.
func (s *sweep) withParent(pub *publication) {
	for _, p := range s.kids {
		s.compared[p.c] = true
	}
	hidden := s.hiddenParents()
	status, reason := s.root.status()
	for _, c := range s.root.c.embedded() {
		if s.compared[c] || s.a.rows[c.id.Resource] == nil {
			continue
		}
		why, isHidden := hidden[c.id.Parent]
		switch {
		case isHidden:
			c.hold(why)
		case s.root.err == nil && c.state.Len() == 0 && !s.has(c.id.Parent):
			s.a.forget(pub, c)
		case c.seen() && c.checkpoint.Status != state.NotOffered && c.checkpoint.Status != state.NeverSwept:
			c.sweptWith(s.root)
			s.alike = append(s.alike, c)
			pub.say(c, status, reason)
		}
	}
}

// has reports whether the root has a record, or will once the sweep is committed.
func (s *sweep) has(id string) bool {
	return s.root.c.state.Has(id) ||
		slices.ContainsFunc(s.root.w.Changes(), func(ch *diff.Change) bool { return ch.ID == id })
}

// hiddenParents returns the records that this sweep could not take, and why nothing is known of what is embedded in
// them.
func (s *sweep) hiddenParents() map[string]absence.Held {
	hidden := map[string]absence.Held{}
	for _, id := range s.root.missing {
		hidden[id] = absence.Held{Reason: absence.ParentAbsent}
	}
	for _, id := range s.root.w.Quarantined() {
		hidden[id] = absence.Held{Reason: absence.ParentBroken}
	}
	for _, id := range s.lagging {
		hidden[id] = absence.Held{Reason: absence.ParentBehind}
	}
	return hidden
}

// stop stops the account if its token is refused, and says so of all its collections.
func (s *sweep) stop(pub *publication) {
	status, reason := s.root.status()
	if status != state.Stopped {
		return
	}
	s.a.stopped, s.a.retry = true, time.Now().Add(refusedPause)
	s.a.log.Error("account stopped: its token is refused", "err", reason)
	for _, c := range s.a.sorted() {
		if c.checkpoint.Status != state.NeverSwept && c.checkpoint.Status != state.Unwatched {
			pub.say(c, state.Stopped, reason)
		}
	}
}

// apply moves the memory on, after the commit. Until then the sweep's results are nowhere but in the sweep: if the
// commit fails, they are forgotten with it and found again.
func (s *sweep) apply() {
	for _, p := range s.parts() {
		if p.err == nil && p.proves() {
			s.a.proven = p.reads
		}
		s.applyPart(p)
	}
	for _, c := range s.alike {
		s.a.noteSwept(c, s.root)
		s.a.show(c)
	}
	s.follow()
}

func (s *sweep) applyPart(p *part) {
	p.c.apply(p.w, p.err == nil, p.gone)
	s.a.noteSwept(p.c, p)
	s.a.showSwept(p.c, p.changes())
}

// changes counts what changed, with what stays to be published of it.
func (p *part) changes() int { return p.earlier + len(p.w.Changes()) + len(p.gone) }

// follow has the children of new records read, and what was not offered below records that moved: a cluster that was
// being made has its settings once it is ready.
func (s *sweep) follow() {
	for _, p := range s.parts() {
		for _, ch := range p.w.Changes() {
			for _, child := range p.c.children(ch.ID) {
				s.a.parentMoved(child)
			}
		}
	}
	for _, row := range s.a.below(s.root.c.row) {
		for _, ch := range s.root.w.Changes() {
			if ch.After != nil && row.When.Holds(ch.After) {
				s.a.show(s.a.watch(row, ch.ID))
			}
		}
	}
}

// say logs and counts how the sweep went.
func (s *sweep) say() {
	s.sayNews()
	p := s.root
	status, reason := p.status()
	s.a.p.status.AddSweep(s.a.id, p.c.id.Resource, status)
	log := s.a.logOf(p.c)
	switch {
	case status == state.Whole && p.held != (absence.Held{}):
		log.Warn("absences are held back", "suspects", len(p.suspect), "reason", p.held.Reason, "why", p.held.String())
	case status == state.Whole && len(p.w.Quarantined()) > 0:
		log.Warn("records can't be taken: they stay as they were last published", "ids", p.w.Quarantined(), "why", reason)
	case status == state.Whole:
		log.Debug("swept", "records", p.w.Seen(), "changes", p.changes())
	case status == state.NotOffered:
	case status == state.Failing, status == state.Partial:
		s.a.outage.fail(log, status, reason)
		return
	default:
		log.Warn("sweep is not whole", "status", status, "err", reason)
	}
	s.a.outage.succeed(s.a.log)
}

// sayNews logs what has come to be not offered, and what is embedded and can't be read any more.
func (s *sweep) sayNews() {
	for _, p := range s.parts() {
		switch status, reason := p.status(); {
		case !p.news:
		case status == state.NotOffered:
			s.a.logOf(p.c).Info("not offered, or not yet", "why", reason)
		case status == state.Whole && p.short > 0:
			s.a.logOf(p.c).Warn(reason)
		case p != s.root && status != state.Whole:
			s.a.logOf(p.c).Warn("sweep is not whole", "status", status, "err", reason)
		}
	}
}

func (a *account) logOf(c *collection) *slog.Logger {
	return a.log.With("resource", c.id.Resource, "collection", c.id.Parent)
}

// status returns what a part of a sweep was worth, and the reason in words that tell an operator what to do. The order
// is that of certainty: what is known to be not offered first, an error whose kind is unknown last.
func (p *part) status() (state.Status, string) {
	var se *SourceError
	switch {
	case p.unread != nil:
		return state.NotOffered, p.unread.Error()
	case p.err == nil && len(p.w.Quarantined()) > 0:
		return state.Whole, fmt.Sprintf("%d records can't be taken (duplicate names or bad UTF-8)", len(p.w.Quarantined()))
	case p.err == nil && p.short > 0:
		return state.Whole, fmt.Sprintf("the API counts %d more than it lists, look after look (meta.total): "+
			"what it lists is taken for whole", p.short)
	case p.err == nil:
		return state.Whole, ""
	case errors.As(p.err, &se) && se.Kind == Unreadable && se.Half:
		return state.Partial, p.err.Error()
	case errors.As(p.err, &se) && se.Kind == Unreadable && p.c.row.API != "":
		return state.NoScope, p.err.Error()
	case errors.As(p.err, &se) && se.Kind == Unreadable:
		return state.NoScope, "the token lacks " + lacked(p.c.row)
	case errors.As(p.err, &se) && se.Kind == Refused:
		return state.Stopped, p.err.Error()
	case p.pages > 0:
		return state.Partial, p.err.Error()
	}
	return state.Failing, p.err.Error()
}

// lacked is what a token lacks that may not read a listing: the scope, or what is known of it.
func lacked(r *schema.Resource) string {
	if r.Unsaid != "" {
		return "the right to read it: no document says which scope gives it; " + r.Unsaid
	}
	return cmp.Or(r.Scope, "the right to read it")
}
