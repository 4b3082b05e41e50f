package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// passed reports futures that are used after they were passed on, which panics:
//
//	f := fAsync(x)
//	c := rt.Select2(f, rt.SleepAsync(d))
//	rt.Await(f)           // passed on at Select2, and cancelled if it lost
//
// We follow local variables that hold nothing but futures of their own: made by an async form or by
// rt. A handle, which may be awaited any number of times, can hide behind the type rt.Future, so what
// a parameter or another function gives is left out.
func (c *checker) passed() {
	for _, u := range c.units {
		own := c.ownFutures(u)
		if len(own) == 0 {
			continue
		}
		reported := map[token.Pos]bool{}
		c.flow(u.body, func(n ast.Node, s state, last bool) {
			if _, ok := n.(*ast.DeferStmt); ok {
				return
			}
			inOrder(n, func(n ast.Node) {
				switch n := n.(type) {
				case *ast.AssignStmt:
					for _, lhs := range n.Lhs {
						delete(s, c.local(lhs))
					}
				case *ast.ValueSpec:
					for _, id := range n.Names {
						delete(s, c.local(id))
					}
				case *ast.CallExpr:
					c.pass1(n, own, s, last, reported)
				}
			})
		})
	}
}

// pass1 looks at one call: which of the futures does it take, and which has it taken too late?
func (c *checker) pass1(call *ast.CallExpr, own map[*types.Var]bool, s state, last bool, reported map[token.Pos]bool) {
	for _, use := range c.futureUses(call) {
		v := c.local(use.at)
		if v == nil || !own[v] {
			continue
		}
		if pos, ok := s[v]; ok && last && !reported[use.at.Pos()] {
			reported[use.at.Pos()] = true
			hint := "lend it with rt.Borrow where it is to be used again"
			if pos == use.at.Pos() {
				c.report(use.at, diag.UsedAfter, hint, "%s is passed on here in each round of the loop, but a future can be passed on once", v.Name())
			} else {
				c.report(use.at, diag.UsedAfter, hint, "%s is used here after it was passed on at %s", v.Name(), c.line(pos))
			}
		}
		if use.takes {
			s[v] = use.at.Pos()
		}
	}
}

// A futureUse is an operand of a call that polls it or takes it over.
type futureUse struct {
	at    ast.Expr
	takes bool // false: it is polled, or lent
}

// futureUses are the operands of a call that rt takes over, or that are polled. What other functions
// do with a future we do not know.
func (c *checker) futureUses(call *ast.CallExpr) (uses []futureUse) {
	fn := c.pkg.Callee(call)
	if fn == nil {
		return nil
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && fn.Name() == "Poll" && fn.Signature().Recv() != nil {
		return []futureUse{{at: sel.X}}
	}
	if fn.Pkg() == nil || fn.Pkg().Path() != load.RuntimePath || !fn.Exported() {
		return nil
	}
	takes := runtimeFunc(fn) != "Borrow"
	params := fn.Signature().Params()
	for i, arg := range call.Args {
		t := params.At(min(i, params.Len()-1)).Type()
		if slice, ok := t.(*types.Slice); ok && fn.Signature().Variadic() && i >= params.Len()-1 && !call.Ellipsis.IsValid() {
			t = slice.Elem()
		}
		if isRuntimeNamed(t, "Future") {
			uses = append(uses, futureUse{arg, takes})
		}
	}
	return uses
}

// ownFutures are the variables of a unit that hold only futures that were made for them, and that no
// literal and no pointer reaches.
func (c *checker) ownFutures(u *unit) map[*types.Var]bool {
	own := map[*types.Var]bool{}
	spoiled := map[*types.Var]bool{}
	assign := func(lhs, rhs ast.Expr) {
		v := c.local(lhs)
		if v == nil || load.FutureElem(v.Type()) == nil || isRuntimeNamed(v.Type(), "JoinHandle") {
			return
		}
		if rhs != nil && c.makesFuture(rhs) {
			own[v] = true
		} else {
			spoiled[v] = true
		}
	}
	u.inspect(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					assign(lhs, n.Rhs[i])
				} else {
					assign(lhs, nil)
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				switch {
				case len(n.Values) == len(n.Names):
					assign(id, n.Values[i])
				case len(n.Values) > 0:
					assign(id, nil)
				}
			}
		case *ast.RangeStmt:
			assign(n.Key, nil)
			assign(n.Value, nil)
		case *ast.UnaryExpr:
			if v := c.local(n.X); n.Op == token.AND && v != nil {
				spoiled[v] = true
			}
		}
		return true
	})
	c.spoilCaptured(u, spoiled)
	for v := range spoiled {
		delete(own, v)
	}
	return own
}

// spoilCaptured spoils what the literals in a unit mention: when they do so, we do not know.
func (c *checker) spoilCaptured(u *unit, spoiled map[*types.Var]bool) {
	for _, inner := range u.inner {
		ast.Inspect(inner.body, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if v, ok := c.object(id).(*types.Var); ok {
					spoiled[v] = true
				}
			}
			return true
		})
	}
}

// makesFuture reports whether an expression makes a future that nobody else has: a call of an async form
// or of a function of rt. A handle is none.
func (c *checker) makesFuture(e ast.Expr) bool {
	call := c.unparenCall(e)
	if call == nil || isRuntimeNamed(c.pass.TypesInfo.TypeOf(call), "JoinHandle") {
		return false
	}
	fn := c.pkg.Callee(call)
	return runtimeFunc(fn) != "" && runtimeFunc(fn) != "Borrow" || c.pkg.Blocking(call) != nil
}

// local is the local variable that an expression names, else nil.
func (c *checker) local(e ast.Expr) *types.Var {
	if e == nil {
		return nil
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := c.object(id).(*types.Var)
	if !ok || v.IsField() || v.Pkg() == nil || v.Parent() == v.Pkg().Scope() {
		return nil
	}
	return v
}
