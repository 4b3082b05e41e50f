package layout

import (
	"fmt"
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// stmt is the set before a statement inside a leaf; set is the one after it, and may be changed.
func (a *analysis) stmt(s ast.Stmt, set bits, changed *bool) bits {
	switch s := s.(type) {
	case nil, *ast.EmptyStmt:
		return set
	case *ast.BadStmt:
		panic("layout: bad statement")
	case *ast.AssignStmt:
		a.assign(s, set)
		return set
	case *ast.DeclStmt:
		for _, spec := range s.Decl.(*ast.GenDecl).Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				for _, id := range v.Names {
					a.kill(id, set)
				}
				for _, e := range v.Values {
					a.uses(e, set)
				}
			}
		}
		return set
	case *ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.GoStmt:
		a.uses(s, set)
		return set
	case *ast.DeferStmt:
		a.deferStmt(a.m.Due[s], set)
		return set
	case *ast.ReturnStmt:
		set = a.none()
		a.returns(s, set)
		return set
	case *ast.BranchStmt:
		if s.Tok == token.FALLTHROUGH {
			return set // clauses passes the set of the next clause
		}
		return a.jump(s)
	case *ast.LabeledStmt:
		set = a.stmt(s.Stmt, set, changed)
		if a.labels[s] == nil {
			a.labels[s] = a.none()
		}
		if a.labels[s].or(set) {
			*changed = true
		}
		return set
	case *ast.BlockStmt:
		return a.list(s.List, set, changed)
	case *ast.IfStmt:
		els := set.clone()
		if s.Else != nil {
			els = a.stmt(s.Else, els, changed)
		}
		set = a.list(s.Body.List, set, changed)
		set.or(els)
		a.uses(s.Cond, set)
		return a.stmt(s.Init, set, changed)
	case *ast.ForStmt:
		return a.forStmt(s, set, changed)
	case *ast.RangeStmt:
		return a.rangeStmt(s, set, changed)
	case *ast.SwitchStmt:
		set = a.clauses(s, s.Body.List, set, changed)
		a.uses(s.Tag, set)
		return a.stmt(s.Init, set, changed)
	case *ast.TypeSwitchStmt:
		set = a.clauses(s, s.Body.List, set, changed)
		a.uses(ir.Operand(s), set)
		return a.stmt(s.Init, set, changed)
	case *ast.SelectStmt:
		return a.selectStmt(s, set, changed)
	}
	panic(fmt.Sprintf("layout: unknown statement %T", s))
}

func (a *analysis) list(stmts []ast.Stmt, set bits, changed *bool) bits {
	for i := len(stmts) - 1; i >= 0; i-- {
		set = a.stmt(stmts[i], set, changed)
	}
	return set
}

func (a *analysis) assign(s *ast.AssignStmt, set bits) {
	if s.Tok == token.ASSIGN || s.Tok == token.DEFINE {
		for _, e := range s.Lhs {
			a.kill(e, set)
		}
		for _, e := range s.Lhs {
			a.assigned(e, set)
		}
	} else {
		a.uses(s.Lhs[0], set)
	}
	for _, e := range s.Rhs {
		a.uses(e, set)
	}
}

// forStmt goes over the body once: what an iteration reads before it assigns, the first one may read, too.
func (a *analysis) forStmt(s *ast.ForStmt, after bits, changed *bool) bits {
	head := a.none()
	if s.Cond != nil {
		head.or(after)
		a.uses(s.Cond, head)
	}
	next := a.stmt(s.Post, head.clone(), changed)
	a.targets[s] = target{brk: after, cont: next}
	head.or(a.list(s.Body.List, next.clone(), changed))
	return a.stmt(s.Init, head, changed)
}

func (a *analysis) rangeStmt(s *ast.RangeStmt, after bits, changed *bool) bits {
	a.targets[s] = target{brk: after, cont: after}
	head := a.list(s.Body.List, after.clone(), changed)
	for _, e := range []ast.Expr{s.Key, s.Value} {
		if e != nil {
			a.kill(e, head)
			a.assigned(e, head)
		}
	}
	head.or(after)
	a.uses(s.X, head)
	return head
}

// clauses is the set before the clauses of a switch. From the last to the first, since a clause may
// fall through to the next.
func (a *analysis) clauses(s ast.Stmt, list []ast.Stmt, after bits, changed *bool) bits {
	set := a.none()
	a.targets[s] = target{brk: after}
	hasDefault := false
	next := after
	for i := len(list) - 1; i >= 0; i-- {
		c := list[i].(*ast.CaseClause)
		hasDefault = hasDefault || c.List == nil
		out := after
		if facts.Falls(c) {
			out = next
		}
		in := a.list(c.Body, out.clone(), changed)
		next = in
		set.or(in)
		for _, e := range c.List {
			a.uses(e, set)
		}
	}
	if !hasDefault {
		set.or(after)
	}
	return set
}

func (a *analysis) selectStmt(s *ast.SelectStmt, after bits, changed *bool) bits {
	set := a.none()
	a.targets[s] = target{brk: after}
	for _, c := range s.Body.List {
		c := c.(*ast.CommClause)
		in := a.list(c.Body, after.clone(), changed)
		set.or(a.stmt(c.Comm, in, changed))
	}
	return set
}
