package wire

import (
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

// Kind is what a value is.
type Kind int

const (
	Struct Kind = iota
	String
	Long
	Double
	Boolean
	Timestamp // an instant
	Text      // JSON in a string
	Array
)

// Type is the schema of a value.
type Type struct {
	Kind     Kind
	Name     string // of a struct, in full: "digitalocean.droplets.Envelope"
	Version  int    // of a struct; 0: none
	Required bool   // it is never null
	Doc      string
	Fields   []Field // of a struct
	Elem     *Type   // of an array
}

// Field is a member of a struct.
type Field struct {
	Name string
	Type
}

func text(name, doc string) Field {
	return Field{name, Type{Kind: String, Doc: doc}}
}

func long(name, doc string) Field {
	return Field{name, Type{Kind: Long, Doc: doc}}
}

func must(f Field) Field {
	f.Required = true
	return f
}

// Key is the schema of the keys of a topic of events, or of records as they are now.
func Key(topic string) *Type {
	return &Type{Name: topic + ".Key", Required: true, Fields: keyFields}
}

var keyFields = []Field{
	must(text("account_id", "The account: the team's UUID")),
	must(text("id", "The record's id: URL-escaped segments joined by /, its parents' ids before its own")),
}

// Envelope is the schema of a topic's events: Debezium's readers know it by its name. Columns are those of data, beside
// the bodies; without any there is no data.
func Envelope(topic string, columns []types.Field) *Type {
	row := append(slices.Clip(rowFields), data(topic, columns)...)
	image := func(name, doc string) Field {
		return Field{name, Type{Name: topic + ".Value", Doc: doc, Fields: row}}
	}
	return &Type{Name: topic + ".Envelope", Version: 2, Required: true, Fields: append([]Field{
		image("before", "The row before the change; null on c and r"),
		image("after", "The row after the change; null on d"),
	}, changeFields...)}
}

// changeFields are what an event has beside its images.
var changeFields = []Field{
	{"source", Type{
		Name: "io.seachange.Source", Required: true, Doc: "Where and when the change was seen", Fields: sourceFields,
	}},
	must(text("op", "c created, u updated, d deleted, r read in a snapshot")),
	long("ts_ms", "When seachange made the event, in ms since 1970; strictly increases per record"),
	{"changes", Type{Kind: Text, Doc: "On u: what changed, a list of op, path, value and old; null otherwise"}},
}

// Row is the schema of the records in a topic as they are now, with data as an Envelope has it.
func Row(topic string, columns []types.Field) *Type {
	fields := append(slices.Clip(currentFields), data(topic, columns)...)
	return &Type{Name: topic + ".Value", Required: true, Fields: fields}
}

var currentFields = append(slices.Clip(rowFields),
	must(long("lsn", "The account's number of the record's last event")),
	must(long("ts_ms", "When seachange made that event, in ms since 1970")),
	long("source_ts_ms", "When the answer that showed it was complete, in ms since 1970"),
)

var rowFields = []Field{
	keyFields[0],
	keyFields[1],
	text("urn", "DigitalOcean's name of the record, such as do:droplet:1"),
	text("parent_id", "The id of the record that this one is below"),
	text("name", "What people call it"),
	text("region", "The slug of its region"),
	text("created_at", "As the API gives it"),
	{"body", Type{Kind: Text, Doc: "The record as the API sent it, secrets masked; null if it was too large"}},
	text("body_sha256", "SHA-256 of the body; set only where that was too large"),
}

var sourceFields = []Field{
	must(text("version", "seachange's version")),
	must(text("connector", "Always "+schema.Connector)),
	must(text("name", "The topic prefix")),
	must(long("ts_ms", "The change happened before this, in ms since 1970")),
	long("prev_ts_ms", "The change happened after this; null on r"),
	text("snapshot", "true in a first snapshot, incremental in a repeated one, else false"),
	must(text("db", "The account's id")),
	text("schema", "Always "+schema.Connector),
	text("table", "The resource"),
	long("lsn", "The event's number within the account, dense"),
	text("sequence", "The lsn before this one in the account and resource, and this one"),
	text("txId", "The number of the account's sweep"),
	text("cause", "On d parent, on u rollout: why, where it was not the account"),
}

// connect is a schema as Kafka Connect's JsonConverter writes it.
type connect struct {
	Type     string    `json:"type"`
	Fields   []connect `json:"fields,omitempty"`
	Optional bool      `json:"optional"`
	Name     string    `json:"name,omitempty"`
	Version  int       `json:"version,omitzero"`
	Doc      string    `json:"doc,omitempty"`
	Field    string    `json:"field,omitempty"`
	Items    *connect  `json:"items,omitempty"`
}

// Connect returns the schema as Kafka Connect has it in JSON.
func (t *Type) Connect() []byte {
	b, err := json.Marshal(t.connect(""))
	if err != nil {
		panic(err) // strings and numbers
	}
	return b
}

func (t *Type) connect(field string) connect {
	c := connect{Optional: !t.Required, Name: t.Name, Version: t.Version, Doc: t.Doc, Field: field}
	switch t.Kind {
	case Struct:
		c.Type = "struct"
		for _, f := range t.Fields {
			c.Fields = append(c.Fields, f.connect(f.Name))
		}
	case String:
		c.Type = "string"
	case Long:
		c.Type = "int64"
	case Double:
		c.Type = "double"
	case Boolean:
		c.Type = "boolean"
	case Timestamp:
		c.Type, c.Name, c.Version = "string", zonedName, 1
	case Text:
		c.Type, c.Name, c.Version = "string", jsonName, 1
	case Array:
		c.Type, c.Items = "array", new(t.Elem.connect(""))
	}
	return c
}

// How Debezium calls values that have no type of their own.
const (
	jsonName  = "io.debezium.data.Json"           // JSON in a string
	zonedName = "io.debezium.time.ZonedTimestamp" // an instant in a string, as RFC 3339 has it
	microName = "io.debezium.time.MicroTimestamp" // microseconds since 1970
)
