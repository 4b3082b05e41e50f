package plain

import (
	"go/ast"
	"go/token"
	"go/types"
)

// switchStmt takes the init statement out of a switch. Where a case awaits, the clause is found
// first and the switch is over its number, so that break, fallthrough and a default in the middle
// mean what they did:
//
//	switch x {
//	case a(), rt.Must(rt.Await(f)):
//		…
//		fallthrough
//	default:
//		…
//	}
//
// becomes
//
//	tag1 := x
//	case1 := 0
//	if tag1 == a() || tag1 == rt.Must(rt.Await(f)) {
//		case1 = 1
//	}
//	switch case1 {
//	case 1:
//		…
//		fallthrough
//	default:
//		…
//	}
//
// The default has no number. A tag that cannot change meanwhile needs no copy.
func (s *sugarer) switchStmt(st *ast.SwitchStmt) []ast.Stmt {
	var before []ast.Stmt
	if s.suspends(st) {
		before = s.takeInit(&st.Init)
	}
	awaits := false
	for _, c := range st.Body.List {
		c := c.(*ast.CaseClause)
		for _, e := range c.List {
			awaits = awaits || s.suspends(e)
		}
		c.Body = s.stmts(c.Body)
	}
	if awaits {
		s.edit()
		before = append(before, s.findClause(st)...)
	}
	return s.group(before, st)
}

// findClause returns the statements that find the number of the clause, and numbers the clauses.
func (s *sugarer) findClause(st *ast.SwitchStmt) []ast.Stmt {
	var before []ast.Stmt
	var tag string
	if v := s.variable(st.Tag); v != nil && s.vars.know().ConstantIn(v, st) {
		tag = spelled(st.Tag)
	} else if st.Tag != nil {
		tag = s.names.fresh("tag")
		before = append(before, define(tag, st.Tag))
	}
	found := s.names.fresh("case")
	before = append(before, define(found, intLit(0)))
	var first, last *ast.IfStmt
	for i, c := range st.Body.List {
		c := c.(*ast.CaseClause)
		if c.List == nil {
			continue
		}
		cond := s.matches(tag, c.List)
		c.List = []ast.Expr{intLit(i + 1)}
		next := &ast.IfStmt{If: cond.Pos(), Cond: cond, Body: block(assign(token.ASSIGN, ident(found), intLit(i+1)))}
		if last == nil {
			first = next
		} else {
			last.Else = next
		}
		last = next
	}
	st.Tag = ident(found)
	return append(before, s.chain(first))
}

// chain nests what follows an else whose condition awaits.
func (s *sugarer) chain(st *ast.IfStmt) ast.Stmt {
	if next, ok := st.Else.(*ast.IfStmt); ok {
		st.Else = s.chain(next)
		if s.suspends(next.Cond) {
			st.Else = block(st.Else)
		}
	}
	return st
}

// matches is the condition that one of the cases holds; tag is "" where they are conditions.
func (s *sugarer) matches(tag string, cases []ast.Expr) ast.Expr {
	var cond ast.Expr
	for _, e := range cases {
		t := s.typeOf(e)
		e = headed(e)
		switch {
		case tag != "":
			e = &ast.BinaryExpr{X: identAt(e.Pos(), tag), OpPos: e.Pos(), Op: token.EQL, Y: e}
		case t != nil && types.IsInterface(t): // which a condition cannot be, but a case without a tag can
			e = &ast.BinaryExpr{X: identAt(e.Pos(), "true"), OpPos: e.Pos(), Op: token.EQL, Y: e}
		case len(cases) > 1:
			e = operandOr(e)
		}
		if cond == nil {
			cond = e
		} else {
			cond = &ast.BinaryExpr{X: cond, OpPos: e.Pos(), Op: token.LOR, Y: e}
		}
	}
	return cond
}

// operandOr is e in parentheses where it is an || itself, so that cases read as a list.
func operandOr(e ast.Expr) ast.Expr {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.LOR {
		return &ast.ParenExpr{Lparen: e.Pos(), X: e}
	}
	return e
}

// typeSwitch takes the init statement and the bound variable out of a type switch. In each clause
// that uses it the variable has the type of the clause and a name of its own. An operand that cannot
// change meanwhile needs no copy:
//
//	switch v := x.(type) {
//	case int:
//		…
//	case string, nil:
//		…
//	}
//
// becomes
//
//	x1 := x
//	switch x1.(type) {
//	case int:
//		v := x1.(int)
//		…
//	case string, nil:
//		v1 := x1
//		…
//	}
func (s *sugarer) typeSwitch(st *ast.TypeSwitchStmt) []ast.Stmt {
	before := s.takeInit(&st.Init)
	a, bound := st.Assign.(*ast.AssignStmt)
	if bound {
		s.edit()
		assertion := a.Rhs[0].(*ast.TypeAssertExpr)
		var name string
		if v := s.variable(assertion.X); v != nil && s.vars.know().ConstantIn(v, st) {
			name = spelled(assertion.X)
		} else {
			name = s.names.fresh(baseName(assertion.X, "x"))
			before = append(before, define(name, assertion.X))
			assertion.X = ident(name)
		}
		st.Assign = &ast.ExprStmt{X: assertion}
		s.bindClauses(st, a.Lhs[0].(*ast.Ident).Name, name)
	}
	for _, c := range st.Body.List {
		c := c.(*ast.CaseClause)
		c.Body = s.stmts(c.Body)
	}
	return s.group(before, st)
}

// bindClauses declares the bound variable in each clause that uses it: under its own name in the
// first, under a new one in the others.
func (s *sugarer) bindClauses(st *ast.TypeSwitchStmt, name, from string) {
	own := name
	for _, c := range st.Body.List {
		c := c.(*ast.CaseClause)
		if !s.renameUses(c.Body, s.pkg.Info.Implicits[c], own) {
			continue
		}
		var value ast.Expr = ident(from)
		if len(c.List) == 1 && !s.pkg.Info.Types[c.List[0]].IsNil() {
			value = &ast.TypeAssertExpr{X: value, Type: clone(c.List[0])}
		}
		c.Body = append([]ast.Stmt{define(own, value)}, c.Body...)
		own = s.names.fresh(name)
	}
}

// renameUses writes name where obj is used, and reports whether it is.
func (s *sugarer) renameUses(list []ast.Stmt, obj types.Object, name string) bool {
	used := false
	for _, st := range list {
		ast.Inspect(st, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && obj != nil && s.pkg.Info.Uses[id] == obj {
				id.Name = name
				used = true
			}
			return true
		})
	}
	return used
}

// baseName is the name that a temporary for e derives from.
func baseName(e ast.Expr, other string) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if e.Name != "_" {
			return e.Name
		}
	case *ast.SelectorExpr:
		if ast.IsExported(e.Sel.Name) {
			return other
		}
		return e.Sel.Name
	}
	return other
}
