package index

import (
	"context"
	"database/sql"
	"time"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// At returns an account, or all (""), as it was at a moment: the records of these resources, or of all.
func (x *Index) At(ctx context.Context, t time.Time, account string, resources ...string) (*history.Moment, error) {
	ms := t.UnixMilli()
	if since := x.State().SinceMS; ms < since {
		return nil, &TrimmedError{since}
	}
	looks, err := x.known(ctx) // first: what they vouch for is taken in
	if err != nil {
		return nil, err
	}
	m := history.NewMoment(t)
	if len(resources) == 0 {
		resources = []string{""}
	}
	for _, r := range resources {
		if err := x.take(ctx, m, ms, account, r); err != nil {
			return nil, err
		}
	}
	m.Until(looks)
	return m, nil
}

// Later is At, for a comparison with an earlier moment: it also knows what DigitalOcean alone changed between the two.
func (x *Index) Later(
	ctx context.Context, from, to time.Time, account string, resources ...string,
) (*history.Moment, error) {
	m, err := x.At(ctx, to, account, resources...)
	if err != nil {
		return nil, err
	}
	const query = `SELECT c.value FROM events e JOIN contents c ON c.n = e.n WHERE at > ?1 AND at <= ?2 AND op = 'u' AND
		(?3 = '' OR account = (SELECT n FROM names WHERE name = ?3)) AND record IN
		(SELECT record FROM events WHERE rollout = 1 AND at > ?1 AND at <= ?2) ORDER BY e.n`
	return m, x.ask(ctx, query, []any{from.UnixMilli(), to.UnixMilli(), account}, func(rows *sql.Rows) error {
		var packed []byte
		if err := rows.Scan(&packed); err != nil {
			return err
		}
		ev, err := unpack(packed)
		if err == nil {
			m.RolledOut(ev)
		}
		return err
	})
}

// take hands a moment, of each record, its last event up to then and the first one after it: no other tells more.
func (x *Index) take(ctx context.Context, m *history.Moment, ms int64, account, resource string) error {
	const query = `SELECT r.id, r.account, r.resource, b.op, bc.value, l.op, l.at, l.after,
		CASE WHEN b.n IS NULL OR b.op = 'd' THEN lc.value END
		FROM records r
		LEFT JOIN events b ON b.n = (SELECT n FROM events WHERE record = r.n AND at <= ?1 ORDER BY at DESC, n DESC LIMIT 1)
		LEFT JOIN contents bc ON bc.n = b.n
		LEFT JOIN events l ON l.n = (SELECT n FROM events WHERE record = r.n AND at > ?1 ORDER BY at, n LIMIT 1)
		LEFT JOIN contents lc ON lc.n = l.n
		WHERE (?2 = '' OR r.account = ?2) AND (?3 = '' OR r.resource = ?3)`
	return x.ask(ctx, query, []any{ms, account, resource}, func(rows *sql.Rows) error { return takeRow(m, rows) })
}

func takeRow(m *history.Moment, rows *sql.Rows) error {
	var id, account, resource string
	var op, laterOp sql.NullString
	var laterAt, laterAfter sql.NullInt64
	var value, laterValue []byte
	if err := rows.Scan(&id, &account, &resource, &op, &value, &laterOp, &laterAt, &laterAfter, &laterValue); err != nil {
		return err
	}
	if op.Valid && op.String != string(schema.Deleted) {
		ev, err := unpack(value)
		if err != nil {
			return err
		}
		m.Take(ev)
	}
	if !laterOp.Valid {
		return nil
	}
	ev := &schema.Event{Op: schema.Op(laterOp.String), After: &schema.Row{AccountID: account, ID: id}}
	if laterValue != nil {
		var err error
		if ev, err = unpack(laterValue); err != nil {
			return err
		}
	}
	ev.Source.DB, ev.Source.Table, ev.Source.TsMS = account, resource, laterAt.Int64
	if ev.Source.PrevTsMS = nil; laterAfter.Valid {
		ev.Source.PrevTsMS = &laterAfter.Int64
	}
	m.Take(ev)
	return nil
}

// Looked returns when some resources, or all, were looked at.
func (x *Index) Looked(ctx context.Context, resources ...string) (history.Looked, error) {
	return history.ReadLooked(ctx, x.o.Client, x.o.Prefix, resources...)
}

// known are the moments up to which collections are known. What a status, or looks, vouch for, but is not taken in yet,
// counts for nothing.
func (x *Index) known(ctx context.Context) (history.Looks, error) {
	known, told, newest := history.Looks{}, &state.Told{}, map[string]int64{}
	accounts, err := x.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		newest[a.ID] = a.LSN
	}
	if err := x.looks(ctx, told, newest); err != nil {
		return nil, err
	}
	err = x.ask(ctx, "SELECT account, resource, parent, whole, lsn, value FROM statuses", nil, func(rows *sql.Rows) error {
		var c state.AccountCollection
		var whole, lsn int64
		var value []byte
		if err := rows.Scan(&c.AccountID, &c.Resource, &c.ParentID, &whole, &lsn, &value); err != nil {
			return err
		}
		if lsn > newest[c.AccountID] {
			return nil
		}
		if known[c] = whole; value != nil {
			status(told, c, value)
		}
		return nil
	})
	for c, s := range told.All() {
		known[c] = max(known[c], s.WholeMS)
	}
	return known, err
}
