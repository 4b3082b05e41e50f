package progen

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// constructs are what programs have to have. Awaits stand in most of them: "await" in a name says
// where.
var constructs = slices.Concat(loops, branches, assignments, expressions, functions, deferred, futures, failures, rares)

var loops = []construct{
	{"range over a map, await in the body", ranged(func(c *code, r *ast.RangeStmt) bool { return is[*types.Map](c, r.X) && c.awaits(r.Body) })},
	{"range over a map, delete in the body", ranged(func(c *code, r *ast.RangeStmt) bool {
		return is[*types.Map](c, r.X) && has(r.Body, func(n ast.Node) bool { return c.builtin(n, "delete") })
	})},
	{"range over a map, insertion in the body", ranged(func(c *code, r *ast.RangeStmt) bool {
		return is[*types.Map](c, r.X) && has(r.Body, func(n ast.Node) bool {
			s, ok := n.(*ast.AssignStmt)
			return ok && is[*ast.BinaryExpr](c, index(s.Lhs[0]))
		})
	})},
	{"range over a map with NaN keys", ranged(func(c *code, r *ast.RangeStmt) bool {
		m, ok := c.typeOf(r.X).(*types.Map)
		return ok && types.Identical(m.Key(), types.Typ[types.Float64]) && c.awaits(r.Body)
	})},
	{"range over a channel", ranged(func(c *code, r *ast.RangeStmt) bool { return is[*types.Chan](c, r.X) && c.awaits(r.Body) })},
	{"range over a slice", ranged(func(c *code, r *ast.RangeStmt) bool { return is[*types.Slice](c, r.X) && c.awaits(r.Body) })},
	{"range over an array", ranged(func(c *code, r *ast.RangeStmt) bool { return is[*types.Array](c, r.X) && c.awaits(r.Body) })},
	{"range over a pointer to an array", ranged(func(c *code, r *ast.RangeStmt) bool { return is[*types.Pointer](c, r.X) && c.awaits(r.Body) })},
	{"range over a string", ranged(func(c *code, r *ast.RangeStmt) bool {
		b, ok := c.typeOf(r.X).(*types.Basic)
		return ok && b.Info()&types.IsString != 0 && c.awaits(r.Body)
	})},
	{"range over an integer", ranged(func(c *code, r *ast.RangeStmt) bool {
		b, ok := c.typeOf(r.X).(*types.Basic)
		return ok && b.Info()&types.IsInteger != 0 && c.awaits(r.Body)
	})},
	{"range over an iterator of no values", seq(0, func(c *code, r *ast.RangeStmt) bool { return c.awaits(r.Body) })},
	{"range over an iterator of one value", seq(1, func(c *code, r *ast.RangeStmt) bool { return c.awaits(r.Body) })},
	{"range over an iterator of two values", seq(2, func(c *code, r *ast.RangeStmt) bool { return c.awaits(r.Body) })},
	{"range over a literal", seq(-1, func(c *code, r *ast.RangeStmt) bool { return is[*ast.FuncLit](c, r.X) && c.awaits(r.Body) })},
	{"range over a method value", seq(-1, func(c *code, r *ast.RangeStmt) bool { return is[*ast.SelectorExpr](c, r.X) && c.awaits(r.Body) })},
	{"range over an iterator, nested", seq(-1, func(c *code, r *ast.RangeStmt) bool {
		return has(r.Body, func(n ast.Node) bool {
			r, ok := n.(*ast.RangeStmt)
			return ok && is[*types.Signature](c, r.X) && c.awaits(r.Body)
		})
	})},
	{"range over an iterator, break in the body", seq(-1, leaves(token.BREAK, false))},
	{"range over an iterator, labelled continue in the body", seq(-1, leaves(token.CONTINUE, true))},
	{"range over an iterator, return in the body", seq(-1, func(c *code, r *ast.RangeStmt) bool {
		return c.awaits(r.Body) && has(r.Body, func(n ast.Node) bool { return is[*ast.ReturnStmt](c, n) })
	})},
	{"range over an iterator, goto out of the body", seq(-1, leaves(token.GOTO, true))},
	{"range over an iterator, defer in the body", seq(-1, func(c *code, r *ast.RangeStmt) bool {
		return c.awaits(r.Body) && has(r.Body, func(n ast.Node) bool { return is[*ast.DeferStmt](c, n) })
	})},
	{"range over an iterator, panic in the body", seq(-1, func(c *code, r *ast.RangeStmt) bool {
		return c.awaits(r.Body) && has(r.Body, func(n ast.Node) bool { return c.builtin(n, "panic") })
	})},
	{"range over an iterator, into a variable", seq(-1, func(c *code, r *ast.RangeStmt) bool { return r.Tok == token.ASSIGN })},
	{"range over an iterator that panics", seq(-1, func(c *code, r *ast.RangeStmt) bool {
		id, ok := r.X.(*ast.Ident)
		return ok && strings.HasSuffix(id.Name, "Bad") && c.awaits(r.Body)
	})},
	{"range into variables", ranged(func(c *code, r *ast.RangeStmt) bool { return r.Tok == token.ASSIGN && c.awaits(r) })},
	{"range over the values of a stream", ranged(func(c *code, r *ast.RangeStmt) bool { return c.calls(r.X, "Each") })},
	{"await in a range operand", ranged(func(c *code, r *ast.RangeStmt) bool { return c.awaits(r.X) })},
	{"await in the init of for", node(func(c *code, s *ast.ForStmt) bool { return s.Init != nil && c.awaits(s.Init) })},
	{"await in the condition of for", node(func(c *code, s *ast.ForStmt) bool { return s.Cond != nil && c.awaits(s.Cond) })},
	{"await in the post statement of for", node(func(c *code, s *ast.ForStmt) bool { return s.Post != nil && c.awaits(s.Post) })},
	{"for without a condition", node(func(c *code, s *ast.ForStmt) bool { return s.Cond == nil && c.awaits(s.Body) })},
	{"literal in a loop", node(func(c *code, l *ast.FuncLit) bool {
		return c.within(func(n ast.Node) bool { s, ok := n.(*ast.ForStmt); return ok && s.Post != nil && c.awaits(s.Body) })
	})},
	{"literal in a loop over an integer", node(func(c *code, l *ast.FuncLit) bool {
		return c.within(func(n ast.Node) bool {
			s, ok := n.(*ast.RangeStmt)
			return ok && is[*ast.BasicLit](c, s.X) && c.awaits(s.Body)
		})
	})},
}

