package emit

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

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
	n    *names
	seen *load.Survey

	out      []string
	read     map[string]bool      // variables that are read somewhere
	jumped   map[*ir.Block]bool   // blocks that a goto names
	inlined  map[*ir.Block]bool   // blocks printed inside braces
	preds    []int                // how many ways lead to a block
	temps    map[string][]string  // temporaries by type
	tempVars []tempVar            // all, in order
	awaits   map[*ir.Await]*await // how each await delivers
	override map[*ir.Var]string   // names in a record of a deferred call
	own      []*ir.Var            // cells that the literals of this statement have a variable of their own for
	hoisted  []string             // see withOwn
	entry    map[*ir.Var]string   // parameters and results whose variable is a cell
	comments *comments
	clone    *cloner  // see cloner
	labels   []string // of the source
	usesW    bool
}

type tempVar struct{ name, typ string }

func newBody(f *file, m *ir.Machine, l *layout.Layout) *body {
	b := &body{
		file: f, m: m, l: l, n: newNames(m, l), seen: f.pkg.Survey(m.Func),
		read: map[string]bool{}, jumped: map[*ir.Block]bool{}, inlined: map[*ir.Block]bool{},
		preds: make([]int, len(m.Blocks)), temps: map[string][]string{}, awaits: map[*ir.Await]*await{},
		entry: map[*ir.Var]string{}, comments: newComments(f, m),
	}
	if len(b.seen.Labels) > 0 {
		b.labels = userLabels(m.Body)
	}
	for _, blk := range m.Blocks {
		for _, s := range ir.Successors(blk.Term) {
			b.preds[s.ID]++
		}
	}
	for _, to := range m.Jumps {
		b.preds[to.ID]++
	}
	return b
}

func (b *body) p(format string, args ...any) { b.out = append(b.out, fmt.Sprintf(format, args...)) }

// text is the whole body, without its braces.
func (b *body) text() string {
	for i, blk := range b.m.Blocks {
		if b.inlined[blk] {
			continue
		}
		b.p("%s:", labelMark(blk))
		b.block(blk, b.next(i))
	}
	b.waitSection()
	main := b.out
	b.out = nil
	b.entryCells()
	entry := b.out
	b.out = nil
	var follows *ir.Block // what the resumption is followed by
	if len(entry) == 0 {
		follows = b.begins()
	}
	b.resumption(follows)
	resume := b.out
	b.out = nil
	b.guard()
	guard := b.out
	b.out = nil
	b.declarations()
	b.constants()
	b.out = append(b.out, guard...)
	b.out = append(b.out, resume...)
	b.out = append(b.out, entry...)
	b.out = append(b.out, main...)
	return b.withLabels(b.out)
}

// begins is the first block that does something, if all before it only lead to it.
func (b *body) begins() *ir.Block {
	for i, blk := range b.m.Blocks {
		if b.inlined[blk] {
			continue
		}
		if t, ok := blk.Term.(*ir.Jump); !ok || len(blk.Stmts) > 0 || t.To != b.next(i) {
			return blk
		}
	}
	return nil
}

// next is the block that is printed after block i, outside of braces.
func (b *body) next(i int) *ir.Block {
	for _, blk := range b.m.Blocks[i+1:] {
		if !b.inlined[blk] {
			return blk
		}
	}
	return nil
}

