package producer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// Bounds of a batch: far below a transaction's, so that the Log can fill its transactions with batches of many
// accounts. A unit is never split, so that a batch may be larger by one.
const (
	batchUnits = 100
	batchBytes = 512 << 10
)

// publication is what a sweep has to say: units, each a record's event with its state, in batches that each carry the
// account's checkpoint as of their last event. The order of adding is the order of the log.
//
// A batch is committed whole or not at all, and each can be the last before a crash: whoever restores finds the
// records' state, and the next lsn, as of exactly the events that consumers see. That is why the checkpoint is in each
// batch and not only in the last, and why nothing may be split from what explains it.
//
// A publication is used by one sweep, in the account's goroutine, and ends with commit. Several of an account may be on
// their way at once, of different flights.
type publication struct {
	a       *account
	tsMS    int64 // of its next event: after every earlier publication's of the account, so after each record's last one
	open    []Record
	units   int
	bytes   int
	ready   *Batch               // the last one that was cut; those before it are handed to the Log
	lastLSN int64                // the newest event up to it
	touched map[*collection]bool // what something is published of
	flights map[*flight]bool     // theirs: they must not be swept again before all of it is committed

	// What is counted, and shown only once it is committed: an event that was lost with its batch was none.
	count   map[eventLabel]int
	bare    map[string]int // events without their record's body, by resource
	odd     map[string]int // events with values of another type than documented, by resource
	windows []window

	deleted string          // the id that the last event deleted
	gone    map[string]bool // the entries that were taken out of the state, by their keys
	tail    func() []Record // what each batch ends with beside the account's checkpoint
	light   bool            // so far it has nothing that the account's checkpoint goes with
}

type eventLabel struct {
	resource string
	op       schema.Op
}

// window is the time in which a change happened.
type window struct {
	resource string
	length   time.Duration
}

// publish begins a publication. Its time is after that of every earlier event of the account, also where the clock was
// set back: consumers that order a record's events by ts_ms get the order of the log.
func (a *account) publish() *publication {
	return &publication{
		a: a, tsMS: max(time.Now().UnixMilli(), a.checkpoint.TsMS+1), count: map[eventLabel]int{},
		bare: map[string]int{}, odd: map[string]int{},
		touched: map[*collection]bool{}, flights: map[*flight]bool{}, gone: map[string]bool{},
	}
}

func (p *publication) prefix() string { return p.a.p.opts.Prefix }

func (p *publication) empty() bool { return p.ready == nil && len(p.open) == 0 }

// unit adds records that must be committed together. Full batches go to the Log while the rest is made, so that a first
// sweep of a large account doesn't stand in memory twice.
func (p *publication) unit(records ...Record) {
	p.open = append(p.open, records...)
	for _, r := range records {
		p.bytes += len(r.Key) + len(r.Value)
	}
	if p.units++; p.units >= batchUnits || p.bytes >= batchBytes {
		p.cut()
	}
}

// cut ends a batch with the account's checkpoint, and hands the one before it to the Log. The last one waits for
// commit, which knows what is to be done once everything is committed.
func (p *publication) cut() {
	if len(p.open) == 0 {
		return
	}
	// A log's checkpoint names the entries that are known: it goes with each batch, or a crash between two would have the
	// first one's entries published again.
	if p.tail != nil {
		p.open = append(p.open, p.tail()...)
	}
	if !p.light {
		p.open = append(p.open, p.state(state.AccountKey(p.a.id), state.Encode(p.a.checkpoint)))
	}
	p.hand(nil)
	p.ready, p.lastLSN = &Batch{Records: p.open}, p.a.checkpoint.NextLSN-1
	p.open, p.units, p.bytes = nil, 0, 0
}

// hand gives the batch that is ready to the Log. A failed commit always ends the ownership; the last one's end is
// done's.
func (p *publication) hand(done func()) {
	if p.ready == nil {
		return
	}
	acks, committed := p.a.acks, p.a.span.Commit(len(p.ready.Records))
	p.a.session.Commit(*p.ready, func(err error) {
		committed(err)
		if err != nil || done != nil {
			acks.put(ack{err: err, apply: done})
		}
	})
	p.a.handed.Store(p.lastLSN)
	p.ready = nil
}

