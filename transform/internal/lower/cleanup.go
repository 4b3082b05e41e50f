package lower

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// parked is the type of a pointer to a panic that is parked while deferred calls run that await.
var parked = types.NewPointer(types.Universe.Lookup("any").Type())

// takesPanic gives m, which can be a deferred call that awaits, the panic that is parked meanwhile as a
// parameter. Its recover takes that:
//
//	defer cleanup(x)    // where cleanup calls recover()
//
// runs cleanupRun(cx, nil, p, x), in which recover() is machine.Recover(p).
func takesPanic(m *ir.Machine, recovers []*ast.Ident) {
	m.Panic = &ir.Var{Name: "p", Type: parked, Role: ir.Capture, Hoisted: true}
	m.Captures = append(m.Captures, m.Panic)
	m.Vars = append(m.Vars, m.Panic)
	for _, id := range recovers {
		m.Synth[id] = m.Panic
	}
}

// startCleanup prepares a machine whose deferred calls await: its results need names, since they are
// set before the deferred calls run, and returned after.
func (l *lowerer) startCleanup(sig *types.Signature) {
	if !slices.ContainsFunc(l.m.Defers, func(d *ir.Defer) bool { return d.Await != nil }) {
		return
	}
	m := l.m
	m.Cleanup = &ir.Cleanup{Exit: l.block("exit"), Park: &ir.Await{Name: "exit", Label: "exit", At: m.Body.Rbrace}}
	m.Cleanup.Park.Next = m.Cleanup.Exit
	m.Cleanup.Panic = &ir.Var{Name: "p", Type: parked, Hoisted: true}
	m.Vars = append(m.Vars, m.Cleanup.Panic)
	if len(m.Results) > 0 {
		return
	}
	for v := range sig.Results().Variables() {
		name := "r"
		if types.Identical(v.Type(), types.Universe.Lookup("error").Type()) {
			name = "err"
		}
		r := &ir.Var{Name: name, Type: v.Type(), Role: ir.Result, Hoisted: true}
		m.Results = append(m.Results, r)
		m.Vars = append(m.Vars, r)
	}
}

// exit is the block that runs the deferred calls, nil where the guard does.
func (l *lowerer) exit() *ir.Block {
	if l.m.Cleanup == nil {
		return nil
	}
	return l.m.Cleanup.Exit
}

// cleanup adds the blocks that run the deferred calls, last first. We turn
//
//	defer e.Log("out")
//	defer func() { v := step(e); e.Log(v) }()
//
// into
//
//	exit:
//		if due 2 -> run2 else next
//	run2:
//		await fLit1(e) -> next
//	next:
//		if due 1 -> run1 else done
//	run1:
//		run 1
//		jump done
//	done:
//		finish
//
// and where they can repeat, into a loop over the list of records.
func (l *lowerer) cleanup() {
	c := l.m.Cleanup
	if c == nil {
		return
	}
	l.place(c.Exit)
	done := l.block("finish")
	if l.m.DueList {
		term := &ir.NextDue{Done: done}
		for range l.m.Defers {
			term.Run = append(term.Run, l.block("cleanup"))
		}
		l.end(term)
		for i, d := range l.m.Defers {
			l.place(term.Run[i])
			l.runDue(d)
			l.end(&ir.Jump{To: c.Exit})
		}
		l.place(done)
		l.end(&ir.Finish{})
		return
	}
	for i := len(l.m.Defers) - 1; i >= 0; i-- {
		d := l.m.Defers[i]
		run, next := l.block(""), done
		if i > 0 {
			next = l.block("exit")
		}
		l.end(&ir.Due{Defer: d, Run: run, Next: next})
		l.place(run)
		l.runDue(d)
		l.place(next)
	}
	l.end(&ir.Finish{})
}

// runDue runs one deferred call.
func (l *lowerer) runDue(d *ir.Defer) {
	if d.Await == nil {
		l.add(&ir.RunDue{Defer: d})
		return
	}
	a := &ir.Await{Call: d.Await, At: d.Node.Pos(), Defer: d, Child: d.Child}
	a.Name = awaitName(a)
	a.Label = "ran" + upper(lastPart(a.Name))
	a.Next = l.block("")
	l.end(a)
	l.place(a.Next)
}

// deferStmt lowers a defer statement: its arguments are evaluated and the call is noted.
func (l *lowerer) deferStmt(s *ast.DeferStmt) {
	d := l.m.Due[s]
	for _, a := range s.Call.Args {
		l.inner(a)
	}
	switch {
	case d.Await == nil:
		l.inner(s.Call.Fun)
	case d.Await.Kind == load.AwaitLit:
		d.Child = l.deferredChild(s.Call)
	}
	l.add(&ir.SetDue{Defer: d})
}

// deferredChild makes the machine of a deferred literal that awaits. The literal runs as a call of its
// own, so recover in it takes the panic from where the call around it has parked it.
func (l *lowerer) deferredChild(call *ast.CallExpr) *ir.Machine {
	lit := ast.Unparen(call.Fun).(*ast.FuncLit)
	c := block(l, lit, load.BlockCalled, true)
	l.m.Inner[lit] = c
	l.m.Children = append(l.m.Children, c)
	return c
}

// spawn lowers a go statement that would await:
//
//	go f(x)   =>   rt.Go(fAsync(x))
func (l *lowerer) spawn(s *ast.GoStmt, call *load.Await) {
	l.operands(call)
	st := &ir.Spawn{Node: s, Call: call}
	if call.Kind == load.AwaitLit {
		st.Child = l.child(l.pkg.Block(s.Call))
		st.Child.Boxed = true
	}
	l.add(st)
}

// asyncType is the type of the function value that makes the future of a deferred call: of
// c.GetAsync in defer c.Get(k).
func (l *lowerer) asyncType(a *load.Await) types.Type {
	sig := l.pkg.AsyncSignature(a)
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}
