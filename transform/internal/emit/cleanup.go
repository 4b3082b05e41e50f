package emit

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// parkingGuard prints the guard of a body whose deferred calls await. It cannot run them itself: it parks
// the panic, or nil for Goexit, in a frame at the exit and resumes that frame on the spot.
//
//	defer func() {
//		if w != nil || due == 0 {
//			return
//		}
//		v := recover()
//		p = &v
//		m = machine.Park(cx, m, 3).(*saveFrame)
//		m.e, m.r, m.due, m.p = e, r, due, p
//		w = machine.Leave(cx, m, v)
//		r, err = m.fr.Val, m.fr.Err
//	}()
func (b *body) parkingGuard() {
	c := b.m.Cleanup
	v := b.plan.Caught
	b.p("defer func() {")
	b.p("if %s != nil || %s { return }", b.n.W, b.nothingDue())
	b.p("%s := recover()", v)
	b.p("%s = &%s", b.n.Vars[c.Panic], v)
	b.p("%s = %s(%s, %s, %d).(*%s)", b.n.M, machineName("Park"), b.n.CX, b.n.M, c.Park.State, b.frameName())
	_, stores := b.stores(c.Park.State)
	b.assign(stores)
	b.p("%s = %s(%s, %s, %s)", b.n.W, machineName("Leave"), b.n.CX, b.n.M, v)
	var lhs []string
	for _, r := range b.m.Results {
		lhs = append(lhs, b.paramName(r))
	}
	if len(lhs) > 0 {
		b.p("%s = %s", strings.Join(lhs, ", "), strings.Join(b.frameResults(b.n.M), ", "))
	}
	b.p("}()")
}

// frameResults are the fields of a frame that have the results.
func (b *body) frameResults(m string) (fields []string) {
	m = headOf(m)
	values, hasErr := b.m.Values()
	switch len(values) {
	case 0:
	case 1:
		fields = append(fields, m+".Val")
	default:
		for i := range values {
			fields = append(fields, m+".Val."+string(rune('A'+i)))
		}
	}
	if hasErr {
		fields = append(fields, m+".Err")
	}
	return fields
}

// leaves is a return statement where deferred calls await: it sets the results, and the exit runs
// what is due.
//
//	return x, err   =>   r, err = x, err; goto exit
func (b *body) leaves(s *ast.ReturnStmt) []ast.Stmt {
	var list []ast.Stmt
	if len(s.Results) > 0 {
		set, values := b.tuple(s)
		list = append(set, b.assignResults(values)...)
	}
	exit := b.m.Cleanup.Exit
	return append(list, &ast.BranchStmt{TokPos: s.Return, Tok: token.GOTO, Label: ast.NewIdent(b.plan.Labels[exit])})
}

// dueTerm prints the way past a deferred call that is not due:
//
//	if due&2 == 0 {
//		goto exit1
//	}
//	due &^= 2
func (b *body) dueTerm(t *ir.Due, next *ir.Block) {
	bit := uint64(1) << t.Defer.Index
	b.p("if %s&%d == 0 {", b.n.Due, bit)
	b.jump(t.Next, nil)
	b.p("}")
	b.p("%s &^= %d", b.n.Due, bit)
	b.jump(t.Run, next)
}

// nextDueTerm prints how the last record is taken off the list; its call stands at the label of its
// statement.
func (b *body) nextDueTerm(t *ir.NextDue) {
	b.p("if %s {", b.nothingDue())
	b.jump(t.Done, nil)
	b.p("}")
	b.p("%s = %s[len(%s)-1]", b.n.D, b.n.Due, b.n.Due)
	b.p("%s = %s[: len(%s)-1 : len(%s)-1]", b.n.Due, b.n.Due, b.n.Due, b.n.Due)
	b.p("switch %s.at {", b.n.D)
	for i, blk := range t.Run {
		if i == len(t.Run)-1 {
			b.p("default:")
		} else {
			b.p("case %d:", i+1)
		}
		b.jump(blk, nil)
	}
	b.p("}")
}

// inRecord names what a deferred call needs while f prints it: in a loop, fields of its record.
func (b *body) inRecord(d *ir.Defer, f func(saved func(*ir.Var) string)) {
	if !b.m.DueList {
		f(func(v *ir.Var) string { return b.varName(v) })
		return
	}
	b.override = map[*ir.Var]string{}
	for _, v := range arrange.Recorded(d) {
		b.override[v] = b.unboxed(v, b.n.D+"."+b.n.Vars[v])
	}
	f(b.inDue)
	b.override = nil
}

