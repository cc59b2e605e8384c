package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// hints are what may have happened beside the changes of a record.
type hints struct {
	actions hint.Actions
	notes   *hint.Notes // nil: none
}

// readNotes reads the notes. A history is worth something without them.
func (h *hints) readNotes(ctx context.Context, e *env, cl client.Client, prefix string) {
	notes, err := hint.Read(ctx, cl, prefix)
	if err != nil {
		e.Logger.Warn("not all notes can be read", "err", err)
	}
	h.notes = notes
}

// readActions reads the actions that are about a record.
func (h *hints) readActions(ctx context.Context, e *env, cl client.Client, c *historyCmd) error {
	if !hint.ActedOn(c.Resource) {
		return nil
	}
	found, err := cl.Existing(ctx, schema.TopicOf(c.TopicPrefix, hint.ActionsResource))
	if err != nil || len(found) == 0 {
		return err
	}
	p, err := c.past(ctx, e, cl, []string{hint.ActionsResource})
	if err != nil {
		return err
	}
	return p.Events(ctx, time.Unix(0, 0), func(ev *history.Event) error {
		if bytes.Contains(ev.JSON, []byte(c.ID)) {
			h.actions.Take(&ev.Event)
		}
		return nil
	})
}

func (h *hints) of(ev *history.Event) []hint.Hint {
	if ev.Source.PrevTsMS == nil {
		return nil
	}
	return hint.Of(&h.actions, h.notes, hint.Change{
		Account: ev.Source.DB, Records: []hint.Record{{Resource: ev.Source.Table, ID: ev.ID()}},
		After: time.UnixMilli(*ev.Source.PrevTsMS), Before: time.UnixMilli(ev.Source.TsMS),
	})
}

// withHints is an event's JSON with hints as a member of its own, which no event in a topic has.
func withHints(event []byte, all []hint.Hint) []byte {
	end := bytes.LastIndexByte(event, '}')
	text, err := json.Marshal(all)
	if len(all) == 0 || end < 0 || err != nil {
		return event
	}
	return slices.Concat(event[:end], []byte(`,"hints":`), text, event[end:])
}
