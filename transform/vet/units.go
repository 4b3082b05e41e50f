package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A unit is the body of a function or literal, without the literals in it, which are units of their
// own.
type unit struct {
	decl  *ast.FuncDecl // around it; nil in the declaration of a package variable
	lit   *ast.FuncLit  // nil: the body is that of decl
	outer *unit         // around lit
	inner []*unit       // the literals in it
	body  *ast.BlockStmt
	role  load.LitKind

	marked bool // decl is a marked function
	// async says that the body runs on whichever worker polls it: to block there is to block others.
	async bool
	// direct says that the body is run by the function around it, in the order of its statements, or
	// when that returns.
	direct bool

	spawned  map[*ast.CallExpr]bool // calls of go statements
	deferred map[*ast.CallExpr]bool // calls of defer statements
}

// collect finds the units of the package, outer ones first.
func (c *checker) collect() {
	c.byLit = map[*ast.FuncLit]*unit{}
	marked := map[*ast.FuncDecl]bool{}
	for _, fn := range c.pkg.Funcs {
		marked[fn.Decl] = true
	}
	for _, f := range c.pkg.Files {
		for _, decl := range f.Syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			uses := c.pkg.Literals(decl)
			switch {
			case !ok:
				c.literals(nil, decl, uses)
			case fn.Body != nil:
				u := &unit{decl: fn, body: fn.Body, marked: marked[fn], async: marked[fn], direct: true}
				c.addUnit(u, uses)
			}
		}
	}
}

// addUnit adds a unit and those of the literals in it.
func (c *checker) addUnit(u *unit, uses map[*ast.FuncLit]load.LitUse) {
	u.spawned, u.deferred = map[*ast.CallExpr]bool{}, map[*ast.CallExpr]bool{}
	c.units = append(c.units, u)
	if u.lit != nil {
		c.byLit[u.lit] = u
	}
	if u.outer != nil {
		u.outer.inner = append(u.outer.inner, u)
	}
	c.literals(u, u.body, uses)
}

// literals adds the units of the literals in n, which belongs to outer. uses says what each literal is there for.
func (c *checker) literals(outer *unit, n ast.Node, uses map[*ast.FuncLit]load.LitUse) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if outer != nil {
				outer.spawned[n.Call] = true
			}
		case *ast.DeferStmt:
			if outer != nil {
				outer.deferred[n.Call] = true
			}
		case *ast.FuncLit:
			c.addUnit(c.literal(outer, n, uses[n].Kind), uses)
			return false
		}
		return true
	})
}

// literal makes the unit of a literal.
func (c *checker) literal(outer *unit, lit *ast.FuncLit, r load.LitKind) *unit {
	u := &unit{lit: lit, outer: outer, body: lit.Body, role: r}
	if outer == nil {
		return u
	}
	u.decl, u.marked = outer.decl, outer.marked
	switch r {
	case load.LitCalled, load.LitDeferred:
		u.async, u.direct = outer.async, outer.direct
	case load.LitBlock:
		u.async = outer.async
	case load.LitStarted:
		u.async = outer.async && c.pkg.Suspends(lit.Body) // a task, else a goroutine
	case load.LitOrdinary, load.LitPlain:
	}
	return u
}

// inspect visits the nodes of a unit, but not those of the literals in it.
func (u *unit) inspect(visit func(n ast.Node) bool) { inspectOwn(u.body, visit) }

// inspectOwn visits n and what is in it, but not the literals.
func inspectOwn(n ast.Node, visit func(n ast.Node) bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		return visit(n)
	})
}

// calls visits the calls of a unit that it makes itself: those of go statements are made elsewhere.
func (u *unit) calls(visit func(call *ast.CallExpr)) {
	u.inspect(func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !u.spawned[call] {
			visit(call)
		}
		return true
	})
}

// variable is the variable or field that an expression names, as it is declared; else nil.
func (c *checker) variable(e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ := c.object(e).(*types.Var)
		return origin(v)
	case *ast.SelectorExpr:
		v, _ := c.pass.TypesInfo.Uses[e.Sel].(*types.Var)
		return origin(v)
	}
	return nil
}

// object is what an identifier defines or uses.
func (c *checker) object(id *ast.Ident) types.Object { return c.pass.TypesInfo.ObjectOf(id) }

func origin(v *types.Var) *types.Var {
	if v == nil {
		return nil
	}
	return v.Origin()
}

// unparenCall is e as a call, nil if it is none or a conversion.
func (c *checker) unparenCall(e ast.Expr) *ast.CallExpr {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || c.pass.TypesInfo.Types[call.Fun].IsType() {
		return nil
	}
	return call
}

// shortPosition is file:line, without the directory.
func shortPosition(fset *token.FileSet, pos token.Pos) string {
	p := fset.PositionFor(pos, false)
	return fmt.Sprintf("%s:%d", filepath.Base(p.Filename), p.Line)
}