var branches = []construct{
	{"labelled break", branch(token.BREAK, true)},
	{"labelled continue", branch(token.CONTINUE, true)},
	{"break", branch(token.BREAK, false)},
	{"break out of a labelled switch", labelled[*ast.SwitchStmt]},
	{"break out of a labelled select", labelled[*ast.SelectStmt]},
	{"goto", branch(token.GOTO, true)},
	{"goto back", node(func(c *code, s *ast.BranchStmt) bool {
		return s.Tok == token.GOTO && strings.HasPrefix(s.Label.Name, "again")
	})},
	{"goto out of a loop", node(func(c *code, s *ast.BranchStmt) bool {
		return s.Tok == token.GOTO && strings.HasPrefix(s.Label.Name, "after")
	})},
	{"fallthrough", branch(token.FALLTHROUGH, false)},
	{"if with an init statement", node(func(c *code, s *ast.IfStmt) bool { return s.Init != nil && c.awaits(s) })},
	{"await in the condition of else if", node(func(c *code, s *ast.IfStmt) bool {
		e, ok := s.Else.(*ast.IfStmt)
		return ok && c.awaits(e.Cond)
	})},
	{"await in a switch tag", node(func(c *code, s *ast.SwitchStmt) bool { return s.Tag != nil && c.awaits(s.Tag) })},
	{"switch without a tag", node(func(c *code, s *ast.SwitchStmt) bool { return s.Tag == nil && c.awaits(s.Body) })},
	{"await in a case list", node(func(c *code, s *ast.CaseClause) bool {
		return slices.ContainsFunc(s.List, func(e ast.Expr) bool { return c.awaits(e) })
	})},
	{"default before other cases", node(func(c *code, s *ast.SwitchStmt) bool {
		for _, clause := range s.Body.List[:max(0, len(s.Body.List)-1)] {
			if clause.(*ast.CaseClause).List == nil && c.awaits(s.Body) {
				return true
			}
		}
		return false
	})},
	{"type switch with a variable", node(func(c *code, s *ast.TypeSwitchStmt) bool { return is[*ast.AssignStmt](c, s.Assign) && c.awaits(s.Body) })},
	{"type switch without a variable", node(func(c *code, s *ast.TypeSwitchStmt) bool { return is[*ast.ExprStmt](c, s.Assign) && c.awaits(s.Body) })},
	{"await in the operand of a type switch", node(func(c *code, s *ast.TypeSwitchStmt) bool { return c.awaits(s.Assign) })},
	{"case of several types", node(func(c *code, s *ast.CaseClause) bool {
		return len(s.List) > 2 && is[*ast.TypeSwitchStmt](c, c.parent(2)) && c.awaits(c.parent(2))
	})},
	{"case nil in a type switch", node(func(c *code, s *ast.CaseClause) bool {
		return is[*ast.TypeSwitchStmt](c, c.parent(2)) && slices.ContainsFunc(s.List, func(e ast.Expr) bool { return c.pkg.Info.Types[e].IsNil() })
	})},
	{"select with awaits in bodies", node(func(c *code, s *ast.CommClause) bool {
		return slices.ContainsFunc(s.Body, func(s ast.Stmt) bool { return c.awaits(s) })
	})},
	{"select with an await in what is sent", selects(func(c *code, s *ast.CommClause) bool {
		send, ok := s.Comm.(*ast.SendStmt)
		return ok && c.awaits(send.Value)
	})},
	{"select with an await of a channel", selects(func(c *code, s *ast.CommClause) bool {
		return s.Comm != nil && is[*ast.ExprStmt](c, s.Comm) && c.awaits(s.Comm)
	})},
	{"select that assigns to what awaits", node(func(c *code, s *ast.CommClause) bool {
		a, ok := s.Comm.(*ast.AssignStmt)
		return ok && a.Tok == token.ASSIGN && c.awaits(a.Lhs[0])
	})},
	{"select that declares", node(func(c *code, s *ast.CommClause) bool {
		a, ok := s.Comm.(*ast.AssignStmt)
		return ok && a.Tok == token.DEFINE
	})},
	{"select with a default", node(func(c *code, s *ast.CommClause) bool { return s.Comm == nil })},
	{"return of several values, await in one", node(func(c *code, s *ast.ReturnStmt) bool { return len(s.Results) > 1 && c.awaits(s.Results[0]) })},
	{"return of a call with several values", node(func(c *code, s *ast.ReturnStmt) bool {
		return len(s.Results) == 1 && is[*types.Tuple](c, s.Results[0]) && c.awaits(s)
	})},
	{"return of nothing with named results", node(func(c *code, s *ast.ReturnStmt) bool { return len(s.Results) == 0 })},
}