// withLabels puts in the names of the labels that a goto names, and drops the others. Labels of the
// source keep their names, which are unique in a body.
func (b *body) withLabels(text []string) string {
	taken := map[string]bool{}
	for _, id := range b.labels {
		taken[id] = true
	}
	names := map[string]string{} // by mark
	tried := map[string]int{}
	give := func(mark, wish string) {
		names[mark] = unique(tried, wish, func(s string) bool { return taken[s] })
		taken[names[mark]] = true
	}
	got := map[*ir.Block]string{} // labels behind awaits that lead straight to a block
	for _, a := range b.m.Awaits {
		if got[a.Next] == "" {
			got[a.Next] = a.Label
		}
	}
	for _, blk := range b.m.Blocks {
		switch {
		case !b.jumped[blk] || b.inlined[blk]:
		case blk.Named:
			names[labelMark(blk)] = blk.Label
		default:
			give(labelMark(blk), cmp.Or(blk.Label, got[blk], "after"))
		}
		if a, ok := blk.Term.(*ir.Await); ok && b.lands(b.awaits[a]) {
			give(awaitMark(a), a.Label)
		}
	}
	give(waitMark, "wait")
	text = b.sourceLabels(text, names)
	var out strings.Builder
	size := 0
	for _, line := range text {
		size += len(line) + 1
	}
	out.Grow(size)
	for _, line := range text {
		if mark, ok := strings.CutSuffix(line, ":"); ok && isMark(mark) && names[mark] == "" {
			continue
		}
		if strings.Contains(line, markStart) {
			line = replaceMarks(line, names)
		}
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// sourceLabels leaves out our labels before those of the source that stand at the start of a block, with or without
// comments between them, and names these in their place.
func (b *body) sourceLabels(text []string, names map[string]string) (kept []string) {
	if len(b.labels) == 0 {
		return text
	}
	for i, line := range text {
		if mark, ok := strings.CutSuffix(line, ":"); ok && isMark(mark) && names[mark] != "" {
			if own := firstLabel(text[i+1:]); slices.Contains(b.labels, own) {
				names[mark] = own
				continue
			}
		}
		kept = append(kept, line)
	}
	return kept
}

// firstLabel is the label that the first code of a text is, whatever comments stand around it, or "".
func firstLabel(text []string) string {
	for n := 1; ; n *= 2 {
		n = min(n, len(text))
		var s scanner.Scanner
		part := []byte(strings.Join(text[:n], "\n"))
		s.Init(token.NewFileSet().AddFile("", -1, len(part)), part, func(token.Position, string) {}, 0)
		_, tok, name := s.Scan()
		_, colon, _ := s.Scan()
		switch {
		case tok == token.IDENT && colon == token.COLON:
			return name
		case tok != token.EOF && colon != token.EOF || n == len(text): // all of a comment is there, or there is no more
			return ""
		}
	}
}

// userLabels are the labels inside a body, leaves included.
func userLabels(body ast.Node) (labels []string) {
	ast.Inspect(body, func(n ast.Node) bool {
		if l, ok := n.(*ast.LabeledStmt); ok {
			labels = append(labels, l.Label.Name)
		}
		return true
	})
	return labels
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
		add(b.n.vars[v], b.declType(b.goType(v)))
		if !b.read[b.n.vars[v]] {
			unread = append(unread, b.n.vars[v])
		}
	}
	for _, t := range b.tempVars {
		add(t.name, t.typ)
	}
	if len(b.m.Defers) > 0 {
		add(b.n.due, b.dueType()+" // the deferred calls that are due")
	}
	if b.m.Cleanup != nil && b.m.DueList {
		add(b.n.d, b.recordName()+b.typeArgs())
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
		name := b.n.vars[v]
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
	name := b.n.vars[v]
	if v.Hidden {
		return fmt.Sprintf("%s = %s(%s)", name, machineName("NewLike"), name)
	}
	return fmt.Sprintf("%s = new(%s)", name, b.typeText(v.Type))
}

// paramName is the name of v in the list of parameters or results. Where v is a cell, that is
// another than the name of the cell; and where its type is hidden it comes in as an any.
func (b *body) paramName(v *ir.Var) string {
	if !v.Hidden && (!b.l.Cells[v] || v.Role == ir.Capture) {
		return b.n.vars[v]
	}
	if b.entry[v] == "" {
		b.entry[v] = b.n.fresh(b.n.vars[v])
	}
	return b.entry[v]
}

// block prints the statements of blk and its way out; next is what is printed after it.
func (b *body) block(blk, next *ir.Block) {
	b.stmts(blk)
	b.term(blk.Term, next)
}

func (b *body) stmts(blk *ir.Block) {
	for _, s := range blk.Stmts {
		switch s := s.(type) {
		case *ir.Leaf:
			if isConst(s.Node) {
				break
			}
			b.leaf(s.Node)
		case *ir.Declare:
			b.declare(s)
		case *ir.Renew:
			for _, v := range s.Vars {
				if b.l.Cells[v] {
					b.p("%s = %s(%s)", b.n.vars[v], machineName("Copy"), b.n.vars[v])
					b.read[b.n.vars[v]] = true
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
				b.p("%s = %s", b.n.vars[v], b.zero(v.Type))
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

// temp is a variable for a result that must not reach the user's variable at once. Temporaries of one
// type are used again: each is read right after the label that follows its await.
func (b *body) temp(typ string, inUse map[string]bool) string {
	for _, t := range b.temps[typ] {
		if !inUse[t] {
			inUse[t] = true
			return t
		}
	}
	t := b.n.fresh("v" + strconv.Itoa(len(b.tempVars)+1))
	b.temps[typ] = append(b.temps[typ], t)
	b.tempVars = append(b.tempVars, tempVar{t, typ})
	inUse[t] = true
	return t
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
		return b.n.vars[rv]
	}
	return b.zero(v.Type())
}

func (b *body) ret(values ...string) string { return "return " + strings.Join(values, ", ") }
