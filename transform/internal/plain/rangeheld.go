package plain

import (
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// mapping rewrites a range over a map. The iterator is held over awaits: entries that are deleted
// meanwhile do not come, new ones may, and keys that are not equal to themselves do.
//
//	for k, v := range m { … }
//
// becomes
//
//	for it1 := machine.MapRange(m); it1.Next(); {
//		k, v := it1.Key(), it1.Value()
//		…
//	}
func (r *ranger) mapping() []ast.Stmt {
	it := r.names.fresh("it")
	method := func(name string) ast.Expr { return call(&ast.SelectorExpr{X: ident(it), Sel: ident(name)}) }
	x := r.st.X
	if r.suspends(x) {
		x = r.once(x, "m")
	}
	a := &ast.AssignStmt{Tok: r.st.Tok}
	if r.key != nil {
		a.Lhs, a.Rhs = append(a.Lhs, r.key), append(a.Rhs, method("Key"))
	}
	if r.value != nil {
		a.Lhs, a.Rhs = append(a.Lhs, r.value), append(a.Rhs, method("Value"))
	}
	var bind []ast.Stmt
	if len(a.Lhs) > 0 {
		r.share(a)
		bind = []ast.Stmt{a}
	}
	return r.forLoop(define(it, call(r.machine("MapRange"), x)), method("Next"), nil, bind)
}

// channel rewrites a range over a channel:
//
//	for v := range ch { … }
//
// becomes
//
//	for {
//		v, ok1 := <-ch
//		if !ok1 {
//			break
//		}
//		…
//	}
func (r *ranger) channel() []ast.Stmt {
	ch := r.once(r.st.X, "ch")
	return r.receiving(&ast.UnaryExpr{Op: token.ARROW, X: ch}, r.key)
}

// receiving makes a loop over what the expression next gives: the values, and whether there were any.
func (r *ranger) receiving(next ast.Expr, targets ...ast.Expr) []ast.Stmt {
	ok := r.names.fresh("ok")
	get := &ast.AssignStmt{Tok: token.DEFINE, Rhs: []ast.Expr{next}}
	user := &ast.AssignStmt{Tok: r.st.Tok}
	direct := r.st.Tok == token.DEFINE && !r.sharedLoopVars()
	for _, t := range targets {
		switch {
		case t == nil:
			get.Lhs = append(get.Lhs, ident("_"))
		case direct:
			get.Lhs = append(get.Lhs, t)
		default:
			v := r.names.fresh("v")
			get.Lhs = append(get.Lhs, ident(v))
			user.Lhs, user.Rhs = append(user.Lhs, t), append(user.Rhs, ident(v))
		}
	}
	get.Lhs = append(get.Lhs, ident(ok))
	bind := []ast.Stmt{get, ifBreak(ident(ok))}
	if len(user.Lhs) > 0 {
		r.share(user)
		bind = append(bind, inTurn(user)...)
	}
	return r.forLoop(nil, nil, nil, bind)
}

// inTurn is the assignment of what an iterator gives, which gc makes one variable after the other; so one
// statement each where that can be told:
//
//	for k, a[k] = range seq { … }
//
// becomes, in the loop,
//
//	k = v1
//	a[k] = v2
func inTurn(a *ast.AssignStmt) []ast.Stmt {
	isName := func(e ast.Expr) bool { _, ok := e.(*ast.Ident); return ok }
	if len(a.Lhs) == 1 || isName(a.Lhs[0]) && isName(a.Lhs[1]) {
		return []ast.Stmt{a}
	}
	var list []ast.Stmt
	for i := range a.Lhs {
		list = append(list, assign(a.Tok, a.Lhs[i], a.Rhs[i]))
	}
	return list
}

// machine is what rt/machine has under this name, as the file of the unit calls it.
func (u *unit) machine(name string) ast.Expr {
	pkg := u.importAs(load.MachinePath, "machine")
	if pkg == "." {
		return ident(name)
	}
	return &ast.SelectorExpr{X: ident(pkg), Sel: ident(name)}
}
