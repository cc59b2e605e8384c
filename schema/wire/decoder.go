package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/twmb/avro"

	"github.com/seachange/seachange/schema"
)

// Decoder reads keys and values of every format. Nil knows no schema: it reads plain JSON, with and without a schema
// around it. Not for two goroutines.
type Decoder struct {
	schemas map[uint32]*written
}

// written is a schema that something was written with.
type written struct {
	Schema
	format Format
	reader *avro.Schema // of what is made of it
}

// Learn takes a schema, by the id that stands before what was written with it.
func (d *Decoder) Learn(id int, f Format, s Schema) error {
	w := &written{Schema: s, format: f}
	if f == Avro {
		writer, err := avro.Parse(s.Text)
		if err != nil {
			return fmt.Errorf("schema %d of topic %s: %w", id, s.Topic, err)
		}
		reader, err := avro.Parse(w.present().Avro())
		if err == nil {
			w.reader, err = avro.Resolve(writer, reader)
		}
		if err != nil {
			return fmt.Errorf("schema %d of topic %s: %w", id, s.Topic, err)
		}
	}
	if d.schemas == nil {
		d.schemas = map[uint32]*written{}
	}
	d.schemas[uint32(id)] = w
	return nil
}

// present is the schema that this release has for the same, less data: the body has it all.
func (w *written) present() *Type {
	switch {
	case w.Part == KeyPart:
		return Key(w.Topic)
	case strings.HasSuffix(w.Name, ".Envelope"):
		return Envelope(w.Topic, nil)
	}
	return Row(w.Topic, nil)
}

// UnknownSchemaError means that a record was written with a schema that the decoder has not learned.
type UnknownSchemaError struct{ ID uint32 }

func (e *UnknownSchemaError) Error() string { return fmt.Sprintf("schema %d is not known", e.ID) }

// inlined begins whatever has Connect's schema around it.
var inlined = []byte(`{"schema":`)

// frameBytes is the length of what stands before a registered payload.
const frameBytes = 5

// Plain returns a key or a value in plain JSON, whatever format it was written in. Plain JSON is returned as it is,
// whatever it says.
func (d *Decoder) Plain(b []byte) ([]byte, error) {
	switch {
	case len(b) >= frameBytes && b[0] == 0:
		return d.registered(binary.BigEndian.Uint32(b[1:]), b[frameBytes:])
	case !bytes.HasPrefix(b, inlined):
		return b, nil
	}
	var v struct {
		Schema struct {
			Name string `json:"name"`
		} `json:"schema"`
		Payload jsontext.Value `json:"payload"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("a schema, and what it is of: %w", err)
	}
	return withoutData(v.Schema.Name, v.Payload), nil
}

// withoutData returns a payload without the columns beside its bodies, as plain JSON has it. What isn't ours is left as
// it is.
func withoutData(name string, payload []byte) []byte {
	var v interface{ Marshal() []byte }
	switch {
	case strings.HasSuffix(name, ".Envelope"):
		v = new(schema.Event)
	case strings.HasSuffix(name, ".Value"):
		v = new(schema.Current)
	default:
		return payload
	}
	if json.Unmarshal(payload, v) != nil {
		return payload
	}
	return v.Marshal()
}

func (d *Decoder) registered(id uint32, payload []byte) ([]byte, error) {
	var w *written
	if d != nil {
		w = d.schemas[id]
	}
	switch {
	case w == nil:
		return nil, &UnknownSchemaError{id}
	case w.format == JSONSchema:
		return withoutData(w.Name, payload), nil
	case w.Part == KeyPart:
		var k avroKey
		return decoded(w, payload, &k, func() []byte { return schema.Key(k).Bytes() })
	case strings.HasSuffix(w.Name, ".Envelope"):
		var e avroEvent
		return decoded(w, payload, &e, func() []byte { return e.event().Marshal() })
	}
	var r avroCurrent
	return decoded(w, payload, &r, func() []byte { return r.current().Marshal() })
}

func decoded(w *written, payload []byte, into any, plain func() []byte) ([]byte, error) {
	rest, err := w.reader.Decode(payload, into)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", w.Name, err)
	case len(rest) > 0:
		return nil, fmt.Errorf("%s: %d bytes follow it", w.Name, len(rest))
	}
	return plain(), nil
}
