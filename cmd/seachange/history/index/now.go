package index

import (
	"context"
	"database/sql"
	"fmt"
	"maps"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/state"
)

// Account is an account whose events are in the topics.
type Account struct {
	ID, Name string
	LSN      int64 // of its newest event
}

// Accounts returns them by name.
func (x *Index) Accounts(ctx context.Context) (all []Account, err error) {
	err = x.ask(ctx, "SELECT id, name, lsn FROM accounts ORDER BY name, id", nil, func(rows *sql.Rows) error {
		var a Account
		err := rows.Scan(&a.ID, &a.Name, &a.LSN)
		all = append(all, a)
		return err
	})
	return all, err
}

// Resources returns the names of those that have events.
func (x *Index) Resources(ctx context.Context) (all []string, err error) {
	err = x.ask(ctx, "SELECT DISTINCT resource FROM hours ORDER BY resource", nil, func(rows *sql.Rows) error {
		var r string
		err := rows.Scan(&r)
		all = append(all, r)
		return err
	})
	return all, err
}

// Statuses returns what run last said of each collection that is there.
func (x *Index) Statuses(ctx context.Context) (history.Statuses, error) {
	told := &state.Told{}
	if err := x.looks(ctx, told, nil); err != nil {
		return nil, err
	}
	err := x.ask(ctx, "SELECT account, resource, parent, value FROM statuses WHERE value IS NOT NULL", nil,
		func(rows *sql.Rows) error {
			var c state.AccountCollection
			var value []byte
			err := rows.Scan(&c.AccountID, &c.Resource, &c.ParentID, &value)
			status(told, c, value)
			return err
		})
	return maps.Collect(told.All()), err
}

// status takes a status of the index.
func status(told *state.Told, c state.AccountCollection, value []byte) {
	id := state.CollectionID{Resource: c.Resource, Parent: c.ParentID}
	if _, s, err := state.ParseStatus(state.StatusKey(c.AccountID, id), value); err == nil {
		told.Status(c, s)
	}
}

// looks takes the looks of the index; with numbers of the accounts' newest events, of those alone that they cover.
func (x *Index) looks(ctx context.Context, told *state.Told, newest map[string]int64) error {
	return x.ask(ctx, "SELECT account, slot, value FROM looks", nil, func(rows *sql.Rows) error {
		var k state.LooksSlot
		var value []byte
		if err := rows.Scan(&k.AccountID, &k.Slot, &value); err != nil {
			return err
		}
		_, l, err := state.ParseLooks(state.Encode(k), value)
		if err == nil && (newest == nil || l.LastLSN <= newest[k.AccountID]) {
			told.Looks(k, l)
		}
		return nil
	})
}

// Density is how many changes were made in each hour.
type Density struct {
	Hour                      int64 // its beginning, in milliseconds; of Moments that of the step
	Created, Updated, Deleted int
}

// Densities returns, of an account and a resource or of all (""), the hours that have changes, from one moment to
// another, in order. Roll-outs and first sights are none.
func (x *Index) Densities(
	ctx context.Context, account, resource string, fromMS, toMS int64,
) (all []Density, err error) {
	query := `SELECT hour, sum((op = 'c') * events), sum((op = 'u') * events), sum((op = 'd') * events) FROM hours
		WHERE hour >= ? AND hour <= ? AND op <> 'r' AND rollout = 0 AND (? = '' OR account = ?) AND (? = '' OR resource = ?) GROUP BY hour ORDER BY hour`
	err = x.ask(ctx, query, []any{fromMS / hourMS, toMS / hourMS, account, account, resource, resource},
		func(rows *sql.Rows) error {
			var d Density
			err := rows.Scan(&d.Hour, &d.Created, &d.Updated, &d.Deleted)
			d.Hour *= hourMS
			all = append(all, d)
			return err
		})
	return all, err
}

// Moments is Densities in steps of another length, of the index's own events: for a short time.
func (x *Index) Moments(
	ctx context.Context, account, resource string, fromMS, toMS, stepMS int64,
) (all []Density, err error) {
	query := `SELECT made / ?1, sum(op = 'c'), sum(op = 'u'), sum(op = 'd') FROM events
		WHERE made >= ?2 AND made <= ?3 AND op <> 'r' AND rollout = 0 AND
		(?4 = '' OR account = (SELECT n FROM names WHERE name = ?4)) AND
		(?5 = '' OR resource = (SELECT n FROM names WHERE name = ?5)) GROUP BY 1 ORDER BY 1`
	err = x.ask(ctx, query, []any{stepMS, fromMS, toMS, account, resource}, func(rows *sql.Rows) error {
		var d Density
		err := rows.Scan(&d.Hour, &d.Created, &d.Updated, &d.Deleted)
		d.Hour *= stepMS
		all = append(all, d)
		return err
	})
	return all, err
}

// Span returns when the first and the last event in the index were made, in milliseconds; zeros if there is none.
func (x *Index) Span(ctx context.Context) (first, last int64, err error) {
	const query = "SELECT coalesce((SELECT min(made) FROM events), 0), coalesce((SELECT max(made) FROM events), 0)"
	err = x.ask(ctx, query, nil, func(rows *sql.Rows) error { return rows.Scan(&first, &last) })
	return first, last, err
}

// TrimmedError says that the index does not reach back to a moment.
type TrimmedError struct{ SinceMS int64 }

func (e *TrimmedError) Error() string {
	return fmt.Sprintf("the index is bounded, and begins at %s: seachange at and history read the topics themselves",
		clock(e.SinceMS))
}
