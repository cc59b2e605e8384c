package producer

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// collectionID names a collection of an account.
type collectionID = state.CollectionID

// collection owns everything that is known of one listing: its records as last published, its checkpoint, what is below
// its records, and what is on its way to the log. It belongs to its account's goroutine. Only the methods in this file
// write its fields: TestOnlyACollectionWritesItsFields holds that.
//
// The checkpoint moves ahead of its commit, the records only after it. Nobody sees the difference: a commit that fails
// ends the ownership, and everything in memory is restored from the log.
type collection struct {
	id  collectionID
	row *schema.Resource

	parent    *collection              // whose records it is below; nil at the top level
	below     map[string][]*collection // what is below its records, by their ids
	revisions map[collectionID]uint64  // the parent revisions that its records tell of, also of what is not read yet
	flight    *flight                  // shared with what is embedded in its records

	state      *diff.State
	checkpoint state.CollectionCheckpoint
	sums       map[string]string // SHA-256 of bodies that are too large to keep, by id

	dirty       bool  // the checkpoint has moved since it was committed, and not by a look that found nothing
	looked      bool  // it was swept since flush was there
	stillMS     int64 // when the last sweep began that found it as its committed checkpoint says
	toldMS      int64 // the same, as the log has it
	afresh      bool  // the next sweep must look at every record, also in pages that have not changed
	beganMS     int64
	endedMS     int64     // of the last sweep, on the API's clock
	wholeAt     time.Time // when the last whole sweep began, on ours; zero: an earlier owner made it
	quarantined int
	coming      int                     // records that are published and not in the state yet
	created     map[string]time.Time    // records that were created moments ago, by when that was committed
	follow      *following              // of a log's entries that may still change
	silent      map[string]int          // how often looks by id got no answer one after the other
	released    map[string]bool         // suspects that an operator lets go
	statusAt    time.Time               // when its status was published last
	said        *state.CollectionStatus // that status; nil: an earlier owner published it
	saidMS      int64                   // when its last sweep began, as readers of statuses and looks know
	eventLSN    int64                   // its newest event
	numberless  bool                    // its status in the log may have another's number
	scopesAt    time.Time               // when held members were last put to the test
	movedMS     int64                   // when its parent changed last, while it was not offered
}

// flight counts the publications of a collection and of everything embedded in its records that are not committed yet.
// They have one flight: a sweep of the parent is a sweep of them all, and must not compare with what is about to
// change.
type flight struct {
	root         collectionID // whose sweep it is
	publications int
}

func (f *flight) depart()     { f.publications++ }
func (f *flight) arrive()     { f.publications-- }
func (f *flight) inAir() bool { return f.publications > 0 }

// phase is where a collection stands: how what appears in it is published.
type phase int

const (
	unread    phase = iota // it was never read whole: what it has is r
	opening                // the initial snapshot of a log is under way, in several transactions
	watched                // what appears in it is created
	repeating              // a repeated snapshot is under way: what has not come again yet comes as r
)

// phase is told by the checkpoint, so that it survives a restart. These methods change it, and no others:
//
//	unread ─repeat─▶ unread ─open, complete─▶ watched ─repeat─▶ repeating ─complete─▶ watched
//	unread ─openLog─▶ opening ─closeLog, complete─▶ watched
func (c *collection) phase() phase {
	switch cp := &c.checkpoint; {
	case cp.InSnapshot:
		return opening
	case cp.FirstMS == 0:
		return unread
	case cp.AgainBelow > 0:
		return repeating
	}
	return watched
}

// seen reports whether the collection was ever read whole: what appears in it from then on was created.
func (c *collection) seen() bool { return c.phase() >= watched }

// open has a collection known since its parent appeared, after sinceMS: what appears in it is created.
func (c *collection) open(sinceMS int64, rules, topicID string) {
	if c.seen() {
		return
	}
	cp := &c.checkpoint
	cp.FirstMS, cp.WholeMS, cp.CleanMS = max(sinceMS, 1), sinceMS, sinceMS
	cp.Rules, cp.TopicID = rules, topicID
}

