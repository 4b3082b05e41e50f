package emit

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// leaf prints a statement of the user's, with what the machine changes in it: names of cells,
// branches that leave it, returns, defer statements, blocks.
func (b *body) leaf(s ast.Stmt) {
	b.comments.before(b, s)
	b.rebound(s, func() { b.stmtList(b.cloner().stmtOf(s), s) })
}

// stmtList prints statements; src is the statement that they stand for, nil if there is none.
func (b *body) stmtList(list []ast.Stmt, src ast.Node) {
	for i, s := range list {
		text := ""
		if len(list) == 1 && src != nil {
			text = b.commented(s, src)
		} else {
			text = b.print(settled(s))
		}
		if i == len(list)-1 && src != nil {
			text += b.comments.after(src)
		}
		b.out = append(b.out, lines(text)...)
	}
}

// commented is the text of a statement with the comments inside of src, for which it stands. go/printer puts a
// comment where its position is, as far as the nodes around it have positions: between any two tokens. So where
// the tokens, or the lines, are not what they are without the comments, these come before the statement.
func (b *body) commented(s ast.Stmt, src ast.Node) string {
	plain := b.print(settled(s))
	if !src.Pos().IsValid() {
		return plain
	}
	inner := b.comments.inside(src)
	if len(inner) == 0 {
		return plain
	}
	text := b.print(&printer.CommentedNode{Node: s, Comments: inner})
	if sameTokens(text, plain) && strings.Count(text, "\n") <= strings.Count(plain, "\n")+b.comments.ownLines(inner) {
		return text
	}
	var out strings.Builder
	for _, g := range inner {
		for _, l := range g.List {
			out.WriteString(l.Text + "\n")
		}
	}
	return out.String() + plain
}

func (b *body) nodeText(n ast.Node) string { return b.print(settled(n)) }

// exprText is the text of an expression of the source.
func (b *body) exprText(e ast.Expr) string { return b.print(settled(b.cloner().exprOf(e))) }

func (b *body) print(n any) string {
	var buf bytes.Buffer
	cfg := printer.Config{Mode: printer.RawFormat} // [File] aligns
	if err := cfg.Fprint(&buf, b.fset, n); err != nil {
		panic("emit: " + err.Error())
	}
	return buf.String()
}

func (b *body) cloner() *cloner {
	if b.clone == nil {
		c := &cloner{}
		c.expr = func(e ast.Expr) (ast.Expr, bool) { return b.expr(c, e) }
		c.stmt = func(s ast.Stmt) ([]ast.Stmt, bool) { return b.stmt(c, s) }
		b.clone = c
	}
	return b.clone
}

// stmt replaces what a statement of a leaf is in the generated body.
func (b *body) stmt(c *cloner, s ast.Stmt) ([]ast.Stmt, bool) {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return b.returns(s), true
	case *ast.DeferStmt:
		return b.setDue(b.m.Due[s]), true
	case *ast.BranchStmt:
		if to := b.m.Jumps[s]; to != nil {
			return []ast.Stmt{&ast.BranchStmt{TokPos: s.TokPos, Tok: token.GOTO, Label: ast.NewIdent(b.plan.Labels[to])}}, true
		}
	}
	return b.assignment(c, s)
}

// assignment copies an assignment; what is assigned to is not read.
func (b *body) assignment(c *cloner, s ast.Stmt) ([]ast.Stmt, bool) {
	a, ok := s.(*ast.AssignStmt)
	if !ok || a.Tok != token.ASSIGN {
		return nil, false
	}
	cp := *a
	cp.Lhs = nil
	for _, e := range a.Lhs {
		cp.Lhs = append(cp.Lhs, b.target(c, e))
	}
	cp.Rhs = c.exprs(a.Rhs)
	return []ast.Stmt{&cp}, true
}

// recovers is what recover() becomes in a deferred literal that awaits: machine.Recover(p). For other calls it
// is nil.
func (b *body) recovers(e *ast.CallExpr) *ast.CallExpr { return b.recoversBy(e, "Recover") }

func (b *body) recoversBy(e *ast.CallExpr, name string) *ast.CallExpr {
	id, ok := ast.Unparen(e.Fun).(*ast.Ident)
	if !ok || b.m.Panic == nil || b.m.Synth[id] != b.m.Panic {
		return nil
	}
	return &ast.CallExpr{Fun: ast.NewIdent(machineName(name)), Args: []ast.Expr{ast.NewIdent(b.varName(b.m.Panic))}}
}

// target is the left side of an assignment. Naming a variable there is not reading it.
func (b *body) target(c *cloner, e ast.Expr) ast.Expr {
	if id, ok := e.(*ast.Ident); ok {
		if v := b.m.VarOf(id); v != nil && !b.l.Cells[v] && b.override[v] == "" {
			return &ast.Ident{NamePos: id.NamePos, Name: b.n.Vars[v]}
		}
	}
	return c.exprOf(e)
}

