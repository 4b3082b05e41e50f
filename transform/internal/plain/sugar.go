package plain

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/facts"
)

// Sugar rewrites the control statements that have an await in a place where a statement cannot
// stand: the header of a loop, a list of cases, an else if. Where only a body awaits, the statement
// keeps its form, without an init statement and without range.
func Sugar(e *edit.Editor) error {
	return eachUnit(e, func(u *unit) {
		s := &sugarer{unit: u, stops: stopSet{}}
		s.body.List = s.stmts(s.body.List)
	})
}

// A sugarer rewrites one body.
type sugarer struct {
	*unit
	stops stopSet
	outer *outerLoop // around what is being rewritten; nil: none
}

func (s *sugarer) stmts(list []ast.Stmt) []ast.Stmt {
	var res []ast.Stmt
	for _, st := range list {
		res = append(res, s.stmt(st)...)
	}
	return res
}

func (s *sugarer) block(b *ast.BlockStmt) { b.List = s.stmts(b.List) }

// stmt returns st, or what stands for it: statements that run before it, and st in a simpler form.
func (s *sugarer) stmt(st ast.Stmt) []ast.Stmt {
	if s.opaque(st) {
		return []ast.Stmt{st}
	}
	switch st := st.(type) {
	case *ast.LabeledStmt:
		return s.label(st, s.stmt(st.Stmt))
	case *ast.BlockStmt:
		s.block(st)
	case *ast.IfStmt:
		return s.ifStmt(st)
	case *ast.ForStmt:
		return s.forStmt(st)
	case *ast.RangeStmt:
		return s.rangeStmt(st)
	case *ast.SwitchStmt:
		return s.switchStmt(st)
	case *ast.TypeSwitchStmt:
		return s.typeSwitch(st)
	case *ast.SelectStmt:
		s.selectStmt(st)
	case *ast.AssignStmt, *ast.BranchStmt, *ast.DeclStmt, *ast.DeferStmt, *ast.EmptyStmt, *ast.ExprStmt,
		*ast.GoStmt, *ast.IncDecStmt, *ast.ReturnStmt, *ast.SendStmt:
	case *ast.BadStmt, *ast.CaseClause, *ast.CommClause:
		s.unsupported(st, "unexpected statement %T", st)
	default:
		s.unsupported(st, "unknown statement %T", st)
	}
	return []ast.Stmt{st}
}

// ifStmt takes the init statement out, and nests what follows an else whose condition awaits:
//
//	if v := a(); v > 0 { … } else if rt.Must(rt.Await(f)) { … }
//
// becomes
//
//	v := a()
//	if v > 0 { … } else {
//		if rt.Must(rt.Await(f)) { … }
//	}
//
// Names are unique, so v does not need the scope of the statement.
func (s *sugarer) ifStmt(st *ast.IfStmt) []ast.Stmt {
	var before []ast.Stmt
	if s.suspends(st) {
		before = s.takeInit(&st.Init)
	}
	s.block(st.Body)
	switch e := st.Else.(type) {
	case nil:
	case *ast.BlockStmt:
		s.block(e)
	case *ast.IfStmt:
		st.Else = s.elseIf(e)
	}
	return s.group(before, st)
}

func (s *sugarer) elseIf(e *ast.IfStmt) ast.Stmt {
	awaits := s.suspends(e.Cond)
	list := s.ifStmt(e)
	if len(list) == 1 && !awaits && list[0] == ast.Stmt(e) {
		return e
	}
	s.edit()
	return block(list...)
}

// takeInit removes an init statement and returns it as a list.
func (s *sugarer) takeInit(init *ast.Stmt) []ast.Stmt {
	if *init == nil {
		return nil
	}
	s.edit()
	st := *init
	*init = nil
	return []ast.Stmt{st}
}

// forStmt takes awaits out of the header of a loop. The loop stays a for statement with the
// variables that it had, so that each iteration has its own where Go says so.
func (s *sugarer) forStmt(st *ast.ForStmt) []ast.Stmt {
	s.enter(st)
	var before []ast.Stmt
	held := s.heldLoop(st)
	continued := s.continued(st)
	if st.Init != nil && s.suspends(st.Init) {
		before = s.forInit(st, held)
	}
	post := st.Post != nil && s.suspends(st.Post)
	cond := st.Cond != nil && s.suspends(st.Cond)
	if post || cond {
		s.edit()
	}
	s.block(st.Body)
	if cond {
		s.forCond(st)
	}
	if post {
		before = append(before, s.forPost(st, held || continued)...)
	}
	return s.group(append(before, s.leave(st)...), st)
}

// heldLoop reports whether a closure or pointer may hold a variable of the loop: then each iteration
// needs a variable of its own, which an await must not change.
func (s *sugarer) heldLoop(st *ast.ForStmt) bool {
	a, ok := st.Init.(*ast.AssignStmt)
	if !ok || a.Tok != token.DEFINE {
		return false
	}
	for _, e := range a.Lhs {
		if s.vars.held(s.object(e.(*ast.Ident))) {
			return true
		}
	}
	return false
}