// openLog begins the initial snapshot of a log, which a crash must not make created entries of.
func (c *collection) openLog() {
	if !c.seen() {
		c.checkpoint.InSnapshot = true
	}
}

// closeLog ends it.
func (c *collection) closeLog() { c.checkpoint.InSnapshot = false }

// repeat has every record whose lsn is lower published once more.
func (c *collection) repeat(belowLSN int64) {
	c.checkpoint.AgainBelow = belowLSN
	c.dirty = true
}

// noteSnapshotRequest notes when a repeated snapshot was asked for, so that the same request is not followed again.
func (c *collection) noteSnapshotRequest(atMS int64) { c.checkpoint.SnapshotMS = atMS }

// inTopic notes the incarnation of the topic that the records are published to.
func (c *collection) inTopic(id string) { c.checkpoint.TopicID, c.dirty = id, true }

// inCurrentTopic notes the incarnation of the current topic that has all of the records.
func (c *collection) inCurrentTopic(id string) {
	c.checkpoint.CurrentTopicID = id
	c.dirty = c.dirty || c.checkpoint.Status != state.NeverSwept // else its first checkpoint says so
}

// underRules notes the rules that the records are made with, unless they are known.
func (c *collection) underRules(text string) { c.checkpoint.Rules = cmp.Or(c.checkpoint.Rules, text) }

// lookAfresh has the next sweep look at every record, also in pages that have not changed.
func (c *collection) lookAfresh() { c.afresh = true }

// compare begins a comparison of what a sweep reads. carried are the members whose old values stay.
func (c *collection) compare(carried []string) (w *diff.Sweep, afresh bool) {
	// Fewer than before: a scope may be back, and what was kept must be held against the API.
	afresh = c.afresh || len(carried) < len(c.checkpoint.HeldPaths)
	c.afresh = false
	return c.state.Sweep(diff.SweepOptions{
		First: !c.seen(), AgainBelow: c.checkpoint.AgainBelow, Afresh: afresh,
		Carry: carried, FieldScopes: fieldScopes(c.row), Behind: c.checkpoint.Behind,
	}), afresh
}

// noteSweep notes when a sweep was made and how much it found.
func (c *collection) noteSweep(p *part) {
	c.beganMS, c.endedMS = cmp.Or(p.beganMS, p.tried.UnixMilli()), cmp.Or(p.endedMS, time.Now().UnixMilli())
	c.quarantined, c.coming = len(p.w.Quarantined()), p.coming()
}

// incomplete notes a sweep that ended early.
func (c *collection) incomplete(p *part) {
	c.afresh = c.afresh || p.afresh
	c.partway(p)
}

// partway notes how far a sweep went: what it showed is suspected no more, and what it found unreadable keeps its old
// values.
func (c *collection) partway(p *part) {
	c.holdPaths(p.carried)
	suspects := len(c.checkpoint.Suspects)
	maps.DeleteFunc(c.checkpoint.Suspects, func(id string, _ int64) bool { return p.w.Shown(id) })
	c.dirty = c.dirty || len(c.checkpoint.Suspects) < suspects
	c.noteBehind(p.w.Behind())
}

// holdPaths notes further fields that can't be read. The last sweep that lacked nothing saw last what they hold.
func (c *collection) holdPaths(further []string) {
	cp := &c.checkpoint
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(cp.HeldPaths, further))))
	if len(all) == len(cp.HeldPaths) {
		return
	}
	if len(cp.HeldPaths) == 0 {
		cp.PathsMS = cp.CleanMS
	}
	cp.HeldPaths, c.dirty = all, true
}

// noteBehind notes which records are shown older than they are known. What is behind for the first time was last shown
// as it is known by the last sweep that lacked nothing, at the earliest.
func (c *collection) noteBehind(now map[string]diff.Behind) {
	for id, b := range now {
		if b.Looks == 1 {
			b.SinceMS = max(b.SinceMS, c.checkpoint.CleanMS)
			now[id] = b
		}
	}
	c.dirty = c.dirty || !maps.Equal(now, c.checkpoint.Behind)
	c.checkpoint.Behind = now
}

