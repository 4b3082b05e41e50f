package check

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// literal warns of awaits in a literal that is called by code which cannot be suspended. One that is
// marked //async:plain runs on ordinary goroutines, where waiting is fine. A block inside such a
// literal is made by rt at run time, and waits as in any unmarked function. The way out is for a literal that
// is passed to a function which could await it, else "".
func (c *checker) literal(lit *ast.FuncLit, plain map[*ast.FuncLit]bool, way string) {
	if plain[lit] {
		return
	}
	uses := c.pkg.Literals(lit.Body)
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return !plain[n] && uses[n].Kind != load.LitBlock
		case *ast.CallExpr:
			if _, called := ast.Unparen(n.Fun).(*ast.FuncLit); !called && c.pkg.Await(n) != nil {
				if way == "" {
					way = "make it a block (rt.AsyncFunc), use rt.SpawnBlocking, or mark the literal //async:plain"
				}
				c.warn(n.Pos(), diag.InLiteral, way,
					"this await is in an ordinary function literal, so it blocks the goroutine that calls it")
				return false
			}
		}
		return true
	})
}

// call warns of calls that look like awaits and are none.
func (c *checker) call(call *ast.CallExpr) {
	if f := c.pkg.Elsewhere(call); f != nil {
		c.warn(call.Pos(), diag.Overridden, "mark it, or declare "+f.Name()+" beside it",
			"this call does not suspend: %s is declared elsewhere than the method that is called", f.Name())
	}
}