// runDue prints a deferred call that does not await, as a real one under the parked panic, so that
// recover in it works:
//
//	func() {
//		defer e.Log("out")
//		machine.Rethrow(p)
//	}()
func (b *body) runDue(d *ir.Defer) {
	b.p("func() {")
	b.inRecord(d, func(saved func(*ir.Var) string) { b.restateDefer(d, saved) })
	b.p("%s(%s)", machineName("Rethrow"), b.varName(b.m.Cleanup.Panic))
	b.p("}()")
}

// deferredText is the call that runs a deferred call which awaits.
func (b *body) deferredText(t *ir.Await) (text string) {
	d := t.Defer
	b.inRecord(d, func(saved func(*ir.Var) string) {
		args := b.savedArgs(d, saved)
		own := []ast.Expr{ast.NewIdent(b.n.CX), ast.NewIdent("nil")}
		call := &ast.CallExpr{Ellipsis: d.Node.Call.Ellipsis}
		switch {
		case d.Child != nil:
			call.Fun = ast.NewIdent(d.Child.Names.Run + b.typeArgs())
			call.Args = append(append(own, b.captured(d.Child)...), args...)
		case d.Async:
			call = b.awaitDeferred(d, &ast.CallExpr{Fun: ast.NewIdent(saved(d.Fun)), Args: args, Ellipsis: call.Ellipsis})
		case d.Await.Kind == load.AwaitCallback:
			call = b.awaitDeferred(d, &ast.CallExpr{Fun: b.cloner().exprOf(d.Node.Call.Fun), Args: args, Ellipsis: call.Ellipsis})
		case d.Await.Kind == load.AwaitValue:
			call.Fun = ast.NewIdent(machineName("AwaitFuture"))
			call.Args = append(own[:1], args...)
		case d.Await.Kind == load.AwaitAsync:
			fun := b.callee(b.cloner(), d.Node.Call.Fun, d.Await.Async.Name())
			call = b.awaitDeferred(d, &ast.CallExpr{Fun: fun, Args: args, Ellipsis: call.Ellipsis})
		case d.Await.Kind == load.AwaitRun:
			call.Fun = b.bodyOf(b.cloner(), d.Node.Call.Fun, d.Await.Run)
			call.Args = b.runArgs(d.Await, b.varName(b.m.Cleanup.Panic), args)
		default:
			panic(fmt.Sprintf("emit: deferred await of kind %d", d.Await.Kind))
		}
		text = b.print(call)
	})
	return text
}

// awaitDeferred awaits the future of a deferred call, whose recover takes the parked panic. The verbs of
// rt have none.
func (b *body) awaitDeferred(d *ir.Defer, made *ast.CallExpr) *ast.CallExpr {
	if f := d.Await.Callee; f != nil && f.Pkg().Path() == load.RuntimePath {
		return &ast.CallExpr{Fun: ast.NewIdent(machineName("AwaitFuture")), Args: []ast.Expr{ast.NewIdent(b.n.CX), made}}
	}
	return &ast.CallExpr{Fun: ast.NewIdent(machineName("AwaitDeferred")), Args: []ast.Expr{
		ast.NewIdent(b.n.CX), made, ast.NewIdent(b.varName(b.m.Cleanup.Panic)),
	}}
}

// futureText is the future of a call that a go statement starts.
func (b *body) futureText(a *load.Await, child *ir.Machine) string {
	c := b.cloner()
	switch a.Kind {
	case load.AwaitLit:
		call := b.construct(child).(*ast.CallExpr)
		call.Args = append(call.Args, c.exprs(a.Call.Args)...)
		call.Ellipsis = a.Call.Ellipsis
		return b.print(settled(call))
	case load.AwaitRun, load.AwaitAsync:
		if a.Call == a.Args {
			call := *a.Args
			call.Fun = b.callee(c, a.Args.Fun, a.Async.Name())
			call.Args = b.callArgs(a)
			return b.print(settled(&call))
		}
		return b.exprText(a.Call.Args[0])
	case load.AwaitCallback:
		return b.exprText(a.Call)
	case load.AwaitYield:
		panic("emit: a stream yields in a go statement: package check refuses that")
	case load.AwaitValue, load.AwaitBlock:
		return b.exprText(a.Call.Args[0])
	}
	panic("emit: unknown kind of await")
}
