package diff_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

func compile(t testing.TB, r schema.Resource, o diff.Options) *diff.Rules {
	t.Helper()
	if r.Name == "" {
		r.Name = "things"
	}
	rules, err := diff.Compile(&r, o)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func newState(t testing.TB, r schema.Resource) *diff.State {
	t.Helper()
	return diff.NewState(compile(t, r, diff.Options{}), diff.NewPack())
}

// page is a response that lists records; each has a member id, a string. It began at ms and took 5 ms.
func page(ms int64, records ...string) diff.Page {
	return diff.Page{
		Sum: xxhash.Sum64String(strings.Join(records, ",")), BeganMS: ms, EndedMS: ms + 5,
		Records: func(yield func(diff.Record, error) bool) {
			for _, r := range records {
				if !yield(diff.Record{ID: idOf(r), JSON: []byte(r)}, nil) {
					return
				}
			}
		},
	}
}

func idOf(record string) string {
	_, rest, _ := strings.Cut(record, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

var errBroken = errors.New("cut off")

// broken is a page that breaks after its records.
func broken(ms int64, records ...string) diff.Page {
	p := page(ms, records...)
	whole := p.Records
	p.Records = func(yield func(diff.Record, error) bool) {
		for r, err := range whole {
			if !yield(r, err) {
				return
			}
		}
		yield(diff.Record{}, errBroken)
	}
	return p
}

// sweep reads pages, which must be whole, and leaves the state as it is.
func sweep(t testing.TB, s *diff.State, o diff.SweepOptions, pages ...diff.Page) *diff.Sweep {
	t.Helper()
	w := s.Sweep(o)
	for _, p := range pages {
		if _, err := w.Page(p); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// apply sweeps, gives lsns to the changes, deletes what is missing and returns it all as lines.
func apply(t testing.TB, s *diff.State, o diff.SweepOptions, pages ...diff.Page) []string {
	t.Helper()
	w := sweep(t, s, o, pages...)
	said := lines(w.Changes())
	for i, c := range w.Changes() {
		c.LSN, c.TsMS = int64(100+i), c.EndedMS
	}
	missing := w.Missing()
	w.Apply(true)
	for _, id := range missing {
		s.Delete(id)
		said = append(said, "d "+id)
	}
	return said
}

// lines shows changes: "u x {…} -> {…}".
func lines(changes []*diff.Change) []string {
	var all []string
	for _, c := range changes {
		op := c.Op
		if op == "" {
			op = "silent"
		}
		line := fmt.Sprintf("%s %s", op, c.ID)
		if c.Before != nil {
			line += " " + string(c.Before)
		}
		if c.After != nil {
			line += " -> " + string(c.After)
		}
		all = append(all, line)
	}
	return all
}

func decode(t testing.TB, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
