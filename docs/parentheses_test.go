package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestParentheses asks for them where && meets ||: nobody should have to know which one goes first.
func TestParentheses(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			or, ok := n.(*ast.BinaryExpr)
			if !ok || or.Op != token.LOR {
				return true
			}
			for _, side := range []ast.Expr{or.X, or.Y} {
				if and, ok := side.(*ast.BinaryExpr); ok && and.Op == token.LAND {
					p := files.Position(and.Pos())
					t.Errorf("%s:%d:%d: parentheses around this && make the || easier to read",
						strings.TrimPrefix(p.Filename, "../"), p.Line, p.Column)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
