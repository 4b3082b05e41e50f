package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// callbacks checks the parameters that the await= option of fn names. In the async form such a
// parameter makes a future, so its type must be one that can be mapped, and all that can be done with
// it is to call it, to compare it with nil, and to pass it on to another parameter of the kind:
//
//	//async:func await=op
//	func twice(op func() error) error {
//		if op == nil {
//			return nil
//		}
//		return errors.Join(op(), once(op)) // once has await=op, too
//	}
func (c *checker) callbacks(fn *load.Func) {
	if len(fn.Options.Await) == 0 {
		return
	}
	for _, field := range fn.Decl.Type.Params.List {
		for _, id := range field.Names {
			if slices.Contains(fn.Options.Await, id.Name) {
				c.callbackType(id, field.Type)
			}
		}
	}
	u := &callbackUses{checker: c, seen: c.pkg.Survey(fn)}
	ast.Inspect(fn.Decl.Body, u.visit)
}

// callbackType checks the type of one parameter.
func (c *checker) callbackType(id *ast.Ident, t ast.Expr) {
	const hint = "write its type as func(…) …"
	typ, ok := ast.Unparen(t).(*ast.FuncType)
	if !ok {
		c.refuse(id.Pos(), diag.Callback, hint, "%s cannot await: its type is not written as that of a function", id.Name)
		return
	}
	sig, ok := c.pkg.Info.TypeOf(typ).(*types.Signature)
	if !ok {
		return // a type error
	}
	if values, _ := load.Results(sig); len(values) > 3 {
		c.refuse(id.Pos(), diag.TooManyValues, "return a struct",
			"%s returns %d values, and a future carries at most three", id.Name, len(values))
	}
}

// callbackArguments refuses what a callee awaits where a type argument makes its value an error:
//
//	//async:func await=op
//	func once[T any](op func() T) T
//
//	err := once(func() error { … })
//
// By its own type the literal becomes a future without a value, which may fail; once takes a future
// whose value is an error.
func (c *checker) callbackArguments(fn *load.Func) {
	for _, a := range c.pkg.Survey(fn).Awaits {
		if a.Call != a.Args {
			continue
		}
		for _, i := range a.Callbacks {
			declared, _ := a.Callee.Origin().Signature().Params().At(i - a.Receivers).Type().Underlying().(*types.Signature)
			given, _ := a.Sig.Params().At(i).Type().Underlying().(*types.Signature)
			if declared == nil || given == nil {
				continue
			}
			_, may := load.Results(declared)
			if _, does := load.Results(given); does && !may {
				c.refuse(a.Call.Args[i].Pos(), diag.Callback, "return a struct that has the error, or make the callee take func() (T, error)",
					"the type argument is error, but what %s awaits here gives a value and no error", a.Callee.Name())
			}
		}
	}
}

// callbackUses looks at each use of a callback, with the nodes around it.
type callbackUses struct {
	*checker
	stack []ast.Node
	seen  *load.Survey
}

func (u *callbackUses) visit(n ast.Node) bool {
	if n == nil {
		u.stack = u.stack[:len(u.stack)-1]
		return true
	}
	switch n := n.(type) {
	case *ast.Ident:
		if u.pkg.Callback(u.pkg.Info.Uses[n]) && !u.allowed(n) {
			u.refuse(n.Pos(), diag.Callback, "call it in a block, or take a future instead: "+n.Name+" func() rt.Future[T]",
				"%s awaits, so it can only be called, compared with nil, and passed on to a parameter that awaits", n.Name)
		}
	}
	u.stack = append(u.stack, n)
	return true
}

// allowed reports whether a callback may stand where it does.
func (u *callbackUses) allowed(id *ast.Ident) bool {
	i := len(u.stack) - 1
	var at ast.Expr = id
	for ; i >= 0; i-- { // (op)()
		paren, ok := u.stack[i].(*ast.ParenExpr)
		if !ok {
			break
		}
		at = paren
	}
	for _, n := range u.stack {
		if lit, ok := n.(*ast.FuncLit); ok && !u.seen.IsBlock(lit) {
			return false
		}
	}
	switch parent := u.stack[i].(type) {
	case *ast.BinaryExpr:
		return parent.Op == token.EQL || parent.Op == token.NEQ
	case *ast.CallExpr:
		if parent.Fun == at {
			return true
		}
		a := u.pkg.Await(parent)
		return a != nil && slices.Contains(a.Callbacks, slices.Index(parent.Args, at))
	}
	return false
}