// expr replaces the names of cells, of packages and of blocks.
func (b *body) expr(c *cloner, e ast.Expr) (ast.Expr, bool) {
	switch e := e.(type) {
	case *ast.Ident:
		return b.ident(e)
	case *ast.SelectorExpr:
		return b.selector(c, e)
	case *ast.UnaryExpr:
		if id, ok := ast.Unparen(e.X).(*ast.Ident); ok && e.Op == token.AND {
			if v := b.m.VarOf(id); v != nil && b.isCell(v) {
				return b.cellName(v, id), true
			}
		}
	case *ast.CallExpr:
		if r := b.recovers(e); r != nil {
			return r, true
		}
		if r := b.blockCall(e); r != nil {
			return r, true
		}
		if r := b.operand(c, e.Fun); r != nil {
			cp := *e
			cp.Fun = r
			cp.Args = c.exprs(e.Args)
			return &cp, true
		}
	case *ast.IndexExpr:
		if r := b.operand(c, e.X); r != nil {
			cp := *e
			cp.X, cp.Index = r, c.exprOf(e.Index)
			return &cp, true
		}
	case *ast.SliceExpr:
		if r := b.operand(c, e.X); r != nil {
			cp := *e
			cp.X, cp.Low, cp.High, cp.Max = r, c.exprOf(e.Low), c.exprOf(e.High), c.exprOf(e.Max)
			return &cp, true
		}
	case *ast.TypeAssertExpr:
		if r := b.operand(c, e.X); r != nil {
			cp := *e
			cp.X, cp.Type = r, c.exprOf(e.Type)
			return &cp, true
		}
	case *ast.FuncLit:
		return b.literal(e), true
	}
	return nil, false
}

// operand is (*x) where e is a cell and something binds tighter than the star; else nil.
func (b *body) operand(c *cloner, e ast.Expr) ast.Expr {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	if v := b.m.VarOf(id); v == nil || !b.isCell(v) {
		return nil
	}
	return &ast.ParenExpr{Lparen: id.NamePos, X: c.exprOf(id), Rparen: id.End()}
}

func (b *body) isCell(v *ir.Var) bool { return b.l.Cells[v] }

// cellName is the pointer to a cell.
func (b *body) cellName(v *ir.Var, id *ast.Ident) *ast.Ident {
	name := b.varName(v)
	if name == id.Name {
		return id
	}
	return &ast.Ident{NamePos: id.NamePos, Name: name}
}

// varName is the name of v, or the field of a record that has it.
func (b *body) varName(v *ir.Var) string {
	if o := b.override[v]; o != "" {
		return o
	}
	return b.n.Vars[v]
}

func (b *body) ident(id *ast.Ident) (ast.Expr, bool) {
	if v := b.m.VarOf(id); v != nil {
		name := b.cellName(v, id)
		if b.isCell(v) {
			return &ast.StarExpr{Star: id.NamePos, X: name}, true
		}
		return name, true
	}
	if b.dots {
		if obj := b.pkg.Info.Uses[id]; obj != nil && isForeign(b, obj) {
			return &ast.Ident{NamePos: id.NamePos, Name: qualified(obj.Pkg().Path(), obj.Name())}, true
		}
	}
	return id, true
}

// isForeign says that obj is a package-level object of another package: named through a dot import.
func isForeign(b *body, obj types.Object) bool {
	p := obj.Pkg()
	return p != nil && p.Path() != b.pkg.Types.Path() && obj.Parent() == p.Scope()
}

// selector keeps x.f for a cell of a struct, whose pointer Go follows by itself, and takes the name of
// a package off pkg.Name.
func (b *body) selector(c *cloner, e *ast.SelectorExpr) (ast.Expr, bool) {
	id, ok := e.X.(*ast.Ident)
	if !ok {
		return withOperand(e, c.exprOf(e.X)), true
	}
	if pn, ok := b.pkg.Info.Uses[id].(*types.PkgName); ok {
		return &ast.Ident{NamePos: id.NamePos, Name: qualified(pn.Imported().Path(), e.Sel.Name)}, true
	}
	v := b.m.VarOf(id)
	switch {
	case v == nil:
		return withOperand(e, c.exprOf(id)), true
	case !b.isCell(v) || followed(v.Type):
		return withOperand(e, b.cellName(v, id)), true
	}
	return withOperand(e, &ast.ParenExpr{Lparen: id.NamePos, X: c.exprOf(id), Rparen: id.End()}), true
}

// withOperand is e with another operand.
func withOperand(e *ast.SelectorExpr, x ast.Expr) *ast.SelectorExpr {
	if x == e.X {
		return e
	}
	return &ast.SelectorExpr{X: x, Sel: e.Sel}
}

