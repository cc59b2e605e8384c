package producer

import (
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// A current topic is the state for others to read: whatever changes a record's state changes its row there in the same
// transaction, and nothing else does. Both are made of the same, so that a row is the same bytes whether it came with
// its event or was filled in later.

// currentRow returns what a change makes of a record's row in the current topic; nothing where there is none. The
// caller commits it with the event and the state.
func (p *publication) currentRow(c *collection, ch *diff.Change) []Record {
	if !p.a.hasCurrent(c) {
		return nil
	}
	r := p.current(c, ch.ID)
	if ch.Op != schema.Deleted {
		r.Value = p.currentValue(c, ch.ID, diff.Published{Body: ch.After, LSN: ch.LSN, TsMS: ch.TsMS, SourceMS: ch.SourceMS})
	}
	return []Record{r}
}

// current returns a tombstone of a record's row.
func (p *publication) current(c *collection, id string) Record {
	topic := schema.CurrentTopicOf(p.prefix(), c.id.Resource)
	return Record{
		Topic: topic, Account: p.a.id, Key: p.a.p.opts.Wire.Key(topic, schema.Key{AccountID: p.a.id, ID: id}),
		Headers: []Header{
			{contentType, p.a.p.opts.Wire.ContentType()},
			{"account", p.a.id},
			{"account_name", p.a.checkpoint.Name},
			{"schema", schema.EnvelopeVersion},
		},
	}
}

// currentValue encodes a row. One that is too large for a record goes without its body.
func (p *publication) currentValue(c *collection, id string, s diff.Published) []byte {
	row := schema.Current{Row: *p.row(c, id, s.Body, true), LSN: s.LSN, TsMS: s.TsMS}
	if s.SourceMS != 0 {
		row.SourceTsMS = &s.SourceMS
	}
	limit := p.a.session.MaxBytes() - recordOverhead
	topic, codec := schema.CurrentTopicOf(p.prefix(), c.id.Resource), p.a.p.opts.Wire
	value := codec.Row(topic, &row)
	for _, less := range []func(*schema.Row){leaveOut, shorten} {
		if len(value) > limit {
			less(&row.Row)
			value = codec.Row(topic, &row)
		}
	}
	return value
}

// hasCurrent reports whether a collection's records are kept as they are now, too.
func (a *account) hasCurrent(c *collection) bool { return a.p.opts.Current && c.row.HasCurrent() }

// fillCurrent puts the records of a collection into a current topic that doesn't have all of them: one that was asked
// for later, or made anew. What a crash leaves undone is done again: the checkpoint that names the topic is committed
// behind the rows, and a row that comes twice is the same bytes.
func (a *account) fillCurrent(c *collection) {
	if !a.p.opts.Current && c.checkpoint.CurrentTopicID != "" {
		c.inCurrentTopic("") // its topic was deleted, or we would not have been let in
	}
	if !a.hasCurrent(c) || a.rows[c.id.Resource] == nil {
		return
	}
	topic := schema.CurrentTopicOf(a.p.opts.Prefix, c.id.Resource)
	id := a.session.TopicID(topic)
	if id == "" {
		id = topic // a broker without topic ids: once has to be enough
	}
	if c.checkpoint.CurrentTopicID == id {
		return
	}
	pub := a.publish()
	for _, id := range c.state.IDs() {
		s, _ := c.state.Get(id)
		r := pub.current(c, id)
		r.Value = pub.currentValue(c, id, s)
		pub.unit(r)
	}
	if n := c.state.Len(); n > 0 {
		a.log.Info("current topic is filled", "resource", c.id.Resource, "collection", c.id.Parent, "records", n)
	}
	c.inCurrentTopic(id)
	if c.dirty {
		pub.commitCheckpoint(c)
	}
	pub.commit(nil)
}
