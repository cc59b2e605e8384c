package client

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// walk follows a method to the requests that it makes, through whatever functions of the package it calls.
type walk struct {
	*source
	method   string
	requests []*request
	within   []*ast.FuncDecl
}

// request is a request that a method makes.
type request struct {
	verb   string
	path   value
	answer types.Type // what the answer is decoded into, nil if nothing
}

// value is what an expression may be.
type value struct {
	texts []string // with {name} for what isn't known before it runs
	query []string // the parameters that were added to an address
	typ   types.Type
	req   *request
}

// frame is a function that is being walked.
type frame struct {
	*walk
	vars    map[types.Object]value
	args    map[*types.TypeParam]types.Type
	returns []value
	branch  int // how many conditions we are under
}

// enter walks a method whose arguments nobody knows.
func (w *walk) enter(f *ast.FuncDecl) { w.call(f, nil, nil) }

// call walks a function and returns its results.
func (w *walk) call(f *ast.FuncDecl, args []value, with map[*types.TypeParam]types.Type) []value {
	if slices.Contains(w.within, f) || len(w.within) > 8 {
		return nil
	}
	w.within = append(w.within, f)
	defer func() { w.within = w.within[:len(w.within)-1] }()
	fr := &frame{walk: w, vars: map[types.Object]value{}, args: with}
	i := 0
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			v := value{texts: []string{"{" + name.Name + "}"}, typ: fr.typeOf(name)}
			if i < len(args) {
				v = args[i]
			}
			fr.vars[w.info.Defs[name]] = v
			i++
		}
	}
	fr.block(f.Body)
	return fr.returns
}

func (f *frame) block(s ast.Stmt) {
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			f.under(n.Init, n.Cond, n.Body, n.Else)
			return false
		case *ast.SwitchStmt:
			f.under(n.Init, n.Tag, n.Body)
			return false
		case *ast.ForStmt:
			f.under(n.Init, n.Cond, n.Body)
			return false
		case *ast.RangeStmt:
			f.under(n.X, n.Body)
			return false
		case *ast.AssignStmt:
			f.assign(n.Lhs, n.Rhs, n.Tok == token.ADD_ASSIGN)
			return false
		case *ast.ValueSpec:
			f.declare(n)
			return false
		case *ast.ReturnStmt:
			f.result(n.Results)
			return false
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			f.eval(n)
			return false
		}
		return true
	})
}

// under walks what stands behind a condition. What comes before it holds in any case.
func (f *frame) under(parts ...ast.Node) {
	for _, part := range parts {
		switch part := part.(type) {
		case *ast.BlockStmt:
			if part != nil {
				f.branch++
				for _, s := range part.List {
					f.block(s)
				}
				f.branch--
			}
		case ast.Stmt:
			if part != nil {
				f.block(part)
			}
		case ast.Expr:
			if part != nil {
				f.eval(part)
			}
		}
	}
}

func (f *frame) declare(spec *ast.ValueSpec) {
	names := make([]ast.Expr, len(spec.Names))
	for i, name := range spec.Names {
		names[i] = name
		f.vars[f.info.Defs[name]] = value{typ: f.typeOf(name)}
	}
	if len(spec.Values) > 0 {
		f.assign(names, spec.Values, false)
	}
}

func (f *frame) assign(to, from []ast.Expr, more bool) {
	values := f.all(from)
	for i, e := range to {
		name, ok := e.(*ast.Ident)
		if !ok || i >= len(values) {
			continue
		}
		object := f.info.Defs[name]
		if object == nil {
			object = f.info.Uses[name]
		}
		v := values[i]
		if more {
			v.texts = product(f.vars[object].texts, v.texts)
		}
		if f.branch > 0 {
			v.texts = union(f.vars[object].texts, v.texts)
		}
		v.query = union(f.vars[object].query, v.query)
		f.vars[object] = v
	}
}

// result joins what several returns return.
func (f *frame) result(results []ast.Expr) {
	for i, v := range f.all(results) {
		v.texts = slices.DeleteFunc(slices.Clone(v.texts), func(t string) bool { return t == "" }) // beside an error
		if i == len(f.returns) {
			f.returns = append(f.returns, value{})
		}
		r := &f.returns[i]
		r.texts, r.query = union(r.texts, v.texts), union(r.query, v.query)
		if v.req != nil {
			r.req = v.req
		}
		if r.typ == nil {
			r.typ = v.typ
		}
	}
}

// all returns the values of expressions: several of one call that has several results.
func (f *frame) all(from []ast.Expr) []value {
	if len(from) == 1 {
		return f.eval(from[0])
	}
	var values []value
	for _, e := range from {
		values = append(values, first(f.eval(e)))
	}
	return values
}

func union(a, b []string) []string {
	for _, x := range b {
		if !slices.Contains(a, x) && len(a) < 16 {
			a = append(slices.Clip(a), x)
		}
	}
	return a
}

func first(values []value) value {
	if len(values) == 0 {
		return value{}
	}
	return values[0]
}

