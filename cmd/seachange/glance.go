package main

import (
	"errors"

	"github.com/tidwall/gjson"

	"github.com/seachange/seachange/producer/kafka"
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
func glanceAt(r kafka.Record) (glance, error) {
	var g glance
	if err := foreign(r); err != nil {
		return g, err
	}
	if !gjson.ValidBytes(r.Value) {
		return g, errors.New("not an event of seachange: no JSON")
	}
	images, connector := 0, ""
	gjson.ParseBytes(r.Value).ForEach(func(key, v gjson.Result) bool {
		switch key.Str {
		case "before", "after":
			if v.IsObject() {
				images++
			}
		case "op":
			g.op = schema.Op(v.Str)
		case "source":
			connector = g.source(v)
		}
		return true
	})
	want := map[schema.Op]int{schema.Created: 1, schema.FirstSeen: 1, schema.Updated: 2, schema.Deleted: 1}[g.op]
	if connector != "digitalocean" || g.tsMS == 0 || want == 0 || images < want {
		if _, err := parseEvent(r); err != nil {
			return g, err // which says why it is none
		}
		return g, errors.New("a broken event: an image or a time is missing")
	}
	return g, nil
}

func (g *glance) source(v gjson.Result) (connector string) {
	v.ForEach(func(key, v gjson.Result) bool {
		switch key.Str {
		case "connector":
			connector = v.Str
		case "ts_ms":
			g.tsMS = v.Int()
		case "prev_ts_ms":
			g.prevMS = v.Int()
		}
		return true
	})
	return connector
}

// newestOf keeps, of each record, the newest event up to the earliest of some moments, not decoded, and hands on what else
// counts for them.
type newestOf struct {
	states           []*asOf
	earliest, latest int64
	kept             map[string]map[string]*kafka.Record // by topic and key
	bad              *badInput
}

func newNewestOf(states []*asOf, bad *badInput) *newestOf {
	n := &newestOf{states: states, bad: bad, kept: map[string]map[string]*kafka.Record{}}
	for i, s := range states {
		if i == 0 || s.atMS < n.earliest {
			n.earliest = s.atMS
		}
		n.latest = max(n.latest, s.atMS)
	}
	return n
}

// take takes an event.
func (n *newestOf) take(r kafka.Record) error {
	g, err := glanceAt(r)
	if err != nil {
		return n.bad.take(at(r, err))
	}
	switch {
	case g.tsMS <= n.earliest:
		n.keep(r, g.op)
		return nil
	case g.tsMS <= n.latest || g.prevMS == 0 || g.prevMS < n.latest:
		if k := n.kept[r.Topic][string(r.Key)]; k != nil {
			delete(n.kept[r.Topic], string(r.Key))
			if err := n.tell(*k); err != nil {
				return err
			}
		}
		return n.tell(r)
	}
	return nil
}

// keep replaces what was kept of the record. It copies: a value that was read holds its whole batch in memory.
func (n *newestOf) keep(r kafka.Record, op schema.Op) {
	topic := n.kept[r.Topic]
	if topic == nil {
		topic = map[string]*kafka.Record{}
		n.kept[r.Topic] = topic
	}
	if op == schema.Deleted {
		delete(topic, string(r.Key))
		return
	}
	k := topic[string(r.Key)]
	if k == nil {
		k = &kafka.Record{Topic: r.Topic, Partition: r.Partition}
		topic[string(r.Key)] = k
	}
	k.Value, k.Partition, k.Offset = append(k.Value[:0], r.Value...), r.Partition, r.Offset
}

func (n *newestOf) tell(r kafka.Record) error {
	ev, err := decodeEvent(r)
	if err != nil {
		return n.bad.take(err)
	}
	for _, s := range n.states {
		s.take(ev)
	}
	return nil
}

// end hands on what is kept.
func (n *newestOf) end() error {
	for _, topic := range n.kept {
		for _, r := range topic {
			if err := n.tell(*r); err != nil {
				return err
			}
		}
	}
	return nil
}
