package history

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// Event is an event, and the record of its topic that it stands in.
type Event struct {
	schema.Event
	Record client.Record
	JSON   []byte // the event in plain JSON, whatever format its topic has
}

// ParseEvent reads an event in plain JSON, with or without a schema around it. An error says which record it is, and
// why it is none.
func ParseEvent(r client.Record) (*Event, error) { return (*Decoder)(nil).ParseEvent(r) }

// ParseEvent reads an event. An error says which record it is, and why it is none.
func (d *Decoder) ParseEvent(r client.Record) (*Event, error) {
	plain, err := d.plain(r)
	if err != nil {
		return nil, err
	}
	ev, err := schema.ParseEvent(plain)
	if err != nil {
		return nil, at(r, err)
	}
	return &Event{*ev, r, plain}, nil
}

// Outline is an event whose bodies were not unquoted.
type Outline struct {
	*schema.Outline
	Record client.Record
	JSON   []byte // as in Event
}

// ParseOutline reads an event as ParseEvent does, and with its errors.
func (d *Decoder) ParseOutline(r client.Record) (*Outline, error) {
	plain, err := d.plain(r)
	if err != nil {
		return nil, err
	}
	o, err := schema.ParseOutline(plain)
	if err != nil {
		return nil, at(r, err)
	}
	return &Outline{o, r, plain}, nil
}

// plain returns a record's event in plain JSON.
func (d *Decoder) plain(r client.Record) ([]byte, error) {
	err := foreign(r)
	if err != nil {
		return nil, at(r, err)
	}
	plain, err := d.Plain(r.Value)
	if err != nil {
		return nil, at(r, err)
	}
	return plain, nil
}

// Account is the account's name for people; its id if it has none.
func (e *Event) Account() string { return cmp.Or(e.Record.Header("account_name"), e.Source.DB) }

// AccountName is the account's name, if the event says it.
func (e *Event) AccountName() string { return e.Record.Header("account_name") }

// at says which record an error is of.
func at(r client.Record, err error) error {
	return fmt.Errorf("topic %s partition %d offset %d: %w", r.Topic, r.Partition, r.Offset, err)
}

// foreign refuses what need not be looked into.
func foreign(r client.Record) error {
	if r.Value == nil {
		return errors.New("a tombstone: seachange writes none, so somebody else did")
	}
	if v := r.Header("schema"); v != "" && v != schema.EnvelopeVersion {
		return fmt.Errorf("an event in schema version %q, and this release reads %q: use a newer release",
			v, schema.EnvelopeVersion)
	}
	return nil
}

// BadInput is what becomes of records that are not what their topic holds.
type BadInput struct {
	Skip    bool // them, with a warning
	Logger  *slog.Logger
	skipped int
}

// Take ends the reading with the error, or logs and counts it.
func (b *BadInput) Take(err error) error {
	if !b.Skip {
		return fmt.Errorf("%w (--on-error skip goes on behind it)", err)
	}
	b.skipped++
	b.Logger.Warn("skipped", "err", err)
	return nil
}

// Sum logs how many were skipped.
func (b *BadInput) Sum() {
	if b.skipped > 0 {
		b.Logger.Warn("records that are no events of seachange were skipped", "records", b.skipped)
	}
}
