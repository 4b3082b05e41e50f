package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// ready is the fact of a marked function in which nothing can wait: a call of it is an await that never
// suspends, so a lock may be held across it, and through a func value it blocks nobody.
//
//	//async:func
//	func area(s shape) int { return s.w * s.h }
type ready struct{}

// AFact implements [analysis.Fact].
func (*ready) AFact() {}

func (*ready) String() string { return "ready" }

var _ analysis.Fact = (*ready)(nil)

// findReady finds the marked functions of this package in which nothing can wait, and tells the packages
// that import it. A function waits if it awaits something of another package, a future, or a function that
// waits.
func (c *checker) findReady() {
	here := map[*types.Func]bool{} // marked functions
	for _, fn := range c.pkg.Funcs {
		if fn.Obj != nil {
			here[fn.Obj] = true
		}
	}
	callers := map[*types.Func][]*types.Func{}
	waiting := map[*types.Func]bool{}
	var work []*types.Func
	wait := func(fn *types.Func) {
		if !waiting[fn] {
			waiting[fn] = true
			work = append(work, fn)
		}
	}
	for _, u := range c.units {
		fn := c.declared(u)
		if fn == nil || !u.marked || !u.direct {
			continue
		}
		u.calls(func(call *ast.CallExpr) {
			a := c.pkg.Await(call)
			switch {
			case a != nil && a.Kind == load.AwaitLit: // a unit of its own
			case a != nil && a.Callee != nil && here[a.Callee.Origin()]:
				callers[a.Callee.Origin()] = append(callers[a.Callee.Origin()], fn)
			case c.mayWait(call):
				wait(fn)
			}
		})
	}
	for len(work) > 0 {
		fn := work[0]
		work = work[1:]
		for _, caller := range callers[fn] {
			wait(caller)
		}
	}
	for fn := range here {
		if !waiting[fn] {
			c.pass.ExportObjectFact(fn, &ready{})
		}
	}
}

// isReady reports whether nothing can wait in a function, here or in another package.
func (c *checker) isReady(fn *types.Func) bool {
	return fn != nil && fn.Pkg() != nil && c.pass.ImportObjectFact(fn.Origin(), new(ready))
}

// mayWait reports whether a call is an await, or the head of a loop over a stream, that can suspend.
func (c *checker) mayWait(call *ast.CallExpr) bool {
	a := c.pkg.Await(call)
	switch {
	case a == nil:
		return c.pkg.EachOf(call) != nil
	case a.Kind == load.AwaitLit:
		return c.waitsIn(a.Lit.Body)
	}
	return !c.isReady(a.Callee)
}

// waitsIn reports whether a body has an await that can suspend.
func (c *checker) waitsIn(body *ast.BlockStmt) bool {
	waits := false
	inspectOwn(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			waits = waits || c.mayWait(call)
		}
		return !waits
	})
	return waits
}

// readyAwaits are the positions of awaits that never suspend.
func (c *checker) readyAwaits() map[token.Position]bool {
	at := map[token.Position]bool{}
	for _, u := range c.units {
		u.inspect(func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && c.awaits(call) && !c.mayWait(call) {
				at[c.pkg.Position(call.Pos())] = true
			}
			return true
		})
	}
	return at
}
