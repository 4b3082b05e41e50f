package vet

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/check"
	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// callsParam is the fact of a marked function that calls parameters without awaiting them: what is
// passed there must not wait.
//
//	//async:func
//	func each(xs []int, f func(int) error) error   // calls f: await=f would await it
type callsParam struct{ Params []int }

// AFact implements [analysis.Fact].
func (*callsParam) AFact() {}

func (f *callsParam) String() string { return fmt.Sprint("calls ", f.Params) }

// A value is something that waits, where it is stored in a variable.
type value struct {
	text string // "fetch, which awaits"
	at   ast.Expr
}

// values are the variables, fields and parameters in which the package stores something that waits.
type values map[*types.Var]value

// findValues looks at all assignments, composite literals and arguments of the package.
func (c *checker) findValues() values {
	vs := values{}
	store := func(v *types.Var, e ast.Expr) {
		if v == nil || vs[v].at != nil {
			return
		}
		if text := c.waitingValue(e); text != "" {
			vs[v] = value{text, e}
		}
	}
	for _, f := range c.pkg.Files {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i := range n.Rhs {
					if len(n.Lhs) == len(n.Rhs) {
						store(c.variable(n.Lhs[i]), n.Rhs[i])
					}
				}
			case *ast.ValueSpec:
				for i := range n.Values {
					if len(n.Names) == len(n.Values) {
						store(c.variable(n.Names[i]), n.Values[i])
					}
				}
			case *ast.CompositeLit:
				c.storeFields(n, store)
			case *ast.CallExpr:
				c.storeArgs(n, store)
			}
			return true
		})
	}
	c.exportParams()
	return vs
}

// storeFields stores the elements of a struct.
func (c *checker) storeFields(lit *ast.CompositeLit, store func(*types.Var, ast.Expr)) {
	t := c.pass.TypesInfo.TypeOf(lit)
	if t == nil {
		return
	}
	if ptr, ok := t.Underlying().(*types.Pointer); ok { // elided in a slice or map
		t = ptr.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			store(c.variable(kv.Key), kv.Value)
		} else if i < s.NumFields() {
			store(s.Field(i).Origin(), e)
		}
	}
}

// storeArgs stores the arguments of a call of a function of this package, but those that it awaits.
func (c *checker) storeArgs(call *ast.CallExpr, store func(*types.Var, ast.Expr)) {
	fn := c.pkg.Callee(call)
	if fn == nil || fn.Pkg() != c.pass.Pkg || call.Ellipsis.IsValid() {
		return
	}
	params := fn.Origin().Signature().Params()
	for i, arg := range call.Args {
		if fn.Signature().Variadic() {
			i = min(i, params.Len()-1)
		}
		if i < params.Len() && !c.pkg.Callback(params.At(i)) {
			store(params.At(i), arg)
		}
	}
}

// waitingValue says what waits when e is called, "" if nothing does: a function or method with an async
// form, one that waits without having one, and a literal that awaits. Of a literal in a marked function
// asyncgen warns itself (AG0201).
func (c *checker) waitingValue(e ast.Expr) string {
	if lit, ok := ast.Unparen(e).(*ast.FuncLit); ok {
		if u := c.byLit[lit]; u.role == load.LitOrdinary && !u.marked && c.waitsIn(lit.Body) {
			return "a literal that awaits"
		}
		return ""
	}
	for _, element := range c.elements(e) {
		if text := c.waitingValue(element); text != "" {
			return text
		}
	}
	if c.isReady(c.funcValue(e)) {
		return ""
	}
	if f := c.pkg.AsyncValue(e); f != nil {
		return types.ExprString(e) + ", which awaits"
	}
	if fn := c.funcValue(e); fn != nil {
		if w := c.waitsOf(fn); w != nil {
			return fmt.Sprintf("%s, which waits (%s)", types.ExprString(e), w.Why)
		}
	}
	return ""
}

// elements are those of a slice, array or map that is made of functions: []func(){a, b}, append(fs, a).
func (c *checker) elements(e ast.Expr) (list []ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		if !ofFuncs(c.pass.TypesInfo.TypeOf(e)) {
			return nil
		}
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				x = kv.Value
			}
			list = append(list, x)
		}
	case *ast.CallExpr:
		id, ok := ast.Unparen(e.Fun).(*ast.Ident)
		if !ok || id.Name != "append" || len(e.Args) == 0 || !ofFuncs(c.pass.TypesInfo.TypeOf(e)) {
			return nil
		}
		if _, ok := c.object(id).(*types.Builtin); ok {
			return e.Args[1:]
		}
	}
	return list
}

