package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// Ends reports whether control never goes past s, by the rules for terminating statements, to which every branch
// belongs here.
func Ends(info *types.Info, s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok != token.FALLTHROUGH
	case *ast.ExprStmt:
		call, ok := ast.Unparen(s.X).(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := ast.Unparen(call.Fun).(*ast.Ident)
		return ok && info.Uses[id] == types.Universe.Lookup("panic")
	case *ast.BlockStmt:
		return endsList(info, s.List)
	case *ast.LabeledStmt:
		return Ends(info, s.Stmt) && !hasBreak(s, s.Stmt)
	case *ast.IfStmt:
		return s.Else != nil && Ends(info, s.Body) && Ends(info, s.Else)
	case *ast.ForStmt:
		return s.Cond == nil && !hasBreak(s, s)
	case *ast.SwitchStmt:
		return endsClauses(info, s.Body) && !hasBreak(s, s)
	case *ast.TypeSwitchStmt:
		return endsClauses(info, s.Body) && !hasBreak(s, s)
	case *ast.SelectStmt:
		for _, c := range s.Body.List {
			if !endsList(info, c.(*ast.CommClause).Body) {
				return false
			}
		}
		return !hasBreak(s, s)
	case *ast.AssignStmt, *ast.DeclStmt, *ast.DeferStmt, *ast.EmptyStmt, *ast.GoStmt, *ast.IncDecStmt, *ast.RangeStmt, *ast.SendStmt, *ast.BadStmt, *ast.CaseClause, *ast.CommClause:
		return false
	}
	panic("facts: unknown statement")
}

func endsList(info *types.Info, list []ast.Stmt) bool {
	for i := len(list) - 1; i >= 0; i-- {
		if _, ok := list[i].(*ast.EmptyStmt); !ok {
			return Ends(info, list[i])
		}
	}
	return false
}

func endsClauses(info *types.Info, body *ast.BlockStmt) bool {
	def := false
	for _, c := range body.List {
		c := c.(*ast.CaseClause)
		def = def || c.List == nil
		if !Falls(c) && !endsList(info, c.Body) {
			return false
		}
	}
	return def
}

// hasBreak reports whether a break in n ends s.
func hasBreak(n, s ast.Stmt) bool {
	return slices.ContainsFunc(Jumps(n, ""), func(j Jump) bool { return j.Branch.Tok == token.BREAK && j.To == s })
}
