package emit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// term prints the way out of a block; what it can fall into is next.
func (b *body) term(t ir.Term, next *ir.Block) { b.hoisting(func() { b.printTerm(t, next) }) }

func (b *body) printTerm(t ir.Term, next *ir.Block) {
	switch t := t.(type) {
	case *ir.Jump:
		b.jump(t.To, next)
	case *ir.If:
		b.ifTerm(t, next)
	case *ir.Switch:
		b.switchTerm(t, next)
	case *ir.Select:
		b.selectTerm(t, next)
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
	b.jumped[to] = true
	b.p("goto %s", labelMark(to))
}

// short says whether a block can stand inside braces: one way leads to it, and it has no await.
func (b *body) short(blk *ir.Block) bool {
	if b.preds[blk.ID] != 1 || b.inlined[blk] {
		return false
	}
	switch blk.Term.(type) {
	case *ir.Jump, *ir.Stop, *ir.Return:
		return true
	case *ir.If, *ir.Switch, *ir.Select, *ir.Await, *ir.Tail, *ir.Due, *ir.NextDue, *ir.Finish:
		return false
	}
	panic("emit: unknown terminator")
}

// brief says whether blk is so small that it may stand before its place in the source.
func (b *body) brief(blk *ir.Block) bool {
	if !b.short(blk) {
		return false
	}
	ret, ok := blk.Term.(*ir.Return)
	return ok && ret.Exit == nil && len(blk.Stmts) == 0
}

// ifTerm prints one of
//
//	if c { A; goto done }     the first branch has no await
//	if !c { return x }        a loop's end that only returns
//	if !c { goto els }        all else
func (b *body) ifTerm(t *ir.If, next *ir.Block) {
	b.comments.before(b, t.Cond)
	switch {
	case t.Then == next && b.brief(t.Else) && t.Else != next:
		b.p("if %s {", b.not(t.Cond))
		b.inline(t.Else, nil)
		b.p("}")
	case t.Then == next && b.short(t.Then) && b.nextAfter(t.Then) == t.Else:
		b.p("if %s {", b.header(t.Cond))
		b.inline(t.Then, t.Else) // what falls out of the braces goes on at Else
		b.p("}")
		b.jump(t.Else, b.nextAfter(t.Then))
	case t.Then == next:
		b.p("if %s {", b.not(t.Cond))
		b.jump(t.Else, nil)
		b.p("}")
	default:
		b.p("if %s {", b.header(t.Cond))
		b.jump(t.Then, nil)
		b.p("}")
		b.jump(t.Else, next)
	}
}

// inline prints a block inside braces.
func (b *body) inline(blk, next *ir.Block) {
	b.inlined[blk] = true
	b.block(blk, next)
}

// nextAfter is the block that is printed after blk, which stands in braces.
func (b *body) nextAfter(blk *ir.Block) *ir.Block { return b.next(blk.ID) }

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
func (b *body) switchTerm(t *ir.Switch, next *ir.Block) {
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
		for _, c := range body.List {
			if v := b.m.Clause[c.(*ast.CaseClause)]; v != nil && b.isNamed(v, c) {
				bound = b.n.fresh("x")
				x = bound + " := " + x
				break
			}
		}
		b.p("switch %s {", x)
	}
	after := b.afterClauses(t.Clauses, next)
	falls := after // where a clause goes on that falls out of the switch
	if t.Done != nil {
		falls = t.Done
	}
	for i, c := range body.List {
		c := c.(*ast.CaseClause)
		b.caseHead(c)
		if v := b.m.Clause[c]; v != nil && b.isNamed(v, c) {
			b.bind(v, bound)
		}
		b.clause(t.Clauses[i], falls)
	}
	b.p("}")
	if t.Done != nil {
		b.jump(t.Done, after)
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

// afterClauses is the block that is printed after a switch whose clauses without awaits stand in it.
func (b *body) afterClauses(clauses []*ir.Block, next *ir.Block) *ir.Block {
	if next == nil {
		return nil
	}
	in := map[*ir.Block]bool{}
	for _, c := range clauses {
		in[c] = b.short(c)
	}
	for _, blk := range b.m.Blocks[next.ID:] {
		if !b.inlined[blk] && !in[blk] {
			return blk
		}
	}
	return nil
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
	if b.short(blk) {
		b.inline(blk, after)
		return
	}
	b.jump(blk, after)
}

// isNamed says whether the body of a clause names the variable of its type switch.
func (b *body) isNamed(v *ir.Var, clause ast.Node) bool {
	found := false
	ast.Inspect(clause, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && b.m.VarOf(id) == v {
			found = true
		}
		return !found
	})
	return found
}

// bind gives a variable that a clause declares its value.
func (b *body) bind(v *ir.Var, value string) {
	name := b.n.vars[v]
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
func (b *body) selectTerm(t *ir.Select, next *ir.Block) {
	b.comments.before(b, t.Node)
	b.p("select {")
	after := b.afterClauses(t.Clauses, next)
	for i, c := range t.Node.Body.List {
		c := c.(*ast.CommClause)
		b.comm(c.Comm, t.New[i])
		b.clause(t.Clauses[i], after)
	}
	b.p("}")
}

// comm prints a communication. What it declares is assigned, a cell through a variable of the clause.
func (b *body) comm(s ast.Stmt, vars []*ir.Var) {
	if s == nil {
		b.p("default:")
		return
	}
	as, ok := s.(*ast.AssignStmt)
	if !ok || as.Tok != token.DEFINE {
		b.p("case %s:", b.nodeText(b.cloner().one(s)))
		return
	}
	cells := false
	for _, v := range vars {
		cells = cells || b.l.Cells[v]
	}
	rhs := b.exprText(as.Rhs[0])
	if !cells {
		c := *as
		c.Tok = token.ASSIGN
		b.p("case %s:", b.nodeText(b.cloner().one(&c)))
		return
	}
	lhs, tok := "", ":="
	var sets []func()
	for i, e := range as.Lhs {
		if i > 0 {
			lhs += ", "
		}
		v := b.m.VarOf(e.(*ast.Ident))
		if v == nil {
			lhs += "_"
			continue
		}
		name := b.n.fresh(b.n.vars[v])
		lhs += name
		sets = append(sets, func() { b.bind(v, name) })
	}
	b.p("case %s %s %s:", lhs, tok, rhs)
	for _, set := range sets {
		set()
	}
}
