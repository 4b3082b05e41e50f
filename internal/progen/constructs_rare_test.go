package progen

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// rares are the constructs of rare.go.
var rares = []construct{
	{"call that gives the arguments of a future in rt.Await", node(func(c *code, e *ast.CallExpr) bool {
		return c.calls(e, "Await") && has(e.Args[0], func(n ast.Node) bool { return c.own(n, "AddAsync") && spreads(c, n) })
	})},
	{"call that gives the arguments of an await", node(func(c *code, e *ast.CallExpr) bool { return c.own(e, "Add") && spreads(c, e) })},
	{"switch without a tag, an interface as case", node(func(c *code, s *ast.SwitchStmt) bool {
		return s.Tag == nil && has(s.Body, func(n ast.Node) bool {
			clause, ok := n.(*ast.CaseClause)
			return ok && len(clause.List) > 0 && is[*types.Interface](c, clause.List[0]) && c.awaits(clause.List[0])
		})
	})},
	{"code behind a loop that is not reached", node(func(c *code, s *ast.ForStmt) bool {
		before, ok := c.beside(0, -1).(*ast.BranchStmt)
		return ok && before.Tok == token.GOTO && c.awaits(s.Body)
	})},
	{"constant of a loop in a deferred call", ranged(func(c *code, r *ast.RangeStmt) bool {
		_, ok := r.Body.List[0].(*ast.DeclStmt)
		return ok && len(r.Body.List) > 1 && is[*ast.DeferStmt](c, r.Body.List[1])
	})},
	{"local type with the length of a variable", node(func(c *code, s *ast.TypeSpec) bool {
		a, ok := s.Type.(*ast.ArrayType)
		return ok && has(a.Len, func(n ast.Node) bool { return c.builtin(n, "len") })
	})},
	{"local type that is embedded in a local type", node(func(c *code, s *ast.StructType) bool {
		return len(s.Fields.List) == 2 && s.Fields.List[0].Names == nil && s.Fields.List[1].Names == nil
	})},
	{"bytes as the key of a map, beside an await", node(func(c *code, e *ast.BinaryExpr) bool {
		return is[*ast.CallExpr](c, index(e.X)) && is[*types.Map](c, e.X.(*ast.IndexExpr).X) && c.awaits(e.Y)
	})},
	{"struct as the key of a map, beside an await", node(func(c *code, e *ast.BinaryExpr) bool {
		k, ok := index(e.X).(*ast.Ident)
		return ok && is[*types.Struct](c, ast.Expr(k)) && c.awaits(e.Y)
	})},
	{"range over an iterator, into an element at its key", seq(2, func(c *code, r *ast.RangeStmt) bool {
		return r.Tok == token.ASSIGN && is[*ast.IndexExpr](c, r.Value) && c.awaits(r.Body)
	})},
	{"recover in a loop over an iterator", seq(0, func(c *code, r *ast.RangeStmt) bool {
		return has(r.Body, func(n ast.Node) bool { return c.builtin(n, "recover") })
	})},
	{"type switch of an operand in parentheses", node(func(c *code, s *ast.TypeSwitchStmt) bool {
		x, ok := s.Assign.(*ast.ExprStmt)
		return ok && is[*ast.ParenExpr](c, x.X.(*ast.TypeAssertExpr).X)
	})},
	{"comments in an await", node(func(c *code, s *ast.IfStmt) bool {
		return s.Init != nil && c.awaits(s.Init) && s.Else != nil && has(s.Body, func(n ast.Node) bool {
			l, ok := n.(*ast.BasicLit)
			return ok && strings.HasPrefix(l.Value, `"commented`)
		})
	})},
	{"names of the language as names of variables", node(func(c *code, s *ast.AssignStmt) bool {
		id, ok := s.Lhs[0].(*ast.Ident)
		return ok && id.Name == "int" && s.Tok == token.DEFINE
	})},
}

// spreads reports whether the arguments of a call are the results of another one.
func spreads(c *code, n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return false
	}
	_, ok = c.pkg.Info.TypeOf(call.Args[0]).(*types.Tuple)
	return ok
}
