package apidoc

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// What came after the OpenAPI document, or was never in it: as godo, DigitalOcean's own client, reads it.
var (
	//go:embed fields.csv.gz
	fields []byte // members of answers that the document has: path, field, type, note
	//go:embed godo.json.gz
	gets []byte // GETs that it lacks, each with what was decided about it
)

// Field is a member of an answer: "droplets[].subnet_uuid".
type Field struct {
	Path string `json:"path"`
	Type string `json:"type"`
	Note string `json:"note"`
}

// UnmarshalJSON reads a field's path alone, too.
func (f *Field) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &f.Path)
	}
	type plain Field
	return json.Unmarshal(text, (*plain)(f))
}

// Get is a GET that the document lacks.
type Get struct {
	Path   string  `json:"path"`
	Host   string  `json:"host"`
	Since  string  `json:"godo_since"`
	Fields []Field `json:"fields"`

	Decision struct {
		Verdict string `json:"verdict"` // resource, excluded, ...
		Kind    string `json:"kind"`
		Reason  string `json:"reason"`
		Name    string `json:"name"` // of the resource
		RowPath string `json:"row_path"`
		Items   string `json:"items"`
		Scope   string `json:"scope"`

		Secrets  []string `json:"secrets"`
		Volatile []string `json:"volatile"`
		Sets     []string `json:"sets"`
		PII      []string `json:"pii"`
	} `json:"decision"`
}

// Hidden reports whether the GET shows or makes a credential, or does something: it is never to be called.
func (g *Get) Hidden() bool {
	switch g.Decision.Kind {
	case "generates a credential", "reveals a credential", "side effect", "download", "stream", "per-user OAuth":
		return true
	}
	return false
}

// Example returns an answer of our own making, with a value of its type at each member.
func (g *Get) Example(records string) any { return g.Shape(records).example("") }

func (t *Tree) example(name string) any {
	switch {
	case t.Elem != nil:
		return []any{t.Elem.example(name)}
	case t.Members != nil:
		o := map[string]any{}
		for member, inner := range t.Members {
			o[member] = inner.example(member)
		}
		return o
	case t.Any, t.Type == "object":
		return map[string]any{}
	case t.Type == "bool":
		return name == "is_default"
	case strings.HasPrefix(t.Type, "int"), strings.HasPrefix(t.Type, "uint"), strings.HasPrefix(t.Type, "float"):
		return 1
	case strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "At"):
		return "2026-11-01T00:00:00Z"
	}
	return "fake-" + name
}

// Later returns the GETs that the document lacks.
func Later() ([]Get, error) {
	text, err := unzip(gets)
	if err != nil {
		return nil, fmt.Errorf("godo.json.gz: %w", err)
	}
	var all []Get
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("godo.json.gz: %w", err)
	}
	return all, nil
}

// laterFields returns the new members of answers that the document has, by the path of the GET.
func laterFields() (map[string][]Field, error) {
	text, err := unzip(fields)
	if err != nil {
		return nil, fmt.Errorf("fields.csv.gz: %w", err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("fields.csv.gz: %w", err)
	}
	all := map[string][]Field{}
	for _, line := range lines {
		if strings.HasPrefix(line[3], "new") {
			all[line[0]] = append(all[line[0]], Field{line[1], line[2], line[3]})
		}
	}
	return all, nil
}

// Shape returns the shape of the whole answer of a GET that the document lacks, whose records are at a path.
func (g *Get) Shape(records string) *Tree {
	root := new(Tree)
	for _, f := range g.Fields {
		root.include(f)
	}
	d := g.Decision
	// what only a document has that isn't to be had
	for _, path := range slices.Concat(d.Secrets, d.Volatile, d.Sets, d.PII) {
		path, _, _ = strings.Cut(path, "[")
		if path != "" && !strings.Contains(path, "*") {
			root.include(Field{Path: strings.TrimPrefix(records+"."+path, ".")})
		}
	}
	return root
}

// include adds a member.
func (t *Tree) include(f Field) {
	for part := range strings.SplitSeq(f.Path, ".") {
		name, brackets, _ := strings.Cut(part, "[")
		t = t.member(name)
		for range strings.Count(brackets, "]") {
			t = t.elem()
		}
	}
	switch {
	case strings.HasPrefix(f.Type, "array"):
		t.elem()
	case strings.HasPrefix(f.Type, "map"), f.Type == "any":
		t.Any = t.Any || t.Members == nil
	}
	if f.Type != "" {
		t.Type = f.Type
	}
	t.require(f.Note)
}

var required = regexp.MustCompile("(?s)(?:[Rr]equires|needs)[^.]*")

var scopes = regexp.MustCompile("[a-z_]+:(?:read|view_credentials)")

// require notes the scopes that a description says a member needs.
func (t *Tree) require(description string) {
	t.Scopes = append(t.Scopes, scopes.FindAllString(required.FindString(description), -1)...)
}