// state makes a record of the state topic; a nil value deletes the entry.
func (p *publication) state(key, value []byte) Record {
	return Record{
		Topic: state.Topic(p.prefix()), Account: p.a.id, Key: key, Value: value,
		Headers: []Header{{state.FormatHeader, state.Format}},
	}
}

// touch has c, and with it its whole flight, not swept again until the publication is committed.
func (p *publication) touch(c *collection) {
	p.touched[c] = true
	if !p.flights[c.flight] {
		p.flights[c.flight] = true
		c.flight.depart() // once, however much is published of it: commit has it arrive once
		p.a.tellFlight(c.flight.root)
	}
}

// change adds a change of a record, with whatever else must be committed with it. A delete that goes with a parent has
// the moment after which that went; others have 0.
func (p *publication) change(c *collection, ch *diff.Change, parentMS int64, with ...Record) {
	p.touch(c)
	var records []Record
	if ch.Op != "" {
		event, mistyped := p.event(c, ch, parentMS)
		records = append(append(records, event), p.mistyped(c, mistyped)...)
	}
	if c.keeps(ch.After) || (ch.Op != schema.Created && ch.Op != schema.Read) {
		records = append(records, p.record(c, ch))
		records = append(records, p.currentRow(c, ch)...)
	}
	p.unit(append(records, with...)...)
}

// record makes the state entry of a change, and counts it, so that a restart notices entries that are missing. A body
// that is larger than a record may be is known by its hash alone: that it changed is seen, and not how.
func (p *publication) record(c *collection, ch *diff.Change) Record {
	if ch.Op == schema.Deleted || !c.keeps(ch.After) {
		return p.noRecord(c, ch.ID)
	}
	key := state.RecordKey(p.a.id, c.id.Resource, ch.ID)
	if !c.state.Has(ch.ID) || p.gone[string(key)] {
		p.a.checkpoint.Count(c.row, +1)
		delete(p.gone, string(key))
	}
	s := state.Record{
		LSN: ch.LSN, TsMS: ch.TsMS, SeenMS: ch.SeenMS, SourceMS: ch.SourceMS, Fingerprint: ch.Fingerprint, Body: ch.After,
	}
	value := state.EncodeRecord(s)
	if len(value)+recordOverhead > p.a.session.MaxBytes() {
		ch.NoBody = true
		s.Body, s.SHA256 = nil, sum(ch.After)
		value = state.EncodeRecord(s)
	}
	return p.state(key, value)
}

// noRecord takes a record out of the state: a nil value, which compaction removes in time. One that is not there, or
// was taken out before in this publication, isn't counted twice.
func (p *publication) noRecord(c *collection, id string) Record {
	key := state.RecordKey(p.a.id, c.id.Resource, id)
	if c.state.Has(id) && !p.gone[string(key)] {
		p.a.checkpoint.Count(c.row, -1)
		p.gone[string(key)] = true
	}
	return p.state(key, nil)
}

// recordOverhead is what a record needs beside its value, generously: key, headers, framing. Names in the key are
// DigitalOcean's and short; 4 KiB is nothing beside the 1 MiB that topics take by default.
const recordOverhead = 4 << 10

