package history

import (
	"cmp"
	"context"
	"iter"
	"strconv"
	"time"

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
	newest := newNewestOf(states, p.decoder, p.bad)
	o := client.ReadOptions{FromStart: true, Whole: true, Headers: []string{"schema"}}
	if err := p.scan(ctx, o, newest.take); err != nil {
		return nil, err
	}
	err = newest.end()
	for _, s := range states {
		s.Until(l)
	}
	return states, err
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
		for _, id := range m.sorted() {
			row := rowOf(id, m.records[id])
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
	r := k.row
	row := Row{
		Resource: id.resource, AccountID: id.account, ID: id.id, URN: r.URN, ParentID: r.ParentID, Name: r.Name,
		Region: r.Region, CreatedAt: r.CreatedAt, Body: r.Body, BodySHA256: r.BodySHA256, Certainty: k.sure, Why: k.why,
	}
	if k.from.lsn > 0 {
		row.LSN = &k.from.lsn
	}
	if row.ValidAfterMS = k.from.after; k.from.beforeMS > 0 {
		row.ValidBeforeMS = &k.from.beforeMS
	}
	if k.sure == Unknown { // what it was is not known, only that it is there later
		row.Region, row.Body, row.BodySHA256 = nil, nil, nil
	}
	return row
}
