package history

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// glance is what a moment needs to know of an event: where it belongs, and its row, not decoded. Most events of a topic
// are followed by another one of their record, and decoding what they say would be most of the work.
type glance struct {
	op   schema.Op
	id   []byte
	in   table
	span span
	// rollout reports that DigitalOcean changed the record, not the account.
	rollout bool
	changes []byte // as they are written: a JSON string, or null
	row     []byte // as it is now, or as it was last: JSON
	image   *image // of row, once a moment has taken it
	created []byte // when the row says that it was created: a JSON string; else nil
}

// glanceOf is the glance at an event that is decoded already.
func glanceOf(ev *schema.Event) *glance {
	g := &glance{
		op: ev.Op, id: []byte(ev.ID()), in: table{ev.Source.DB, ev.Source.Table}, span: spanOf(ev),
		rollout: ev.Source.CausedBy(schema.CauseRollout), image: &image{row: ev.Row()},
	}
	if ev.Changes != nil {
		g.changes, _ = jsontext.AppendQuote(nil, *ev.Changes)
	}
	if created := ev.Row().CreatedAt; created != nil {
		g.created, _ = jsontext.AppendQuote(nil, *created)
	}
	return g
}

// keep returns the row, for as long as somebody needs it. It copies: a value that was read holds its whole batch in
// memory.
func (g *glance) keep() *image {
	if g.image == nil {
		g.image = &image{text: string(g.row)}
	}
	return g.image
}

// said returns the changes' text; nil if there are none.
func (g *glance) said() *string {
	if g.changes == nil {
		return nil
	}
	said, _ := unquote(nil, g.changes)
	return new(string(said))
}

// glancer reads events without decoding their rows. Not for two goroutines.
type glancer struct {
	decoder *Decoder
	names   map[string]string // accounts and resources that were met
	g       glance
	event   eventScan
}

// eventScan is what is found on the way through an event.
type eventScan struct {
	scanner
	ours          bool
	before, after rowScan
	account       []byte // as it is written: a JSON string
	table         []byte
}

// rowScan is a row of an event: none if text is nil.
type rowScan struct{ text, id, created []byte }

// at looks at an event, and checks that the whole of it is one. The glance is valid until the next call.
func (l *glancer) at(r client.Record) (*glance, error) {
	if err := foreign(r); err != nil {
		return nil, err
	}
	plain, err := l.decoder.Plain(r.Value)
	if err != nil {
		return nil, err
	}
	l.g, l.event = glance{id: l.g.id[:0], span: span{after: noTime}}, eventScan{scanner: scanner{b: plain}}
	v := &l.event
	if !v.object(l.member) || !v.end() || !utf8.Valid(plain) {
		return nil, why(plain, "no JSON, or not what stands in an event")
	}
	if !l.whole() {
		return nil, why(plain, "an image, a time or a name is missing")
	}
	if v.hex { // half a surrogate, perhaps
		if _, err := schema.ParseEvent(plain); err != nil {
			return nil, err
		}
	}
	return &l.g, nil
}

// member takes a member of an event.
func (l *glancer) member(name []byte) bool {
	v := &l.event
	switch string(name) {
	case "before":
		return v.before.walk(&v.scanner)
	case "after":
		return v.after.walk(&v.scanner)
	case "op":
		op, ok := v.text()
		l.g.op = opOf(op)
		return ok
	case "changes":
		return v.stringOrNull(&l.g.changes)
	case "source":
		if v.peek() == '{' {
			return v.object(l.source)
		}
	}
	return v.value()
}

func opOf(text []byte) schema.Op {
	for _, op := range []schema.Op{schema.Created, schema.Updated, schema.Deleted, schema.Read} {
		if string(text) == string(op) {
			return op
		}
	}
	return ""
}

// source takes a member of an event's source.
func (l *glancer) source(name []byte) bool {
	v := &l.event
	switch string(name) {
	case "connector":
		text, ok := v.text()
		v.ours = string(text) == schema.Connector
		return ok
	case "db":
		return v.stringOrNull(&v.account)
	case "table":
		return v.stringOrNull(&v.table)
	case "cause":
		var cause []byte
		ok := v.stringOrNull(&cause)
		l.g.rollout = string(cause) == `"`+schema.CauseRollout+`"`
		return ok
	case "ts_ms":
		return v.integer(&l.g.span.beforeMS)
	case "prev_ts_ms":
		if v.peek() == 'n' {
			return v.word("null")
		}
		return v.integer(&l.g.span.after)
	case "lsn":
		return v.integer(&l.g.span.lsn)
	}
	return v.value()
}

// whole fills in what the members say together, and reports whether nothing is missing.
func (l *glancer) whole() bool {
	v, g := &l.event, &l.g
	row := v.after
	switch g.op {
	case schema.Created, schema.Read:
	case schema.Updated:
		if v.before.text == nil {
			return false
		}
	case schema.Deleted:
		if v.before.text == nil {
			return false
		}
		if row.text == nil {
			row = v.before
		}
	default:
		return false
	}
	if row.text == nil || !v.ours || g.span.beforeMS == 0 {
		return false
	}
	var ok bool
	g.row, g.created = row.text, row.created
	if row.id != nil {
		if g.id, ok = unquote(g.id, row.id); !ok {
			return false
		}
	}
	g.in = table{l.name(v.account), l.name(v.table)}
	return g.in.account != "" && g.in.resource != ""
}

// name is what a JSON string of a few says.
func (l *glancer) name(text []byte) string {
	if known, ok := l.names[string(text)]; ok {
		return known
	}
	name, _ := unquote(nil, text)
	l.names[string(text)] = string(name)
	return string(name)
}

// unquote appends what a JSON string says.
func unquote(into, text []byte) ([]byte, bool) {
	if n := len(text); n >= 2 && bytes.IndexByte(text, '\\') < 0 {
		return append(into, text[1:n-1]...), true
	}
	said, err := jsontext.AppendUnquote(into, text)
	return said, err == nil
}

// why says why a record is no event. Decoding it whole says it best; where that finds nothing wrong, otherwise does.
func why(plain []byte, otherwise string) error {
	if _, err := schema.ParseEvent(plain); err != nil {
		return err
	}
	return errors.New("a broken event: " + otherwise)
}

// walk walks over a row, or null.
func (r *rowScan) walk(v *scanner) bool {
	if v.peek() != '{' {
		return v.word("null")
	}
	from := v.i
	ok := v.object(func(name []byte) bool {
		switch string(name) {
		case "id":
			return v.stringOrNull(&r.id)
		case "created_at":
			return v.stringOrNull(&r.created)
		case "account_id", "urn", "parent_id", "name", "region", "body", "body_sha256":
			var text []byte
			return v.stringOrNull(&text)
		}
		return v.value()
	})
	r.text = v.b[from:v.i]
	return ok
}
