package emit

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A body prints one Run function. We turn the machine of
//
//	func sum(n int) (int, error) {
//		s := 0
//		for i := range n {
//			v, err := step(i)
//			…
//
// into a function that runs on the caller's stack, makes a frame only where it has to wait, and goes on
// from there when the frame is resumed:
//
//	func sumRun(cx *rt.Context, m *sumFrame, n int) (_ int, _ error, w machine.Machine) {
//		var (
//			s, i, v int
//			err     error
//		)
//		if m != nil && m.fr.State() != 0 {
//			s, i = m.s, m.i
//			v, err = machine.Returned[int](cx)
//			goto gotV
//		}
//		s = 0
//		i = 0
//	loop:
//		if i >= n {
//			return s, nil, nil
//		}
//		if v, err, w = stepRun(cx, nil, i); w != nil { // +3
//			m = machine.Suspend(cx, m, 1, w).(*sumFrame)
//			m.n, m.s, m.i = n, s, i
//			return 0, nil, m
//		}
//	gotV:
//		…
//	}
type body struct {
	*file
	m    *ir.Machine
	l    *layout.Layout
	n    *arrange.Names
	seen *load.Survey

	plan *arrange.Plan

	out      []string
	override map[*ir.Var]string // names in a record of a deferred call
	own      []*ir.Var          // cells that the literals of this statement have a variable of their own for
	hoisted  []string           // see withOwn
	comments *comments
	clone    *cloner // see cloner
}

func newBody(f *file, p *arrange.Plan) *body {
	return &body{
		file: f, m: p.Machine, l: p.Layout, n: p.Names, plan: p, seen: f.pkg.Survey(p.Machine.Func), comments: newComments(f, p.Machine),
	}
}

func (b *body) p(format string, args ...any) { b.out = append(b.out, fmt.Sprintf(format, args...)) }

// text is the whole body, without its braces.
func (b *body) text() string {
	b.declarations()
	b.constants()
	b.guard()
	b.resumption()
	b.entryCells()
	for _, blk := range b.plan.Order {
		if label := b.plan.Labels[blk]; label != "" && !b.plan.Own[blk] {
			b.p("%s:", label)
		}
		b.block(blk)
	}
	b.waitSection()
	return strings.Join(b.out, "\n")
}

// declarations prints the variables of the body, those of one type on one line.
func (b *body) declarations() {
	var groups groups
	add := groups.add
	var unread []string
	for _, v := range b.m.Vars {
		cell := b.l.Cells[v]
		if !cell && (v.Role == ir.Param || v.Role == ir.Result) || v.Role == ir.Capture && !v.Hidden {
			continue
		}
		add(b.n.Vars[v], b.declType(b.goType(v)))
		if !b.plan.Read[v] {
			unread = append(unread, b.n.Vars[v])
		}
	}
	for _, t := range b.plan.Temps {
		add(t.Name, b.declType(t.Type))
	}
	if len(b.m.Defers) > 0 {
		add(b.n.Due, b.dueType()+" // the deferred calls that are due")
	}
	if b.m.Cleanup != nil && b.m.DueList {
		add(b.n.D, b.recordName()+b.typeArgs())
	}
	switch len(groups) {
	case 0:
	case 1:
		b.p("var %s %s", strings.Join(groups[0].names, ", "), groups[0].typ)
	default:
		b.p("var (")
		for _, g := range groups {
			b.p("%s%s%s", strings.Join(g.names, ", "), cell, g.typ)
		}
		b.p(")")
	}
	for _, name := range unread {
		b.p("_ = %s", name)
	}
	b.hiddenCaptures()
}

// groups are names by their types, in the order in which the types come first.
type groups []group

type group struct {
	names []string
	typ   string
}

// add puts a name to others of its type. A type that is told by a value, or a comment, stands alone.
func (g *groups) add(name, typ string) {
	i := slices.IndexFunc(*g, func(x group) bool {
		return x.typ == typ && !strings.HasPrefix(typ, "=") && !strings.Contains(typ, " // ")
	})
	if i >= 0 {
		(*g)[i].names = append((*g)[i].names, name)
		return
	}
	*g = append(*g, group{[]string{name}, typ})
}

// entryCells moves parameters that are cells from the value that came in, and makes the cells of
// named results:
//
//	n = new(int)
//	*n = n1
func (b *body) entryCells() {
	for _, v := range b.m.Vars {
		if !b.l.Cells[v] {
			continue
		}
		name := b.n.Vars[v]
		switch v.Role {
		case ir.Param:
			b.p("%s", b.newCell(v))
			b.p("*%s = %s", name, b.paramName(v))
		case ir.Result:
			b.p("%s", b.newCell(v))
		case ir.Local, ir.Capture, ir.Saved:
		}
	}
}

// newCell makes the cell of v.
func (b *body) newCell(v *ir.Var) string {
	name := b.n.Vars[v]
	if v.Hidden {
		return fmt.Sprintf("%s = %s(%s)", name, machineName("NewLike"), name)
	}
	return fmt.Sprintf("%s = new(%s)", name, b.typeText(v.Type))
}

