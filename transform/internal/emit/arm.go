package emit

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Plans finds the plan of a marked function of the package, by where its name is declared.
type Plans map[token.Pos]*arrange.Plan

// arm is what a verb is given for e, an argument in which a future is made that the verb alone has: one that the worker
// uses again. It is nil where e is none.
//
//	fetchAsync(url)                        =>   machine.Arm[[]byte](cx, fetchFrame{url: url})
//	c.getAsync(k)                          =>   machine.Arm[[]byte](cx, clientGetFrame{c: c, k: k})
//	rt.AsyncFunc(func() error { … f() …})  =>   machine.Arm[rt.Unit](cx, saveBlock1Frame{f: f})
//	rt.SleepAsync(d)                       =>   machine.SleepArm(cx, d)
func (b *body) arm(e ast.Expr) ast.Expr {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return nil
	}
	if bl := b.pkg.Block(call); bl != nil {
		child := b.m.Inner[bl.Lit]
		elem := load.FutureElem(b.pkg.Info.TypeOf(call))
		if child == nil || !plainCaptures(child) || b.pkg.Unnameable(elem) != nil {
			return nil
		}
		b.armed[child] = true
		return b.makeArm(elem, child.Names.Frame+b.typeArgs(), b.pairs(b.plans[child], b.captured(child)))
	}
	a := b.pkg.Arm(call)
	if a == nil {
		return nil
	}
	c := b.cloner()
	if a.Leaf != "" {
		args := append([]ast.Expr{ast.NewIdent(b.n.CX)}, c.exprs(a.Args)...)
		return &ast.CallExpr{Fun: ast.NewIdent(machineName(a.Leaf + "Arm")), Args: args}
	}
	p := b.all[a.Of.Pos()]
	if p == nil || b.pkg.AtInit(p.Machine.Func) {
		return nil
	}
	var values []ast.Expr
	if a.Recv != nil {
		values = append(values, c.exprOf(a.Recv))
	}
	return b.makeArm(a.Elem, p.Machine.Names.Frame+b.instance(a.Targ), b.pairs(p, append(values, c.exprs(a.Args)...)))
}

// makeArm is the call that makes an arm of a frame.
func (b *body) makeArm(elem types.Type, frame string, fields []ast.Expr) ast.Expr {
	return &ast.CallExpr{Fun: ast.NewIdent(machineName("Arm") + "[" + b.typeText(elem) + "]"), Args: []ast.Expr{
		ast.NewIdent(b.n.CX), &ast.CompositeLit{Type: ast.NewIdent(frame), Elts: fields},
	}}
}

// pairs are the fields of a frame of p that a call begins with, with values.
func (b *body) pairs(p *arrange.Plan, values []ast.Expr) (fields []ast.Expr) {
	for i, v := range layout.Params(p.Machine) {
		fields = append(fields, &ast.KeyValueExpr{Key: ast.NewIdent(p.Fields[startSlot(p.Layout, v)]), Value: values[i]})
	}
	return fields
}

// instance is a list of type arguments with brackets, nothing if there are none.
func (b *body) instance(targs []types.Type) string {
	if len(targs) == 0 {
		return ""
	}
	var list []string
	for _, t := range targs {
		list = append(list, b.typeText(t))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// plainCaptures reports whether what a block captures is passed as it is.
func plainCaptures(child *ir.Machine) bool {
	return child.Panic == nil && !slices.ContainsFunc(child.Captures, func(v *ir.Var) bool { return v.Hidden })
}