// ofFuncs reports whether t is a slice, array or map of functions.
func ofFuncs(t types.Type) bool {
	if t == nil {
		return false
	}
	var elem types.Type
	switch t := t.Underlying().(type) {
	case *types.Slice:
		elem = t.Elem()
	case *types.Array:
		elem = t.Elem()
	case *types.Map:
		elem = t.Elem()
	default:
		return false
	}
	_, ok := elem.Underlying().(*types.Signature)
	return ok
}

// calledVar is the variable behind which the function of a call is: f in f(), fs in fs[i](), and what a loop over
// it takes its element from.
func (c *checker) calledVar(fun ast.Expr) *types.Var {
	if index, ok := ast.Unparen(fun).(*ast.IndexExpr); ok && ofFuncs(c.pass.TypesInfo.TypeOf(index.X)) {
		return c.variable(index.X)
	}
	v := c.variable(fun)
	if from := c.ranged()[v]; from != nil {
		return from
	}
	return v
}

// ranged are the element variables of loops over slices, arrays and maps of functions, with what they range over.
func (c *checker) ranged() map[*types.Var]*types.Var {
	if c.rangedOver != nil {
		return c.rangedOver
	}
	c.rangedOver = map[*types.Var]*types.Var{}
	for _, f := range c.pkg.Files {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if loop, ok := n.(*ast.RangeStmt); ok && loop.Value != nil && ofFuncs(c.pass.TypesInfo.TypeOf(loop.X)) {
				if v, from := c.variable(loop.Value), c.variable(loop.X); v != nil && from != nil {
					c.rangedOver[v] = from
				}
			}
			return true
		})
	}
	return c.rangedOver
}

// funcValue is the function or method that e names, nil for other expressions.
func (c *checker) funcValue(e ast.Expr) *types.Func {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		fn, _ := c.object(e).(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := c.pass.TypesInfo.Uses[e.Sel].(*types.Func)
		return fn
	case *ast.IndexExpr:
		return c.funcValue(e.X)
	case *ast.IndexListExpr:
		return c.funcValue(e.X)
	}
	return nil
}

// exportParams notes the parameters that marked functions call without awaiting them.
func (c *checker) exportParams() {
	async := map[*ast.FuncDecl][]*unit{}
	for _, u := range c.units {
		if u.async {
			async[u.decl] = append(async[u.decl], u)
		}
	}
	for _, fn := range c.pkg.Funcs {
		if fn.Obj == nil {
			continue
		}
		var called []int
		for i := range fn.Obj.Signature().Params().Len() {
			if p := fn.Obj.Signature().Params().At(i); c.callsOf(async[fn.Decl], p) {
				called = append(called, i)
			}
		}
		if len(called) > 0 {
			c.pass.ExportObjectFact(fn.Obj, &callsParam{called})
		}
	}
}

// callsOf reports whether async code of a function calls its parameter p as an ordinary function.
func (c *checker) callsOf(units []*unit, p *types.Var) bool {
	if _, ok := p.Type().Underlying().(*types.Signature); !ok && !ofFuncs(p.Type()) {
		return false
	}
	found := false
	for _, u := range units {
		u.calls(func(call *ast.CallExpr) {
			found = found || c.calledVar(call.Fun) == p && c.pkg.Await(call) == nil
		})
	}
	return found
}

// valueCall reports a call in async code behind which something waits.
func (c *checker) valueCall(call *ast.CallExpr, vs values) {
	fn := c.pkg.Callee(call)
	if fn != nil {
		c.argsCalled(call, fn) // also where fn itself is awaited
	}
	if c.awaits(call) {
		return
	}
	if v := c.calledVar(call.Fun); v != nil {
		if val := vs[v]; val.at != nil {
			d := c.report(call, diag.BlockingValue, valueHint(v),
				"%s may be %s (%s): called through a func value it blocks the worker", v.Name(), val.text, c.line(val.at.Pos()))
			c.fixAwait(d, v)
		}
		return
	}
	if fn != nil && fn.Signature().Recv() != nil && types.IsInterface(fn.Signature().Recv().Type()) {
		c.interfaceCall(call, fn)
	}
}

func valueHint(v *types.Var) string {
	if ofFuncs(v.Type()) {
		return "take futures, and await them with rt.JoinAll or rt.Await"
	}
	if v.Kind() == types.ParamVar {
		return "let the function await it, with //async:func await=" + v.Name()
	}
	return "call it directly, or keep a function that makes a future"
}

