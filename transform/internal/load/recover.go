package load

import (
	"go/ast"
	"go/types"
	"slices"
)

// This file knows functions that call recover themselves. Where such a function is deferred and awaits,
// its body runs after the panic has been parked, so it is told where:
//
//	//async:func
//	func cleanup(c *Conn) { c.Close(recover()) }
//
//	func cleanupRun(cx *rt.Context, m *cleanupFrame, p *any, c *Conn) machine.Machine

// recovers reports whether a body calls something named recover. That it is the built-in function, types
// tell later; a body that has the parameter and does not need it is fine.
func recovers(body *ast.BlockStmt) bool { return body != nil && len(recoverCalls(body)) > 0 }

// RecoverCalls are the calls of recover that are body's own, by their identifiers. Those in the body of a loop
// over an iterator are not: the iterator calls it.
func (p *Package) RecoverCalls(body *ast.BlockStmt) []*ast.Ident {
	called := map[*ast.Ident]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if !ok || !p.isIterator(loop.X) {
			return true
		}
		for _, n := range []ast.Node{loop.Key, loop.Value, loop.Body} {
			if n == nil {
				continue
			}
			for _, id := range recoverCalls(n) {
				called[id] = true
			}
		}
		return true
	})
	return slices.DeleteFunc(recoverCalls(body), func(id *ast.Ident) bool {
		return called[id] || p.Info.Uses[id] != types.Universe.Lookup("recover")
	})
}

// isIterator reports whether a range over e calls e.
func (p *Package) isIterator(e ast.Expr) bool {
	t := p.Info.TypeOf(e)
	if t == nil {
		return false
	}
	_, ok := Core(t).(*types.Signature)
	return ok
}

// recoverCalls are the calls of something named recover that body makes itself, by defer recover() too,
// and not in a function literal.
func recoverCalls(body ast.Node) (ids []*ast.Ident) {
	elsewhere := map[*ast.CallExpr]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.GoStmt:
			elsewhere[n.Call] = true
		case *ast.CallExpr:
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && id.Name == "recover" && !elsewhere[n] {
				ids = append(ids, id)
			}
		}
		return true
	})
	return ids
}

// runParams is the number of parameters of a generated body before those of its function: cx, m, and
// where it recovers, the parked panic.
func runParams(fn, run *types.Signature) int {
	if run.Params().Len() == fn.Params().Len()+3 && isParked(run.Params().At(2).Type()) {
		return 3
	}
	return 2
}

// isParked reports whether t is *any, the type of a parked panic.
func isParked(t types.Type) bool {
	ptr, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return false
	}
	i, ok := types.Unalias(ptr.Elem()).(*types.Interface)
	return ok && i.Empty()
}