// paramName is the name of v in the list of parameters or results. Where v is a cell, that is
// another than the name of the cell; and where its type is hidden it comes in as an any.
func (b *body) paramName(v *ir.Var) string {
	return cmp.Or(b.plan.Entry[v], b.n.Vars[v])
}

// block prints the statements of blk and its way out.
func (b *body) block(blk *ir.Block) {
	b.stmts(blk)
	next := b.plan.Behind[blk]
	b.hoisting(func() { b.term(blk.Term, next) })
}

func (b *body) stmts(blk *ir.Block) {
	for _, s := range blk.Stmts {
		switch s := s.(type) {
		case *ir.Leaf:
			if arrange.IsConst(s.Node) {
				break
			}
			b.leaf(s.Node)
		case *ir.Declare:
			b.declare(s)
		case *ir.Renew:
			for _, v := range s.Vars {
				if b.l.Cells[v] {
					b.p("%s = %s(%s)", b.n.Vars[v], machineName("Copy"), b.n.Vars[v])
				}
			}
		case *ir.SetDue:
			b.comments.before(b, s.Defer.Node)
			b.hoisting(func() { b.due(s.Defer) })
		case *ir.RunDue:
			b.runDue(s.Defer)
		case *ir.Spawn:
			b.comments.before(b, s.Node)
			b.p("%s(%s)%s", rtName("Go"), b.futureText(s.Call, s.Child), b.comments.after(s.Node))
		default:
			panic(fmt.Sprintf("emit: unknown statement %T", s))
		}
	}
}

// declare prints a declaration of hoisted variables as an assignment.
//
//	x, y := f()   =>   x, y = f()
//	var n int     =>   n = 0         (in a loop; else it is zero already)
//	x := f()      =>   x = new(T)    (x is a cell)
//	                   *x = f()
func (b *body) declare(s *ir.Declare) {
	if s.Spec != nil && len(s.Spec.Values) == 0 {
		b.comments.before(b, s.Spec)
		for _, v := range s.New {
			switch {
			case b.l.Cells[v]:
				b.p("%s", b.newCell(v))
			case v.InLoop || slices.Contains(b.l.Guarded, v):
				b.p("%s = %s", b.n.Vars[v], b.zero(v.Type))
			}
		}
		return
	}
	var as *ast.AssignStmt
	if s.Spec != nil {
		as = &ast.AssignStmt{TokPos: token.NoPos, Tok: token.ASSIGN}
		for _, id := range s.Spec.Names {
			as.Lhs = append(as.Lhs, id)
		}
		as.Rhs = s.Spec.Values
		b.comments.before(b, s.Spec)
	} else {
		src := s.Node.(*ast.AssignStmt)
		c := *src
		c.Tok = token.ASSIGN
		as = &c
		b.comments.before(b, src)
	}
	var cells []*ir.Var
	for _, v := range s.New {
		if b.l.Cells[v] {
			cells = append(cells, v)
		}
	}
	if len(cells) > 0 && b.namesAny(as.Rhs, cells) {
		panic("emit: a declaration reads what it declares")
	}
	for _, v := range cells {
		b.p("%s", b.newCell(v))
	}
	b.rebound(as, func() { b.typedAssign(as, s) })
}

func (b *body) namesAny(exprs []ast.Expr, vars []*ir.Var) bool {
	found := false
	for _, e := range exprs {
		ast.Inspect(e, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && slices.Contains(vars, b.m.VarOf(id)) {
				found = true
			}
			return !found
		})
	}
	return found
}

// typedAssign prints the assignment. It has the meaning of the declaration, for a variable has the
// declared type. A blank name has none, so its value is converted:
//
//	var _, err error = nil, f()   =>   _, err = error(nil), f()
func (b *body) typedAssign(as *ast.AssignStmt, s *ir.Declare) {
	if s.Spec != nil && s.Spec.Type != nil && len(as.Lhs) == len(as.Rhs) {
		as.Rhs = slices.Clone(as.Rhs)
		for i, id := range s.Spec.Names {
			if id.Name == "_" {
				as.Rhs[i] = &ast.CallExpr{Fun: operand(s.Spec.Type), Args: []ast.Expr{as.Rhs[i]}}
			}
		}
	}
	b.stmtList(b.cloner().stmtOf(as), s.Node)
}

// operand is a type that can stand before a parenthesis.
func operand(t ast.Expr) ast.Expr {
	switch t.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.ParenExpr, *ast.IndexExpr, *ast.IndexListExpr:
		return t
	}
	return &ast.ParenExpr{X: t}
}

// resultZero is what a call that waits returns for its results: it does not matter, but it must not
// be a bare return.
func (b *body) resultZeros() []string {
	var out []string
	for v := range b.m.Sig.Results().Variables() {
		out = append(out, b.resultZero(v))
	}
	return out
}

func (b *body) resultZero(v *types.Var) string {
	if rv := b.m.ByObj[v]; rv != nil && rv.Name != "_" && !b.l.Cells[rv] {
		return b.n.Vars[rv]
	}
	return b.zero(v.Type())
}

func (b *body) ret(values ...string) string { return "return " + strings.Join(values, ", ") }
