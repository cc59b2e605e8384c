// Package strict consumes events as Materialize and Flink do: every event must fit what is held, or the copy is
// broken.
package strict

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
)

// Consumer holds a copy of every account, made from events alone.
type Consumer struct{ accounts map[string]*account }

type account struct {
	lsn     int64
	last    map[string]int64             // lsn by resource
	held    map[string]map[string][]byte // rows by resource and id
	records map[string]int64             // ts_ms by resource and id, also of what is deleted
}

// New returns a Consumer that holds nothing.
func New() *Consumer { return &Consumer{accounts: map[string]*account{}} }

// images are an event with its rows as they were written.
type images struct {
	schema.Event

	Before jsontext.Value `json:"before"`
	After  jsontext.Value `json:"after"`
}

// Take takes the key and value of an account's next event, in the order of its lsn. An error names what does not fit.
func (c *Consumer) Take(key, value []byte) (schema.Event, error) {
	var rows images
	if err := json.Unmarshal(value, &rows, json.RejectUnknownMembers(true)); err != nil {
		return rows.Event, fmt.Errorf("event: %w", err)
	}
	e := rows.Event
	if err := errors.Join(readRow(rows.Before, &e.Before), readRow(rows.After, &e.After)); err != nil {
		return e, fmt.Errorf("event: %w", err)
	}
	if want := (schema.Key{AccountID: e.Source.DB, ID: e.ID()}).Bytes(); !bytes.Equal(key, want) {
		return e, fmt.Errorf("key %s of an event for %s", key, want)
	}
	if err := c.take(&e, rows); err != nil {
		return e, fmt.Errorf("%s %s %s, lsn %d: %w", e.Op, e.Source.Table, e.ID(), e.Source.LSN, err)
	}
	return e, nil
}

func readRow(text jsontext.Value, row **schema.Row) error {
	if text == nil {
		return nil
	}
	return json.Unmarshal(text, row, json.RejectUnknownMembers(true))
}

// Held returns the rows that are held of a resource of an account, as they were written, by id. It must not be
// changed.
func (c *Consumer) Held(account, resource string) map[string][]byte {
	return c.account(account).held[resource]
}

func (c *Consumer) account(id string) *account {
	a := c.accounts[id]
	if a == nil {
		a = &account{last: map[string]int64{}, held: map[string]map[string][]byte{}, records: map[string]int64{}}
		c.accounts[id] = a
	}
	return a
}

func (c *Consumer) take(e *schema.Event, rows images) error {
	a := c.account(e.Source.DB)
	if err := a.order(e); err != nil {
		return err
	}
	if err := window(e); err != nil {
		return err
	}
	table := a.held[e.Source.Table]
	if table == nil {
		table = map[string][]byte{}
		a.held[e.Source.Table] = table
	}
	if err := fits(e, rows, table[e.ID()]); err != nil {
		return err
	}
	if e.Op == schema.Deleted {
		delete(table, e.ID())
	} else {
		table[e.ID()] = rows.After
	}
	return nil
}

// order holds an event's numbers and its time to those before it.
func (a *account) order(e *schema.Event) error {
	s := &e.Source
	if a.lsn != 0 && s.LSN != a.lsn+1 {
		return fmt.Errorf("comes after lsn %d", a.lsn)
	}
	if want := fmt.Sprintf(`["%d","%d"]`, a.last[s.Table], s.LSN); s.Sequence != want {
		return fmt.Errorf("sequence %s, want %s", s.Sequence, want)
	}
	a.lsn, a.last[s.Table] = s.LSN, s.LSN
	record := s.Table + " " + e.ID()
	if last, ok := a.records[record]; ok && e.TsMS <= last {
		return fmt.Errorf("ts_ms %d is not after %d, the record's last one", e.TsMS, last)
	}
	a.records[record] = e.TsMS
	if e.TsMS < s.TsMS {
		return fmt.Errorf("ts_ms %d is before source.ts_ms %d", e.TsMS, s.TsMS)
	}
	return nil
}

// window holds the two ends of an event's window against each other.
func window(e *schema.Event) error {
	switch since := e.Source.PrevTsMS; {
	case (since == nil) != (e.Op == schema.Read):
		return fmt.Errorf("prev_ts_ms is %v", since)
	case since != nil && *since > e.Source.TsMS:
		return fmt.Errorf("its window begins at %d, after its end at %d", *since, e.Source.TsMS)
	}
	return nil
}

// fits holds an event against the row that is held of its record.
func fits(e *schema.Event, rows images, held []byte) error {
	switch e.Op {
	case schema.Read:
		if held != nil && e.Source.Snapshot != "incremental" {
			return fmt.Errorf("seen first, and held already")
		}
	case schema.Created:
		if held != nil {
			return fmt.Errorf("created, and held already")
		}
	case schema.Updated, schema.Deleted:
		if held == nil {
			return fmt.Errorf("not held")
		}
		if !bytes.Equal(rows.Before, held) {
			return fmt.Errorf("before is %s, and held is %s", rows.Before, held)
		}
	default:
		return fmt.Errorf("unknown op")
	}
	switch {
	case (e.Op == schema.Read || e.Op == schema.Created) && e.Before != nil:
		return fmt.Errorf("it has a before: %s", rows.Before)
	case (e.Op == schema.Deleted) != (e.After == nil):
		return fmt.Errorf("after is %s", rows.After)
	case e.Op == schema.Updated && bytes.Equal(rows.Before, rows.After):
		return fmt.Errorf("nothing changed")
	}
	return nil
}
