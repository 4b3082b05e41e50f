package load

import "go/ast"

// BareLit reports whether a composite literal in e stands in no parentheses or brackets: it cannot
// stand before the brace of a block so.
func BareLit(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			found = true
		case *ast.ParenExpr, *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || BareLit(n.Fun)
			return false
		case *ast.IndexExpr:
			found = found || BareLit(n.X)
			return false
		case *ast.SliceExpr:
			found = found || BareLit(n.X)
			return false
		}
		return !found
	})
	return found
}
