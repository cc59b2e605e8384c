// Package wire says how keys, events and rows are encoded in the topics, and with which schema: it makes the schemas,
// encodes, and reads all of it again. It is pure: no I/O, no clock.
package wire

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
)

// Format is how keys and values are encoded. It is fixed for the life of a prefix.
type Format string

const (
	JSON   Format = "json"        // plain JSON
	Inline Format = "json-inline" // JSON, with Kafka Connect's schema around each key and value
)

// ParseFormat reads what a state was written with; "" is JSON, as releases had it that knew no other.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case "":
		return JSON, nil
	case JSON, Inline:
		return f, nil
	}
	return "", fmt.Errorf("format %q: this release writes json and json-inline", s)
}

// Codec encodes in one format. Nil encodes plain JSON. Safe for many goroutines.
type Codec struct {
	format Format
	topics map[string]envelope // by topic
}

// envelope is what stands around a topic's keys and values.
type envelope struct{ key, value []byte }

// New returns a codec for a prefix's topics.
func New(f Format, prefix string) *Codec {
	c := &Codec{format: f, topics: map[string]envelope{}}
	if f == JSON {
		return c
	}
	for i := range schema.Catalog {
		name := schema.Catalog[i].Name
		topic, current := schema.TopicOf(prefix, name), schema.CurrentTopicOf(prefix, name)
		c.topics[topic] = envelope{head(Key(topic)), head(Envelope(topic))}
		c.topics[current] = envelope{head(Key(current)), head(Row(current))}
	}
	return c
}

// head is what stands before a payload; tail is what stands behind it.
func head(t *Type) []byte {
	return append(append([]byte(`{"schema":`), t.Connect()...), `,"payload":`...)
}

const tail = '}'

// Key encodes the key of a topic's record.
func (c *Codec) Key(topic string, k schema.Key) []byte {
	if c == nil || c.format == JSON {
		return k.Bytes()
	}
	return around(c.topics[topic].key, k.Bytes())
}

// Event encodes an event.
func (c *Codec) Event(topic string, e *schema.Event) []byte {
	if c == nil || c.format == JSON {
		return e.Marshal()
	}
	return around(c.topics[topic].value, e.Marshal())
}

// Row encodes a record as it is now.
func (c *Codec) Row(topic string, r *schema.Current) []byte {
	if c == nil || c.format == JSON {
		return r.Marshal()
	}
	return around(c.topics[topic].value, r.Marshal())
}

func around(head, payload []byte) []byte {
	b := make([]byte, 0, len(head)+len(payload)+1)
	return append(append(append(b, head...), payload...), tail)
}

// inlined begins whatever has Connect's schema around it: a struct's.
var inlined = []byte(`{"schema":`)

// Plain returns a key or a value in plain JSON, whatever format it was written in. Plain JSON is returned as it is,
// whatever it says.
func Plain(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, inlined) {
		return b, nil
	}
	var v struct {
		Payload jsontext.Value `json:"payload"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("a schema, and what it is of: %w", err)
	}
	return v.Payload, nil
}
