package state

import (
	"fmt"
	"strings"

	"github.com/seachange/seachange/schema/wire"
)

// SchemaEntry is a schema in the topic of schemas: with which id a registry has it, and so what something in the topics
// was written with. Whoever reads it needs no registry.
type SchemaEntry struct {
	wire.Schema

	ID      int         `json:"id"`
	Subject string      `json:"subject"`
	Format  wire.Format `json:"format"`
}

const schemaKey = "schema/"

// Key is the entry's key.
func (e *SchemaEntry) Key() []byte { return fmt.Appendf(nil, "%s%d/%s", schemaKey, e.ID, e.Subject) }

// ParseSchema reads an entry of the topic of schemas; nil if it is another one.
func ParseSchema(key, value []byte) (*SchemaEntry, error) {
	if value == nil || !strings.HasPrefix(string(key), schemaKey) {
		return nil, nil
	}
	var e SchemaEntry
	return &e, Decode(key, value, &e)
}
