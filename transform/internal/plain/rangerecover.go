package plain

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// withoutRecover takes the calls of recover out of the body of a loop over an iterator, and out of what the
// loop assigns to. In Go these belong to a function that the iterator calls: it is not deferred, though the
// function around it may be, and so recover gives nil there.
//
//	defer func() {
//		for v := range seq { f(v, recover()) }
//		g(recover())    // this is the function that is deferred
//	}()
//
// becomes, in the loop, f(v, any(nil)). What the body defers belongs to the function, and its literals are
// functions of their own.
func (r *ranger) withoutRecover(targets []ast.Expr) {
	for i, e := range targets {
		if e != nil {
			targets[i] = r.nilFor(e).(ast.Expr)
		}
	}
	r.st.Body = r.nilFor(r.st.Body).(*ast.BlockStmt)
}

func (r *ranger) nilFor(n ast.Node) ast.Node {
	return astutil.Apply(n, func(c *astutil.Cursor) bool {
		switch n := c.Node().(type) {
		case *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
			return false
		case *ast.ExprStmt:
			if r.isRecover(n.X) {
				c.Replace(&ast.EmptyStmt{Semicolon: n.Pos()})
				return false
			}
		case *ast.CallExpr:
			if r.isRecover(n) {
				c.Replace(call(r.typeExpr(n, types.Universe.Lookup("any").Type()), ident("nil")))
				return false
			}
		}
		return true
	}, nil)
}

// isRecover reports whether e is a call of recover.
func (r *ranger) isRecover(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	return ok && r.object(id) == types.Universe.Lookup("recover")
}
