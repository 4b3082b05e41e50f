package vet

import (
	"fmt"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// waits is the fact of a function without an async form that awaits, directly or in a function that it
// calls: who calls it from a worker blocks that.
//
//	func helper() { rt.Sleep(d) }   // waits: rt.Sleep at x.go:3
//	func outer()  { helper() }      // waits: helper at x.go:4
type waits struct{ Why string }

// AFact implements [analysis.Fact].
func (*waits) AFact() {}

func (w *waits) String() string { return "waits: " + w.Why }

// exportWaits finds the functions of this package that wait, and tells the packages that import it.
func (c *checker) exportWaits() {
	c.decls = map[*types.Func]*ast.FuncDecl{}
	if c.pkg.Path == load.RuntimePath {
		return // its functions are in the list of well-known ones
	}
	callers := map[*types.Func][]*types.Func{} // functions without an async form, by what they call
	at := map[[2]*types.Func]string{}
	var found []*types.Func
	for _, u := range c.units {
		fn := c.declared(u)
		if fn != nil {
			c.decls[fn] = u.decl
		}
		if fn == nil || !u.direct || u.marked || c.pkg.HasForm(fn) {
			continue
		}
		u.calls(func(call *ast.CallExpr) {
			callee := c.pkg.Callee(call)
			switch {
			case callee == nil:
			case c.mayWait(call):
				found = c.setWaits(found, fn, fmt.Sprintf("%s at %s", shortName(callee), c.line(call.Pos())))
			case c.waitsOf(callee) != nil:
				found = c.setWaits(found, fn, fmt.Sprintf("%s at %s", shortName(callee), c.line(call.Pos())))
			case callee.Pkg() == c.pass.Pkg:
				callee = callee.Origin()
				callers[callee] = append(callers[callee], fn)
				at[[2]*types.Func{callee, fn}] = c.line(call.Pos())
			}
		})
	}
	for len(found) > 0 {
		callee := found[0]
		found = found[1:]
		for _, fn := range callers[callee] {
			found = c.setWaits(found, fn, fmt.Sprintf("%s at %s", shortName(callee), at[[2]*types.Func{callee, fn}]))
		}
	}
}

// declared is the function whose declaration a unit is in.
func (c *checker) declared(u *unit) *types.Func {
	if u.decl == nil {
		return nil
	}
	fn, _ := c.pass.TypesInfo.Defs[u.decl.Name].(*types.Func)
	return fn
}

// setWaits exports the fact, once, and adds fn to the list.
func (c *checker) setWaits(list []*types.Func, fn *types.Func, why string) []*types.Func {
	if c.waitsOf(fn) != nil {
		return list
	}
	c.pass.ExportObjectFact(fn, &waits{why})
	return append(list, fn)
}

// waitsOf is the fact of a function of this package or another, nil where it has none.
func (c *checker) waitsOf(fn *types.Func) *waits {
	var w waits
	if fn.Pkg() == nil || !c.pass.ImportObjectFact(fn.Origin(), &w) {
		return nil
	}
	return &w
}

// waitingCall says that a call of fn blocks, if it waits and has no async form.
func (c *checker) waitingCall(fn *types.Func) *blocker {
	w := c.waitsOf(fn)
	if w == nil {
		return nil
	}
	b := &blocker{
		id: diag.BlockingFunc, hint: "mark it //async:func",
		message: fmt.Sprintf("%s waits (%s) and has no async form, so this call blocks the worker", shortName(fn), w.Why),
	}
	b.fix = func(d *analysis.Diagnostic) {
		d.Related = []analysis.RelatedInformation{{Pos: fn.Origin().Pos(), Message: "it waits"}}
		if decl := c.decls[fn.Origin()]; decl != nil {
			c.fixMark(d, decl)
		}
	}
	return b
}
