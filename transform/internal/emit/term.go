package emit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// term prints the way out of a block; what it can fall into is next.
func (b *body) term(t ir.Term, next *ir.Block) {
	switch t := t.(type) {
	case *ir.Jump:
		b.jump(t.To, next)
	case *ir.If:
		b.ifTerm(t, next)
	case *ir.Switch:
		b.switchTerm(t)
	case *ir.Select:
		b.selectTerm(t)
	case *ir.Await:
		b.awaitTerm(t, next)
	case *ir.Return:
		node := t.Node
		if node == nil {
			node = &ast.ReturnStmt{}
		} else {
			b.comments.before(b, node)
		}
		list := b.returns(node)
		if t.Exit != nil && t.Exit == next {
			list = list[:len(list)-1] // the goto: it comes next anyway
		}
		if t.Node == nil || len(list) == 0 {
			b.stmtList(list, nil)
		} else {
			b.stmtList(list, t.Node)
		}
	case *ir.Tail:
		b.tail(t)
	case *ir.Due:
		b.dueTerm(t, next)
	case *ir.NextDue:
		b.nextDueTerm(t)
	case *ir.Finish:
		b.p("%s(%s)", machineName("Rethrow"), b.varName(b.m.Cleanup.Panic))
		b.stmtList([]ast.Stmt{&ast.ReturnStmt{Results: append(b.namedResults(), ast.NewIdent("nil"))}}, nil)
	case *ir.Stop:
	default:
		panic(fmt.Sprintf("emit: unknown terminator %T", t))
	}
}

// jump prints a goto, unless to comes next anyway.
func (b *body) jump(to, next *ir.Block) {
	if to == next {
		return
	}
	b.p("goto %s", b.plan.Labels[to])
}

// ifTerm prints an if in its form; see [arrange.Form].
func (b *body) ifTerm(t *ir.If, next *ir.Block) {
	b.comments.before(b, t.Cond)
	form := b.plan.Forms[t]
	switch form {
	case arrange.Both, arrange.Hold:
		b.p("if %s {", b.header(t.Cond))
	case arrange.Skip, arrange.Leave:
		b.p("if %s {", b.not(t.Cond))
	}
	switch form {
	case arrange.Both:
		b.jump(t.Then, nil)
	case arrange.Skip:
		b.jump(t.Else, nil)
	case arrange.Hold:
		b.block(t.Then)
	case arrange.Leave:
		b.block(t.Else)
	}
	b.p("}")
	if form == arrange.Both {
		b.jump(t.Else, next)
	}
}

// not is the text of !e, as people write it.
func (b *body) not(e ast.Expr) string {
	switch x := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			return b.header(ast.Unparen(x.X))
		}
	case *ast.BinaryExpr:
		if op, ok := opposite[x.Op]; ok && (op == token.EQL || op == token.NEQ || b.ordered(x.X)) {
			c := *x
			c.Op = op
			return b.header(&c)
		}
	case *ast.Ident, *ast.CallExpr, *ast.SelectorExpr, *ast.IndexExpr:
		return "!" + b.header(x)
	}
	return "!(" + b.exprText(ast.Unparen(e)) + ")"
}

// header is the text of e where the brace of a block follows: a composite literal keeps its braces apart
// from that by parentheses.
//
//	if !(p == T{1}) {        if (p != T{1}) {
func (b *body) header(e ast.Expr) string {
	text := b.exprText(e)
	if load.BareLit(e) {
		return "(" + text + ")"
	}
	return text
}

var opposite = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL,
	token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR,
}

// ordered says that !(x < y) is x >= y: not so for NaN.
func (b *body) ordered(e ast.Expr) bool {
	t, ok := b.pkg.Info.TypeOf(e).Underlying().(*types.Basic)
	return ok && t.Info()&(types.IsInteger|types.IsString) != 0
}

// switchTerm prints the switch with clauses that hold a block without awaits, or go to one:
//
//	switch x {
//	case 1:
//		A
//	case 2, 3:
//		goto case2
//	}
func (b *body) switchTerm(t *ir.Switch) {
	b.comments.before(b, t.Node)
	var body *ast.BlockStmt
	bound := ""
	switch s := t.Node.(type) {
	case *ast.SwitchStmt:
		body = s.Body
		if s.Tag == nil {
			b.p("switch {")
		} else {
			b.p("switch %s {", b.exprText(s.Tag))
		}
	case *ast.TypeSwitchStmt:
		body = s.Body
		x := b.guardText(ir.Operand(s))
		if bound = b.plan.Bound[t]; bound != "" {
			x = bound + " := " + x
		}
		b.p("switch %s {", x)
	}
	for i, c := range body.List {
		c := c.(*ast.CaseClause)
		b.caseHead(c)
		if v := b.plan.ClauseVar(c); v != nil {
			b.bind(v, bound)
		}
		b.clause(t.Clauses[i], b.plan.Falls[t])
	}
	b.p("}")
	if t.Done != nil {
		b.jump(t.Done, b.plan.Past[t])
	}
}

// guardText is x.(type), with parentheses where the operand needs them:
//
//	switch (*p).(type) {
func (b *body) guardText(operand ast.Expr) string {
	x := b.cloner().exprOf(ast.Unparen(operand))
	if load.BareLit(operand) {
		x = &ast.ParenExpr{X: x}
	}
	return b.print(settled(&ast.TypeAssertExpr{X: x}))
}

func (b *body) caseHead(c *ast.CaseClause) {
	if c.List == nil {
		b.p("default:")
		return
	}
	s := ""
	for i, e := range c.List {
		if i > 0 {
			s += ", "
		}
		s += b.exprText(e)
	}
	b.p("case %s:", s)
}

// clause prints what a clause does.
func (b *body) clause(blk, after *ir.Block) {
	if b.plan.Braced[blk] {
		b.block(blk)
		return
	}
	b.jump(blk, after)
}

// bind gives a variable that a clause declares its value.
func (b *body) bind(v *ir.Var, value string) {
	name := b.n.Vars[v]
	if b.l.Cells[v] {
		b.p("%s", b.newCell(v))
		name = "*" + name
	}
	b.p("%s = %s", name, value)
}

// selectTerm prints a select whose clauses go to their blocks:
//
//	select {
//	case x, ok := <-ch: A     =>   case x, ok = <-ch: goto case1
//	}
func (b *body) selectTerm(t *ir.Select) {
	b.comments.before(b, t.Node)
	b.p("select {")
	for i, c := range t.Node.Body.List {
		c := c.(*ast.CommClause)
		b.comm(c, t.New[i])
		b.clause(t.Clauses[i], b.plan.Falls[t])
	}
	b.p("}")
}

// comm prints a communication. What it declares is assigned, a cell through a variable of the clause.
func (b *body) comm(c *ast.CommClause, vars []*ir.Var) {
	s := c.Comm
	if s == nil {
		b.p("default:")
		return
	}
	as, ok := s.(*ast.AssignStmt)
	if !ok || as.Tok != token.DEFINE {
		b.p("case %s:", b.nodeText(b.cloner().one(s)))
		return
	}
	rhs := b.exprText(as.Rhs[0])
	names := b.plan.Received[c]
	if names == nil {
		c := *as
		c.Tok = token.ASSIGN
		b.p("case %s:", b.nodeText(b.cloner().one(&c)))
		return
	}
	b.p("case %s := %s:", strings.Join(names, ", "), rhs)
	for i, e := range as.Lhs {
		if v := b.m.VarOf(e.(*ast.Ident)); v != nil {
			b.bind(v, names[i])
		}
	}
}