// eval returns what an expression may be: several values of a call that has several results.
func (f *frame) eval(e ast.Expr) []value {
	if known, ok := text(f.info.Types[e].Value); ok {
		return []value{{texts: []string{known}}}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return f.eval(e.X)
	case *ast.StarExpr:
		return f.eval(e.X)
	case *ast.UnaryExpr:
		return f.eval(e.X)
	case *ast.Ident:
		if v, ok := f.vars[f.info.Uses[e]]; ok {
			return []value{v}
		}
		return []value{{texts: []string{"{" + e.Name + "}"}, typ: f.typeOf(e)}}
	case *ast.SelectorExpr:
		if verb, ok := strings.CutPrefix(e.Sel.Name, "Method"); ok && isNamed(e.X, "http") {
			return []value{{texts: []string{strings.ToUpper(verb)}}}
		}
		if e.Sel.Name == "Path" { // of an address
			return f.eval(e.X)
		}
		return []value{{texts: []string{"{" + e.Sel.Name + "}"}, typ: f.typeOf(e)}}
	case *ast.BinaryExpr:
		a, b := first(f.eval(e.X)), first(f.eval(e.Y))
		if e.Op == token.ADD {
			return []value{{texts: product(a.texts, b.texts), query: union(a.query, b.query)}}
		}
	case *ast.CallExpr:
		return f.called(e)
	}
	return []value{{texts: []string{"{}"}, typ: f.typeOf(e)}}
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func product(a, b []string) []string {
	var all []string
	for _, x := range a {
		for _, y := range b {
			all = union(all, []string{x + y})
		}
	}
	return all
}

// called returns the results of a call. An unknown function that is given an address returns it.
func (f *frame) called(e *ast.CallExpr) []value {
	args := make([]value, len(e.Args))
	for i, a := range e.Args {
		args[i] = first(f.eval(a))
	}
	name, in := callee(e.Fun)
	of := first(f.eval(in))
	switch decl := f.funcs[f.info.Uses[name]]; {
	case name == nil:
	case isNamed(in, "fmt") && name.Name == "Sprintf" && len(args) > 0:
		return []value{{texts: fill(args[0].texts, args[1:])}}
	case isNamed(in, "path") && name.Name == "Join", isNamed(in, "url") && name.Name == "JoinPath":
		joined := args[0].texts
		for _, a := range args[1:] {
			joined = product(product(joined, []string{"/"}), a.texts)
		}
		return []value{{texts: joined}}
	case name.Name == "addOptions" && len(args) == 2:
		v := args[0]
		v.query = union(v.query, f.parameters(args[1].typ))
		return []value{v}
	case decl != nil && decl.Recv != nil && service(decl) == "Client" &&
		(name.Name == "NewRequest" || name.Name == "Do" || name.Name == "DoStream"):
		return f.ask(name.Name, args)
	case decl != nil:
		return f.call(decl, args, f.instance(name))
	}
	for _, v := range append(args, of) {
		if len(v.texts) > 0 && strings.HasPrefix(v.texts[0], "/") {
			return []value{{texts: v.texts, query: v.query, typ: f.typeOf(e)}}
		}
	}
	if name != nil && name.Name == "String" {
		return []value{of}
	}
	if len(args) == 1 && len(args[0].texts) > 0 { // a conversion, an escaping
		return []value{{texts: args[0].texts, typ: f.typeOf(e)}}
	}
	return []value{{texts: []string{"{}"}, typ: f.typeOf(e)}}
}

// ask notes a new request, or what an answer is decoded into.
func (f *frame) ask(what string, args []value) []value {
	switch {
	case what == "NewRequest" && len(args) > 2:
		r := &request{verb: strings.Join(args[1].texts, "|"), path: args[2]}
		f.requests = append(f.requests, r)
		return []value{{req: r}}
	case what == "Do" && len(args) > 2 && args[1].req != nil:
		args[1].req.answer = args[2].typ
	}
	return nil
}

// callee returns the name of what is called, and what it is called on: a package or a value.
func callee(e ast.Expr) (name *ast.Ident, on ast.Expr) {
	switch e := e.(type) {
	case *ast.Ident:
		return e, ast.NewIdent("")
	case *ast.SelectorExpr:
		return e.Sel, e.X
	case *ast.IndexExpr:
		return callee(e.X)
	case *ast.IndexListExpr:
		return callee(e.X)
	}
	return nil, ast.NewIdent("")
}

// instance returns the types that a generic function is called with.
func (f *frame) instance(name *ast.Ident) map[*types.TypeParam]types.Type {
	args := maps.Clone(f.args)
	if args == nil {
		args = map[*types.TypeParam]types.Type{}
	}
	sig, _ := f.info.Uses[name].Type().(*types.Signature)
	if with := f.info.Instances[name].TypeArgs; sig != nil && with != nil {
		for i := range with.Len() {
			args[sig.TypeParams().At(i)] = f.with(with.At(i))
		}
	}
	return args
}

func (f *frame) typeOf(e ast.Expr) types.Type { return f.with(f.info.TypeOf(e)) }

// with puts the types in place that a generic function is called with.
func (f *frame) with(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.TypeParam:
		if is, ok := f.args[t]; ok {
			return is
		}
	case *types.Pointer:
		return types.NewPointer(f.with(t.Elem()))
	}
	return t
}

var verb = regexp.MustCompile(`%[a-z]`)

// fill puts values in place of the verbs of formats.
func fill(formats []string, args []value) []string {
	all := formats
	for _, arg := range args {
		var filled []string
		for _, format := range all {
			at := verb.FindStringIndex(format)
			for _, text := range arg.texts {
				if at == nil {
					break
				}
				filled = union(filled, []string{format[:at[0]] + text + format[at[1]:]})
			}
			if at != nil && len(arg.texts) == 0 {
				filled = union(filled, []string{format[:at[0]] + "{}" + format[at[1]:]})
			}
		}
		all = filled
	}
	return all
}

func text(v constant.Value) (string, bool) {
	if v == nil || v.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(v), true
}
