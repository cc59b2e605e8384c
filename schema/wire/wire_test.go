package wire_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/avro"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

const topic = "digitalocean.firewalls"

// encoded returns an event as it is written.
func encoded(c *wire.Codec, e *schema.Event) []byte {
	value, _ := c.Event(topic, e)
	return value
}

func event() *schema.Event {
	body, changes, since := `{"id":"fw-1"}`, `[{"op":"add"}]`, int64(1)
	row := &schema.Row{AccountID: "team-1", ID: "fw-1", Body: &body}
	return &schema.Event{
		Before: row, After: row, Op: schema.Updated, TsMS: 2, Changes: &changes,
		Source: schema.Source{
			Connector: schema.Connector, Name: "digitalocean", DB: "team-1", Table: "firewalls",
			PrevTsMS: &since, LSN: 7,
		},
	}
}

// registered returns a codec whose schemas have ids, and a decoder that knows them.
func registered(t *testing.T, f wire.Format) (*wire.Codec, *wire.Decoder) {
	t.Helper()
	c, d, id := wire.New(f, "digitalocean"), &wire.Decoder{}, 0
	for _, name := range []string{topic, "digitalocean-current.firewalls"} {
		for _, s := range c.Schemas(name) {
			id++
			c.Use(s, id)
			if err := d.Learn(id, f, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c, d
}

// connectSchema is a schema and its payload, as Kafka Connect reads them.
type connectSchema struct {
	Type     string          `json:"type"`
	Name     string          `json:"name"`
	Field    string          `json:"field"`
	Optional bool            `json:"optional"`
	Doc      string          `json:"doc"`
	Fields   []connectSchema `json:"fields"`
}

type message struct {
	Schema  connectSchema  `json:"schema"`
	Payload map[string]any `json:"payload"`
}

func parse(t *testing.T, b []byte) message {
	t.Helper()
	var m message
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return m
}

// covers holds that a payload has each member that its schema names, and no other, and nothing null that may not be.
// What is null in data is left out.
func covers(t *testing.T, at string, s connectSchema, payload map[string]any) {
	t.Helper()
	present := 0
	for _, f := range s.Fields {
		v, there := payload[f.Field]
		if there {
			present++
		} else if strings.Contains(at, "data.") {
			continue
		}
		if !there || (v == nil && !f.Optional) {
			t.Errorf("%s%s is %v, there: %v; optional: %v", at, f.Field, v, there, f.Optional)
		}
		if f.Doc == "" && !strings.Contains(at, "data.") {
			t.Errorf("%s%s has no doc", at, f.Field)
		}
		if m, ok := v.(map[string]any); ok {
			covers(t, at+f.Field+".", f, m)
		}
	}
	if len(payload) != present {
		t.Errorf("%s has %d members, and its schema %d of them", at, len(payload), present)
	}
}

func TestInlineSchemasNameWhatDebeziumLooksFor(t *testing.T) {
	c := wire.New(wire.Inline, "digitalocean")
	key := parse(t, c.Key(topic, schema.Key{AccountID: "team-1", ID: "fw-1"}))
	covers(t, "", key.Schema, key.Payload)
	value := parse(t, encoded(c, event()))
	covers(t, "", value.Schema, value.Payload)
	current := "digitalocean-current.firewalls"
	row := parse(t, c.Row(current, &schema.Current{Row: *event().After, LSN: 7}))
	covers(t, "", row.Schema, row.Payload)
	got := []string{key.Schema.Name, value.Schema.Name, row.Schema.Name}
	if d := cmp.Diff([]string{topic + ".Key", topic + ".Envelope", current + ".Value"}, got); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	plain := wire.NewWithoutData(wire.Inline, "digitalocean")
	if n := strings.Count(string(encoded(plain, event())), `"name":"io.debezium.data.Json"`); n != 3 {
		t.Errorf("%d members are JSON, want before.body, after.body and changes", n)
	}
}

// Whatever format a key or a value has, its reader gets the same.
func TestEachFormatReadsBack(t *testing.T) {
	key := schema.Key{AccountID: "team-1", ID: "fw-1"}
	row := &schema.Current{Row: *event().After, LSN: 7}
	for _, f := range []wire.Format{wire.JSON, wire.Inline, wire.JSONSchema, wire.Avro} {
		c, d := registered(t, f)
		for want, got := range map[string][]byte{
			string(key.Bytes()):       c.Key(topic, key),
			string(event().Marshal()): encoded(c, event()),
			string(row.Marshal()):     c.Row("digitalocean-current.firewalls", row),
		} {
			plain, err := d.Plain(got)
			if err != nil || string(plain) != want {
				t.Errorf("%s: %s, %v, want %s", f, plain, err, want)
			}
		}
	}
}

func TestPlainRefusesWhatIsCut(t *testing.T) {
	b := encoded(wire.New(wire.Inline, "digitalocean"), event())
	var d *wire.Decoder
	if _, err := d.Plain(b[:len(b)-1]); err == nil {
		t.Error("a cut event is read")
	}
	if b, err := d.Plain([]byte("not json")); err != nil || string(b) != "not json" {
		t.Errorf("what has no schema is left to its reader: %s, %v", b, err)
	}
}

// What a registry's reader is told is what the bytes are, and what is cut or unknown is an error.
func TestRegisteredFormatsBeginWithTheirSchemasID(t *testing.T) {
	for _, f := range []wire.Format{wire.JSONSchema, wire.Avro} {
		c, d := registered(t, f)
		b := encoded(c, event())
		if !bytes.HasPrefix(b, []byte{0, 0, 0, 0, 2}) {
			t.Errorf("%s: %x", f, b[:5])
		}
		if plain, err := d.Plain(b[:len(b)-1]); f == wire.Avro && err == nil {
			t.Errorf("%s: a cut event is read: %s", f, plain)
		}
		b[4] = 99
		if _, err := d.Plain(b); !errors.As(err, new(*wire.UnknownSchemaError)) {
			t.Errorf("%s: an unknown schema: %v", f, err)
		}
	}
}

// A prefix may have dashes and begin with a digit: Avro's names can't, and Connect's are as they are.
func TestAvroNamesAreWhatAvroAllows(t *testing.T) {
	for _, prefix := range []string{"digitalocean", "acme-prod", "1st"} {
		c := wire.New(wire.Avro, prefix)
		for _, s := range c.Schemas(prefix + ".firewalls") {
			if _, err := avro.Parse(s.Text); err != nil || !strings.Contains(s.Text, `"connect.name":"`+s.Name+`"`) {
				t.Errorf("%s: %v: %s", prefix, err, s.Text)
			}
		}
	}
}
