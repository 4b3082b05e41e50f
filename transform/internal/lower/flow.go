package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// ifStmt: if c { A } else { B } =>
//
//		if c -> then else els
//	then:	A; jump done
//	els:	B
//	done:
func (l *lowerer) ifStmt(s *ast.IfStmt) {
	if s.Init != nil {
		l.stmt(s.Init, nil)
	}
	l.live()
	l.inner(s.Cond)
	then, done := l.block(""), l.block("")
	els := done
	if s.Else != nil {
		els = l.block("")
	}
	l.end(&ir.If{Cond: s.Cond, Then: then, Else: els})
	l.place(then)
	l.list(s.Body.List)
	if s.Else != nil {
		l.end(&ir.Jump{To: done})
		l.place(els)
		l.stmt(s.Else, nil)
	}
	l.place(done)
}

// forStmt: for i := 0; c; post { A } =>
//
//		i := 0
//	loop:	if c -> body else done
//	body:	A
//	next:	renew i; post; jump loop
//	done:
//
// From go1.22 on each iteration has variables of its own: Renew, before the post statement, makes
// them new where a closure or pointer could tell.
func (l *lowerer) forStmt(s *ast.ForStmt, label types.Object) {
	var vars []*ir.Var
	if s.Init != nil {
		from := len(l.m.Vars)
		l.stmt(s.Init, nil)
		if a, ok := s.Init.(*ast.AssignStmt); ok && a.Tok == token.DEFINE && ir.PerIteration(l.m.Func.File.GoVersion) {
			for _, v := range l.m.Vars[from:] {
				if v.Obj != nil {
					v.InLoop = true
					vars = append(vars, v)
				}
			}
		}
	}
	name := func(s string) string {
		if label == nil {
			return s
		}
		return label.Name() + string(s[0]-'a'+'A') + s[1:]
	}
	loop, body, done := l.block(name("loop")), l.block(""), l.block(name("done"))
	next := loop
	if s.Post != nil || len(vars) > 0 {
		next = l.block(name("next"))
	}
	l.live()
	l.loops++
	l.place(loop)
	if s.Cond != nil {
		l.inner(s.Cond)
		l.end(&ir.If{Cond: s.Cond, Then: body, Else: done})
		l.place(body)
	}
	l.target(s, target{brk: done, cont: next})
	l.list(s.Body.List)
	if next != loop {
		l.place(next)
		if len(vars) > 0 {
			l.add(&ir.Renew{Vars: vars})
		}
		if s.Post != nil {
			l.stmt(s.Post, nil)
		}
	}
	l.end(&ir.Jump{To: loop})
	l.loops--
	l.place(done)
}

// switchStmt keeps the header and case lists of a switch, whose clauses become blocks.
func (l *lowerer) switchStmt(s, init ast.Stmt, body *ast.BlockStmt) {
	if init != nil {
		l.stmt(init, nil)
	}
	l.live()
	l.inner(header(s))
	done := l.block("done")
	term := &ir.Switch{Node: s, Done: done}
	for range body.List {
		term.Clauses = append(term.Clauses, l.block("clause"))
	}
	for _, c := range body.List {
		c := c.(*ast.CaseClause)
		if c.List == nil {
			term.Done = nil // it has a default
		}
		if obj, ok := l.pkg.Info.Implicits[c].(*types.Var); ok {
			l.m.Clause[c] = l.local(obj, obj.Name())
		}
	}
	l.end(term)
	l.target(s, target{brk: done})
	for i, c := range body.List {
		c := c.(*ast.CaseClause)
		l.place(term.Clauses[i])
		l.list(c.Body)
		to := done
		if facts.Falls(c) {
			to = term.Clauses[i+1]
		}
		l.end(&ir.Jump{To: to})
	}
	l.place(done)
}

// header is the tag or operand of a switch, as one node.
func header(s ast.Stmt) ast.Node {
	switch s := s.(type) {
	case *ast.SwitchStmt:
		if s.Tag != nil {
			return s.Tag
		}
	case *ast.TypeSwitchStmt:
		return s.Assign
	}
	return &ast.EmptyStmt{}
}

// selectStmt keeps the communications of a select, whose clauses become blocks.
func (l *lowerer) selectStmt(s *ast.SelectStmt) {
	l.live()
	done := l.block("done")
	term := &ir.Select{Node: s}
	for _, c := range s.Body.List {
		c := c.(*ast.CommClause)
		var vars []*ir.Var
		if a, ok := c.Comm.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
			for _, e := range a.Lhs {
				vars = append(vars, l.declared([]*ast.Ident{e.(*ast.Ident)})...)
			}
		}
		if c.Comm != nil {
			l.inner(c.Comm)
		}
		term.New = append(term.New, vars)
		term.Clauses = append(term.Clauses, l.block("clause"))
	}
	l.end(term)
	l.target(s, target{brk: done})
	for i, c := range s.Body.List {
		l.place(term.Clauses[i])
		l.list(c.(*ast.CommClause).Body)
		l.end(&ir.Jump{To: done})
	}
	l.place(done)
}

// rangeStmt is a range statement without an await that must be opened all the same, because a
// deferred literal or block in it names its variables. Package plain has made it a for statement.
func (l *lowerer) rangeStmt(s *ast.RangeStmt) {
	panic("lower: " + l.pkg.Position(s.Pos()).String() + ": range statement: package plain left it")
}
