package emit

import (
	"cmp"
	"fmt"
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
		names, values = append(names, b.n.vars[v]), append(values, b.varName(v))
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
		name := ast.NewIdent(b.n.vars[v])
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
	made := b.n.fresh(fmt.Sprint("v", len(b.tempVars)+1))
	b.tempVars = append(b.tempVars, tempVar{made, b.declType(b.pkg.Info.TypeOf(lit))})
	b.hoisted = append(b.hoisted, "{")
	for _, v := range vars {
		b.hoisted = append(b.hoisted, b.n.vars[v]+" := "+b.varName(v))
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

// iterationVars are the variables that can be declared more than once in a call and that an ordinary
// literal in n captures. A deferred literal has them in the record of its call.
func (b *body) iterationVars(n ast.Node) (vars []*ir.Var) {
	if len(b.seen.Lits) == 0 {
		return nil
	}
	depth := 0
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			return depth > 0
		case *ast.FuncLit:
			if b.m.Inner[n] != nil {
				return false
			}
			depth++
			ast.Inspect(n.Body, visit)
			depth--
			return false
		case *ast.Ident:
			v := b.m.VarOf(n)
			if depth > 0 && v != nil && v.InLoop && v.Hoisted && b.override[v] == "" && !slices.Contains(vars, v) {
				vars = append(vars, v)
			}
		}
		return true
	}
	ast.Inspect(n, visit)
	slices.SortFunc(vars, func(a, b *ir.Var) int { return cmp.Compare(a.Pos, b.Pos) })
	return vars
}
