package progen

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

var assignments = slices.Concat(
	ops(token.ADD_ASSIGN, token.SUB_ASSIGN, token.MUL_ASSIGN, token.QUO_ASSIGN, token.REM_ASSIGN, token.AND_ASSIGN,
		token.OR_ASSIGN, token.XOR_ASSIGN, token.AND_NOT_ASSIGN, token.SHL_ASSIGN, token.SHR_ASSIGN),
	[]construct{
		{"op= of a map element", op(func(c *code, x ast.Expr) bool { i, ok := x.(*ast.IndexExpr); return ok && is[*types.Map](c, i.X) })},
		{"op= of a slice element, await in the index", op(func(c *code, x ast.Expr) bool {
			i, ok := x.(*ast.IndexExpr)
			return ok && is[*types.Slice](c, i.X) && c.awaits(i.Index)
		})},
		{"op= of an array element of a field", op(func(c *code, x ast.Expr) bool {
			i, ok := x.(*ast.IndexExpr)
			return ok && is[*ast.SelectorExpr](c, i.X)
		})},
		{"op= of a field", op(func(c *code, x ast.Expr) bool { return is[*ast.SelectorExpr](c, x) })},
		{"op= through a pointer", op(func(c *code, x ast.Expr) bool { return is[*ast.StarExpr](c, x) })},
		{"op= of what a call points to", op(func(c *code, x ast.Expr) bool { s, ok := x.(*ast.StarExpr); return ok && is[*ast.CallExpr](c, s.X) })},
		{"++ of what awaits", node(func(c *code, s *ast.IncDecStmt) bool { return c.awaits(s) })},
		{"assignment to a map element, await in the key", assigned(func(c *code, x ast.Expr) bool {
			i, ok := x.(*ast.IndexExpr)
			return ok && is[*types.Map](c, i.X) && c.awaits(i.Index)
		})},
		{"assignment of three values", tuple(func(c *code, s *ast.AssignStmt) bool { return len(s.Lhs) == 3 && len(s.Rhs) == 3 && c.awaits(s) })},
		{"assignment with targets that overlap", tuple(func(c *code, s *ast.AssignStmt) bool {
			return len(s.Rhs) == 2 && s.Tok == token.ASSIGN && is[*ast.IndexExpr](c, s.Lhs[0]) && is[*ast.IndexExpr](c, s.Rhs[1]) && c.awaits(s)
		})},
		{"index of what is assigned to in the same statement", tuple(func(c *code, s *ast.AssignStmt) bool {
			return len(s.Rhs) == 2 && s.Tok == token.ASSIGN && is[*ast.Ident](c, s.Lhs[0]) && is[*ast.IndexExpr](c, s.Lhs[1]) && c.awaits(s)
		})},
		{"comma-ok of a map", commaOk(func(c *code, e ast.Expr) bool { return is[*ast.IndexExpr](c, e) && c.awaits(e) })},
		{"comma-ok of a type assertion", commaOk(func(c *code, e ast.Expr) bool { return is[*ast.TypeAssertExpr](c, e) && c.awaits(e) })},
		{"comma-ok of a receive, awaits in the targets", tuple(func(c *code, s *ast.AssignStmt) bool {
			return len(s.Rhs) == 1 && is[*ast.UnaryExpr](c, s.Rhs[0]) && c.awaits(s)
		})},
		{"results of an await into targets that await", tuple(func(c *code, s *ast.AssignStmt) bool {
			return len(s.Rhs) == 1 && c.await(s.Rhs[0]) && c.awaits(s.Lhs[1])
		})},
		{"copy of an array", tuple1(func(c *code, s *ast.AssignStmt) bool {
			return is[*ast.Ident](c, s.Rhs[0]) && is[*types.Array](c, s.Rhs[0])
		})},
		{"copy of a structure", tuple1(func(c *code, s *ast.AssignStmt) bool {
			return is[*ast.Ident](c, s.Rhs[0]) && is[*types.Struct](c, s.Rhs[0])
		})},
		{"+= of a string", tuple1(func(c *code, s *ast.AssignStmt) bool {
			return s.Tok == token.ADD_ASSIGN && isString(c, s.Lhs[0]) && c.awaits(s)
		})},
		{"local type", node(func(c *code, s *ast.TypeSpec) bool { return len(c.stack) > 4 })},
		{"local type that embeds", node(func(c *code, s *ast.StructType) bool { return len(c.stack) > 5 && len(s.Fields.List[0].Names) == 0 })},
		{"local constant", node(func(c *code, s *ast.GenDecl) bool { return s.Tok == token.CONST && is[*ast.DeclStmt](c, c.parent(1)) })},
		{"var without a value", node(func(c *code, s *ast.ValueSpec) bool { return len(s.Values) == 0 && is[*ast.DeclStmt](c, c.parent(2)) })},
		{"shadowed variable", node(func(c *code, s *ast.AssignStmt) bool { // v := v + …
			id, ok := s.Lhs[0].(*ast.Ident)
			return ok && s.Tok == token.DEFINE && has(s.Rhs[0], func(n ast.Node) bool { x, ok := n.(*ast.Ident); return ok && x.Name == id.Name })
		})},
	})

