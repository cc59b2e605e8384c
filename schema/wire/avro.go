package wire

import (
	"regexp"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/twmb/avro"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

// avroType is a schema as Avro writes it, with what Kafka Connect's converter wants beside it.
type avroType struct {
	Type           string      `json:"type"`
	Name           string      `json:"name,omitempty"`
	Namespace      string      `json:"namespace,omitempty"`
	Doc            string      `json:"doc,omitempty"`
	Fields         []avroField `json:"fields,omitempty"`
	Items          any         `json:"items,omitempty"`
	LogicalType    string      `json:"logicalType,omitempty"`
	ConnectName    string      `json:"connect.name,omitempty"`
	ConnectVersion int         `json:"connect.version,omitzero"`
}

type avroField struct {
	Name    string `json:"name"`
	Type    any    `json:"type"` // an avroType, a name, or a list of them
	Doc     string `json:"doc,omitempty"`
	Default *none  `json:"default,omitempty"`
}

// none is JSON's null where a member is set.
type none struct{}

// MarshalJSON implements json.Marshaler.
func (none) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Avro returns the schema as Avro has it. Whoever reads it with an older schema, or an older one with it, finds its
// fields by name: a field that may be null has null as its default.
func (t *Type) Avro() string {
	b, err := json.Marshal(t.avro(map[string]bool{}))
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(b)
}

// avro returns an avroType, or the name of one that was written before.
func (t *Type) avro(known map[string]bool) any {
	switch t.Kind {
	case String:
		return "string"
	case Long:
		return "long"
	case Double:
		return "double"
	case Boolean:
		return "boolean"
	case Timestamp:
		return avroType{Type: "long", LogicalType: "timestamp-micros", ConnectName: microName, ConnectVersion: 1}
	case Text:
		return avroType{Type: "string", ConnectName: jsonName, ConnectVersion: 1}
	case Array:
		return avroType{Type: "array", Items: []any{"null", t.Elem.avro(known)}}
	}
	full := avroName(t.Name)
	if known[full] {
		return full
	}
	known[full] = true
	space, name := cutName(full)
	a := avroType{Type: "record", Name: name, Namespace: space, Doc: t.Doc, ConnectName: t.Name, ConnectVersion: t.Version}
	for _, f := range t.Fields {
		field := avroField{Name: f.Name, Type: f.avro(known), Doc: f.Doc}
		if !f.Required {
			field.Type, field.Default = []any{"null", field.Type}, &none{}
		}
		a.Fields = append(a.Fields, field)
	}
	return a
}

func cutName(full string) (space, name string) {
	i := strings.LastIndexByte(full, '.')
	return full[:max(i, 0)], full[i+1:]
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_.]`)

// avroName is a name as Avro allows it: a prefix may have dashes, and begin with a digit.
func avroName(name string) string {
	name = notInNames.ReplaceAllString(name, "_")
	if name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name
}

// What is encoded at once, less its data: Avro puts nothing between a record's fields.
var (
	keyAvro     = parsed(keyFields)
	rowAvro     = parsed(rowFields)
	changeAvro  = parsed(changeFields)
	currentAvro = parsed(currentFields)
)

func parsed(fields []Field) func() *avro.Schema {
	return sync.OnceValue(func() *avro.Schema {
		return avro.MustParse((&Type{Name: "fields", Fields: fields}).Avro())
	})
}

func (t *topic) avro(part Part, s *avro.Schema, record any) []byte {
	return appended(s, t.frame(part), record)
}

func appended(s *avro.Schema, b []byte, record any) []byte {
	b, err := s.AppendEncode(b, record)
	if err != nil {
		panic(err) // the schema is that of the record's own fields
	}
	return b
}

// image appends a row, or null.
func (t *topic) image(b []byte, r *schema.Row, values []types.Value) []byte {
	if r == nil {
		return append(b, null)
	}
	return t.withData(appended(rowAvro(), append(b, other), (*avroRow)(r)), values)
}

func (t *topic) withData(b []byte, values []types.Value) []byte {
	if len(t.columns) == 0 {
		return b
	}
	return appendAvro(b, t.columns, values)
}