// complete notes a whole sweep, unless the parent didn't offer the listing: then nothing is known of it.
func (c *collection) complete(p *part, rules string) {
	if p.unread != nil {
		return
	}
	cp, was := &c.checkpoint, c.checkpoint
	if cp.FirstMS == 0 {
		cp.FirstMS = p.endedMS
	}
	switch {
	case len(p.carried) == 0:
		cp.PathsMS = 0
	case len(cp.HeldPaths) == 0:
		cp.PathsMS = cp.CleanMS // what they hold was last seen then
	}
	cp.WholeMS, c.wholeAt = p.beganMS, p.tried
	c.noteBehind(p.w.Behind())
	if len(p.missing) == len(p.gone) && len(p.w.Quarantined()) == 0 && len(cp.Behind) == 0 {
		// Only a list that lacks nothing, and does not lag, brought every record under the present rules, ends a repeated
		// snapshot, and says when what is new in it was not there yet.
		cp.Rules, cp.AgainBelow = rules, 0
		if !p.unreached {
			cp.CleanMS = p.beganMS
		}
	}
	c.underRules(rules)
	cp.Suspects, cp.HeldPaths = p.suspect, p.carried
	maps.DeleteFunc(c.released, func(id string, _ bool) bool { _, ok := p.suspect[id]; return !ok })
	cp.HeldWhy = cmp.Or(p.held, c.unreadable())
	c.wasRead(&was)
}

// wasRead notes a whole sweep. was is the checkpoint before it: where it moved the times alone, looks will tell them.
func (c *collection) wasRead(was *state.CollectionCheckpoint) {
	cp := &c.checkpoint
	step := cp.WholeMS - was.WholeMS // back, where the API's clock was set; or so far that looks may not tell the next one
	steady := step >= 0 && step < state.LongestAge.Milliseconds()/2
	same := steady && cp.Number > 0 && cp.FirstMS == was.FirstMS && cp.PathsMS == was.PathsMS && cp.Rules == was.Rules &&
		cp.AgainBelow == was.AgainBelow && cp.HeldWhy == was.HeldWhy && slices.Equal(cp.HeldPaths, was.HeldPaths) &&
		maps.Equal(cp.Suspects, was.Suspects) && (cp.CleanMS == cp.WholeMS) == (was.CleanMS == was.WholeMS)
	c.looked = true
	c.dirty = c.dirty || !same
	if !c.dirty {
		c.stillMS = cp.WholeMS
	}
}

// readAt notes the clock of the parent's record that it is embedded in, and reports whether to read it there: a replica
// of the API's may lag. beganMS is when the look began.
func (c *collection) readAt(clock string, beganMS int64) bool {
	cp := &c.checkpoint
	if diff.Earlier(clock, cp.ParentClock) {
		behind, stays := cp.ParentBehind.Look(cp.CleanMS, beganMS)
		if !stays {
			cp.ParentBehind, c.dirty = behind, true
			return false
		}
	}
	if clock != cp.ParentClock || cp.ParentBehind.Looks > 0 {
		cp.ParentClock, cp.ParentBehind, c.dirty = clock, diff.Behind{}, true
	}
	return true
}

// fallsShort notes by how many records a listing fell short of what the API counts, every page of it read, and reports
// whether that is the API's own way: as many as in a look a minute before.
func (c *collection) fallsShort(records int, beganMS int64) (always bool) {
	cp := &c.checkpoint
	was := cp.Short
	if was != nil && was.Records == records {
		return beganMS-was.SinceMS >= absence.SecondLook.Milliseconds()
	}
	if was == nil && records == 0 {
		return false
	}
	now := &state.Shortfall{Records: records, SinceMS: beganMS, CleanMS: max(cp.CleanMS, 1)}
	if was != nil {
		now.CleanMS = min(now.CleanMS, was.CleanMS)
	}
	if was != nil && records < was.Records { // what is new in it may be what was counted and not listed
		cp.CleanMS = min(cp.CleanMS, now.CleanMS)
	}
	if cp.Short = now; records == 0 {
		cp.Short = nil
	}
	c.dirty = true
	return false
}