var expressions = []construct{
	{"await on the right of && or ||", node(func(c *code, e *ast.BinaryExpr) bool {
		return (e.Op == token.LAND || e.Op == token.LOR) && c.awaits(e.Y)
	})},
	{"await in an await's argument", node(func(c *code, e *ast.CallExpr) bool {
		return c.await(e) && slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return c.awaits(a) })
	})},
	{"await in a map literal", node(func(c *code, e *ast.CompositeLit) bool { return is[*types.Map](c, e) && c.awaits(e) })},
	{"await in a slice literal", node(func(c *code, e *ast.CompositeLit) bool { return is[*types.Slice](c, e) && c.awaits(e) })},
	{"await in a structure literal", node(func(c *code, e *ast.CompositeLit) bool { return is[*types.Struct](c, e) && c.awaits(e) })},
	{"await in an array literal", node(func(c *code, e *ast.CompositeLit) bool { return is[*types.Array](c, e) && c.awaits(e) })},
	{"await in a slice expression", node(func(c *code, e *ast.SliceExpr) bool { return c.awaits(e) })},
	{"await in an index", node(func(c *code, e *ast.IndexExpr) bool { return c.awaits(e.Index) })},
	{"await beside a shift of a constant", node(func(c *code, e *ast.BinaryExpr) bool {
		return e.Op == token.SHL && is[*ast.BasicLit](c, e.X) && c.awaits(e.Y)
	})},
	{"await beside an untyped constant", node(func(c *code, e *ast.BinaryExpr) bool {
		b, ok := c.typeOf(e).(*types.Basic)
		return ok && b.Kind() == types.Float64 && (is[*ast.BasicLit](c, e.X) || is[*ast.BasicLit](c, e.Y)) && c.awaits(e)
	})},
	{"await in a comparison of arrays", node(func(c *code, e *ast.BinaryExpr) bool { return is[*types.Array](c, e.X) && c.awaits(e) })},
	{"await in a comparison of structures", node(func(c *code, e *ast.BinaryExpr) bool { return is[*types.Struct](c, e.X) && c.awaits(e) })},
	{"await in a comparison of interfaces", node(func(c *code, e *ast.BinaryExpr) bool { return is[*types.Interface](c, e.X) && c.awaits(e) })},
	{"await in a concatenation", node(func(c *code, e *ast.BinaryExpr) bool { return e.Op == token.ADD && isString(c, e) && c.awaits(e) })},
	{"await in a conversion", node(func(c *code, e *ast.CallExpr) bool {
		return c.pkg.Info.Types[e.Fun].IsType() && c.awaits(e.Args[0])
	})},
	{"await in min or max", node(func(c *code, e *ast.CallExpr) bool {
		return (c.builtin(e, "min") || c.builtin(e, "max")) && c.awaits(e)
	})},
	{"await in append", node(func(c *code, e *ast.CallExpr) bool { return c.builtin(e, "append") && c.awaits(e) })},
	{"len beside an await", node(func(c *code, e *ast.CallExpr) bool {
		return c.builtin(e, "len") && c.within(func(n ast.Node) bool { b, ok := n.(*ast.BinaryExpr); return ok && c.awaits(b.Y) })
	})},
	{"address of a local", node(func(c *code, e *ast.UnaryExpr) bool { return e.Op == token.AND && is[*ast.Ident](c, e.X) })},
	{"receive in an expression that awaits", node(func(c *code, e *ast.UnaryExpr) bool {
		return e.Op == token.ARROW && c.within(func(n ast.Node) bool { b, ok := n.(ast.Expr); return ok && c.awaits(b) })
	})},
	{"send of an await", node(func(c *code, s *ast.SendStmt) bool { return c.awaits(s.Value) })},
	{"close of a channel", node(func(c *code, e *ast.CallExpr) bool { return c.builtin(e, "close") })},
	{"literal that captures", node(func(c *code, l *ast.FuncLit) bool { return is[*ast.AssignStmt](c, c.parent(1)) })},
	{"literal that is called where it stands, with awaits", node(func(c *code, e *ast.CallExpr) bool {
		l, ok := e.Fun.(*ast.FuncLit)
		return ok && c.awaits(l.Body)
	})},
	{"results of an await as arguments", node(func(c *code, e *ast.CallExpr) bool {
		return len(e.Args) == 1 && is[*types.Tuple](c, e.Args[0]) && c.await(e.Args[0])
	})},
}

