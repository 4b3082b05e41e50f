package load

import (
	"go/ast"
	"go/types"
)

// Outlived reports whether a block or a deferred literal in s names a variable that s declares. Such a statement
// is taken apart, also where it does not wait, so that the variable can be a cell:
//
//	for i := range 3 {
//		g.Go(func() error { return f(i) })
//	}
//
// Package plain asks which range statements it has to rewrite for that, and package lower which statements it
// has to open: the answer is one.
func (p *Package) Outlived(s ast.Stmt) bool {
	uses := litUses{}
	inside := map[types.Object]bool{}
	ast.Inspect(s, func(n ast.Node) bool {
		uses.see(p, n)
		switch n := n.(type) {
		case *ast.Ident:
			p.noteVar(inside, p.Info.Defs[n])
		case *ast.CaseClause:
			p.noteVar(inside, p.Info.Implicits[n])
		case *ast.FuncLit:
			return false // what is in a literal is its own
		}
		return true
	})
	for lit, use := range uses {
		if (use.Kind == LitDeferred || use.Block != nil) && len(inside) > 0 && p.names(lit, inside) {
			return true
		}
	}
	return false
}

func (p *Package) noteVar(set map[types.Object]bool, obj types.Object) {
	if v, ok := obj.(*types.Var); ok && !v.IsField() {
		set[v] = true
	}
}

// names reports whether n names one of some variables.
func (p *Package) names(n ast.Node, vars map[types.Object]bool) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found = found || vars[p.Info.Uses[id]]
		}
		return !found
	})
	return found
}
