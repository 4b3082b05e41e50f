package emit

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// dueType is the type of the set of deferred calls that are due: bits, or a list of records where a
// statement can come again.
func (b *body) dueType() string {
	if b.m.DueList {
		return "[]" + b.recordName() + b.typeArgs()
	}
	for _, n := range []int{8, 16, 32} {
		if len(b.m.Defers) <= n {
			return fmt.Sprintf("uint%d", n)
		}
	}
	return "uint64"
}

func (b *body) recordName() string { return strings.TrimSuffix(b.m.Names.Frame, "Frame") + "Defer" }

// setDue is a defer statement in the generated body: what Go evaluates at the statement is saved, then
// the call is noted.
//
//	defer mu.Unlock()        =>   due |= 1
//	defer e.Log("x=%d", x)   =>   defer2Arg2, due = x, due|2
//	defer e.Log("x=%d", x)   =>   due = append(due, fDefer{at: 2, defer2Arg2: x})    in a loop
func (b *body) setDue(d *ir.Defer) []ast.Stmt {
	c := b.cloner()
	call := d.Node.Call
	var lhs []*ir.Var
	var rhs []ast.Expr
	var list []ast.Stmt
	if d.Fun != nil {
		fun := c.exprOf(call.Fun)
		if d.Async {
			fun = b.callee(c, call.Fun, d.Await.Async.Name())
		}
		if b.plan.Saved[d].Fun != nil {
			fun, list = b.saveFirst(d, fun)
		}
		lhs, rhs = append(lhs, d.Fun), append(rhs, fun)
	}
	if d.Multi {
		set := b.saveMulti(d, c.exprOf(call.Args[0]))
		lhs, rhs, list = append(lhs, d.Args...), append(rhs, set.Lhs...), append(list, set)
	} else {
		for i, v := range d.Args {
			if v != nil {
				lhs, rhs = append(lhs, v), append(rhs, b.callArg(c, d.Await, i, call.Args[i]))
			}
		}
	}
	if b.m.DueList {
		return append(list, b.record(d, lhs, rhs))
	}
	list = append(list, b.useCancels(d)...)
	pos := d.Node.Defer
	due := &ast.Ident{NamePos: pos, Name: b.n.Due}
	bit := &ast.BasicLit{ValuePos: pos, Kind: token.INT, Value: fmt.Sprint(uint64(1) << d.Index)}
	if len(lhs) == 0 {
		return append(list, &ast.AssignStmt{Lhs: []ast.Expr{due}, TokPos: pos, Tok: token.OR_ASSIGN, Rhs: []ast.Expr{bit}})
	}
	set := &ast.AssignStmt{TokPos: pos, Tok: token.ASSIGN}
	for i, v := range lhs {
		set.Lhs = append(set.Lhs, ast.NewIdent(b.n.Vars[v]))
		set.Rhs = append(set.Rhs, rhs[i])
	}
	set.Lhs = append(set.Lhs, due)
	set.Rhs = append(set.Rhs, &ast.BinaryExpr{X: due, Op: token.OR, Y: bit})
	return append(list, set)
}

// due prints a defer statement. The comments inside of it stand where the guard states the call, and in a literal
// that is a machine of its own.
func (b *body) due(d *ir.Defer) {
	list := b.setDue(d)
	for i, s := range list {
		text := b.print(settled(s))
		if i == len(list)-1 {
			text += b.comments.after(d.Node)
		}
		b.out = append(b.out, lines(text)...)
	}
}

// useCancels names the functions of package context that a deferred call names, where go vet looks for
// them: after the statement that makes them, and not only in the guard before.
//
//	ctx, cancel = context.WithCancel(ctx)
//	_ = cancel
//	due |= 1
func (b *body) useCancels(d *ir.Defer) (list []ast.Stmt) {
	for _, v := range b.plan.Cancels(d) {
		list = append(list, &ast.AssignStmt{
			Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{ast.NewIdent(b.varName(v))},
		})
	}
	return list
}

// saveFirst evaluates the function of a deferred call before its arguments:
//
//	defer tab[i()](g())   =>   v1 = tab[i()]; defer1Func, defer1Arg1, due = v1, g(), due|1
func (b *body) saveFirst(d *ir.Defer, fun ast.Expr) (ast.Expr, []ast.Stmt) {
	t := ast.NewIdent(b.plan.Saved[d].Fun.Name)
	return t, []ast.Stmt{&ast.AssignStmt{Lhs: []ast.Expr{t}, Tok: token.ASSIGN, Rhs: []ast.Expr{fun}}}
}