var functions = []construct{
	{"call without a result", node(func(c *code, s *ast.ExprStmt) bool { return c.await(s.X) })},
	{"call with a value and an error", ownCall(func(r *types.Tuple) bool { return r.Len() == 2 && isErr(r.At(1)) })},
	{"call with two values", ownCall(func(r *types.Tuple) bool { return r.Len() == 2 && !isErr(r.At(1)) })},
	{"call with an error", ownCall(func(r *types.Tuple) bool { return r.Len() == 1 && isErr(r.At(0)) })},
	{"recursion", node(func(c *code, e *ast.CallExpr) bool {
		f := c.callee(e)
		decl, ok := c.stack[1].(*ast.FuncDecl)
		return ok && f != nil && c.pkg.Info.Defs[decl.Name] == f
	})},
	{"method by embedding", method(func(sel *types.Selection) bool { return len(sel.Index()) > 1 })},
	{"method of an interface that declares both forms", method(func(sel *types.Selection) bool { return types.IsInterface(sel.Recv()) && !isParam(sel.Recv()) })},
	{"method of a type parameter", method(func(sel *types.Selection) bool { return isParam(sel.Recv()) })},
	{"method of a generic type", method(func(sel *types.Selection) bool {
		f, ok := sel.Obj().(*types.Func)
		return ok && f.Signature().Recv() != nil && f.Origin() != f
	})},
	{"generic call, inferred", node(func(c *code, e *ast.CallExpr) bool { return c.await(e) && is[*ast.Ident](c, e.Fun) && generic(c, e) })},
	{"generic call, explicit", node(func(c *code, e *ast.CallExpr) bool { return c.await(e) && is[*ast.IndexExpr](c, ast.Unparen(e.Fun)) })},
	{"generic function of a slice and its elements", node(func(c *code, e *ast.CallExpr) bool { return c.own(e, "Last") })},
	{"variadic call", node(func(c *code, e *ast.CallExpr) bool { return c.own(e, "Spread") && !e.Ellipsis.IsValid() })},
	{"variadic call of a slice", node(func(c *code, e *ast.CallExpr) bool { return c.own(e, "Spread") && e.Ellipsis.IsValid() })},
	{"callback: literal", callback(func(c *code, e ast.Expr) bool { return is[*ast.FuncLit](c, e) })},
	{"callback: method value", callback(func(c *code, e ast.Expr) bool { return is[*ast.SelectorExpr](c, e) })},
	{"callback: function that does not wait", callback(func(c *code, e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && strings.HasSuffix(id.Name, "Plain")
	})},
	{"callback: nil", callback(func(c *code, e ast.Expr) bool { return c.pkg.Info.Types[e].IsNil() })},
	{"callback: passed on", callback(func(c *code, e ast.Expr) bool { id, ok := e.(*ast.Ident); return ok && id.Name == "op" })},
	{"callback: call", node(func(c *code, e *ast.CallExpr) bool { id, ok := e.Fun.(*ast.Ident); return ok && id.Name == "op" })},
	{"stream: yield", node(func(c *code, e *ast.CallExpr) bool {
		id, ok := e.Fun.(*ast.Ident)
		decl, isDecl := c.stack[1].(*ast.FuncDecl)
		return ok && id.Name == "yield" && isDecl && strings.HasSuffix(decl.Name.Name, "Items")
	})},
	{"stream: yield passed on", node(func(c *code, e *ast.CallExpr) bool { return c.own(e, "Items") })},
	{"stream: Next", node(func(c *code, e *ast.CallExpr) bool { return c.calls(e, "Next") })},
	{"stream: defer in the producer", node(func(c *code, s *ast.DeferStmt) bool {
		decl, ok := c.stack[1].(*ast.FuncDecl)
		return ok && strings.HasSuffix(decl.Name.Name, "Items")
	})},
}