// fixAwait lets a marked function await a parameter, if it does nothing else with it than call it and
// compare it with nil:
//
//	//async:func   =>   //async:func await=get
func (c *checker) fixAwait(d *analysis.Diagnostic, v *types.Var) {
	for _, fn := range c.pkg.Funcs {
		params := fn.Decl.Type.Params
		if v.Kind() != types.ParamVar || v.Pos() < params.Pos() || v.Pos() > params.End() || len(fn.Options.Await) > 0 ||
			!c.isFuncParam(fn.Decl, v) || !check.OnlyCalled(c.pkg, fn.Decl, v) {
			continue
		}
		for _, comment := range fn.Decl.Doc.List {
			if comment.Slash == fn.Directive {
				d.SuggestedFixes = append(d.SuggestedFixes, insert("await "+v.Name(), comment.End(), " await="+v.Name()))
			}
		}
	}
}

// isFuncParam reports whether the type of a parameter is written as that of a function.
func (c *checker) isFuncParam(decl *ast.FuncDecl, v *types.Var) bool {
	for _, f := range decl.Type.Params.List {
		for _, id := range f.Names {
			if _, ok := f.Type.(*ast.FuncType); ok && c.object(id) == types.Object(v) {
				return true
			}
		}
	}
	return false
}

// argsCalled reports what waits and is passed to a function of another package that calls it. Within a
// package the call is reported, in the function.
func (c *checker) argsCalled(call *ast.CallExpr, fn *types.Func) {
	var f callsParam
	if fn.Pkg() == nil || fn.Pkg() == c.pass.Pkg || call.Ellipsis.IsValid() || !c.pass.ImportObjectFact(fn.Origin(), &f) {
		return
	}
	for i, arg := range call.Args {
		if fn.Signature().Variadic() {
			i = min(i, fn.Signature().Params().Len()-1)
		}
		if !slices.Contains(f.Params, i) {
			continue
		}
		if text := c.waitingValue(arg); text != "" {
			c.report(arg, diag.BlockingValue, "pass something that does not wait",
				"%s calls this parameter without awaiting it, and gets %s: it blocks the worker", shortName(fn), text)
		}
	}
}

// interfaceCall reports a call through an interface that declares X and not XAsync, if there is a type
// for it that has both, here or in an imported package:
//
//	type getter interface{ Get(k string) (string, error) }
//	func f(g getter) { g.Get(k) }       // *Client has GetAsync, too
//
// Interfaces of the standard library are left out: what they stand for is rarely a client of ours.
func (c *checker) interfaceCall(call *ast.CallExpr, method *types.Func) {
	iface := c.calledThrough(call, method)
	if iface == nil || method.Pkg() == nil || isStandard(method.Pkg(), c.pass.Pkg) {
		return
	}
	for _, pkg := range append([]*types.Package{c.pass.Pkg}, c.pass.Pkg.Imports()...) {
		if pkg.Path() == load.RuntimePath || !reachesRuntime(pkg) {
			continue
		}
		for _, name := range pkg.Scope().Names() {
			tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || tn.IsAlias() || types.IsInterface(tn.Type()) {
				continue
			}
			if n, ok := tn.Type().(*types.Named); !ok || n.TypeParams().Len() > 0 {
				continue
			}
			if c.offers(tn.Type(), iface, method) {
				c.report(call, diag.BlockingValue, fmt.Sprintf("declare %sAsync in the interface, too", method.Name()),
					"the interface declares %[1]s and no %[1]sAsync, so this call blocks the worker: %[2]s has both", method.Name(), typeName(tn, c.pass.Pkg))
				return
			}
		}
	}
}

// calledThrough is the interface through which a method is called: that of the operand, which may embed the
// one that declares the method.
func (c *checker) calledThrough(call *ast.CallExpr, method *types.Func) *types.Interface {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if iface, ok := c.pass.TypesInfo.TypeOf(sel.X).Underlying().(*types.Interface); ok {
			return iface
		}
	}
	iface, _ := types.Unalias(method.Signature().Recv().Type()).Underlying().(*types.Interface)
	return iface
}

// offers reports whether a type, or a pointer to it, implements the interface with a method that has an
// async form.
func (c *checker) offers(t types.Type, iface *types.Interface, method *types.Func) bool {
	ptr := types.NewPointer(t)
	if !types.Implements(t, iface) && !types.Implements(ptr, iface) {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(ptr, true, method.Pkg(), method.Name())
	fn, ok := obj.(*types.Func)
	return ok && c.pkg.HasForm(fn) && !c.isReady(fn)
}

func typeName(tn *types.TypeName, here *types.Package) string {
	if tn.Pkg() == here {
		return tn.Name()
	}
	return tn.Pkg().Name() + "." + tn.Name()
}

// isStandard reports whether a package is of the standard library, whose paths begin without a dot.
func isStandard(pkg, here *types.Package) bool {
	first, _, _ := strings.Cut(pkg.Path(), "/")
	return pkg != here && !strings.Contains(first, ".")
}