// saveMulti takes the arguments of defer f(g()) apart:
//
//	v1, v2 = g()
func (b *body) saveMulti(d *ir.Defer, g ast.Expr) *ast.AssignStmt {
	set := &ast.AssignStmt{Tok: token.ASSIGN, Rhs: []ast.Expr{g}}
	for _, t := range b.plan.Saved[d].Args {
		set.Lhs = append(set.Lhs, ast.NewIdent(t.Name))
	}
	return set
}

// record appends a deferred call to the list of what is due.
func (b *body) record(d *ir.Defer, lhs []*ir.Var, rhs []ast.Expr) ast.Stmt {
	lit := &ast.CompositeLit{Type: ast.NewIdent(b.recordName() + b.typeArgs())}
	field := func(name string, value ast.Expr) {
		lit.Elts = append(lit.Elts, &ast.KeyValueExpr{Key: ast.NewIdent(name), Value: value})
	}
	field("at", &ast.BasicLit{Kind: token.INT, Value: fmt.Sprint(d.Index + 1)})
	for i, v := range lhs {
		field(v.Name, rhs[i])
	}
	for _, v := range arrange.Recorded(d) {
		field(b.n.Vars[v], ast.NewIdent(b.varName(v)))
	}
	due := &ast.Ident{NamePos: d.Node.Defer, Name: b.n.Due}
	return &ast.AssignStmt{Lhs: []ast.Expr{due}, TokPos: d.Node.Defer, Tok: token.ASSIGN, Rhs: []ast.Expr{
		&ast.CallExpr{Fun: ast.NewIdent("append"), Args: []ast.Expr{due, lit}}}}
}

// guard prints the one real defer statement of a body. A call that waits leaves it alone. Otherwise it
// states what is due as real defer statements, so that panics and Goexit in them are Go's own:
//
//	defer func() {
//		if w != nil || due == 0 {
//			return
//		}
//		if due&1 != 0 {
//			defer e.Log("x=%d", defer1Arg2)
//		}
//	}()
//
// Only what a panic runs itself can recover it. So where one of them may recover, the guard does, and takes up the panic
// again below them:
//
//	p := recover()
//	if due&1 != 0 {
//		defer end()
//	}
//	machine.Raise(p)
//
// Of one deferred call alone the guard is the call: see guardOf.
func (b *body) guard() {
	if len(b.m.Defers) == 0 {
		return
	}
	if b.m.Cleanup != nil {
		b.parkingGuard()
		return
	}
	none := b.nothingDue()
	b.p("defer func() {")
	if b.plan.CellResults() {
		b.p("if %s != nil { return }", b.n.W)
		b.p("defer func() {")
		for _, v := range b.m.Results {
			if b.isCell(v) {
				b.p("%s = *%s", b.paramName(v), b.varName(v))
			}
		}
		b.p("}()")
		b.p("if %s { return }", none)
	} else {
		b.p("if %s != nil || %s { return }", b.n.W, none)
	}
	if len(b.m.Defers) != 1 || b.m.DueList || !b.guardOf(b.m.Defers[0]) {
		b.restateDue()
	}
	b.p("}()")
}

// guardOf prints the only deferred call of a body, where the guard may stand for it:
//
//	defer func() {                       defer func() {
//		if recover() != nil {     =>         if w != nil || due == 0 {
//			v = 1                                return
//		}                                    }
//	}()                                      if recover() != nil {
//	                                             v = 1
//	                                         }
//	                                     }()
//
//	defer mu.Unlock()         =>         … mu.Unlock() …
//
// A function that may recover, and is not written here, cannot be called by the guard: only a panic may call it.
func (b *body) guardOf(d *ir.Defer) bool {
	if lit, ok := ast.Unparen(d.Node.Call.Fun).(*ast.FuncLit); ok && lit.Type.Params.NumFields() == 0 && lit.Type.Results.NumFields() == 0 {
		if own, ok := b.literal(lit).(*ast.FuncLit); ok {
			b.guardBody(lit.Body, own.Body.List)
			return true
		}
	}
	if b.mayRecover(d) {
		return false
	}
	b.restate(d, &ast.ExprStmt{X: b.restatedCall(d, func(v *ir.Var) string { return b.n.Vars[v] })})
	return true
}