var futures = slices.Concat(
	verbs("Join2", "Join3", "JoinAll", "JoinSettled", "Select2Biased", "SelectAllBiased", "Race", "Any", "Map", "Timeout",
		"TimeoutAsync", "WithContextAsync", "Spawn", "SpawnIn", "Scope", "Cancel", "AsyncFunc", "AsyncValue"),
	[]construct{
		{"Group.Go", node(func(c *code, e *ast.CallExpr) bool { return c.calls(e, "Go") && is[*ast.FuncLit](c, e.Args[0]) })},
		{"block in a block", block(func(c *code, l *ast.FuncLit) bool {
			return slices.ContainsFunc(c.stack[:len(c.stack)-1], func(n ast.Node) bool { return isBlock(c, n) })
		})},
		{"block in a loop", block(func(c *code, l *ast.FuncLit) bool { return c.within(isLoop) })},
		{"block that changes a variable around it", block(func(c *code, l *ast.FuncLit) bool {
			return has(l.Body, func(n ast.Node) bool {
				s, ok := n.(*ast.AssignStmt)
				id, named := firstLhs(s, ok).(*ast.Ident)
				if !named || s.Tok == token.DEFINE {
					return false
				}
				v := c.pkg.Info.Uses[id]
				return v != nil && v.Pos() < l.Pos()
			})
		})},
		{"block with a defer", block(func(c *code, l *ast.FuncLit) bool {
			return has(l.Body, func(n ast.Node) bool { return is[*ast.DeferStmt](c, n) })
		})},
		{"block that is joined", block(func(c *code, l *ast.FuncLit) bool {
			return c.within(func(n ast.Node) bool { return c.calls(n, "Join2", "Join3", "JoinAll", "JoinAllAsync", "JoinSettled") })
		})},
		{"block that races", block(func(c *code, l *ast.FuncLit) bool {
			return c.within(func(n ast.Node) bool { return c.calls(n, "Select2Biased", "SelectAllBiased", "Race", "Any") })
		})},
		{"block with a timeout", block(func(c *code, l *ast.FuncLit) bool {
			return c.within(func(n ast.Node) bool { return c.calls(n, "TimeoutAsync", "Timeout") })
		})},
		{"block that is spawned", block(func(c *code, l *ast.FuncLit) bool {
			return c.within(func(n ast.Node) bool { return c.calls(n, "Spawn", "SpawnIn") })
		})},
		{"future that is awaited later", node(func(c *code, e *ast.CallExpr) bool { return c.calls(e, "Await") && is[*ast.Ident](c, e.Args[0]) })},
		{"future of a marked function", node(func(c *code, e *ast.CallExpr) bool {
			f := c.callee(e)
			return f != nil && f.Pkg() == c.pkg.Types && strings.HasSuffix(f.Name(), "Async")
		})},
	})