// event makes the Kafka record of a change, and takes the next lsn for it. Mistyped are the paths of its values that
// are of another type than documented.
func (p *publication) event(c *collection, ch *diff.Change, parentMS int64) (r Record, mistyped []string) {
	a := p.a
	p.tsMS = max(p.tsMS, ch.EndedMS) // the window's end may lie ahead of this machine's clock
	ch.LSN, ch.TsMS, ch.SourceMS = a.checkpoint.NextLSN, p.tsMS, ch.EndedMS
	if ch.Op == schema.Created && p.deleted == ch.ID {
		ch.TsMS++ // the same id in another incarnation: after its d
	}
	p.deleted = ""
	if ch.Op == schema.Deleted {
		p.deleted = ch.ID
	}
	ev := schema.Event{
		Before: p.row(c, ch.ID, ch.Before, ch.Op == schema.Updated || ch.Op == schema.Deleted),
		After:  p.row(c, ch.ID, ch.After, ch.Op != schema.Deleted),
		Op:     ch.Op, TsMS: ch.TsMS,
		Source: schema.Source{
			Version: a.p.opts.Version, Connector: schema.Connector, Name: a.p.opts.Prefix, TsMS: ch.EndedMS,
			PrevTsMS: prevMS(c, ch), Snapshot: snapshot(c, ch.Op), DB: a.id, Schema: "digitalocean", Table: c.id.Resource,
			LSN: ch.LSN, Sequence: fmt.Sprintf(`["%d","%d"]`, a.checkpoint.LastLSN[c.id.Resource], ch.LSN),
			TxID: strconv.FormatInt(a.checkpoint.Sweep, 10),
		},
	}
	// What was shown of a child since its parent went may have been the next incarnation's.
	if parentMS > 0 {
		ev.Source.Cause, ev.Source.PrevTsMS = new(schema.CauseParent), new(min(parentMS, *ev.Source.PrevTsMS))
	}
	if ch.Rollout {
		ev.Source.Cause = new(schema.CauseRollout)
	}
	if ch.Op == schema.Updated && ch.Before != nil && ch.After != nil {
		ev.Changes = p.patch(c, ch)
	}
	a.checkpoint.NextLSN++
	c.published(ch.LSN)
	a.checkpoint.LastLSN[c.id.Resource] = ch.LSN
	a.checkpoint.TsMS = max(a.checkpoint.TsMS, ch.TsMS)
	if since := ev.Source.PrevTsMS; since != nil {
		p.windows = append(p.windows, window{c.id.Resource, time.Duration(ev.Source.TsMS-*since) * time.Millisecond})
	}
	p.count[eventLabel{c.id.Resource, ch.Op}]++
	value, mistyped := p.fit(&ev)
	p.missBody(&ev, len(ch.After))
	topic := schema.TopicOf(a.p.opts.Prefix, c.id.Resource)
	return Record{
		Topic: topic, Account: a.id, Key: a.p.opts.Wire.Key(topic, schema.Key{AccountID: a.id, ID: ch.ID}), Value: value,
		Headers: p.headers(&ev),
	}, mistyped
}

// mistyped counts an event with values of another type than documented, and announces their paths, once.
func (p *publication) mistyped(c *collection, paths []string) []Record {
	if len(paths) == 0 {
		return nil
	}
	resource := c.id.Resource
	p.odd[resource]++
	known := p.a.checkpoint.Mistyped[resource]
	fresh := slices.DeleteFunc(paths, func(path string) bool { return slices.Contains(known, path) })
	if len(fresh) == 0 {
		return nil
	}
	change := p.schemaChange(c, nil, fresh)
	p.a.checkpoint.Announce(change)
	p.a.log.Info("values of another type than DigitalOcean documents: they are in body, and null in data",
		"resource", resource, "paths", fresh)
	return []Record{p.schemaChangeRecord(change)}
}

// missBody says so where an event lacks its record's body, which was so large.
func (p *publication) missBody(ev *schema.Event, bytes int) {
	if ev.After == nil || ev.After.Body != nil || bytes == 0 {
		return
	}
	p.bare[ev.Source.Table]++
	p.a.log.Warn("record is larger than the topic takes: its event has no body; raise the topic's max.message.bytes",
		"resource", ev.Source.Table, "id", ev.After.ID, "bytes", bytes, "max_bytes", p.a.session.MaxBytes())
}

// patch describes an update. One that can't be described is published all the same.
func (p *publication) patch(c *collection, ch *diff.Change) *string {
	text, err := diff.Patch(p.a.p.rules(c.id.Resource), ch.Before, ch.After)
	if err != nil {
		p.a.log.Error("changes of an update not described", "resource", c.id.Resource, "id", ch.ID, "err", err)
		return nil
	}
	return &text
}

// row makes an image of a record; there is always one where Debezium has one, even if its body is not known any more.
func (p *publication) row(c *collection, id string, body []byte, want bool) *schema.Row {
	if !want {
		return nil
	}
	r := diff.NewRow(c.row, p.a.id, id, body)
	if body == nil {
		if s, ok := c.sums[id]; ok {
			r.BodySHA256 = &s
		}
	}
	return &r
}

