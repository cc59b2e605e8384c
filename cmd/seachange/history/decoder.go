package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema/wire"
)

// Decoder reads keys and events in whatever format a prefix has them. It looks for schemas in the topics, so that it
// needs no registry: at first when one is met. Nil reads what needs none. Not for two goroutines.
type Decoder struct {
	ctx    context.Context // of the reading that the decoder is for
	client client.Client
	prefix string
	wire   wire.Decoder
}

// UnreadSchemasError means that the topic of schemas could not be read: what needs one may be read later.
type UnreadSchemasError struct{ Err error }

func (e *UnreadSchemasError) Error() string { return e.Err.Error() }

// Unwrap returns the client's error.
func (e *UnreadSchemasError) Unwrap() error { return e.Err }

// NewDecoder makes a decoder of a prefix's topics. It reads nothing yet.
func NewDecoder(ctx context.Context, c client.Client, prefix string) *Decoder {
	return &Decoder{ctx: ctx, client: c, prefix: prefix}
}

// Plain returns a key or an event in plain JSON.
func (d *Decoder) Plain(b []byte) ([]byte, error) {
	if d == nil {
		return (*wire.Decoder)(nil).Plain(b)
	}
	plain, err := d.wire.Plain(b)
	if !errors.As(err, new(*wire.UnknownSchemaError)) {
		return plain, err
	}
	learn := func(e *state.SchemaEntry) error { return d.wire.Learn(e.ID, e.Format, e.Schema) }
	if err := kafka.ReadSchemas(d.ctx, d.client, d.prefix, learn); err != nil {
		return nil, &UnreadSchemasError{err}
	}
	if plain, err = d.wire.Plain(b); err != nil {
		err = fmt.Errorf("%w (looked for in topic %s)", err, state.SchemasTopic(d.prefix))
	}
	return plain, err
}
