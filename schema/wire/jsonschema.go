package wire

import (
	"github.com/go-json-experiment/json"
)

// jsonSchema is a schema as JSON Schema's draft 7 writes it, in the few words that every reader of one knows: each has
// its type, what may be null says so there, and no object has other members.
type jsonSchema struct {
	Schema      string      `json:"$schema,omitempty"`
	Title       string      `json:"title,omitempty"`
	Description string      `json:"description,omitempty"`
	Type        any         `json:"type"` // a string; a list of two with null
	Properties  *properties `json:"properties,omitempty"`
	Required    []string    `json:"required,omitempty"`
	Items       *jsonSchema `json:"items,omitempty"`
	Format      string      `json:"format,omitempty"`
	Additional  *bool       `json:"additionalProperties,omitempty"`

	ConnectType    string `json:"connect.type,omitempty"`
	ConnectVersion int    `json:"connect.version,omitzero"`
}

// JSONSchema returns the schema as JSON Schema has it.
func (t *Type) JSONSchema() string {
	s := t.jsonSchema()
	s.Schema = "http://json-schema.org/draft-07/schema#"
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(b)
}

func (t *Type) jsonSchema() jsonSchema {
	s := jsonSchema{Title: t.Name, Description: t.Doc, ConnectVersion: t.Version}
	kind := "string"
	switch t.Kind {
	case String:
	case Long:
		kind, s.ConnectType = "integer", "int64"
	case Double:
		kind, s.ConnectType = "number", "float64"
	case Boolean:
		kind = "boolean"
	case Timestamp:
		s.Format, s.Title, s.ConnectVersion = "date-time", zonedName, 1
	case Array:
		kind, s.Items = "array", new(t.Elem.jsonSchema())
	case Text:
		s.Title, s.ConnectVersion = jsonName, 1
	case Struct:
		kind = "object"
		s.Properties, s.Additional = &properties{}, new(bool)
		for _, f := range t.Fields {
			*s.Properties = append(*s.Properties, property{f.Name, f.jsonSchema()})
			if f.Required {
				s.Required = append(s.Required, f.Name)
			}
		}
	}
	if s.Type = kind; !t.Required {
		s.Type = []string{kind, "null"}
	}
	return s
}
