package client

import (
	"go/types"
	"reflect"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema/internal/apidoc"
)

// fields returns the members of an answer that is decoded into a type.
func (s *source) fields(t types.Type) []apidoc.Field {
	if t == nil {
		return nil
	}
	var all []apidoc.Field
	s.grow(t, "", nil, func(f apidoc.Field) {
		if f.Path != "" {
			all = append(all, f)
		}
	})
	return all
}

// grow tells of a type at a path, and of what is in it. A type within itself is cut.
func (s *source) grow(t types.Type, path string, within []string, tell func(apidoc.Field)) {
	name := ""
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		name = named.Obj().Name()
		if slices.Contains(within, name) {
			tell(apidoc.Field{Path: path, Type: "object"})
			return
		}
		within = append(slices.Clip(within), name)
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		if decodesItself(u) {
			tell(apidoc.Field{Path: path, Type: name})
			return
		}
		tell(apidoc.Field{Path: path, Type: "object"})
		s.members(u, path, within, tell)
	case *types.Slice:
		if isByte(u.Elem()) {
			tell(apidoc.Field{Path: path, Type: "any"})
			return
		}
		tell(apidoc.Field{Path: path, Type: "array"})
		s.grow(u.Elem(), path+"[]", within, tell)
	case *types.Map:
		tell(apidoc.Field{Path: path, Type: "object"})
		s.grow(u.Elem(), strings.TrimPrefix(path+".*", "."), within, tell)
	case *types.Basic:
		tell(apidoc.Field{Path: path, Type: basic(u, name)})
	default:
		tell(apidoc.Field{Path: path, Type: "any"})
	}
}

// basic is the name of a plain type: "string(FirewallRuleAction)" of a named one.
func basic(u *types.Basic, name string) string {
	switch {
	case u.Kind() == types.Invalid:
		return "value" // another package's
	case name == "":
		return u.Name()
	}
	return u.Name() + "(" + name + ")"
}

func isByte(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Byte
}

// decodesItself reports whether a struct reads its own JSON, so that its members say nothing: a time.
func decodesItself(u *types.Struct) bool {
	return u.NumFields() == 0 || (u.NumFields() == 1 && u.Field(0).Embedded() &&
		strings.HasSuffix(u.Field(0).Type().String(), "time.Time"))
}

func (s *source) members(u *types.Struct, path string, within []string, tell func(apidoc.Field)) {
	for i := range u.NumFields() {
		field, tag := u.Field(i), reflect.StructTag(u.Tag(i)).Get("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-" || (!field.Exported() && !field.Embedded()):
		case field.Embedded() && name == "":
			t := field.Type()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem()
			}
			if inner, ok := t.Underlying().(*types.Struct); ok {
				s.members(inner, path, within, tell)
			}
		default:
			if name == "" {
				name = strings.ToLower(field.Name()) // as the decoder finds it
			}
			s.grow(field.Type(), strings.TrimPrefix(path+"."+name, "."), within, tell)
		}
	}
}

// parameters returns the names of the query parameters that a type has.
func (f *frame) parameters(t types.Type) []string {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if t == nil {
		return nil
	}
	u, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	var all []string
	for i := range u.NumFields() {
		name, _, _ := strings.Cut(reflect.StructTag(u.Tag(i)).Get("url"), ",")
		switch {
		case u.Field(i).Embedded():
			all = append(all, f.parameters(u.Field(i).Type())...)
		case name != "" && name != "-":
			all = append(all, name)
		}
	}
	return all
}