// guardBody prints the statements of a deferred literal; list has them as they are in the generated body.
func (b *body) guardBody(src *ast.BlockStmt, list []ast.Stmt) {
	for i, s := range src.List {
		b.comments.of(b, s)
		b.stmtList(list[i:i+1], s)
	}
	b.comments.rest(b, src)
}

func (b *body) mayRecover(d *ir.Defer) bool { return b.pkg.MayRecover(b.src, d.Node.Call) }

// restateDue states what is due as real defer statements.
func (b *body) restateDue() {
	recovers := slices.ContainsFunc(b.m.Defers, b.mayRecover)
	if recovers {
		b.p("%s := recover()", b.n.P)
	}
	if b.m.DueList {
		b.dueList()
	} else {
		for _, d := range b.m.Defers {
			b.p("if %s&%d != 0 {", b.n.Due, uint64(1)<<d.Index)
			b.restateDefer(d, func(v *ir.Var) string { return b.n.Vars[v] })
			b.p("}")
		}
	}
	if recovers {
		b.p("%s(%s)", machineName("Raise"), b.n.P)
	}
}

// nothingDue is the condition that no deferred call is due.
func (b *body) nothingDue() string {
	if b.m.DueList {
		return fmt.Sprintf("len(%s) == 0", b.n.Due)
	}
	return fmt.Sprintf("%s == 0", b.n.Due)
}

// dueList states the records of the list, in their order.
func (b *body) dueList() {
	b.p("for _, %s := range %s {", b.n.D, b.n.Due)
	if !ir.PerIteration(b.src.GoVersion) {
		b.p("%s := %s", b.n.D, b.n.D)
	}
	b.p("switch %s.at {", b.n.D)
	for _, d := range b.m.Defers {
		b.p("case %d:", d.Index+1)
		b.override = map[*ir.Var]string{}
		for _, v := range arrange.Recorded(d) {
			b.override[v] = b.unboxed(v, b.n.D+"."+b.n.Vars[v])
		}
		b.restateDefer(d, b.inDue)
		b.override = nil
	}
	b.p("}")
	b.p("}")
}

// inDue is what the record of a deferred call has saved.
func (b *body) inDue(v *ir.Var) string { return b.unboxed(v, b.n.D+"."+v.Name) }

// restateDefer prints a deferred call with what its statement saved.
func (b *body) restateDefer(d *ir.Defer, saved func(*ir.Var) string) {
	b.restate(d, &ast.DeferStmt{Defer: d.Node.Defer, Call: b.restatedCall(d, saved)})
}

// restate prints a statement that stands for that of d.
func (b *body) restate(d *ir.Defer, st ast.Stmt) {
	text := b.commented(st, d.Node)
	if d.Node.Pos().IsValid() && !strings.Contains(text, "\n") {
		text += " // " + b.below(d.Node.Pos())
	}
	b.out = append(b.out, lines(text)...)
}

// restatedCall is a deferred call with what its statement saved.
func (b *body) restatedCall(d *ir.Defer, saved func(*ir.Var) string) *ast.CallExpr {
	c := b.cloner()
	src := d.Node.Call
	if r := b.recoversBy(src, "RecoverDue"); r != nil {
		return r
	}
	call := &ast.CallExpr{Lparen: src.Lparen, Ellipsis: src.Ellipsis, Rparen: src.Rparen}
	if d.Fun != nil {
		call.Fun = &ast.Ident{NamePos: src.Fun.Pos(), Name: saved(d.Fun)}
	} else {
		call.Fun = c.exprOf(src.Fun)
	}
	call.Args = b.savedArgs(d, saved)
	return call
}

// savedArgs are the arguments of a deferred call: saved, or stated again.
func (b *body) savedArgs(d *ir.Defer, saved func(*ir.Var) string) (args []ast.Expr) {
	c := b.cloner()
	for i, v := range d.Args {
		if v != nil {
			args = append(args, ast.NewIdent(saved(v)))
		} else {
			args = append(args, b.callArg(c, d.Await, i, d.Node.Call.Args[i]))
		}
	}
	return args
}
