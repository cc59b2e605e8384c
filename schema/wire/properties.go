package wire

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// properties are an object's members in their order.
type properties []property

type property struct {
	name string
	jsonSchema
}

// MarshalJSONTo implements json.MarshalerTo.
func (p properties) MarshalJSONTo(e *jsontext.Encoder) error {
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range p {
		if err := e.WriteToken(jsontext.String(m.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(e, m.jsonSchema); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndObject)
}