// uncounted notes that what a listing shows is published before its records are counted: where it fell short, what is
// new in it may be what was counted and not listed.
func (c *collection) uncounted() {
	if cp := &c.checkpoint; cp.Short != nil && cp.Short.CleanMS < cp.CleanMS {
		cp.CleanMS, c.dirty = cp.Short.CleanMS, true
	}
}

// countedSince is since when the API counts more records than it lists, in ms; 0: it doesn't.
func (c *collection) countedSince() int64 {
	if c.checkpoint.Short == nil {
		return 0
	}
	return c.checkpoint.Short.SinceMS
}

// Bounds of how long a collection rests that was not offered.
const (
	leastPause   = 10 * time.Second
	longestPause = time.Hour
)

// pause is how long a collection rests that was not offered: half as long as that has been so, or as its parent has not
// moved since.
func (c *collection) pause() time.Duration {
	since := time.UnixMilli(max(c.checkpoint.SinceMS, c.movedMS))
	return min(max(time.Since(since)/2, leastPause), longestPause)
}

// parentMoved notes that its parent changed, and reports whether that is a reason to ask for it again: it was not
// offered.
func (c *collection) parentMoved() bool {
	if c.checkpoint.Status != state.NotOffered || c.row.Embed != "" {
		return false
	}
	c.movedMS = time.Now().UnixMilli()
	return true
}

// sweptWith takes over that its parent's sweep showed it unchanged, or as far as that went.
func (c *collection) sweptWith(root *part) {
	c.beganMS, c.endedMS = root.beganMS, root.endedMS
	if root.err == nil {
		cp, was := &c.checkpoint, c.checkpoint
		c.wholeAt = root.tried
		cp.WholeMS, cp.CleanMS, cp.HeldWhy = root.beganMS, root.beganMS, absence.Held{}
		c.wasRead(&was)
	}
}

// hold notes why its records are held back.
func (c *collection) hold(why absence.Held) {
	c.dirty = c.dirty || c.checkpoint.HeldWhy != why
	c.checkpoint.HeldWhy = why
}

// release lets those suspects go that were missed before the moment at which an operator asked for it. Later ones wait.
func (c *collection) release(atMS int64) {
	c.released = map[string]bool{}
	for id, first := range c.checkpoint.Suspects {
		c.released[id] = first <= atMS
	}
}

// noteUnreadable notes which members of which records could not be read, and reports whether that is news.
func (c *collection) noteUnreadable(now map[string]map[string]int64) bool {
	if maps.EqualFunc(now, c.checkpoint.Unreadable, maps.Equal) {
		return false
	}
	c.checkpoint.Unreadable, c.dirty = now, true
	return true
}

// testScopes notes that the held members are put to the test now.
func (c *collection) testScopes() { c.scopesAt = time.Now() }

// setStatus sets the status, and reports whether the word for it changed.
func (c *collection) setStatus(s state.Status, reason string, tsMS int64) (changed bool) {
	cp := &c.checkpoint
	changed = cp.Status != s
	c.dirty = c.dirty || changed || cp.Reason != reason
	cp.Status, cp.Reason = s, reason
	if changed {
		cp.SinceMS = tsMS
	}
	return changed
}

// statusDue reports whether its status was not published for so long; then it is now. Where looks tell the same, as
// they do unless untold, it waits for refreshEvery.
func (c *collection) statusDue(s *state.CollectionStatus, every time.Duration, untold bool) bool {
	now := time.Now()
	switch {
	case c.said == nil || every == 0:
	case untold || c.eventLSN > c.said.LastLSN || s.BeganMS < c.saidMS || !c.said.Told(*s):
		if now.Sub(c.statusAt) < every {
			return false
		}
	case now.Sub(c.statusAt) < refreshEvery:
		return false
	}
	c.statusAt, c.said, c.saidMS, c.numberless = now, s, s.BeganMS, false
	return true
}

