package parquetfile

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/parquet-go/parquet-go"

	"github.com/seachange/seachange/cmd/seachange/views"
	"github.com/seachange/seachange/schema/types"
)

// leaves are the values of a row by their column: those without others within them. The library makes no list of them
// in which an element is null.
type leaves [][]parquet.Value

// at is where a value stands: its first column, and the levels of what it is in.
type at struct {
	column, repetition, definition, depth int
}

// put adds a value of a type that may be null, and returns the column after it.
func (l leaves) put(p at, name string, t types.Type, v types.Value) (next int) {
	switch t.Kind {
	case types.Struct:
		if v.Within != nil {
			p.definition++
		}
		for i, f := range t.Fields {
			var member types.Value
			if v.Within != nil {
				member = v.Within[i]
			}
			p.column = l.put(p, f.Name, f.Type, member)
		}
		return p.column
	case types.Array:
		return l.list(p, name, *t.Elem, v.Within)
	}
	leaf := parquet.NullValue()
	if v.JSON != nil {
		leaf = scalar(name, t.Kind, v.JSON)
	}
	if !leaf.IsNull() {
		p.definition++
	}
	l[p.column] = append(l[p.column], leaf.Level(p.repetition, p.definition, p.column))
	return p.column + 1
}

// list adds the elements of a list; nil is null.
func (l leaves) list(p at, name string, elem types.Type, all []types.Value) (next int) {
	if all != nil {
		p.definition++
	}
	if len(all) == 0 {
		return l.put(p, name, elem, types.Value{})
	}
	p.definition++
	p.depth++
	for _, v := range all {
		next = l.put(p, name, elem, v)
		p.repetition = p.depth
	}
	return next
}

// scalar is a value that types.Read returned.
func scalar(name string, k types.Kind, v jsontext.Value) parquet.Value {
	var text string
	switch {
	case k == types.Boolean:
		return parquet.BooleanValue(v[0] == 't')
	case k == types.Double, k == types.Long && !views.IsID(name):
		return number(k, v)
	case k == types.JSON, k == types.Long: // as it is written
		text = string(v)
	case json.Unmarshal(v, &text) != nil:
		return parquet.NullValue()
	case k == types.Timestamp:
		return instant(text)
	}
	return parquet.ByteArrayValue([]byte(text))
}

func number(k types.Kind, v jsontext.Value) parquet.Value {
	var whole int64
	var real float64
	switch {
	case k == types.Long && json.Unmarshal(v, &whole) == nil:
		return parquet.Int64Value(whole)
	case k == types.Double && json.Unmarshal(v, &real) == nil:
		return parquet.DoubleValue(real)
	}
	return parquet.NullValue()
}

// instant is what a text of RFC 3339 says, in microseconds; null if it says none.
func instant(text string) parquet.Value {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return parquet.NullValue()
	}
	return parquet.Int64Value(t.UnixMicro())
}
