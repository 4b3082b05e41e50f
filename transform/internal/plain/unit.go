package plain

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A unit is one body that becomes one machine: a marked function, or a block literal in it.
type unit struct {
	ed    *edit.Editor
	pkg   *load.Package
	fn    *load.Func
	lit   *ast.FuncLit // nil: the marked function itself
	body  *ast.BlockStmt
	seen  *load.Survey // of the function before this pass edited it
	names *names
	vars  *vars
	gotos bool // the body has a goto to a label after it
	errs  *diag.List
}

// units lists the bodies of fn: the function first, then its blocks, outer before inner.
// They share the names and what is known of the variables.
func units(e *edit.Editor, fn *load.Func, errs *diag.List) []*unit {
	p := e.Package
	u := unit{ed: e, pkg: p, fn: fn, seen: p.Survey(fn), names: newNames(p, fn), vars: newVars(p, fn), errs: errs}
	list := make([]*unit, 0, 1+len(u.seen.Blocks))
	for i := range cap(list) {
		u := u
		u.body = fn.Decl.Body
		if i > 0 {
			u.lit = u.seen.Blocks[i-1]
			u.body = u.lit.Body
		}
		u.gotos = len(u.seen.Gotos) > 0 && jumpsAhead(u.body)
		list = append(list, &u)
	}
	return list
}

// eachUnit applies work to every unit of the package and has the result type-checked.
func eachUnit(e *edit.Editor, work func(u *unit)) error {
	err := e.Each(func(_ int, fn *load.Func, errs *diag.List) {
		for _, u := range units(e, fn, errs) {
			work(u)
		}
	})
	if err != nil {
		return err
	}
	return e.Recheck()
}

// edit says that the unit is about to be edited. What is known of names and variables is that of the
// function before.
func (u *unit) edit() {
	u.names.know()
	u.vars.know()
	u.ed.Edit(u.fn)
}

// suspends reports whether n has an await of this unit.
func (u *unit) suspends(n ast.Node) bool { return u.seen.Waits(n) }

// opaque reports whether s is left to Go as it stands, with its scopes: it has neither an await nor a
// block, and no deferred call.
func (u *unit) opaque(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.BlockStmt, *ast.LabeledStmt, *ast.CaseClause, *ast.CommClause:
		return false // package lower opens these always, if it opens what they are in
	}
	return !u.seen.Open(s)
}

// typeOf is the type of an expression of the source; nil for one that this pass has made.
func (u *unit) typeOf(e ast.Expr) types.Type {
	if tv, ok := u.pkg.Info.Types[e]; ok {
		return tv.Type
	}
	if id, ok := e.(*ast.Ident); ok {
		if obj := u.pkg.Info.ObjectOf(id); obj != nil {
			return obj.Type()
		}
	}
	return nil
}

// isConst reports whether e is a constant, which is never moved.
func (u *unit) isConst(e ast.Expr) bool { return u.pkg.Info.Types[e].Value != nil }

// object is the object that an identifier defines or uses; nil for a new one.
func (u *unit) object(id *ast.Ident) types.Object { return u.pkg.Info.ObjectOf(id) }

// variable is the local or package variable that e names, nil where e is anything else.
func (u *unit) variable(e ast.Expr) *types.Var {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		v, _ := u.object(id).(*types.Var)
		return v
	}
	return nil
}

// spelled is the name of the variable that e is, as this pass has left it: in the clauses of a type
// switch that is not the name of the object.
func spelled(e ast.Expr) string { return ast.Unparen(e).(*ast.Ident).Name }

// sig is the signature of the unit.
func (u *unit) sig() *types.Signature {
	if u.lit != nil {
		return u.typeOf(u.lit).Underlying().(*types.Signature)
	}
	return u.fn.Obj.Signature()
}

// unsupported reports syntax that a pass cannot treat. Package check refuses such a function
// with a better text; this is the net under it.
func (u *unit) unsupported(n ast.Node, format string, args ...any) {
	u.errs.Add(u.pkg.Position(n.Pos()), "", "", format, args...)
}

// jumpsAhead reports whether a goto in body, outside of function literals, jumps to a label after it: only
// then may declarations not be put in its way.
func jumpsAhead(body *ast.BlockStmt) bool {
	labels := map[string]token.Pos{}
	facts.Inspect(body, func(n ast.Node) {
		if l, ok := n.(*ast.LabeledStmt); ok {
			labels[l.Label.Name] = l.Pos()
		}
	})
	found := false
	facts.Inspect(body, func(n ast.Node) {
		if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO && b.Pos() < labels[b.Label.Name] {
			found = true
		}
	})
	return found
}
