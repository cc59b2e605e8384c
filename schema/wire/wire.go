// Package wire says how keys, events and rows are encoded in the topics, and with which schema: it makes the schemas,
// encodes, and reads all of it again. It is pure: no I/O, no clock.
package wire

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/twmb/avro"

	"github.com/seachange/seachange/schema"
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
	topics map[string]*topic // by name
}

// topic is how a topic's keys and values are encoded.
type topic struct {
	types   map[Part]*Type
	ids     map[Part]uint32
	head    map[Part][]byte // with Inline: what stands before a payload
	schemas func() map[Part]*avro.Schema
}

// New returns a codec for a prefix's topics, of every resource.
func New(f Format, prefix string) *Codec {
	c := &Codec{format: f, topics: map[string]*topic{}}
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		name := schema.TopicOf(prefix, r.Name)
		c.topics[name] = c.newTopic(Key(name), Envelope(name))
		if r.HasCurrent() {
			name = schema.CurrentTopicOf(prefix, r.Name)
			c.topics[name] = c.newTopic(Key(name), Row(name))
		}
	}
	return c
}

func (c *Codec) newTopic(key, value *Type) *topic {
	t := &topic{types: map[Part]*Type{KeyPart: key, ValuePart: value}, ids: map[Part]uint32{}, head: map[Part][]byte{}}
	for part, of := range t.types {
		if c.format == Inline {
			t.head[part] = append(append([]byte(`{"schema":`), of.Connect()...), `,"payload":`...)
		}
	}
	t.schemas = sync.OnceValue(func() map[Part]*avro.Schema {
		parsed := map[Part]*avro.Schema{}
		for part, of := range t.types {
			parsed[part] = avro.MustParse(of.Avro())
		}
		return parsed
	})
	return t
}

// Schemas returns the schemas of a topic, as a registry has them: JSON Schema's, unless the format is Avro.
func (c *Codec) Schemas(name string) []Schema {
	t := c.topics[name]
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
func (c *Codec) Use(s Schema, id int) { c.topics[s.Topic].ids[s.Part] = uint32(id) }

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
func (c *Codec) Key(topic string, k schema.Key) []byte {
	return c.encode(topic, KeyPart, k.Bytes, func() any { return (*avroKey)(&k) })
}

// Event encodes an event.
func (c *Codec) Event(topic string, e *schema.Event) []byte {
	return c.encode(topic, ValuePart, e.Marshal, func() any { return newAvroEvent(e) })
}

// Row encodes a record as it is now.
func (c *Codec) Row(topic string, r *schema.Current) []byte {
	return c.encode(topic, ValuePart, r.Marshal, func() any { return newAvroCurrent(r) })
}

// tail is what stands behind an inline payload.
const tail = '}'

func (c *Codec) encode(name string, part Part, plain func() []byte, record func() any) []byte {
	f := c.Format()
	if f == JSON {
		return plain()
	}
	t := c.topics[name]
	if t == nil {
		panic(fmt.Sprintf("topic %s has no schema", name)) // it was not asked for, and has no records
	}
	switch f {
	case Inline:
		head, payload := t.head[part], plain()
		b := make([]byte, 0, len(head)+len(payload)+1)
		return append(append(append(b, head...), payload...), tail)
	case JSONSchema:
		return append(t.frame(part), plain()...)
	}
	b, err := t.schemas()[part].AppendEncode(t.frame(part), record())
	if err != nil {
		panic(fmt.Sprintf("topic %s: %v", name, err)) // the schema is that of the record's own fields
	}
	return b
}

// frame is what stands before a registered payload: a zero, and the id of its schema.
func (t *topic) frame(part Part) []byte {
	return binary.BigEndian.AppendUint32([]byte{0}, t.ids[part])
}