var deferred = slices.Concat(builtins("delete", "close", "panic", "copy", "recover"), []construct{
	{"defer of a marked function", node(func(c *code, s *ast.DeferStmt) bool { return c.await(s.Call) })},
	{"deferred literal that awaits", lit(func(c *code, l *ast.FuncLit) bool { return c.awaits(l.Body) })},
	{"deferred literal that awaits and recovers", lit(func(c *code, l *ast.FuncLit) bool { return c.awaits(l.Body) && recovers(c, l) })},
	{"deferred literal that awaits in a loop", lit(func(c *code, l *ast.FuncLit) bool { return c.awaits(l.Body) && c.within(isLoop) })},
	{"deferred literal that recovers", lit(func(c *code, l *ast.FuncLit) bool { return recovers(c, l) })},
	{"deferred literal that panics again", lit(func(c *code, l *ast.FuncLit) bool {
		return recovers(c, l) && has(l.Body, func(n ast.Node) bool { return c.builtin(n, "panic") })
	})},
	{"deferred literal that changes a result", lit(func(c *code, l *ast.FuncLit) bool {
		return has(l.Body, func(n ast.Node) bool {
			s, ok := n.(*ast.AssignStmt)
			id, named := firstLhs(s, ok).(*ast.Ident)
			return named && id.Name == "r"
		})
	})},
	{"deferred literal with arguments", lit(func(c *code, l *ast.FuncLit) bool { return l.Type.Params.NumFields() > 0 })},
	{"deferred method", node(func(c *code, s *ast.DeferStmt) bool { return c.calls(s.Call, "bump") })},
	{"deferred func value", node(func(c *code, s *ast.DeferStmt) bool { return is[*ast.Ident](c, s.Call.Fun) && c.callee(s.Call) == nil })},
	{"await in the arguments of defer", node(func(c *code, s *ast.DeferStmt) bool {
		return slices.ContainsFunc(s.Call.Args, func(e ast.Expr) bool { return c.awaits(e) })
	})},
	{"defer in a loop", node(func(c *code, s *ast.DeferStmt) bool { return c.within(isLoop) })},
	{"defer of rt.Cancel", node(func(c *code, s *ast.DeferStmt) bool { return c.calls(s.Call, "Cancel") })},
	{"runtime.Goexit", node(func(c *code, e *ast.CallExpr) bool { return c.calls(e, "Goexit") })},
	{"go of a literal that awaits", node(func(c *code, s *ast.GoStmt) bool { l, ok := s.Call.Fun.(*ast.FuncLit); return ok && c.awaits(l.Body) })},
	{"go of a marked function", node(func(c *code, s *ast.GoStmt) bool { return c.await(s.Call) })},
	{"await in the arguments of go", node(func(c *code, s *ast.GoStmt) bool {
		return slices.ContainsFunc(s.Call.Args, func(e ast.Expr) bool { return c.awaits(e) })
	})},
})

