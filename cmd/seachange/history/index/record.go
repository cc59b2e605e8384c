package index

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/tidwall/gjson" // all values: half the memory of jsontext (BenchmarkJSON of exposure)

	"github.com/seachange/seachange/schema"
)

// Ref names a record.
type Ref struct {
	Account, Resource, ID, Name string
	Gone                        bool
}

const refs = "SELECT account, resource, id, name, gone FROM records "

func (x *Index) refs(ctx context.Context, query string, args ...any) (all []Ref, err error) {
	err = x.ask(ctx, query, args, func(rows *sql.Rows) error {
		var r Ref
		err := rows.Scan(&r.Account, &r.Resource, &r.ID, &r.Name, &r.Gone)
		all = append(all, r)
		return err
	})
	return all, err
}

// Related are the records that a record hangs together with.
type Related struct {
	Parents  []Ref
	Children []Ref
	Names    []Ref // those that its body names
	NamedBy  []Ref // those whose bodies name it
}

// relatives bounds each list of related records.
const relatives = 200

// Related finds them by ids and urns, as the records are now.
func (x *Index) Related(ctx context.Context, account, resource, id string, row *schema.Row) (r Related, err error) {
	if r.Children, err = x.children(ctx, account, resource, id); err != nil {
		return r, err
	}
	if r.Parents, err = x.parents(ctx, account, resource, id); err != nil {
		return r, err
	}
	if r.Names, err = x.named(ctx, account, resource, id, row); err != nil {
		return r, err
	}
	r.NamedBy, err = x.namedBy(ctx, account, resource, id, row)
	return r, err
}

func (x *Index) children(ctx context.Context, account, resource, id string) ([]Ref, error) {
	all, err := x.refs(ctx, refs+"WHERE account = ? AND parent = ? AND gone = 0 ORDER BY resource, name, id LIMIT ?",
		account, id, relatives)
	return slices.DeleteFunc(all, func(r Ref) bool { return parentOf(r.Resource) != resource }), err
}

func (x *Index) parents(ctx context.Context, account, resource, id string) (all []Ref, err error) {
	for name := parentOf(resource); name != "" && err == nil; name = parentOf(name) {
		id, _ = schema.CutID(id)
		var found []Ref
		found, err = x.refs(ctx, refs+"WHERE account = ? AND resource = ? AND id = ?", account, name, id)
		all = append(all, found...)
	}
	return all, err
}

func parentOf(resource string) string {
	if row := schema.Lookup(resource); row != nil {
		return row.Parent()
	}
	return ""
}

// named finds records whose id or urn stands in a body.
func (x *Index) named(ctx context.Context, account, resource, id string, row *schema.Row) ([]Ref, error) {
	if row == nil || row.Body == nil {
		return nil, nil
	}
	var b strings.Builder
	scalars(&b, gjson.Parse(*row.Body))
	values := strings.Split(b.String(), "\n")
	slices.Sort(values)
	values = slices.Compact(values)
	values = slices.DeleteFunc(values, func(v string) bool { return len(v) < 3 || len(v) > 200 })
	values = values[:min(len(values), 400)]
	if len(values) == 0 {
		return nil, nil
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(values)), ",")
	args := []any{account}
	for range 2 {
		for _, v := range values {
			args = append(args, v)
		}
	}
	all, err := x.refs(ctx, refs+"WHERE account = ? AND gone = 0 AND (id IN ("+marks+") OR urn IN ("+marks+
		")) ORDER BY resource, name, id LIMIT 200", args...)
	return without(all, resource, id), err
}

func without(all []Ref, resource, id string) []Ref {
	return slices.DeleteFunc(all, func(r Ref) bool { return r.Resource == resource && r.ID == id })
}

// namedBy finds records whose body has this one's id or urn among its values.
func (x *Index) namedBy(ctx context.Context, account, resource, id string, row *schema.Row) ([]Ref, error) {
	if len(id) < 3 || strings.Contains(id, "/") {
		return nil, nil
	}
	changes, err := x.changes(ctx, columns+` WHERE e.n IN (SELECT DISTINCT r.newest FROM
		(SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid DESC LIMIT 2000) t JOIN events f ON f.n = t.rowid
		JOIN records r ON r.n = f.record WHERE r.account = ? AND r.gone = 0) LIMIT 400`, `"`+strings.ReplaceAll(id, `"`, `""`)+`"`, account)
	if err != nil {
		return nil, err
	}
	var all []Ref
	for _, c := range changes {
		if c.After == nil || c.After.Body == nil {
			continue
		}
		var b strings.Builder
		b.WriteByte('\n')
		scalars(&b, gjson.Parse(*c.After.Body))
		if said := b.String(); strings.Contains(said, "\n"+id+"\n") ||
			(row != nil && row.URN != nil && strings.Contains(said, "\n"+*row.URN+"\n")) {
			name := ""
			if c.After.Name != nil {
				name = *c.After.Name
			}
			all = append(all, Ref{Account: account, Resource: c.Source.Table, ID: c.ID(), Name: name})
		}
	}
	all = without(all, resource, id)
	slices.SortFunc(all, func(a, b Ref) int { return strings.Compare(a.Resource+a.Name, b.Resource+b.Name) })
	return all[:min(len(all), relatives)], nil
}

// Named returns records of an id, of whatever resource and account.
func (x *Index) Named(ctx context.Context, id string) ([]Ref, error) {
	return x.refs(ctx, refs+"WHERE id = ? ORDER BY account, resource LIMIT 50", id)
}
