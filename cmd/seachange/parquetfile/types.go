package parquetfile

import (
	"fmt"
	"reflect"

	"github.com/seachange/seachange/cmd/seachange/views"
	"github.com/seachange/seachange/schema/types"
)

// column is a field of a struct for a member: every one may be null.
func column(i int, name string, t types.Field) reflect.StructField {
	kind, options, elem := typeOf(t.Name, t.Type)
	tag := fmt.Sprintf("parquet:%q", name+options)
	if elem != "" {
		tag += fmt.Sprintf(" parquet-element:%q", elem)
	}
	return reflect.StructField{Name: fmt.Sprintf("C%d", i), Type: kind, Tag: reflect.StructTag(tag)}
}

// typeOf is the Go type of a member, with the options of its tag, and with those of its elements.
func typeOf(name string, t types.Type) (kind reflect.Type, options, elem string) {
	switch t.Kind {
	case types.Struct:
		fields := make([]reflect.StructField, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = column(i, f.Name, f)
		}
		return reflect.PointerTo(reflect.StructOf(fields)), ",optional", ""
	case types.Array:
		kind, options, _ := typeOf(name, *t.Elem)
		return reflect.SliceOf(kind), ",optional,list", options
	case types.Long:
		if !views.IsID(name) {
			return reflect.TypeFor[*int64](), ",optional", ""
		}
	case types.Double:
		return reflect.TypeFor[*float64](), ",optional", ""
	case types.Boolean:
		return reflect.TypeFor[*bool](), ",optional", ""
	case types.Timestamp:
		return reflect.TypeFor[*int64](), ",optional,timestamp(microsecond)", ""
	}
	return reflect.TypeFor[*string](), ",optional", ""
}
