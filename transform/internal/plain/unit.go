package plain

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A unit is one body that becomes one machine: a marked function, or a block literal in it.
type unit struct {
	pkg   *load.Package
	fn    *load.Func
	lit   *ast.FuncLit // nil: the marked function itself
	body  *ast.BlockStmt
	names *names
	vars  *vars
	gotos bool // the body has a goto to a label after it
	errs  *diag.List
}

// units lists the bodies of fn: the function first, then its blocks, outer before inner.
// They share the names and what is known of the variables.
func units(p *load.Package, fn *load.Func, errs *diag.List) []*unit {
	names, vars := newNames(p, fn), newVars(p, fn)
	var list []*unit
	var add func(lit *ast.FuncLit, body *ast.BlockStmt)
	add = func(lit *ast.FuncLit, body *ast.BlockStmt) {
		list = append(list, &unit{
			pkg: p, fn: fn, lit: lit, body: body,
			names: names, vars: vars, gotos: jumpsAhead(body), errs: errs,
		})
		for _, block := range blocks(p, body) {
			add(block, block.Body)
		}
	}
	add(nil, fn.Decl.Body)
	return list
}

// blocks lists the block literals under n that belong to the unit around n: it looks into
// no literal.
func blocks(p *load.Package, n ast.Node) []*ast.FuncLit {
	var list []*ast.FuncLit
	isBlock := map[*ast.FuncLit]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			for _, b := range p.Blocks(n) {
				isBlock[b.Lit] = true
			}
		case *ast.FuncLit:
			if isBlock[n] {
				list = append(list, n)
			}
			return false
		}
		return true
	})
	return list
}

// eachUnit applies edit to every unit of p and has the result type-checked.
func eachUnit(p *load.Package, edit func(u *unit)) error {
	var errs diag.List
	for fn := range p.Each() {
		for _, u := range units(p, fn, &errs) {
			edit(u)
		}
	}
	if errs.Failed() {
		errs.Sort()
		return errs
	}
	return p.Recheck()
}

// suspends says whether n has an await of this unit.
func (u *unit) suspends(n ast.Node) bool { return u.pkg.Suspends(n) }

// opaque says whether s is left to Go as it stands, with its scopes: it has neither an await nor a
// block, no deferred call, and no label that a goto names.
func (u *unit) opaque(s ast.Stmt) bool {
	if u.suspends(s) || len(blocks(u.pkg, s)) > 0 {
		return false
	}
	switch s.(type) {
	case *ast.BlockStmt, *ast.LabeledStmt:
		return false // package lower opens these always
	}
	res := true
	inspect(s, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.DeferStmt:
			res = false
		case *ast.LabeledStmt:
			jumps, _ := u.branches(n)
			res = res && !jumps
		}
	})
	return res
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

// isConst says whether e is a constant, which is never moved.
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

// jumpsAhead says whether a goto in body, outside of function literals, jumps to a label after it: only
// then may declarations not be put in its way.
func jumpsAhead(body *ast.BlockStmt) bool {
	labels := map[string]token.Pos{}
	inspect(body, func(n ast.Node) {
		if l, ok := n.(*ast.LabeledStmt); ok {
			labels[l.Label.Name] = l.Pos()
		}
	})
	found := false
	inspect(body, func(n ast.Node) {
		if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO && b.Pos() < labels[b.Label.Name] {
			found = true
		}
	})
	return found
}

// inspect visits n and what is under it, function literals excepted: of these it visits only
// the node itself.
func inspect(n ast.Node, visit func(ast.Node)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		visit(n)
		_, lit := n.(*ast.FuncLit)
		return !lit
	})
}