// forInit moves an init statement that awaits before the loop; if the loop makes fresh copies of
// its variables, only the values move:
//
//	for i := rt.Must(rt.Await(f)); i > 0; i-- { go func() { use(i) }() }
//
// becomes
//
//	i1 := rt.Must(rt.Await(f))
//	for i := i1; i > 0; i-- { go func() { use(i) }() }
func (s *sugarer) forInit(st *ast.ForStmt, held bool) []ast.Stmt {
	if !held {
		return s.takeInit(&st.Init)
	}
	s.edit()
	a := st.Init.(*ast.AssignStmt)
	moved := &ast.AssignStmt{Tok: token.DEFINE, TokPos: a.TokPos, Rhs: a.Rhs}
	a.Rhs = nil
	for _, e := range a.Lhs {
		if isBlank(e) {
			moved.Lhs = append(moved.Lhs, ident("_"))
			continue
		}
		name := s.names.fresh(e.(*ast.Ident).Name)
		moved.Lhs = append(moved.Lhs, ident(name))
		a.Rhs = append(a.Rhs, ident(name))
	}
	a.Lhs = withoutBlanks(a.Lhs)
	return []ast.Stmt{moved}
}

func withoutBlanks(list []ast.Expr) []ast.Expr {
	var res []ast.Expr
	for _, e := range list {
		if !isBlank(e) {
			res = append(res, e)
		}
	}
	return res
}

// forCond moves a condition that awaits to the start of the body:
//
//	for rt.Must(rt.Await(f)) { … }
//
// becomes
//
//	for {
//		if !rt.Must(rt.Await(f)) {
//			break
//		}
//		…
//	}
//
// and each operand of an && gets an if of its own.
func (s *sugarer) forCond(st *ast.ForStmt) {
	var breaks []ast.Stmt
	var split func(e ast.Expr)
	split = func(e ast.Expr) {
		if and, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && and.Op == token.LAND {
			split(and.X)
			split(and.Y)
			return
		}
		breaks = append(breaks, ifBreak(e))
	}
	split(st.Cond)
	prepend(st.Body, breaks...)
	st.Cond = nil
}

// forPost moves a post statement that awaits into the body. Where nothing jumps to it, that is at
// the end:
//
//	for i := 0; i < n; i = next(rt.Await(f)) { … }
//
// becomes
//
//	for i := 0; i < n; {
//		…
//		i = next(rt.Await(f))
//	}
//
// A continue must reach it, and it must work on the copy of the next iteration where a closure may
// hold the variable: then it runs at the start of every iteration but the first.
//
//	first1 := true
//	for i := 0; ; {
//		if first1 {
//			first1 = false
//		} else {
//			i = next(rt.Await(f))
//		}
//		if !(i < n) {
//			break
//		}
//		…
//	}
func (s *sugarer) forPost(st *ast.ForStmt, jumps bool) []ast.Stmt {
	post := st.Post
	st.Post = nil
	if !jumps {
		st.Body.List = append(st.Body.List, post)
		return nil
	}
	first := s.names.fresh("first")
	if st.Cond != nil {
		s.forCond(st)
	}
	prepend(st.Body, &ast.IfStmt{
		Cond: ident(first),
		Body: block(assign(token.ASSIGN, ident(first), ident("false"))),
		Else: block(post),
	})
	return []ast.Stmt{define(first, ident("true"))}
}

// continued reports whether a continue leads to the post statement of st.
func (s *sugarer) continued(st ast.Stmt) bool {
	if !slices.ContainsFunc(s.seen.Jumps, func(b *ast.BranchStmt) bool { return b.Tok == token.CONTINUE }) {
		return false
	}
	return slices.ContainsFunc(facts.Jumps(st, s.labelOf(st)), func(j facts.Jump) bool {
		return j.Branch.Tok == token.CONTINUE && j.To == st
	})
}

// selectStmt rewrites the bodies of a select, and the clauses that assign to what awaits: that is
// evaluated when the clause has been chosen.
//
//	case a[rt.Must(rt.Await(f))], ok = <-ch:
//
// becomes
//
//	case v1, ok1 := <-ch:
//		a[rt.Must(rt.Await(f))], ok = v1, ok1
func (s *sugarer) selectStmt(st *ast.SelectStmt) {
	for _, c := range st.Body.List {
		c := c.(*ast.CommClause)
		c.Body = s.stmts(c.Body)
		a, ok := c.Comm.(*ast.AssignStmt)
		if !ok || a.Tok == token.DEFINE {
			continue
		}
		awaits := false
		for _, e := range a.Lhs {
			awaits = awaits || s.suspends(e)
		}
		if !awaits {
			continue
		}
		s.edit()
		names := []string{s.names.fresh("v"), s.names.fresh("ok")}[:len(a.Lhs)]
		c.Body = append([]ast.Stmt{&ast.AssignStmt{Lhs: a.Lhs, Tok: token.ASSIGN, Rhs: idents(names...)}}, c.Body...)
		c.Comm = &ast.AssignStmt{Lhs: idents(names...), Tok: token.DEFINE, Rhs: a.Rhs}
	}
}

// typeName is t as an expression, or nil where it is the int that a constant has anyhow.
func (s *sugarer) typeName(at ast.Node, t types.Type) ast.Expr {
	if types.Identical(t, types.Typ[types.Int]) {
		return nil
	}
	return s.typeExpr(at, t)
}
