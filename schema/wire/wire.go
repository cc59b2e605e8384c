// Package wire says how keys, events and rows are encoded in the topics, and with which schema: it makes the schemas,
// encodes, and reads all of it again. It is pure: no I/O, no clock.
package wire

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

// Format is how keys and values are encoded. It is fixed for the life of a prefix.
type Format string

const (
	JSON       Format = "json"        // plain JSON
	Inline     Format = "json-inline" // JSON, with Kafka Connect's schema around each key and value
	JSONSchema Format = "json-schema" // JSON, behind the id of its schema in a registry, as Confluent's readers want it
	Avro       Format = "avro"        // Avro, behind the same
)

// Registered reports whether a registry has the format's schemas.
func (f Format) Registered() bool { return f == JSONSchema || f == Avro }

// Part is what of a record a schema is of.
type Part string

const (
	KeyPart   Part = "key"
	ValuePart Part = "value"
)

// Schema is a topic's schema of keys or of values.
type Schema struct {
	Topic string `json:"topic"`
	Part  Part   `json:"part"`
	Name  string `json:"name"` // of what it describes: "digitalocean.firewalls.Envelope"
	Text  string `json:"schema"`
}

// Codec encodes in one format. Nil encodes plain JSON. Safe for many goroutines once Use was called.
type Codec struct {
	format Format
	topics map[string]func() *topic // by name; made at first use
}

// topic is how a topic's keys and values are encoded.
type topic struct {
	columns []types.Field // of data; none: there is no data
	types   map[Part]*Type
	ids     map[Part]uint32
	head    map[Part][]byte // with Inline: what stands before a payload
}

// New returns a codec for a prefix's topics, of every resource. Where a schema goes with a row, it has data.
func New(f Format, prefix string) *Codec { return newCodec(f, prefix, f != JSON) }

// NewWithoutData returns the same of rows without data.
func NewWithoutData(f Format, prefix string) *Codec { return newCodec(f, prefix, false) }

func newCodec(f Format, prefix string, data bool) *Codec {
	c := &Codec{format: f, topics: map[string]func() *topic{}}
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		add := func(name string, value func(topic string, columns []types.Field) *Type) {
			c.topics[name] = sync.OnceValue(func() *topic {
				var columns []types.Field
				if data {
					columns = types.Fields(r.Name)
				}
				return newTopic(f, name, columns, value)
			})
		}
		add(schema.TopicOf(prefix, r.Name), Envelope)
		if r.HasCurrent() {
			add(schema.CurrentTopicOf(prefix, r.Name), Row)
		}
	}
	return c
}

func newTopic(
	f Format, name string, columns []types.Field, value func(topic string, columns []types.Field) *Type,
) *topic {
	if f == Inline {
		columns = narrow(columns)
	}
	t := &topic{
		columns: columns, types: map[Part]*Type{KeyPart: Key(name), ValuePart: value(name, columns)},
		ids: map[Part]uint32{}, head: map[Part][]byte{},
	}
	if f == Inline {
		for part, of := range t.types {
			t.head[part] = append(append([]byte(`{"schema":`), of.Connect()...), `,"payload":`...)
		}
	}
	return t
}

// topic returns a topic by its name, nil if there is none.
func (c *Codec) topic(name string) *topic {
	if made := c.topics[name]; made != nil {
		return made()
	}
	return nil
}

// Schemas returns the schemas of a topic, as a registry has them: JSON Schema's, unless the format is Avro.
func (c *Codec) Schemas(name string) []Schema {
	t := c.topic(name)
	if t == nil {
		return nil
	}
	var all []Schema
	for _, part := range []Part{KeyPart, ValuePart} {
		of := t.types[part]
		s := Schema{Topic: name, Part: part, Name: of.Name, Text: of.JSONSchema()}
		if c.format == Avro {
			s.Text = of.Avro()
		}
		all = append(all, s)
	}
	return all
}

// Use takes the id under which a registry has a schema. It must be called for each of Schemas before anything is
// encoded.
func (c *Codec) Use(s Schema, id int) {
	ids := c.topic(s.Topic).ids
	if known, ok := ids[s.Part]; !ok || known != uint32(id) { // what is known may be in use
		ids[s.Part] = uint32(id)
	}
}

// Format returns the codec's format.
func (c *Codec) Format() Format {
	if c == nil {
		return JSON
	}
	return c.format
}

// ContentType is what the header content-type says of values.
func (c *Codec) ContentType() string {
	switch c.Format() {
	case JSONSchema:
		return "application/vnd.confluent.json"
	case Avro:
		return "application/vnd.confluent.avro"
	}
	return "application/json"
}

// Key encodes the key of a topic's record.
func (c *Codec) Key(name string, k schema.Key) []byte {
	if c.Format() == JSON {
		return k.Bytes()
	}
	t := c.written(name)
	if c.format == Avro {
		return t.avro(KeyPart, keyAvro(), (*avroKey)(&k))
	}
	return t.json(c.format, KeyPart, k.Bytes())
}

// Event encodes an event. Mistyped are the paths at which the record, as it is now or was last, has values of another
// type than its columns: members only, "a.b[].c". Those are null in data.
func (c *Codec) Event(name string, e *schema.Event) (value []byte, mistyped []string) {
	if c.Format() == JSON {
		return e.Marshal(), nil
	}
	t := c.written(name)
	before, was := t.read(e.Before)
	after, is := t.read(e.After)
	if e.After == nil {
		is = was
	}
	if c.format != Avro {
		return t.json(c.format, ValuePart, t.event(e, before, after)), is
	}
	b := append(make([]byte, 0, room(e.Before, e.After)), t.frame(ValuePart)...)
	b = t.image(b, e.Before, before)
	b = t.image(b, e.After, after)
	change := avroChange{Source: avroSource(e.Source), Op: string(e.Op), TsMS: e.TsMS, Changes: e.Changes}
	return appended(changeAvro(), b, &change), is
}

// Row encodes a record as it is now.
func (c *Codec) Row(name string, r *schema.Current) []byte {
	if c.Format() == JSON {
		return r.Marshal()
	}
	t := c.written(name)
	values, _ := t.read(&r.Row)
	if c.format == Avro {
		return t.withData(t.avro(ValuePart, currentAvro(), newAvroCurrent(r)), values)
	}
	return t.json(c.format, ValuePart, t.current(r, values))
}

// room is about how many bytes an event of such images has, so that its memory need not grow.
func room(images ...*schema.Row) int {
	n := 1 << 10
	for _, r := range images {
		if r != nil && r.Body != nil {
			n += 256 + 2*len(*r.Body)
		}
	}
	return n
}

// written returns a topic that something is written to.
func (c *Codec) written(name string) *topic {
	t := c.topic(name)
	if t == nil {
		panic(fmt.Sprintf("topic %s has no schema", name)) // it was not asked for, and has no records
	}
	return t
}

// tail is what stands behind an inline payload.
const tail = '}'

// json puts the schema, or its id, before a payload.
func (t *topic) json(f Format, part Part, payload []byte) []byte {
	if f == JSONSchema {
		return append(t.frame(part), payload...)
	}
	head := t.head[part]
	b := make([]byte, 0, len(head)+len(payload)+1)
	return append(append(append(b, head...), payload...), tail)
}

// frame is what stands before a registered payload: a zero, and the id of its schema.
func (t *topic) frame(part Part) []byte {
	return binary.BigEndian.AppendUint32([]byte{0}, t.ids[part])
}
