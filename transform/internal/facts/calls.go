package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Calls reports whether an expression has a call or a receive in it, outside of literals. A conversion is no call,
// nor is new.
func Calls(info *types.Info, e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			tv := info.Types[n.Fun]
			id, _ := ast.Unparen(n.Fun).(*ast.Ident)
			isNew := tv.IsBuiltin() && id != nil && info.Uses[id] == types.Universe.Lookup("new")
			found = found || !tv.IsType() && !isNew && info.Types[n].Value == nil
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return !found
	})
	return found
}

// FuncFirst reports whether gc evaluates the function of a call, a func value, before the arguments. It reads it after
// them, unless a call is a part of it; of a method the receiver is an operand like the arguments.
//
//	tab[0](f())    // tab[0] is read after f has run
//	tab[i()](f())  // tab[t1] is read before
func FuncFirst(info *types.Info, fun ast.Expr) bool {
	if sel, ok := ast.Unparen(fun).(*ast.SelectorExpr); ok {
		if s := info.Selections[sel]; s != nil && s.Kind() != types.FieldVal {
			return false
		}
	}
	return Calls(info, fun)
}
