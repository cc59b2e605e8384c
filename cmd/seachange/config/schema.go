package config

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/seachange/seachange/schema"
)

// Schema returns the JSON Schema (draft 7, which editors know) of a configuration file.
func Schema() map[string]any {
	s := object(reflect.TypeFor[File](), Help())
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["title"] = "Configuration of seachange"
	s["definitions"] = map[string]any{"resource": map[string]any{"enum": resources()}}
	return s
}

// object describes a struct by its fields' tags: yaml, help, default and enum.
func object(t reflect.Type, help map[string]string) map[string]any {
	members := map[string]any{}
	addMembers(members, t, help)
	return map[string]any{"type": "object", "additionalProperties": false, "properties": members}
}

func addMembers(members map[string]any, t reflect.Type, help map[string]string) {
	for f := range t.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			addMembers(members, f.Type, help)
		case name != "":
			members[name] = member(name, f, help)
		}
	}
}

func member(name string, f reflect.StructField, help map[string]string) map[string]any {
	m := valuesOf(name, f.Type, help)
	if values := f.Tag.Get("enum"); values != "" {
		m["enum"] = strings.Split(values, ",")
	}
	text := f.Tag.Get("help")
	text = cmp.Or(help[strings.TrimSuffix(strings.TrimPrefix(text, "${"), "}")], text)
	if text != "" {
		m["description"] = text
	}
	if preset := f.Tag.Get("default"); preset != "" {
		m["default"] = preset
		if n, err := strconv.Atoi(preset); err == nil {
			m["default"] = n
		}
	}
	return m
}

// valuesOf describes which values a member may have.
func valuesOf(name string, t reflect.Type, help map[string]string) map[string]any {
	const span = `[0-9][0-9.a-zµ]*`
	switch {
	case t == reflect.TypeFor[Span]():
		return map[string]any{"type": []string{"string", "integer"}, "pattern": "^" + span + "$"}
	case t == reflect.TypeFor[Interval]():
		return map[string]any{"type": "string", "pattern": "^(learned|" + span + ")$"}
	case t == reflect.TypeFor[Percent]():
		return map[string]any{"type": "string", "pattern": `^[0-9.]+%$`}
	case t.Kind() == reflect.Struct:
		return object(t, help)
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": elements(name, t.Elem(), help)}
	case t.Kind() == reflect.Bool:
		return map[string]any{"type": "boolean"}
	case t.Kind() == reflect.Int:
		return map[string]any{"type": "integer"}
	}
	return map[string]any{"type": "string"}
}

// elements describes the elements of a list, by its name.
func elements(name string, t reflect.Type, help map[string]string) map[string]any {
	switch {
	case t.Kind() == reflect.Struct:
		account := object(t, help)
		account["required"] = []string{"name"}
		return account
	case name == "only" || name == "skip":
		return map[string]any{"$ref": "#/definitions/resource"}
	case name == "max_age":
		return map[string]any{"type": "string", "pattern": "^[a-z0-9_]+=[0-9].*$"}
	}
	return map[string]any{"type": "string"}
}

// resources returns the names of all resources, in order.
func resources() []string {
	var all []string
	for i := range schema.Catalog {
		all = append(all, schema.Catalog[i].Name)
	}
	slices.Sort(all)
	return all
}