// published notes its newest event.
func (c *collection) published(lsn int64) { c.eventLSN = lsn }

// number returns its number among the account's collections, and takes one if it has none.
func (c *collection) number(take func() int) int {
	if c.checkpoint.Number == 0 {
		c.checkpoint.Number, c.dirty = take(), true
	}
	return c.checkpoint.Number
}

// numbered reports whether it has a number.
func (c *collection) numbered() bool { return c.checkpoint.Number > 0 }

// tellsReaders reports whether looks may tell readers of it: it is read whole, and lacks nothing. Then what they say is
// so whatever status a reader has of it, and it doesn't matter which of the two topics is read faster.
func (c *collection) tellsReaders() bool {
	cp := &c.checkpoint
	return c.numbered() && cp.Status == state.Whole && cp.CleanMS == cp.WholeMS
}

// remember puts a log's new entry before the others.
func (c *collection) remember(id string) {
	ids := append([]string{id}, c.checkpoint.LogIDs...)
	c.checkpoint.LogIDs = ids[:min(len(ids), state.LogMemory)]
}

// answered counts how often looks by id got no answer, one after the other.
func (c *collection) answered(id string, ok bool) {
	if ok {
		delete(c.silent, id)
	} else {
		c.silent[id]++
	}
}

// inTurn orders ids so that those come last that most often got no answer: what never gets one holds up no other.
func (c *collection) inTurn(ids []string) []string {
	maps.DeleteFunc(c.silent, func(id string, _ int) bool { return !slices.Contains(ids, id) })
	ids = slices.Clone(ids)
	slices.SortStableFunc(ids, func(x, y string) int { return cmp.Compare(c.silent[x], c.silent[y]) })
	return ids
}

// noteLearned takes up what the schedule has learned, with the parent revision before the sweep. What a sweep teaches
// that found nothing looks will tell.
func (c *collection) noteLearned(m schedule.Memory, ok bool, began time.Time, revision uint64, changed bool) {
	if ok {
		was := c.checkpoint.Learned
		c.dirty = c.dirty || changed || was == nil || was.Requests != m.Requests || was.Records != m.Records
		c.checkpoint.Learned = &state.Learned{Memory: m, AtMS: began.UnixMilli()}
	}
	if revision != c.checkpoint.ParentRevision {
		c.checkpoint.ParentRevision, c.dirty = revision, true
	}
}

// setRevision notes the revision of a collection below it, as a record of it told; 0: it tells nothing any more.
func (c *collection) setRevision(child collectionID, revision uint64) {
	if revision == 0 {
		delete(c.revisions, child)
		return
	}
	c.revisions[child] = revision
}

// revision is what its parent tells of it now; 0: nothing.
func (c *collection) revision() uint64 {
	if c.parent == nil {
		return 0
	}
	return c.parent.revisions[c.id]
}

// commitCheckpoint returns the checkpoint as it is committed now.
func (c *collection) commitCheckpoint() state.CollectionCheckpoint {
	c.dirty = false
	return c.storedCheckpoint()
}

// storedSuspects bounds a checkpoint: more of them are not stored. After a restart their wait begins anew.
const storedSuspects = 5000

// storedCheckpoint returns the checkpoint as it is stored beside other records.
func (c *collection) storedCheckpoint() state.CollectionCheckpoint {
	cp := c.checkpoint
	if len(cp.Suspects) > storedSuspects {
		cp.Suspects = nil
	}
	return cp
}

// stored notes that a checkpoint goes to the log, and returns it with the collection's number.
func (c *collection) stored(cp state.CollectionCheckpoint, number func() int) state.CollectionCheckpoint {
	if c.checkpoint.Number == 0 && !c.numberless {
		c.checkpoint.Number = number()
	}
	cp.Number = c.checkpoint.Number
	c.stillMS, c.toldMS = cp.WholeMS, cp.WholeMS
	return cp
}

