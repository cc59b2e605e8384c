package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/schema/plain"
)

type atCmd struct {
	PastSettings
	Time      string   `arg:"" help:"A moment: a date or time (RFC 3339), a time span ago (90m, 30d), or now."`
	Resources []string `arg:"" optional:"" help:"Show these resources only."`
	Output    string   `help:"Print a table, or with all columns json (a record a line), csv or parquet." enum:"table,json,csv,parquet" default:"table"`
}

// Run prints the accounts as they were.
func (c *atCmd) Run(ctx context.Context, e *env) error {
	at, err := parseMoment(c.Time, time.Now())
	if err != nil {
		return err
	}
	if c.Output == "parquet" && isTerminal(e.stdout) {
		return usagef("--output parquet is no text: send it to a file, with > FILE")
	}
	p, done, err := c.open(ctx, e, c.Resources)
	if err != nil {
		return err
	}
	defer done()
	states, err := p.asOf(ctx, c.TopicPrefix, at)
	if err != nil {
		return err
	}
	return c.print(e.stdout, states[0])
}

// asOf reads the accounts at several moments at once.
func (p *past) asOf(ctx context.Context, prefix string, moments ...time.Time) ([]*asOf, error) {
	// The marks first: what they vouch for is in the topics then.
	l, err := readLooks(ctx, p.client, prefix, &p.bad)
	if err != nil {
		return nil, err
	}
	var states []*asOf
	for _, t := range moments {
		states = append(states, newAsOf(t.UnixMilli()))
	}
	newest := newNewestOf(states, &p.bad)
	p.headers = []string{"schema"}
	if err := p.scan(ctx, newest.take); err != nil {
		return nil, err
	}
	err = newest.end()
	for _, s := range states {
		s.until(l)
	}
	return states, err
}

// parseMoment reads a time, a time span before now, or "now".
func parseMoment(s string, now time.Time) (time.Time, error) {
	if s == "now" { // windows end on the API's clock, widened by its whole second: what has just been seen is seen
		return now.Add(2 * time.Second), nil
	}
	t, err := parseSince(s, now)
	if err != nil || t.IsZero() {
		return t, usagef("%q is no moment: write now, a time span (90m, 30d), a date (2026-01-31) or a time (2026-01-31T12:00:00Z)", s)
	}
	return t, nil
}

// stateRow is a record at a moment, as files have it: the row's columns and how certain they are.
type stateRow struct {
	Resource   string  `json:"resource" parquet:"resource,dict"`
	AccountID  string  `json:"account_id" parquet:"account_id,dict"`
	ID         string  `json:"id" parquet:"id"`
	URN        *string `json:"urn" parquet:"urn,optional"`
	ParentID   *string `json:"parent_id" parquet:"parent_id,optional"`
	Name       *string `json:"name" parquet:"name,optional"`
	Region     *string `json:"region" parquet:"region,optional"`
	CreatedAt  *string `json:"created_at" parquet:"created_at,optional"`
	Body       *string `json:"body" parquet:"body,optional"`
	BodySHA256 *string `json:"body_sha256" parquet:"body_sha256,optional"`
	Certainty  string  `json:"certainty" parquet:"certainty,dict"`
	Why        string  `json:"why" parquet:"why"`
}

func stateOf(id recordID, m *moment) stateRow {
	r := m.row
	s := stateRow{
		Resource: id.resource, AccountID: id.account, ID: id.id, URN: r.URN, ParentID: r.ParentID, Name: r.Name, Region: r.Region,
		CreatedAt: r.CreatedAt, Body: r.Body, BodySHA256: r.BodySHA256, Certainty: string(m.sure), Why: m.why,
	}
	if m.sure == unknown { // what it was is not known, only that it is there later
		s.Region, s.Body, s.BodySHA256 = nil, nil, nil
	}
	return s
}

var stateColumns = []string{
	"resource", "account_id", "id", "urn", "parent_id", "name", "region", "created_at", "body", "body_sha256", "certainty", "why",
}

func (s stateRow) columns() []string {
	return []string{
		s.Resource, s.AccountID, s.ID, text(s.URN), text(s.ParentID), text(s.Name), text(s.Region), text(s.CreatedAt), text(s.Body),
		text(s.BodySHA256), s.Certainty, s.Why,
	}
}

func (c *atCmd) print(w io.Writer, a *asOf) error {
	switch c.Output {
	case "json":
		return printLines(w, a)
	case "csv":
		return printCSV(w, a)
	case "parquet":
		return printParquet(w, a)
	}
	return printStates(w, a)
}

func printLines(w io.Writer, a *asOf) error {
	for _, id := range a.sorted() {
		if err := writeLine(w, stateOf(id, a.records[id])); err != nil {
			return err
		}
	}
	return nil
}

func printCSV(w io.Writer, a *asOf) error {
	out := csv.NewWriter(w)
	if err := out.Write(stateColumns); err != nil {
		return err
	}
	for _, id := range a.sorted() {
		if err := out.Write(stateOf(id, a.records[id]).columns()); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func printParquet(w io.Writer, a *asOf) error {
	out := parquet.NewGenericWriter[stateRow](w, parquet.Compression(&parquet.Zstd))
	for _, id := range a.sorted() {
		if _, err := out.Write([]stateRow{stateOf(id, a.records[id])}); err != nil {
			return fmt.Errorf("write parquet: %w", err)
		}
	}
	return out.Close()
}

func printStates(w io.Writer, a *asOf) error {
	var rows [][]string
	for _, id := range a.sorted() {
		m := a.records[id]
		sure, what := string(m.sure), describe.Record(id.resource, m.row.Body)
		if m.why != "" {
			sure += ": " + m.why
		}
		if m.sure == unknown {
			what = ""
		}
		rows = append(rows, []string{plain.Value(id.resource), describe.Title(m.row), plain.Value(what), sure})
	}
	return writeTable(w, []string{"RESOURCE", "RECORD", "WHAT", "CERTAINTY"}, rows)
}
