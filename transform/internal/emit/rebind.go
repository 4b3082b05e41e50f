package emit

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// rebound prints statements in which literals of n capture variables of an iteration. Such a variable,
// or the pointer to its cell, is one Go variable of the body, which the next iteration sets anew, so the
// literal gets one of its own:
//
//	fs = append(fs, func() int { i++; return i + v })
//
// becomes
//
//	{
//		i, v := i, v
//		fs = append(fs, func() int { *i++; return *i + v })
//	}
func (b *body) rebound(n ast.Node, print func()) {
	vars := b.iterationVars(n)
	if len(vars) == 0 {
		print()
		return
	}
	b.p("{")
	var names, values []string
	for _, v := range vars {
		names, values = append(names, b.n.Vars[v]), append(values, b.varName(v))
	}
	b.p("%s := %s", strings.Join(names, ", "), strings.Join(values, ", "))
	b.own = append(b.own, vars...)
	print()
	b.own = b.own[:len(b.own)-len(vars)]
	b.p("}")
}

// withOwn makes the variables for one literal in the header of a statement, where no block can stand:
//
//	func(i *int) func() int { return func() int { return *i } }(i)
//
// Where the type of a variable cannot be written, the literal is made before the statement:
//
//	{
//		h := h
//		v1 = func() bool { return h.Ok() }
//	}
//	if each(v1) { … }
func (b *body) withOwn(lit *ast.FuncLit, copied ast.Expr) ast.Expr {
	vars := slices.DeleteFunc(b.iterationVars(lit), func(v *ir.Var) bool { return slices.Contains(b.own, v) })
	if len(vars) == 0 {
		return copied
	}
	if slices.ContainsFunc(vars, func(v *ir.Var) bool { return v.Hidden }) {
		return b.hoist(lit, copied, vars)
	}
	typ := &ast.FuncType{Params: &ast.FieldList{}, Results: &ast.FieldList{}}
	call := &ast.CallExpr{}
	for _, v := range vars {
		name := ast.NewIdent(b.n.Vars[v])
		typ.Params.List = append(typ.Params.List, &ast.Field{
			Names: []*ast.Ident{name}, Type: ast.NewIdent(b.ownType(v)),
		})
		call.Args = append(call.Args, ast.NewIdent(b.varName(v)))
	}
	typ.Results.List = []*ast.Field{{Type: b.cloner().exprOf(lit.Type)}}
	call.Fun = &ast.FuncLit{Type: typ, Body: &ast.BlockStmt{
		List: []ast.Stmt{&ast.ReturnStmt{Return: token.NoPos, Results: []ast.Expr{copied}}},
	}}
	return call
}

// hoist makes a literal before the statement in hand, with variables of its own.
func (b *body) hoist(lit *ast.FuncLit, copied ast.Expr, vars []*ir.Var) ast.Expr {
	made := b.plan.Made[lit].Name
	b.hoisted = append(b.hoisted, "{")
	for _, v := range vars {
		b.hoisted = append(b.hoisted, b.n.Vars[v]+" := "+b.varName(v))
	}
	b.hoisted = append(b.hoisted, lines(made+" = "+b.print(copied))...)
	b.hoisted = append(b.hoisted, "}")
	return ast.NewIdent(made)
}

// hoisting prints a statement, and before it what was hoisted out of it.
func (b *body) hoisting(print func()) {
	outer, start := b.hoisted, len(b.out)
	b.hoisted = nil
	print()
	b.out = slices.Insert(b.out, start, b.hoisted...)
	b.hoisted = outer
}

// ownType is the type in which the Go variable that stands for v can be passed on.
func (b *body) ownType(v *ir.Var) string {
	if v.Hidden {
		return "any"
	}
	return b.typeText(b.goType(v))
}

// goType is the type of the Go variable that stands for v.
func (b *body) goType(v *ir.Var) types.Type {
	if b.isCell(v) || v.Shared {
		return types.NewPointer(v.Type)
	}
	return v.Type
}

// iterationVars are the variables that the literals in n capture, each for an iteration of its own. A deferred
// literal has them in the record of its call.
func (b *body) iterationVars(n ast.Node) []*ir.Var {
	return slices.DeleteFunc(b.plan.IterationVars(n), func(v *ir.Var) bool { return b.override[v] != "" })
}