// flushed notes that flush was there.
func (c *collection) flushed() { c.looked = false }

// told notes that the log has the last look that found nothing.
func (c *collection) told() { c.toldMS = c.stillMS }

// toldReaders notes that readers are told of it, too.
func (c *collection) toldReaders() { c.saidMS = max(c.saidMS, c.stillMS) }

// lookedAt takes up looks from the log.
func (c *collection) lookedAt(wholeMS int64) {
	c.checkpoint.LookedAt(wholeMS)
	c.stillMS, c.toldMS = c.checkpoint.WholeMS, c.checkpoint.WholeMS
}

// apply moves the records on, after the commit of a sweep.
func (c *collection) apply(w *diff.Sweep, complete bool, gone []gone) {
	w.Apply(complete)
	for _, ch := range w.Changes() {
		c.noteChange(ch)
	}
	c.coming = 0
	for _, g := range gone {
		c.forget(g.id)
	}
}

func (c *collection) noteChange(ch *diff.Change) {
	delete(c.sums, ch.ID)
	if ch.NoBody {
		c.sums[ch.ID] = sum(ch.After)
	}
	if ch.Op == schema.Created {
		c.created[ch.ID] = time.Now()
	}
}

// young returns the records that were created moments before a sweep that began then, at beganMS on the API's clock.
// How long ago is told by our own: the API's may have been set meanwhile.
func (c *collection) young(began time.Time, beganMS int64) map[string]int64 {
	maps.DeleteFunc(c.created, func(_ string, at time.Time) bool { return began.Sub(at) > absence.SecondLook })
	young := map[string]int64{}
	for id, at := range c.created {
		young[id] = beganMS - began.Sub(at).Milliseconds()
	}
	return young
}

// restore takes up a checkpoint from the log. The text of the rules of now is one for all collections.
func (c *collection) restore(key, value []byte, rules string) error {
	c.checkpoint = state.CollectionCheckpoint{}
	err := state.Decode(key, value, &c.checkpoint)
	if c.checkpoint.Rules == rules {
		c.checkpoint.Rules = rules
	}
	c.lookedAt(0)
	c.numberless = c.checkpoint.Number == 0
	return err
}

// rebase has a collection whose records were made with other rules know so.
func (c *collection) rebase(rules string) error {
	switch c.checkpoint.Rules {
	case "", rules:
		return nil
	}
	old, err := diff.ParseRules(c.checkpoint.Rules)
	if err == nil {
		c.state.Rebase(old)
	}
	return err
}

func (c *collection) keep(id string, r state.Record) {
	c.state.Restore(id, r.Published())
	delete(c.sums, id)
	if r.SHA256 != "" {
		c.sums[id] = r.SHA256
	}
}

func (c *collection) forget(id string) {
	c.state.Delete(id)
	delete(c.sums, id)
	delete(c.created, id)
}

// keeps reports whether the state keeps a record: of a log only open entries.
func (c *collection) keeps(body []byte) bool {
	return c.row.Kind != schema.Log || c.row.MayChange(body)
}

// age is how long a record has been as it is.
func (c *collection) age(id string) time.Duration {
	was, _ := c.state.Get(id)
	return time.Since(time.UnixMilli(was.TsMS))
}

// records counts a collection's records, with those that are published and not in the state yet; of a log, those that
// are remembered.
func (c *collection) records() int { return max(c.state.Len()+c.coming, len(c.checkpoint.LogIDs)) }

// embedded returns the collections that are embedded in its records.
func (c *collection) embedded() []*collection {
	var all []*collection
	for _, kids := range c.below {
		for _, k := range kids {
			if k.row.Embed != "" {
				all = append(all, k)
			}
		}
	}
	slices.SortFunc(all, func(x, y *collection) int { return x.id.Compare(y.id) })
	return all
}
