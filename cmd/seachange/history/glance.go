package history

import (
	"errors"
	"strconv"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// glance is what orders an event, read without its bodies: most events of a topic are followed by another one of their
// record, and decoding what they say would be most of the work.
type glance struct {
	op     schema.Op
	tsMS   int64
	prevMS int64 // 0: the record was there when it was first looked at
}

// glanceAt looks at an event, and checks that the whole of it is JSON.
func (d *Decoder) glanceAt(r client.Record) (glance, error) {
	var g glance
	if err := foreign(r); err != nil {
		return g, err
	}
	plain, err := d.Plain(r.Value)
	if err != nil {
		return g, err
	}
	images, ours := 0, false
	v := scanner{b: plain}
	ok := v.object(func(name []byte) bool {
		switch string(name) {
		case "before", "after":
			if v.peek() == '{' {
				images++
			}
		case "op":
			op, ok := v.text()
			g.op = schema.Op(op)
			return ok
		case "source":
			if v.peek() == '{' {
				return v.object(func(name []byte) bool { return g.source(&v, name, &ours) })
			}
		}
		return v.value()
	})
	if !ok || !v.end() {
		return g, g.why(plain, "no JSON, or not what stands in an event")
	}
	if want := g.images(); !ours || g.tsMS == 0 || want == 0 || images < want {
		return g, g.why(plain, "an image or a time is missing")
	}
	return g, nil
}

// images is how many rows the event has at least; 0 for no op.
func (g *glance) images() int {
	switch g.op {
	case schema.Created, schema.Read, schema.Deleted:
		return 1
	case schema.Updated:
		return 2
	}
	return 0
}

// why says why a record is no event. Decoding it whole says it best; where that finds nothing wrong, otherwise does.
func (g *glance) why(plain []byte, otherwise string) error {
	if _, err := schema.ParseEvent(plain); err != nil {
		return err
	}
	return errors.New("a broken event: " + otherwise)
}

// source takes a member of an event's source.
func (g *glance) source(v *scanner, name []byte, ours *bool) bool {
	var into *int64
	switch string(name) {
	case "connector":
		text, ok := v.text()
		*ours = string(text) == "digitalocean"
		return ok
	case "ts_ms":
		into = &g.tsMS
	case "prev_ts_ms":
		into = &g.prevMS
	}
	if into == nil || v.peek() == 'n' {
		return v.value()
	}
	n, ok := v.number()
	if ok {
		*into, _ = strconv.ParseInt(string(n), 10, 64) // 0, which is no time, if it is none
	}
	return ok
}

// newestOf keeps, of each record, the newest event up to the earliest of some moments, not decoded, and hands on
// what else counts for them: what happened between the moments, and what was shown first after the latest.
//
// A topic has many events of a record and one of them counts, so that decoding only what is left at the end saves
// most of the work.
type newestOf struct {
	states           []*Moment
	earliest, latest int64
	kept             map[string]map[string]*kept // by topic and key
	told             map[string]map[string]bool  // what was handed on: until it is shown after the latest moment
	bad              *BadInput
	decoder          *Decoder
}

// kept is an event that isn't decoded yet.
type kept struct {
	client.Record
	shown bool // after the latest moment
}

func newNewestOf(states []*Moment, d *Decoder, bad *BadInput) *newestOf {
	n := &newestOf{
		states: states, bad: bad, decoder: d, kept: map[string]map[string]*kept{}, told: map[string]map[string]bool{},
	}
	for i, s := range states {
		if i == 0 || s.atMS < n.earliest {
			n.earliest = s.atMS
		}
		n.latest = max(n.latest, s.atMS)
	}
	return n
}

// take takes an event.
func (n *newestOf) take(r client.Record) error {
	g, err := n.decoder.glanceAt(r)
	if err != nil {
		return n.bad.Take(at(r, err))
	}
	k := n.kept[r.Topic][string(r.Key)]
	switch {
	case g.tsMS <= n.earliest:
		n.keep(r, g.op)
	case g.tsMS <= n.latest || g.prevMS == 0 || g.prevMS < n.latest:
		if k != nil {
			delete(n.kept[r.Topic], string(r.Key))
			if err := n.tell(k.Record, false); err != nil {
				return err
			}
		}
		keysOf(n.told, r.Topic)[string(r.Key)] = true
		return n.tell(r, false)
	case k != nil:
		k.shown = true
	case n.told[r.Topic][string(r.Key)]:
		delete(n.told[r.Topic], string(r.Key))
		return n.tell(r, false)
	}
	return nil
}

// keysOf is a topic's map, which is made if need be.
func keysOf[V any](byTopic map[string]map[string]V, topic string) map[string]V {
	m := byTopic[topic]
	if m == nil {
		m = map[string]V{}
		byTopic[topic] = m
	}
	return m
}

// keep replaces what was kept of the record. It copies: a value that was read holds its whole batch in memory.
func (n *newestOf) keep(r client.Record, op schema.Op) {
	topic := keysOf(n.kept, r.Topic)
	if op == schema.Deleted {
		delete(topic, string(r.Key))
		return
	}
	k := topic[string(r.Key)]
	if k == nil {
		k = &kept{Record: client.Record{Topic: r.Topic}}
		topic[string(r.Key)] = k
	}
	k.Value, k.Partition, k.Offset = append(k.Value[:0], r.Value...), r.Partition, r.Offset
}

// tell hands on an event, and that its record was shown after the latest moment.
func (n *newestOf) tell(r client.Record, shown bool) error {
	ev, err := n.decoder.ParseEvent(r)
	if err != nil {
		return n.bad.Take(err)
	}
	for _, s := range n.states {
		s.Take(&ev.Event)
		if shown {
			s.show(idOf(&ev.Event))
		}
	}
	return nil
}

// end hands on what is kept. It is called once the topics were read to their end: only now is nothing newer to come.
func (n *newestOf) end() error {
	for _, topic := range n.kept {
		for _, k := range topic {
			if err := n.tell(k.Record, k.shown); err != nil {
				return err
			}
		}
	}
	return nil
}
