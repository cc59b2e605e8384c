package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestTheReasonsOfHeldDeletes holds the words of held_reason in the page of topics to the constants of the code, and
// what the page says of each to its comment there.
func TestTheReasonsOfHeldDeletes(t *testing.T) {
	const file, page = "../diff/absence/held.go", "reference/topics.md"
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| `held_reason` | meaning |\n|---|---|\n")
	n := 0
	for _, d := range parsed.Decls {
		constants, ok := d.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST {
			continue
		}
		for _, s := range constants.Specs {
			c := s.(*ast.ValueSpec)
			if kind, ok := c.Type.(*ast.Ident); !ok || kind.Name != "Reason" {
				continue
			}
			word, err := strconv.Unquote(c.Values[0].(*ast.BasicLit).Value)
			meaning := strings.TrimSpace(c.Comment.Text())
			if err != nil || meaning == "" {
				t.Errorf("%s: %v: want a word, and what it means as a comment", file, c.Names)
			}
			fmt.Fprintf(&table, "| `%s` | %s |\n", word, meaning)
			n++
		}
	}
	if n < 14 {
		t.Fatalf("%d reasons in %s, want at least 14", n, file)
	}
	inPage(t, page, "<!-- written by go test ./docs -run TestTheReasonsOfHeldDeletes -update -->\n",
		"<!-- end of the reasons -->", table.String())
}
