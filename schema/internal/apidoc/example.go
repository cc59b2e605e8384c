package apidoc

import (
	"maps"
	"slices"
	"strings"
)

// Example returns a documented example of a path's response: of the media type, else of the schema, else put together
// from the examples of its properties. Nil if there is none.
func (d *Document) Example(path string) any {
	content := d.Response(path)
	if all := d.examples(content); len(all) > 0 {
		return all[0]
	}
	return d.assemble(content["schema"], nil)
}

// Item returns an example of what lies at a path into a response, put together from the examples of its properties, nil
// if there is none: "droplets[]" is a droplet.
func (d *Document) Item(path, at string) any {
	e := d.assemble(d.Response(path)["schema"], nil)
	for name := range strings.SplitSeq(strings.TrimSuffix(at, "[]"), ".") {
		if o, ok := e.(object); ok && name != "" {
			e = o[name]
		}
	}
	if list, ok := e.([]any); ok && len(list) > 0 {
		return list[0]
	}
	return e
}

// examples returns the whole examples of a response, in the order of their names.
func (d *Document) examples(content object) []any {
	var all []any
	if e, ok := content["example"]; ok {
		all = append(all, e)
	}
	named := d.deref(content["examples"])
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if e, ok := d.deref(named[name])["value"]; ok {
			all = append(all, e)
		}
	}
	if e, ok := d.deref(content["schema"])["example"]; ok {
		all = append(all, e)
	}
	return all
}

// assemble puts an example together from those of a schema's properties and elements.
func (d *Document) assemble(schema any, within []string) any {
	if o, ok := schema.(object); ok && o["$ref"] != nil {
		ref := o["$ref"].(string)
		if slices.Contains(within, ref) {
			return nil
		}
		within = append(slices.Clip(within), ref)
	}
	s := d.deref(schema)
	if e, ok := s["example"]; ok {
		return e
	}
	if s["items"] != nil {
		if e := d.assemble(s["items"], within); e != nil {
			return []any{e}
		}
		return nil
	}
	return d.assembleObject(s, within)
}

func (d *Document) assembleObject(s object, within []string) any {
	made := object{}
	var other any
	for _, kind := range []string{"allOf", "anyOf", "oneOf"} {
		variants, _ := s[kind].([]any)
		for _, v := range variants {
			e := d.assemble(v, within)
			if o, ok := e.(object); ok {
				maps.Copy(made, o)
			} else if e != nil {
				other = e
			}
			if e != nil && kind != "allOf" {
				break // one variant is enough
			}
		}
	}
	for name, member := range d.deref(s["properties"]) {
		if e := d.assemble(member, within); e != nil {
			made[name] = e
		}
	}
	if len(made) == 0 {
		return other
	}
	return made
}
