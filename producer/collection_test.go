package producer_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A collection that everybody may write to has no owner: what was published twice had been forgotten in one of six
// files. Its methods stand in collection.go, memory.go places it.
func TestOnlyACollectionWritesItsFields(t *testing.T) {
	files, err := filepath.Glob("*.go")
	must(t, err)
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "collection.go" || name == "memory.go" {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			for _, to := range written(n) {
				if field := ofCollection(to); field != "" {
					t.Errorf("%s writes a collection's %s: give collection a method for it", set.Position(n.Pos()), field)
				}
			}
			return true
		})
	}
}

// written returns what a statement or expression may write to.
func written(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return n.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr: // an address lets others write
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "delete" {
			return n.Args[:1]
		}
	}
	return nil
}

// ofCollection returns the field of a collection that an expression lies in: one of c's, or of something's c.
func ofCollection(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			if field := x.Sel.Name; isCollection(x.X) {
				return field
			}
			e = x.X
		default:
			return ""
		}
	}
}

func isCollection(e ast.Expr) bool {
	names := []string{"c", "child", "top", "parents"}
	switch x := e.(type) {
	case *ast.Ident:
		return slices.Contains(names, x.Name)
	case *ast.SelectorExpr:
		return x.Sel.Name == "c" || (x.Sel.Name == "parent" && isCollection(x.X))
	}
	return false
}
