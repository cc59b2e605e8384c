package history

import (
	"cmp"
	"context"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/producer/kafka/client"
)

// At reads the accounts at several moments at once.
func (p *Past) At(ctx context.Context, moments ...time.Time) ([]*Moment, error) {
	// The statuses first: what they vouch for is in the topics then.
	l, err := readKnown(ctx, p.o.Client, p.o.Prefix, p.bad)
	if err != nil {
		return nil, err
	}
	var states []*Moment
	for _, t := range moments {
		states = append(states, newMoment(t.UnixMilli()))
	}
	o := client.ReadOptions{FromStart: true, Whole: true, Headers: []string{"schema"}}
	if err := p.scan(ctx, o, newReading(states, p.decoder, p.bad).take); err != nil {
		return nil, err
	}
	for _, s := range states {
		s.Until(l)
	}
	return states, nil
}

// Row is a record at a moment: its row in the topics, and how certain that is.
type Row struct {
	Resource   string    `json:"resource" parquet:"resource,dict"`
	AccountID  string    `json:"account_id" parquet:"account_id,dict"`
	ID         string    `json:"id" parquet:"id"`
	URN        *string   `json:"urn" parquet:"urn,optional"`
	ParentID   *string   `json:"parent_id" parquet:"parent_id,optional"`
	Name       *string   `json:"name" parquet:"name,optional"`
	Region     *string   `json:"region" parquet:"region,optional"`
	CreatedAt  *string   `json:"created_at" parquet:"created_at,optional"`
	Body       *string   `json:"body" parquet:"body,optional"`
	BodySHA256 *string   `json:"body_sha256" parquet:"body_sha256,optional"`
	Certainty  Certainty `json:"certainty" parquet:"certainty,dict"`         // certain, uncertain or unknown
	Why        string    `json:"why" parquet:"why"`                          // it is not certain
	AccountLSN *int64    `json:"account_lsn" parquet:"account_lsn,optional"` // at now: the newest event of the account that the rows have
	// MomentMS is the moment.
	MomentMS int64 `json:"moment_ms" parquet:"moment,timestamp(millisecond)"`
	// LSN is the number of the event that made it so.
	LSN *int64 `json:"lsn" parquet:"lsn,optional"`
	// ValidAfterMS is when that can't have happened yet: null where it was so when it was first seen, and at now.
	ValidAfterMS *int64 `json:"valid_after_ms" parquet:"valid_after,optional,timestamp(millisecond)"`
	// ValidBeforeMS is when that had happened.
	ValidBeforeMS *int64 `json:"valid_before_ms" parquet:"valid_before,optional,timestamp(millisecond)"`
}

// WriteJSON writes a line for each record of a moment, in order: the JSON of its Row. What the topic has is written as
// it stands there, since to decode it would be most of the work.
func (m *Moment) WriteJSON(w io.Writer) error {
	var line, buf []byte
	for id, k := range m.sorted() {
		var all columns
		all, buf = k.image.quoted(id, buf)
		line = m.appendJSON(line[:0], id, k, &all)
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (m *Moment) appendJSON(b []byte, id recordID, k *known, c *columns) []byte {
	if k.sure() == Unknown { // as rowOf
		c[3], c[5], c[6] = nil, nil, nil
	}
	text := func(name, said string) {
		b = append(append(b, name...), ':')
		b, _ = jsontext.AppendQuote(b, said)
	}
	number := func(name string, n int64, known bool) {
		if b = append(append(b, name...), ':'); known {
			b = strconv.AppendInt(b, n, 10)
		} else {
			b = append(b, "null"...)
		}
	}
	text(`{"resource"`, id.resource)
	text(`,"account_id"`, id.account)
	text(`,"id"`, id.id)
	for n, name := range rowColumns {
		b = append(append(append(b, `,"`...), name...), `":`...)
		b = append(b, cmp.Or(string(c[n]), "null")...)
	}
	text(`,"certainty"`, string(k.sure()))
	text(`,"why"`, k.why())
	lsn, known := m.lsns[id.account]
	number(`,"account_lsn"`, lsn, known)
	number(`,"moment_ms"`, m.atMS, true)
	number(`,"lsn"`, k.from.lsn, k.from.lsn > 0)
	number(`,"valid_after_ms"`, k.from.after, k.from.after != noTime)
	number(`,"valid_before_ms"`, k.from.beforeMS, k.from.beforeMS > 0)
	return append(b, '}')
}

// Columns are the names of a row's columns, for a table.
func Columns() []string {
	return []string{
		"resource", "account_id", "id", "urn", "parent_id", "name", "region", "created_at", "body", "body_sha256",
		"certainty", "why", "account_lsn", "moment_ms", "lsn", "valid_after_ms", "valid_before_ms",
	}
}

// Texts are the row's values, in the order of Columns; null is "".
func (r *Row) Texts() []string {
	or := func(s *string) string { return *cmp.Or(s, new(string)) }
	number := func(n *int64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatInt(*n, 10)
	}
	return []string{
		r.Resource, r.AccountID, r.ID, or(r.URN), or(r.ParentID), or(r.Name), or(r.Region), or(r.CreatedAt), or(r.Body),
		or(r.BodySHA256), string(r.Certainty), r.Why, number(r.AccountLSN), number(&r.MomentMS),
		number(r.LSN), number(r.ValidAfterMS), number(r.ValidBeforeMS),
	}
}

// Rows passes the records in order: by account, resource and id.
func (m *Moment) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for id, k := range m.sorted() {
			row := rowOf(id, k)
			row.MomentMS = m.atMS
			if lsn, ok := m.lsns[id.account]; ok {
				row.AccountLSN = &lsn
			}
			if !yield(row) {
				return
			}
		}
	}
}

func rowOf(id recordID, k *known) Row {
	r := k.image.decode(id)
	row := Row{
		Resource: id.resource, AccountID: id.account, ID: id.id, URN: r.URN, ParentID: r.ParentID, Name: r.Name,
		Region: r.Region, CreatedAt: r.CreatedAt, Body: r.Body, BodySHA256: r.BodySHA256, Certainty: k.sure(), Why: k.why(),
	}
	if k.from.lsn > 0 {
		row.LSN = &k.from.lsn
	}
	if k.from.after != noTime {
		row.ValidAfterMS = &k.from.after
	}
	if k.from.beforeMS > 0 {
		row.ValidBeforeMS = &k.from.beforeMS
	}
	if row.Certainty == Unknown { // what it was is not known, only that it is there later
		row.Region, row.Body, row.BodySHA256 = nil, nil, nil
	}
	return row
}