var failures = []construct{
	{"store into a nil map", zero[*types.Map](func(c *code, n ast.Node) bool {
		s, ok := n.(*ast.AssignStmt)
		return ok && is[*ast.IndexExpr](c, s.Lhs[0])
	})},
	{"use of a nil pointer", zero[*types.Pointer](func(c *code, n ast.Node) bool { return is[*ast.SelectorExpr](c, n) })},
	{"close of a nil channel", zero[*types.Chan](func(c *code, n ast.Node) bool { return c.builtin(n, "close") })},
	{"call of a nil function", zero[*types.Signature](func(c *code, n ast.Node) bool { return is[*ast.CallExpr](c, n) && c.callee(n) == nil })},
	{"method of a nil interface", zero[*types.Interface](func(c *code, n ast.Node) bool { return c.calls(n, "Meth") })},
	{"index out of range", node(func(c *code, e *ast.IndexExpr) bool {
		b, ok := e.Index.(*ast.BinaryExpr)
		return ok && c.builtin(b.X, "len") && c.await(b.Y)
	})},
	{"slice bounds out of range", node(func(c *code, e *ast.SliceExpr) bool { return c.await(e.Low) && c.await(e.High) })},
	{"send on a closed channel", node(func(c *code, s *ast.SendStmt) bool {
		before, ok := c.beside(0, -1).(*ast.ExprStmt)
		return ok && c.builtin(before.X, "close") && c.await(s.Value)
	})},
	{"comparison of interfaces that hold slices", node(func(c *code, e *ast.BinaryExpr) bool {
		call, ok := e.X.(*ast.CallExpr)
		return ok && e.Op == token.EQL && is[*types.Interface](c, call) && is[*types.Slice](c, call.Args[0])
	})},
	{"division by an await", node(func(c *code, e *ast.BinaryExpr) bool { return (e.Op == token.QUO || e.Op == token.REM) && c.await(e.Y) })},
	{"type assertion that fails", node(func(c *code, e *ast.TypeAssertExpr) bool { return e.Type != nil && isString(c, e) && c.awaits(e) })},
	{"slice to array", node(func(c *code, e *ast.CallExpr) bool {
		return is[*types.Array](c, e) && c.pkg.Info.Types[e.Fun].IsType()
	})},
	{"make with a bad size", node(func(c *code, e *ast.CallExpr) bool {
		return c.builtin(e, "make") && len(e.Args) > 1 && c.awaits(e.Args[1])
	})},
	{"key that cannot be hashed", node(func(c *code, e *ast.IndexExpr) bool {
		return is[*types.Map](c, e.X) && is[*types.Interface](c, e.Index) && c.awaits(e)
	})},
	{"panic with an await", node(func(c *code, e *ast.CallExpr) bool { return c.builtin(e, "panic") && c.awaits(e.Args[0]) })},
	{"negative shift", node(func(c *code, s *ast.ValueSpec) bool {
		return len(s.Values) == 1 && s.Type != nil && has(s.Values[0], func(n ast.Node) bool { e, ok := n.(*ast.BinaryExpr); return ok && e.Op == token.SHL && c.awaits(e.Y) })
	})},
}

// ops are op-assignments with an await on the right.
func ops(list ...token.Token) (all []construct) {
	for _, tok := range list {
		all = append(all, construct{"await on the right of " + tok.String(), node(func(c *code, s *ast.AssignStmt) bool {
			return s.Tok == tok && c.awaits(s.Rhs[0])
		})})
	}
	return all
}

