// Package strictyaml reads YAML of which every member has to be known. Its errors say the place and the fault, on one
// line, and never quote what stands in the text: it may be what must not be logged.
package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/token"
)

// Decode reads exactly one document into a pointer. An empty text is no error.
func Decode(text []byte, into any) (err error) {
	defer func() {
		if recover() != nil { // the parser's own fault, met with tags and aliases of nothing
			err = errors.New("this can't be read as YAML: take out tags (!a), anchors (&a) and aliases (*a)")
		}
	}()
	if line := tooDeep(text); line > 0 {
		return fmt.Errorf("line %d: more than %d lists or maps within one another", line, deepest)
	}
	d := yaml.NewDecoder(strings.NewReader(string(text)), yaml.Strict())
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return placed(err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("more than one document: put everything in one")
	}
	return nil
}

// deepest is how many lists and maps may be open within one another. The parser's cost grows with the square of it.
const deepest = 64

// tooDeep returns the line at which a text opens more than that, from 1; 0 if none does. What stands in quotes counts,
// too: conditions close what they open.
func tooDeep(text []byte) int {
	depth, line, run := 0, 1, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		case '-', '?', ':': // lists of lists on one line
			run++
		case '\n':
			line, run = line+1, 0
		case ' ', '\t':
		default:
			run = 0
		}
		if depth > deepest || run > deepest {
			return line
		}
	}
	return 0
}

// placed says line, column and field of a YAML error instead of an excerpt.
func placed(err error) error {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil {
		return err
	}
	message, goField, _ := strings.Cut(e.GetMessage(), " into Go struct field") // our names are of no use to the reader
	if _, kind, ok := strings.Cut(goField, " of type "); ok {
		message += " as " + kind
	}
	p := e.GetToken().Position
	return fmt.Errorf("line %d, column %d: %s%s", p.Line, p.Column, field(e.GetToken()), message)
}

var ownKey = regexp.MustCompile(`^[a-z_]+$`)

// field is the key of which a value is, with a colon; "" if the token is no such value, or the key none of ours.
func field(t *token.Token) string {
	if t.Prev == nil || t.Prev.Type != token.MappingValueType || t.Prev.Prev == nil {
		return ""
	}
	if key := t.Prev.Prev.Value; ownKey.MatchString(key) {
		return key + ": "
	}
	return ""
}
