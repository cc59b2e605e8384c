// Package parquetfile writes the accounts at moments as Parquet: a row for each record, and with one resource alone its
// members as typed columns.
package parquetfile

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/views"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

// Writer writes a file. Not for two goroutines.
type Writer struct {
	out     *parquet.GenericWriter[any]
	rows    *parquet.Schema // of history.Row
	created int             // its column created_at, which in the file is a timestamp
	width   int             // of the file, in columns without others within them

	columns []views.Column
	fields  []types.Field // of a body, as types.Read wants them
	place   []int         // of each column in fields
}

// New begins a file. With exactly one resource it has the members of its records as columns, named and typed as
// seachange views has them; a value of another type is null. Close ends the file.
func New(w io.Writer, resources ...string) *Writer {
	f := &Writer{rows: parquet.SchemaOf(history.Row{})}
	var columns []reflect.StructField
	var taken []string
	rows := reflect.TypeFor[history.Row]()
	for i := range rows.NumField() {
		c := rows.Field(i)
		name, _, _ := strings.Cut(c.Tag.Get("parquet"), ",")
		if name == "created_at" {
			f.created = i
			c.Type, c.Tag = reflect.TypeFor[*int64](), `parquet:"created_at,optional,timestamp(microsecond)"`
		}
		columns, taken = append(columns, c), append(taken, name)
	}
	if len(resources) == 1 && schema.Lookup(resources[0]) != nil {
		f.fields = types.Fields(resources[0])
		f.columns = views.Columns(schema.Lookup(resources[0]), taken)
	}
	for i, c := range f.columns {
		columns = append(columns, column(i, c.Name, c.Field))
		f.place = append(f.place, slices.IndexFunc(f.fields, func(o types.Field) bool { return o.Name == c.Field.Name }))
	}
	all := parquet.SchemaOf(reflect.New(reflect.StructOf(columns)).Interface())
	f.width = len(all.Columns())
	f.out = parquet.NewGenericWriter[any](w, all, parquet.Compression(&parquet.Zstd))
	return f
}

// Write adds a record.
func (f *Writer) Write(r history.Row) error {
	row := f.rows.Deconstruct(nil, &r)
	if r.CreatedAt != nil {
		created := instant(*r.CreatedAt)
		definition := 1
		if created.IsNull() {
			definition = 0
		}
		row[f.created] = created.Level(0, definition, f.created)
	}
	if len(f.columns) > 0 {
		row = append(row, f.members(r.Body)...)
	}
	if _, err := f.out.WriteRows([]parquet.Row{row}); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return nil
}

// members are the values of a body's members.
func (f *Writer) members(body *string) parquet.Row {
	var values []types.Value
	if body != nil {
		values, _ = types.Read(f.fields, []byte(*body))
	}
	l, p := make(leaves, f.width), at{column: len(f.rows.Columns())}
	for i, c := range f.columns {
		var v types.Value
		if values != nil {
			v = values[f.place[i]]
		}
		p.column = l.put(p, c.Field.Name, c.Type, v)
	}
	return slices.Concat(l...)
}

// Close writes the end of the file, without which nobody can read it. The writer below stays open.
func (f *Writer) Close() error { return f.out.Close() }
