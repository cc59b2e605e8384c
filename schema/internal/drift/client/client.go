// Package client reads, in the source of godo, DigitalOcean's client for Go, which GETs it makes and what it decodes of
// their answers. Nothing of it is compiled or run: the source of any release will do.
package client

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema/internal/apidoc"
)

// Read reads the source of a release in a folder.
func Read(dir string) (*apidoc.Client, error) {
	s, err := load(dir)
	if err != nil {
		return nil, err
	}
	c := &found{Client: apidoc.Client{Enums: s.enums()}}
	for _, f := range s.methods() {
		w := &walk{source: s, method: service(f) + "." + f.Name.Name}
		w.enter(f)
		for _, r := range w.requests {
			if r.verb == "GET" {
				c.add(s, w.method, r)
			}
		}
	}
	if len(c.Endpoints) == 0 {
		return nil, fmt.Errorf("%s: no GET in it: is it the folder of a release of godo?", dir)
	}
	slices.SortFunc(c.Endpoints, func(a, b apidoc.Endpoint) int { return cmp.Compare(a.Path, b.Path) })
	c.Unread = sorted(c.Unread)
	return &c.Client, nil
}

// found is what was found until now.
type found struct{ apidoc.Client }

// add notes a request, at the endpoint of its path.
func (c *found) add(s *source, method string, r *request) {
	for _, text := range r.path.texts {
		path := tidy(text)
		if text == "{rawurl}" {
			continue // an address that an answer named
		}
		if !strings.HasPrefix(path, "/v") || strings.Contains(path, "{}{") {
			c.Unread = append(c.Unread, method)
			continue
		}
		e := c.Endpoint(path)
		if e == nil {
			c.Endpoints = append(c.Endpoints, apidoc.Endpoint{Path: path})
			e = &c.Endpoints[len(c.Endpoints)-1]
		}
		e.Methods = sorted(append(e.Methods, method))
		e.Query = sorted(append(e.Query, r.path.query...))
		e.Fields = join(e.Fields, s.fields(r.answer))
	}
}

// join returns the fields of several methods of one path, each once.
func join(a, b []apidoc.Field) []apidoc.Field {
	all := slices.SortedFunc(slices.Values(slices.Concat(a, b)), func(a, b apidoc.Field) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(b.Type, a.Type))
	})
	return slices.CompactFunc(all, func(a, b apidoc.Field) bool { return a.Path == b.Path })
}

func sorted(all []string) []string { return slices.Compact(slices.Sorted(slices.Values(all))) }

// tidy takes host, query and doubled slashes out of an address.
func tidy(text string) string {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		text = "/" + rest
	}
	text, _, _ = strings.Cut(text, "?")
	for strings.Contains(text, "//") {
		text = strings.ReplaceAll(text, "//", "/")
	}
	return strings.TrimSuffix("/"+strings.TrimPrefix(text, "/"), "/")
}

// source is a package that was parsed and checked.
type source struct {
	info  *types.Info
	files []*ast.File
	funcs map[types.Object]*ast.FuncDecl
	pkg   *types.Package
}

// load parses a package and finds the types in it. What it imports isn't looked for: a member of another package's type
// ends there.
func load(dir string) (*source, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	s := &source{funcs: map[types.Object]*ast.FuncDecl{}, info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Instances: map[*ast.Ident]types.Instance{},
	}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, f)
	}
	if len(s.files) == 0 {
		return nil, fmt.Errorf("%s: no Go source in it: name the folder of a release of godo", dir)
	}
	config := types.Config{Importer: standard{}, Error: func(error) {}} // what else is imported is missing, and may be
	s.pkg, _ = config.Check("godo", files, s.files, s.info)
	for _, f := range s.files {
		for _, d := range f.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				if object := s.info.Defs[f.Name]; object != nil {
					s.funcs[object] = f
				}
			}
		}
	}
	return s, nil
}

// standard imports the two types of the standard library that answers are decoded into, and nothing else.
type standard struct{}

func (standard) Import(path string) (*types.Package, error) {
	pkg := types.NewPackage(path, path[strings.LastIndex(path, "/")+1:])
	switch path {
	case "time":
		declare(pkg, "Time", types.NewStruct(nil, nil))
		declare(pkg, "Duration", types.Typ[types.Int64])
	case "encoding/json":
		declare(pkg, "RawMessage", types.NewSlice(types.Universe.Lookup("byte").Type()))
	default:
		return nil, fmt.Errorf("%s is left out", path)
	}
	pkg.MarkComplete()
	return pkg, nil
}

func declare(pkg *types.Package, name string, is types.Type) {
	object := types.NewTypeName(token.NoPos, pkg, name, nil)
	types.NewNamed(object, is, nil)
	pkg.Scope().Insert(object)
}

// methods returns the exported methods, in the order of the files.
func (s *source) methods() []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, f := range s.files {
		for _, d := range f.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Body != nil && f.Name.IsExported() &&
				service(f) != "Client" {
				all = append(all, f)
			}
		}
	}
	return all
}

// service is the name of what a method belongs to: "Droplets" of DropletsServiceOp.
func service(f *ast.FuncDecl) string {
	of := f.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	name, _ := of.(*ast.Ident)
	if name == nil {
		return ""
	}
	return strings.TrimSuffix(name.Name, "ServiceOp")
}

// enums returns the constants of each of the package's types of string.
func (s *source) enums() map[string][]string {
	all := map[string][]string{}
	scope := s.pkg.Scope()
	for _, name := range scope.Names() {
		c, ok := scope.Lookup(name).(*types.Const)
		if !ok {
			continue
		}
		named, ok := types.Unalias(c.Type()).(*types.Named)
		if text, isText := text(c.Val()); ok && isText {
			all[named.Obj().Name()] = append(all[named.Obj().Name()], text)
		}
	}
	for name := range maps.Keys(all) {
		all[name] = sorted(all[name])
	}
	return all
}
