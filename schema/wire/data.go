package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

// data is the column of columns: nothing where there are none.
func data(topic string, columns []types.Field) []Field {
	if len(columns) == 0 {
		return nil
	}
	of := structOf(topic+".Data", columns, true)
	of.Doc = "The members of the body that DigitalOcean documents, typed; null where the value is of another type"
	return []Field{{"data", of}}
}

// structOf is the schema of columns. Only the uppermost are described: most of the others' names say it.
func structOf(name string, columns []types.Field, describe bool) Type {
	t := Type{Kind: Struct, Name: name}
	for _, c := range columns {
		of := typeOf(name+"."+c.Name, &c.Type)
		if describe {
			of.Doc = c.Doc
		}
		t.Fields = append(t.Fields, Field{c.Name, of})
	}
	return t
}

var kinds = map[types.Kind]Kind{
	types.JSON: Text, types.String: String, types.Long: Long, types.Double: Double, types.Boolean: Boolean,
	types.Timestamp: Timestamp,
}

func typeOf(name string, t *types.Type) Type {
	switch t.Kind {
	case types.Struct:
		return structOf(name, t.Fields, false)
	case types.Array:
		return Type{Kind: Array, Elem: new(typeOf(name, t.Elem))}
	}
	return Type{Kind: kinds[t.Kind]}
}

// wide is how many columns may be within one where the schema stands around each event. Others are JSON there.
const wide = 100

// narrow returns columns of which none is wide.
func narrow(columns []types.Field) []types.Field {
	all := make([]types.Field, len(columns))
	for i, c := range columns {
		if width(&c.Type) > wide {
			c.Type = types.Type{Kind: types.JSON}
		}
		all[i] = c
	}
	return all
}

func width(t *types.Type) int {
	if t.Elem != nil {
		return width(t.Elem)
	}
	n := 1
	for i := range t.Fields {
		n += width(&t.Fields[i].Type)
	}
	return n
}

// read returns what is in a row's columns, nil for null, and the paths of what is null since it has another type.
func (t *topic) read(r *schema.Row) (values []types.Value, mistyped []string) {
	if len(t.columns) == 0 || r == nil || r.Body == nil {
		return nil, nil
	}
	return types.Read(t.columns, []byte(*r.Body))
}

// appendJSON appends an object of the columns that are not null; null for nil.
func appendJSON(b []byte, columns []types.Field, values []types.Value) []byte {
	if values == nil {
		return append(b, "null"...)
	}
	b = append(b, '{')
	for i := range columns {
		if values[i].IsNull() {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), columns[i].Name...), `":`...)
		b = appendJSONValue(b, &columns[i].Type, &values[i])
	}
	return append(b, '}')
}

func appendJSONValue(b []byte, t *types.Type, v *types.Value) []byte {
	switch {
	case v.IsNull():
		return append(b, "null"...)
	case t.Kind == types.Struct:
		return appendJSON(b, t.Fields, v.Within)
	case t.Kind == types.JSON:
		return appendQuoted(b, v.JSON)
	case t.Kind != types.Array:
		return append(b, v.JSON...)
	}
	b = append(b, '[')
	for i := range v.Within {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONValue(b, t.Elem, &v.Within[i])
	}
	return append(b, ']')
}

// appendQuoted appends a JSON string. What isn't UTF-8 is replaced, as in a body.
func appendQuoted(b []byte, text jsontext.Value) []byte {
	b, _ = jsontext.AppendQuote(b, text)
	return b
}

// Avro's index of what isn't null, in a union of null and another type.
const (
	null  = 0
	other = 2 // zigzag of 1
)

// appendAvro appends a union of null and the record of the columns.
func appendAvro(b []byte, columns []types.Field, values []types.Value) []byte {
	if values == nil {
		return append(b, null)
	}
	b = append(b, other)
	for i := range columns {
		b = appendAvroValue(b, &columns[i].Type, &values[i])
	}
	return b
}

func appendAvroValue(b []byte, t *types.Type, v *types.Value) []byte {
	if v.IsNull() {
		return append(b, null)
	}
	if t.Kind == types.Struct {
		return appendAvro(b, t.Fields, v.Within)
	}
	b = append(b, other)
	if t.Kind != types.Array {
		return appendAvroScalar(b, t.Kind, v.JSON)
	}
	if n := len(v.Within); n > 0 {
		b = binary.AppendVarint(b, int64(n))
	}
	for i := range v.Within {
		b = appendAvroValue(b, t.Elem, &v.Within[i])
	}
	return append(b, 0)
}

// appendAvroScalar appends a value that Read took for one of its kind.
func appendAvroScalar(b []byte, k types.Kind, v jsontext.Value) []byte {
	switch k {
	case types.JSON:
		return appendAvroString(b, v)
	case types.String:
		return appendAvroString(b, unquoted(v))
	case types.Boolean:
		if v.Kind() == 't' {
			return append(b, 1)
		}
		return append(b, 0)
	case types.Double:
		f, err := strconv.ParseFloat(string(v), 64)
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(known(f, err)))
	case types.Timestamp:
		at, err := types.Instant(v)
		return binary.AppendVarint(b, known(at, err).UnixMicro())
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	return binary.AppendVarint(b, known(n, err))
}

func known[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("a value that was read before: %v", err))
	}
	return v
}

func appendAvroString(b, s []byte) []byte {
	return append(binary.AppendVarint(b, int64(len(s))), s...)
}

// unquoted returns the text of a JSON string. What isn't UTF-8 is replaced.
func unquoted(v jsontext.Value) []byte {
	if bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, v)
	return text
}