// node is a construct that is a node of one kind.
func node[T ast.Node](is func(*code, T) bool) func(*code, ast.Node) bool {
	return func(c *code, n ast.Node) bool {
		x, ok := n.(T)
		return ok && is(c, x)
	}
}

func ranged(is func(*code, *ast.RangeStmt) bool) func(*code, ast.Node) bool { return node(is) }

// seq is a range over a function that yields n values; -1 is any number.
func seq(n int, ok func(*code, *ast.RangeStmt) bool) func(*code, ast.Node) bool {
	return ranged(func(c *code, r *ast.RangeStmt) bool {
		sig, isFunc := c.typeOf(r.X).(*types.Signature)
		if !isFunc || c.calls(r.X, "Each") {
			return false
		}
		yield := sig.Params().At(0).Type().Underlying().(*types.Signature)
		return (n < 0 || yield.Params().Len() == n) && ok(c, r)
	})
}

// leaves reports whether the body of a loop awaits and has a branch out of it.
func leaves(tok token.Token, label bool) func(c *code, r *ast.RangeStmt) bool {
	return func(c *code, r *ast.RangeStmt) bool {
		return c.awaits(r.Body) && has(r.Body, func(n ast.Node) bool {
			b, ok := n.(*ast.BranchStmt)
			return ok && b.Tok == tok && (b.Label != nil) == label
		})
	}
}

func branch(tok token.Token, label bool) func(*code, ast.Node) bool {
	return node(func(c *code, s *ast.BranchStmt) bool {
		return s.Tok == tok && (s.Label != nil) == label && c.within(func(n ast.Node) bool { return c.awaits(n) })
	})
}

// selects is a select with such a clause: what a clause waits for is evaluated when the select begins, whichever
// is chosen.
func selects(ok func(*code, *ast.CommClause) bool) func(*code, ast.Node) bool {
	return node(func(c *code, s *ast.SelectStmt) bool {
		return slices.ContainsFunc(s.Body.List, func(s ast.Stmt) bool { return ok(c, s.(*ast.CommClause)) })
	})
}

// labelled is a break out of a statement of type T with a label.
func labelled[T ast.Stmt](c *code, n ast.Node) bool {
	s, ok := n.(*ast.LabeledStmt)
	if !ok {
		return false
	}
	_, ok = s.Stmt.(T)
	return ok && c.awaits(s.Stmt) && has(s.Stmt, func(n ast.Node) bool {
		b, ok := n.(*ast.BranchStmt)
		return ok && b.Label != nil && b.Label.Name == s.Label.Name
	})
}

// builtins are deferred calls of built-in functions.
func builtins(names ...string) (all []construct) {
	for _, name := range names {
		all = append(all, construct{"defer of " + name, node(func(c *code, s *ast.DeferStmt) bool { return c.builtin(s.Call, name) })})
	}
	return all
}

// lit is a deferred literal.
func lit(is func(*code, *ast.FuncLit) bool) func(*code, ast.Node) bool {
	return node(func(c *code, s *ast.DeferStmt) bool {
		l, ok := s.Call.Fun.(*ast.FuncLit)
		return ok && is(c, l)
	})
}

func recovers(c *code, l *ast.FuncLit) bool {
	return has(l.Body, func(n ast.Node) bool { return c.builtin(n, "recover") })
}

func isLoop(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return true
	}
	return false
}

// firstLhs is the first operand that is assigned to, nil if it is no assignment.
func firstLhs(s *ast.AssignStmt, ok bool) ast.Expr {
	if !ok {
		return nil
	}
	return s.Lhs[0]
}

// index is the index of an index expression.
func index(e ast.Expr) ast.Expr {
	if x, ok := e.(*ast.IndexExpr); ok {
		return x.Index
	}
	return nil
}

// is reports whether x is a node of type T, or an expression whose underlying type is a T.
func is[T any](c *code, x any) bool {
	if _, ok := x.(T); ok {
		return true
	}
	e, ok := x.(ast.Expr)
	if !ok || e == nil {
		return false
	}
	_, ok = c.typeOf(e).(T)
	return ok
}