// fit encodes an event. Where it is too large for a record it leaves out first what was, then what is: a large record
// never stops the others, as all of the account's events go through one transaction after the other. A body that is
// left out has its hash in its place.
func (p *publication) fit(ev *schema.Event) (value []byte, mistyped []string) {
	limit := p.a.session.MaxBytes() - recordOverhead
	topic, codec := schema.TopicOf(p.prefix(), ev.Source.Table), p.a.p.opts.Wire
	value, mistyped = codec.Event(topic, ev)
	if len(value) > limit {
		ev.Changes = nil
		leaveOut(ev.Before)
		value, _ = codec.Event(topic, ev)
	}
	if len(value) > limit {
		leaveOut(ev.After)
		value, _ = codec.Event(topic, ev)
	}
	if len(value) > limit { // no name is so long; but nothing may stop the others
		shorten(ev.Before)
		shorten(ev.After)
		value, _ = codec.Event(topic, ev)
	}
	return value, mistyped
}

// shorten leaves out the columns that have no limit of their own.
func shorten(r *schema.Row) {
	if r != nil {
		r.Name, r.Region, r.CreatedAt = nil, nil, nil
	}
}

func leaveOut(r *schema.Row) {
	if r != nil && r.Body != nil {
		s := sum([]byte(*r.Body))
		r.Body, r.BodySHA256 = nil, &s
	}
}

func sum(body []byte) string {
	h := sha256.Sum256(body)
	return hex.EncodeToString(h[:])
}

const contentType = "content-type"

func (p *publication) headers(ev *schema.Event) []Header {
	var hs []Header
	for _, h := range ev.Headers(p.a.checkpoint.Name) {
		if h[0] == contentType {
			h[1] = p.a.p.opts.Wire.ContentType()
		}
		hs = append(hs, Header{h[0], h[1]})
	}
	return hs
}

// prevMS is the moment after which a change happened: when the last request that showed the record as it was before
// began, or for a new one the last sweep of the collection without it. What may have hidden the change meanwhile (a
// suspect, a held field, a member that could not be read) moves it back, as it must never lie after the change. It is
// nil for a snapshot, which is no change.
func prevMS(c *collection, ch *diff.Change) *int64 {
	if ch.Op == schema.Read {
		return nil
	}
	ms := ch.PrevMS
	if _, suspect := c.checkpoint.Suspects[ch.ID]; !suspect || ch.Op == schema.Created {
		ms = max(ms, c.checkpoint.CleanMS)
	}
	if ch.Op == schema.Updated && len(c.checkpoint.HeldPaths) > 0 { // it may be a field that nobody could see meanwhile
		ms = min(ms, c.checkpoint.PathsMS)
	}
	if b, ok := c.checkpoint.Behind[ch.ID]; ok && ch.Op == schema.Updated {
		ms = min(ms, b.SinceMS)
	}
	ms = c.hiddenSince(ch, ms)
	return &ms
}

// snapshot returns Debezium's word: "true" for the initial snapshot, "incremental" for one that was asked for later,
// "false" for a change.
func snapshot(c *collection, op schema.Op) string {
	switch {
	case op != schema.Read:
		return "false"
	case c.phase() == repeating:
		return "incremental"
	}
	return "true"
}

// commitCheckpoint adds a collection's checkpoint. It is behind the records that it speaks of, so that a crash in
// between has them published as they are, and never skipped.
func (p *publication) commitCheckpoint(c *collection) {
	p.touch(c)
	p.unit(p.checkpointRecord(c, c.commitCheckpoint()))
}

func (p *publication) checkpointRecord(c *collection, h state.CollectionCheckpoint) Record {
	return p.state(state.CollectionKey(p.a.id, c.id), state.Encode(c.stored(h, p.a.numbers.take)))
}

// commit hands the rest to the Log. After all of it is committed the account's goroutine runs apply, and the
// collections may be swept again. If nothing was published apply runs at once. After a commit that failed it never
// runs.
func (p *publication) commit(apply func()) {
	p.cut()
	if p.ready == nil {
		if apply != nil {
			apply()
		}
		return
	}
	a := p.a
	a.pending++
	done := func() {
		if apply != nil {
			apply()
		}
		for f := range p.flights {
			f.arrive()
			a.tellFlight(f.root)
		}
		for c := range p.touched {
			a.show(c)
		}
		for l, n := range p.count {
			a.p.status.AddEvents(a.id, l.resource, l.op, n)
		}
		for resource, n := range p.bare {
			a.p.status.AddWithoutBody(a.id, resource, n)
		}
		for resource, n := range p.odd {
			a.p.status.AddMistyped(a.id, resource, n)
		}
		for _, w := range p.windows {
			a.p.status.AddWindow(a.id, w.resource, w.length)
		}
	}
	p.hand(done)
}
