package vet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/facts"
)

// loops reports loops in async code that run on without an await, so that the worker has no time for
// other tasks. Only two kinds are sure to be meant by that:
//
//	for { step() }                    // has no end
//	for !ready.Load() { … }           // waits for something that happens elsewhere
//
// A loop that computes may take its time: a monitor of the runtime sees to the others.
func (c *checker) loops() {
	for _, u := range c.units {
		if !u.async {
			continue
		}
		u.inspect(func(n ast.Node) bool {
			loop, ok := n.(*ast.ForStmt)
			if !ok || c.waitsOrBlocks(u, loop) {
				return true
			}
			const hint = "await in it, for example rt.Yield()"
			switch {
			case c.endless(loop):
				d := c.reportPos(loop.For, diag.HotLoop, hint, "this loop has no end and no await, so it keeps its worker for ever")
				c.fixYield(d, loop)
			case c.polls(loop):
				d := c.reportPos(loop.For, diag.HotLoop, hint, "this loop waits for something that happens elsewhere, and has no await")
				c.fixYield(d, loop)
			}
			return true
		})
	}
}

// waitsOrBlocks reports whether a loop waits, if only by blocking: that is for other rules to report. A call of
// a func value or of an interface may wait in a way that we do not see.
func (c *checker) waitsOrBlocks(u *unit, loop *ast.ForStmt) bool {
	waits := c.pkg.Suspends(loop)
	inspectOwn(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if !u.spawned[n] && c.blockingCall(n) != nil {
				waits = true
			}
		case *ast.SelectStmt, *ast.SendStmt:
			waits = true
		case *ast.UnaryExpr:
			waits = waits || n.Op == token.ARROW
		case *ast.RangeStmt:
			waits = waits || isChan(c.pass.TypesInfo.TypeOf(n.X))
		}
		return !waits
	})
	return waits
}

// endless reports whether a loop has neither a condition nor a statement that leaves it.
func (c *checker) endless(loop *ast.ForStmt) bool {
	if loop.Cond != nil {
		tv := c.pass.TypesInfo.Types[loop.Cond]
		if tv.Value == nil || tv.Value.Kind() != constant.Bool || !constant.BoolVal(tv.Value) {
			return false
		}
	}
	return !c.leaves(loop)
}

// leaves reports whether a statement in a loop may leave it.
func (c *checker) leaves(loop *ast.ForStmt) bool {
	for _, j := range facts.Jumps(loop, "") {
		if j.To == nil || j.Branch.Tok == token.BREAK && j.To == ast.Stmt(loop) {
			return true
		}
	}
	found := false
	inspectOwn(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt:
			found = true
		case *ast.CallExpr:
			found = !c.mayReturn(n)
		}
		return !found
	})
	return found
}

// polls reports whether the condition of a loop asks for something that only others change: an atomic
// value, a clock, a context, a task.
func (c *checker) polls(loop *ast.ForStmt) bool {
	if loop.Cond == nil || c.leaves(loop) {
		return false
	}
	found := false
	inspectOwn(loop.Cond, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && c.asks(call) {
			found = true
		}
		return !found
	})
	return found && !c.changes(loop)
}

// asks reports whether a call looks at something that others change.
func (c *checker) asks(call *ast.CallExpr) bool {
	fn := c.pkg.Callee(call)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch funcName(fn) {
	case "time.Now", "time.Since", "time.Until", "context.Context.Err",
		runtimePrefix + "Now", runtimePrefix + "Since", runtimePrefix + "JoinHandle.Finished":
		return true
	}
	return fn.Pkg().Path() == "sync/atomic" && readsAtomic(fn)
}

// readsAtomic reports whether a function of sync/atomic reads, or tries to change what others hold.
func readsAtomic(fn *types.Func) bool {
	name := fn.Name()
	return len(name) >= 4 && name[:4] == "Load" || len(name) >= 14 && name[:14] == "CompareAndSwap"
}

// changes reports whether the body of a loop changes something atomic itself: then it is not only others
// that the loop waits for.
func (c *checker) changes(loop *ast.ForStmt) bool {
	found := false
	inspectOwn(loop.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			fn := c.pkg.Callee(call)
			if fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" && !readsAtomic(fn) {
				found = true
			}
		}
		return !found
	})
	return found
}
