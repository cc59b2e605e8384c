package wire

import (
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
)

// avroType is a schema as Avro writes it, with what Kafka Connect's converter wants beside it.
type avroType struct {
	Type           string      `json:"type"`
	Name           string      `json:"name,omitempty"`
	Namespace      string      `json:"namespace,omitempty"`
	Doc            string      `json:"doc,omitempty"`
	Fields         []avroField `json:"fields,omitempty"`
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
	case Text:
		return avroType{Type: "string", ConnectName: jsonName, ConnectVersion: 1}
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