// op is an op-assignment that awaits, and what it assigns to.
func op(ok func(*code, ast.Expr) bool) func(*code, ast.Node) bool {
	return node(func(c *code, s *ast.AssignStmt) bool {
		return s.Tok != token.ASSIGN && s.Tok != token.DEFINE && c.awaits(s) && ok(c, s.Lhs[0])
	})
}

func assigned(ok func(*code, ast.Expr) bool) func(*code, ast.Node) bool {
	return node(func(c *code, s *ast.AssignStmt) bool { return ok(c, s.Lhs[0]) })
}

func tuple(ok func(*code, *ast.AssignStmt) bool) func(*code, ast.Node) bool {
	return node(func(c *code, s *ast.AssignStmt) bool { return len(s.Lhs) > 1 && ok(c, s) })
}

func tuple1(ok func(*code, *ast.AssignStmt) bool) func(*code, ast.Node) bool {
	return node(func(c *code, s *ast.AssignStmt) bool { return len(s.Lhs) == 1 && ok(c, s) })
}

func commaOk(ok func(*code, ast.Expr) bool) func(*code, ast.Node) bool {
	return tuple(func(c *code, s *ast.AssignStmt) bool { return len(s.Rhs) == 1 && ok(c, s.Rhs[0]) })
}

func isString(c *code, e ast.Expr) bool {
	b, ok := c.typeOf(e).(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

func isErr(v *types.Var) bool {
	return types.Identical(v.Type(), types.Universe.Lookup("error").Type())
}

func isParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

// ownCall is an await of a function of the program with such results.
func ownCall(ok func(*types.Tuple) bool) func(*code, ast.Node) bool {
	return node(func(c *code, e *ast.CallExpr) bool {
		f := c.callee(e)
		return f != nil && f.Pkg() == c.pkg.Types && c.await(e) && ok(f.Signature().Results())
	})
}

// method is an await of a method that is selected in such a way.
func method(ok func(*types.Selection) bool) func(*code, ast.Node) bool {
	return node(func(c *code, e *ast.CallExpr) bool {
		s, isSel := e.Fun.(*ast.SelectorExpr)
		if !isSel || !c.await(e) {
			return false
		}
		sel := c.pkg.Info.Selections[s]
		return sel != nil && ok(sel)
	})
}

func generic(c *code, e *ast.CallExpr) bool {
	f := c.callee(e)
	return f != nil && f.Signature().TypeParams().Len() > 0
}

// callback is the argument for a parameter that awaits.
func callback(ok func(*code, ast.Expr) bool) func(*code, ast.Node) bool {
	return node(func(c *code, e *ast.CallExpr) bool {
		return c.own(e, "Try", "Pass", "Apply") && ok(c, e.Args[len(e.Args)-1])
	})
}

// verbs are calls of functions of rt.
func verbs(names ...string) (all []construct) {
	for _, name := range names {
		all = append(all, construct{"rt." + name, node(func(c *code, e *ast.CallExpr) bool { return c.calls(e, name) })})
	}
	return all
}

// block is the literal of an async block.
func block(ok func(*code, *ast.FuncLit) bool) func(*code, ast.Node) bool {
	return node(func(c *code, l *ast.FuncLit) bool { return isBlock(c, c.parent(1)) && ok(c, l) })
}

func isBlock(c *code, n ast.Node) bool { return c.calls(n, "AsyncValue", "AsyncFunc") }

// zero is the declaration of a variable of type T without a value, and its use in the next statement.
func zero[T types.Type](use func(*code, ast.Node) bool) func(*code, ast.Node) bool {
	return node(func(c *code, s *ast.ValueSpec) bool {
		if len(s.Values) > 0 || !is[*ast.DeclStmt](c, c.parent(2)) || !is[T](c, s.Type) {
			return false
		}
		return has(c.beside(2, 1), func(n ast.Node) bool { return use(c, n) })
	})
}
