package lower

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// findDefers makes a Defer of every defer statement of the unit. The guard at the top of the generated
// body states what is due as real defer statements, so we save what Go evaluates at the statement:
//
//	defer e.Log("x=%d", x)
//
// saves x (it is assigned later) but neither e (never assigned) nor the constant.
func (l *lowerer) findDefers() {
	if len(l.facts.seen.Defers) == 0 {
		return
	}
	var walk func(n ast.Node, loop bool)
	walk = func(n ast.Node, loop bool) {
		ast.Inspect(n, func(c ast.Node) bool {
			if c == n {
				return true
			}
			switch c := c.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ForStmt, *ast.RangeStmt:
				walk(c, true)
				return false
			case *ast.DeferStmt:
				d := &ir.Defer{Index: len(l.m.Defers), Node: c}
				l.m.Defers = append(l.m.Defers, d)
				l.m.Due[c] = d
				if loop || l.jumpedOver(c) {
					l.m.DueList = true
				}
			}
			return true
		})
	}
	walk(l.m.Body, false)
	if len(l.m.Defers) > 64 {
		l.m.DueList = true
	}
	for _, d := range l.m.Defers {
		l.save(d)
	}
}

// jumpedOver reports whether a goto leads back over s.
func (l *lowerer) jumpedOver(s ast.Node) bool {
	for _, g := range l.facts.gotos {
		if l.facts.order(g.label) < l.facts.order(s) && l.facts.order(s) < l.facts.order(g.from) {
			return true
		}
	}
	return false
}

// save finds what the statement of d must evaluate.
func (l *lowerer) save(d *ir.Defer) {
	call := d.Node.Call
	prefix := fmt.Sprintf("defer%d", d.Index+1)
	sig, _ := l.pkg.Info.TypeOf(call.Fun).Underlying().(*types.Signature)
	d.Await = deferredAwait(l.facts.seen.Await(call))
	if !l.restated(call.Fun) {
		t := l.pkg.Info.TypeOf(call.Fun)
		if d.Await != nil {
			d.Async = true
			t = l.asyncType(d.Await)
		}
		d.Fun = l.saved(prefix+"Func", t)
	}
	if len(call.Args) == 1 {
		if t, ok := l.pkg.Info.TypeOf(call.Args[0]).(*types.Tuple); ok {
			d.Multi = true
			for i := range t.Len() {
				d.Args = append(d.Args, l.saved(fmt.Sprintf("%sArg%d", prefix, i+1), t.At(i).Type()))
			}
			return
		}
	}
	for i, a := range call.Args {
		if l.stable(a) && !(l.m.DueList && l.isVar(a)) || l.isType(a) { // a variable would be kept from here on
			d.Args = append(d.Args, nil)
			continue
		}
		t := argType(l.pkg, call, sig, i)
		if d.Await != nil && d.Await.Async != nil && slices.Contains(d.Await.Callbacks, i) {
			t = l.pkg.AsyncSignature(d.Await).Params().At(i - d.Await.Receivers).Type()
		}
		d.Args = append(d.Args, l.saved(fmt.Sprintf("%sArg%d", prefix, i+1), t))
	}
}

func (l *lowerer) isVar(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	_, ok = l.pkg.Info.Uses[id].(*types.Var)
	return ok
}

func (l *lowerer) isType(e ast.Expr) bool { return l.pkg.Info.Types[e].IsType() }

// saved makes a variable for a value that a defer statement evaluates.
func (l *lowerer) saved(name string, t types.Type) *ir.Var {
	v := &ir.Var{Name: name, Type: t, Role: ir.Saved, Hoisted: true}
	if !l.m.DueList {
		l.m.Vars = append(l.m.Vars, v)
	}
	return v
}

// stable says that e means the same whenever it is evaluated, and costs nothing: a constant, nil, a
// function, or a variable of the body that only its declaration assigns, once in a call.
func (l *lowerer) stable(e ast.Expr) bool {
	e = ast.Unparen(e)
	if tv := l.pkg.Info.Types[e]; tv.Value != nil || tv.IsNil() || tv.IsBuiltin() {
		return true
	}
	switch e := e.(type) {
	case *ast.Ident:
		switch obj := l.pkg.Info.Uses[e].(type) {
		case *types.Func:
			return true
		case *types.Var:
			return l.facts.defs[obj] != nil && l.facts.vars.Assigned(obj) == 1 && !l.facts.vars.Pointed[obj] && !l.inLoop(obj)
		}
	case *ast.SelectorExpr:
		_, ok := l.pkg.Info.Uses[e.Sel].(*types.Func)
		return ok && l.pkg.Info.Selections[e] == nil // pkg.Func
	case *ast.IndexExpr:
		return l.pkg.Info.Types[e.X].IsValue() && l.isFunc(e.X) && l.stable(e.X)
	case *ast.IndexListExpr:
		return l.isFunc(e.X) && l.stable(e.X)
	}
	return false
}

// deferredAwait is the await of a deferred call. What rt.Await is given is evaluated at the statement.
func deferredAwait(a *load.Await) *load.Await {
	if a == nil || a.Call == a.Args && a.Kind != load.AwaitBlock {
		return a
	}
	return &load.Await{Kind: load.AwaitValue, Call: a.Call, Args: a.Call, Sig: a.Sig}
}

// isFunc says that e names a declared function, so that e[T] is an instance of it.
func (l *lowerer) isFunc(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		_, ok := l.pkg.Info.Uses[e].(*types.Func)
		return ok
	case *ast.SelectorExpr:
		_, ok := l.pkg.Info.Uses[e.Sel].(*types.Func)
		return ok && l.pkg.Info.Selections[e] == nil
	}
	return false
}

// inLoop says that the declaration of obj can run more than once.
func (l *lowerer) inLoop(obj types.Object) bool {
	at := l.facts.defs[obj]
	in := false
	ast.Inspect(l.m.Body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if l.facts.within(at, n) {
				in = true
			}
		}
		return !in
	})
	return in || l.repeats(obj)
}

// restated says that the guard can name the deferred function as the source does. Anything else is
// saved as a func value: for a method value Go copies the receiver, or takes its address, and panics
// where that is nil, at the statement.
func (l *lowerer) restated(fun ast.Expr) bool {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.FuncLit:
		return true
	case *ast.Ident:
		if l.pkg.Callback(l.pkg.Info.Uses[fun]) {
			return true // nothing assigns to it: see package check
		}
	case *ast.SelectorExpr:
		s := l.pkg.Info.Selections[fun]
		switch {
		case s == nil || s.Kind() == types.FieldVal:
			return l.stable(fun)
		case s.Kind() == types.MethodExpr:
			return true
		}
		_, recv := s.Obj().(*types.Func).Signature().Recv().Type().Underlying().(*types.Pointer)
		_, x := l.pkg.Info.TypeOf(fun.X).Underlying().(*types.Pointer)
		return recv && x && len(s.Index()) == 1 && l.stable(fun.X)
	}
	return l.stable(fun)
}

// argType is the type that a deferred call's argument is converted to at the statement.
func argType(p *load.Package, call *ast.CallExpr, sig *types.Signature, i int) types.Type {
	if sig != nil {
		n := sig.Params().Len()
		if sig.Variadic() && i >= n-1 {
			t := sig.Params().At(n - 1).Type()
			if call.Ellipsis.IsValid() {
				return t
			}
			return t.(*types.Slice).Elem()
		}
		if i < n {
			return sig.Params().At(i).Type()
		}
	}
	return types.Default(p.Info.TypeOf(call.Args[i]))
}
