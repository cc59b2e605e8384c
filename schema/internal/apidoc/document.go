// Package apidoc reads what seachange needs out of DigitalOcean's OpenAPI document. Only tests use it: what the product
// needs is generated with it, and lives in the repository.
package apidoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Document is an OpenAPI document in JSON, as generic values. Numbers are kept as json.Number.
type Document struct {
	root  object
	later map[string][]Field // what came after it, by the path of the GET
}

type object = map[string]any

// Parse reads a document.
func Parse(text []byte) (*Document, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var doc Document
	if err := d.Decode(&doc.root); err != nil {
		return nil, fmt.Errorf("parse OpenAPI document: %w", err)
	}
	return &doc, nil
}

// Paths returns the paths that have a GET.
func (d *Document) Paths() []string {
	var paths []string
	for path, item := range d.root["paths"].(object) {
		if _, ok := item.(object)["get"]; ok {
			paths = append(paths, path)
		}
	}
	return paths
}

// Response returns the 200 response's JSON content of a path's GET, nil without one.
func (d *Document) Response(path string) map[string]any {
	at := d.deref(d.root["paths"])
	for _, name := range []string{path, "get", "responses", "200", "content", "application/json"} {
		at = d.deref(at[name])
	}
	return at
}

// deref follows references to the object that a value is, nil if it is none.
func (d *Document) deref(v any) object {
	o, _ := v.(object)
	for o["$ref"] != nil {
		o, _ = d.lookup(o["$ref"].(string)).(object)
	}
	return o
}

func (d *Document) lookup(ref string) any {
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	at := any(d.root)
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		o, _ := at.(object)
		at = o[unescape.Replace(name)]
	}
	return at
}
