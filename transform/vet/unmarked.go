package vet

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// unmarked reports blocks that wait in functions that are not marked. Such a block has a goroutine of
// its own, which takes turns with whoever polls it; in a marked function it is a state machine.
//
//	func both(a, b string) error { // mark it
//		_, _, err := rt.Join2(
//			rt.AsyncFunc(func() error { return c.Get(a) }), …)
//		return err
//	}
//
// main, init and tests cannot be marked, and are left alone. So is a function that gives back a future:
// it is an async form that somebody wrote by hand.
func (c *checker) unmarked() {
	for _, u := range c.units {
		if u.marked || !u.direct || u.decl == nil || !c.canMark(u.decl) || c.givesFuture(u.decl) {
			continue
		}
		u.calls(func(call *ast.CallExpr) {
			if !c.takesBlock(call) {
				return
			}
			d := c.reportPos(call.Pos(), diag.UnmarkedBlock, "mark it //async:func",
				"this block waits, but %s is not marked, so it needs a goroutine and is not compiled", u.decl.Name.Name)
			c.fixMark(d, u.decl)
		})
	}
}

// takesBlock reports whether rt is given a block that waits, also as the body of rt.Scope. What other functions
// call is no block where the caller is not marked.
func (c *checker) takesBlock(call *ast.CallExpr) bool {
	fn := c.pkg.Callee(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != load.RuntimePath {
		return false
	}
	return slices.ContainsFunc(c.pkg.Blocks(call), func(b *load.Block) bool {
		return b.Kind != load.BlockCalled && c.pkg.Suspends(b.Lit.Body)
	})
}

// givesFuture reports whether a future or stream is among the results of a function.
func (c *checker) givesFuture(decl *ast.FuncDecl) bool {
	fn, ok := c.pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if !ok {
		return false
	}
	for v := range fn.Signature().Results().Variables() {
		if kindOf(v.Type()) != "" {
			return true
		}
	}
	return false
}