// followed says that p.f means (*p).f for a pointer to t, methods included.
func followed(t types.Type) bool {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return false
	}
	return true
}

// literal copies an ordinary function literal: its returns and branches are its own.
func (b *body) literal(lit *ast.FuncLit) ast.Expr {
	c := &cloner{}
	c.expr = func(e ast.Expr) (ast.Expr, bool) { return b.expr(c, e) }
	c.stmt = func(s ast.Stmt) ([]ast.Stmt, bool) { return b.assignment(c, s) }
	return b.withOwn(lit, c.copy(lit).(ast.Expr))
}

// blockCall is what a call with a block becomes:
//
//	rt.AsyncValue(func() (T, error) {…})   =>   fBlock1Async(x, y)
//	g.Go(func() error {…})                 =>   g.Spawn(fBlock1Async(x, y))
func (b *body) blockCall(e *ast.CallExpr) ast.Expr {
	bl := b.pkg.Block(e)
	if bl == nil || b.m.Inner[bl.Lit] == nil {
		return nil
	}
	made := b.construct(b.m.Inner[bl.Lit])
	if bl.Kind != load.BlockGroup {
		return made
	}
	call := *e
	call.Fun = b.callee(b.cloner(), e.Fun, "Spawn")
	call.Args = []ast.Expr{made}
	return &call
}

// construct is the call that makes the future of a block: its captured variables are arguments.
func (b *body) construct(child *ir.Machine) ast.Expr {
	return &ast.CallExpr{Fun: ast.NewIdent(child.Names.Async + b.typeArgs()), Args: b.captured(child)}
}

// captured are the arguments for the captured variables of a block: the cell where it is shared. A variable
// that is not shared is no cell here either: package lower shares all that could be one.
func (b *body) captured(child *ir.Machine) (args []ast.Expr) {
	for _, v := range child.Captures {
		if v == child.Panic {
			if !child.Boxed { // else AwaitDeferred gives it
				args = append(args, ast.NewIdent(b.varName(b.m.Cleanup.Panic)))
			}
			continue
		}
		args = append(args, ast.NewIdent(b.varName(b.m.ByObj[v.Obj])))
	}
	return args
}

// returns is a return statement of the source in the generated body.
//
//	return x, err   =>   return x, err, nil
//	return          =>   return                   (named results: w is nil)
//	return x        =>   *r = x; return *r, nil   (r is a cell)
//	return g()      =>   v1, v2 = g(); return v1, v2, nil
func (b *body) returns(s *ast.ReturnStmt) []ast.Stmt {
	if b.m.Cleanup != nil {
		return b.leaves(s)
	}
	out := &ast.ReturnStmt{Return: s.Return}
	n := b.m.Sig.Results().Len()
	if len(s.Results) == 0 {
		if n > 0 && !b.plan.CellResults() {
			return []ast.Stmt{out}
		}
		out.Results = append(b.namedResults(), ast.NewIdent("nil"))
		return []ast.Stmt{out}
	}
	list, values := b.tuple(s)
	if b.plan.CellResults() {
		list = append(list, b.assignResults(values)...)
		values = b.namedResults()
	}
	out.Results = append(values, ast.NewIdent("nil"))
	return append(list, out)
}

// tuple copies what a return statement returns, and takes the one call apart that gives several results.
func (b *body) tuple(s *ast.ReturnStmt) (list []ast.Stmt, out []ast.Expr) {
	values := b.cloner().exprs(s.Results)
	temps := b.plan.Tuples[s]
	if temps == nil {
		return nil, values
	}
	set := &ast.AssignStmt{Tok: token.ASSIGN, Rhs: values}
	for _, t := range temps {
		set.Lhs = append(set.Lhs, ast.NewIdent(t.Name))
		out = append(out, ast.NewIdent(t.Name))
	}
	return []ast.Stmt{set}, out
}

// assignResults sets the named results as a return statement does.
func (b *body) assignResults(values []ast.Expr) []ast.Stmt {
	set := &ast.AssignStmt{Tok: token.ASSIGN}
	for i, v := range b.m.Results {
		name := b.resultName(v)
		if b.print(name) == b.print(values[i]) {
			continue
		}
		set.Lhs = append(set.Lhs, name)
		set.Rhs = append(set.Rhs, values[i])
	}
	if len(set.Lhs) == 0 {
		return nil
	}
	return []ast.Stmt{set}
}

func (b *body) resultName(v *ir.Var) ast.Expr {
	id := ast.NewIdent(b.varName(v))
	if b.isCell(v) {
		return &ast.StarExpr{X: id}
	}
	return id
}

func (b *body) namedResults() (out []ast.Expr) {
	for _, v := range b.m.Results {
		out = append(out, b.resultName(v))
	}
	return out
}
