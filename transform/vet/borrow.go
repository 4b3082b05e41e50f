package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// borrowed reports futures that are lent and that their owner neither awaits nor cancels. Who borrows
// a future polls it and leaves it as it is, so its cleanup never runs:
//
//	next := recvAsync()
//	defer rt.Cancel(next) // without this line
//	c := rt.Select2(rt.Borrow(next), rt.SleepAsync(d))
//
// Of a variable we ask for any use other than lending it and comparing it: an await, a Cancel, or
// passing it on to somebody who may see to it.
func (c *checker) borrowed() {
	lent := map[*types.Var]*ast.CallExpr{}
	var order []*types.Var
	harmless := map[*ast.Ident]bool{} // uses that leave a future as it is
	for _, u := range c.units {
		u.inspect(func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.EQL || n.Op == token.NEQ {
					c.mark(harmless, n.X, n.Y)
				}
			case *ast.AssignStmt:
				c.mark(harmless, n.Lhs...)
			case *ast.CallExpr:
				if runtimeFunc(c.pkg.Callee(n)) != "Borrow" || len(n.Args) != 1 {
					return true
				}
				c.mark(harmless, n.Args...)
				if made := c.unparenCall(n.Args[0]); made != nil && c.makesFuture(made) {
					c.report(n, diag.Lent, "keep it in a variable, with a defer rt.Cancel",
						"the future that is lent here has no owner who could await or cancel it")
				}
				if v := c.local(n.Args[0]); v != nil && lent[v] == nil && !isRuntimeNamed(v.Type(), "JoinHandle") {
					lent[v] = n
					order = append(order, v)
				}
			}
			return true
		})
	}
	used := c.otherUses(harmless)
	for _, v := range order {
		if !used[v] && !c.isParam(v) {
			d := c.report(lent[v], diag.Lent, "defer rt.Cancel("+v.Name()+") where it is made",
				"%s is lent, and its owner neither awaits nor cancels it", v.Name())
			c.fixCancel(d, v)
		}
	}
}

// mark notes the identifiers among the expressions.
func (c *checker) mark(ids map[*ast.Ident]bool, list ...ast.Expr) {
	for _, e := range list {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			ids[id] = true
		}
	}
}

// otherUses are the variables that are used in a way that is not harmless.
func (c *checker) otherUses(harmless map[*ast.Ident]bool) map[*types.Var]bool {
	used := map[*types.Var]bool{}
	for _, u := range c.units {
		u.inspect(func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && !harmless[id] {
				if v, ok := c.pass.TypesInfo.Uses[id].(*types.Var); ok {
					used[v] = true
				}
			}
			return true
		})
	}
	return used
}

// isParam reports whether v is a parameter or a result: the future has come from somebody else, who may
// own it, or goes there.
func (c *checker) isParam(v *types.Var) bool { return v.Kind() != types.LocalVar }

// fixCancel adds the missing line below the statement that makes v. In a loop that would be wrong: the
// deferred calls would pile up.
func (c *checker) fixCancel(d *analysis.Diagnostic, v *types.Var) {
	for _, u := range c.units {
		if v.Pos() < u.body.Pos() || v.Pos() > u.body.End() {
			continue
		}
		var stack []ast.Node
		ast.Inspect(u.body, func(n ast.Node) bool {
			if n == nil {
				stack = stack[:len(stack)-1]
				return true
			}
			stack = append(stack, n)
			s, ok := n.(*ast.AssignStmt)
			if !ok || s.Tok != token.DEFINE || len(s.Lhs) != 1 || c.local(s.Lhs[0]) != v || s.Lhs[0].Pos() != v.Pos() {
				return true
			}
			if name := c.runtimeName(s.Pos()); name != "" && inList(stack) {
				fix := insert("cancel it at the end", s.End(), "\ndefer "+name+".Cancel("+v.Name()+")")
				d.SuggestedFixes = append(d.SuggestedFixes, c.importRuntime(s.Pos(), fix))
			}
			return true
		})
		if len(d.SuggestedFixes) > 0 {
			return
		}
	}
}

// inList reports whether the last node of a stack is a statement of its own, outside of any loop.
func inList(stack []ast.Node) bool {
	for i := len(stack) - 1; i >= 0; i-- {
		switch stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return false
		case *ast.FuncLit:
			return isList(stack[len(stack)-2])
		}
	}
	return len(stack) > 1 && isList(stack[len(stack)-2])
}

func isList(n ast.Node) bool {
	switch n.(type) {
	case *ast.BlockStmt, *ast.CaseClause:
		return true
	}
	return false
}
