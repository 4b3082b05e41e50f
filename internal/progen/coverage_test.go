package progen

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/cover"

	"github.com/asyncgen/asyncgen/internal/difftest"
)

// A construct is something of the language, or of rt, that programs have to have.
type construct struct {
	name string
	is   func(c *code, n ast.Node) bool
}

// A tally says in how many places a construct occurs, and how often these have run.
type tally struct{ places, runs int }

// tallies count the constructs of a program that was built with coverage.
func tallies(t *testing.T, p *difftest.Program) map[string]tally {
	profiles := map[string][]cover.ProfileBlock{}
	for _, profile := range p.Profiles(t) {
		profiles[profile.FileName] = profile.Blocks
	}
	counts := map[string]tally{}
	for _, pkg := range p.Syntax(t) {
		for name, f := range pkg.Files {
			c := &code{pkg: pkg, blocks: profiles[name]}
			c.count(f, counts)
		}
	}
	return counts
}

// produced are constructs of producers of streams. These run in generated code only, in both forms, where
// the profile does not see them.
var produced = []string{"stream: yield", "stream: yield passed on", "stream: defer in the producer"}

// missing are the constructs that do not occur, or do not run.
func missing(counts map[string]tally) (list []string) {
	for _, k := range constructs {
		if c := counts[k.name]; c.places == 0 || c.runs == 0 && !slices.Contains(produced, k.name) {
			list = append(list, k.name)
		}
	}
	return list
}

// code is a file in which constructs are looked for.
type code struct {
	pkg    *difftest.Syntax
	blocks []cover.ProfileBlock
	stack  []ast.Node // around the node in hand, which comes last
}

func (c *code) count(f *ast.File, counts map[string]tally) {
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			c.stack = c.stack[:len(c.stack)-1]
			return true
		}
		c.stack = append(c.stack, n)
		if !n.Pos().IsValid() {
			return true
		}
		runs := -1
		for _, k := range constructs {
			if !k.is(c, n) {
				continue
			}
			if runs < 0 {
				runs = c.runs(c.start(n))
			}
			sum := counts[k.name]
			counts[k.name] = tally{sum.places + 1, sum.runs + runs}
		}
		return true
	})
}

// start is where a node begins to run: a clause of a switch or select, and what a clause receives, with its
// body.
func (c *code) start(n ast.Node) token.Pos {
	if clause, ok := c.parent(1).(*ast.CommClause); ok && clause.Comm == n {
		n = clause
	}
	var body []ast.Stmt
	switch n := n.(type) {
	case *ast.CaseClause:
		body = n.Body
	case *ast.CommClause:
		body = n.Body
	}
	if len(body) > 0 {
		return body[0].Pos()
	}
	return n.Pos()
}

// runs says how often the statement at a position has run: the smallest block around it counts.
func (c *code) runs(pos token.Pos) int {
	at := c.pkg.Fset.Position(pos)
	before := func(l1, c1, l2, c2 int) bool { return cmp.Or(cmp.Compare(l1, l2), cmp.Compare(c1, c2)) <= 0 }
	best := -1
	for i, b := range c.blocks {
		if before(b.StartLine, b.StartCol, at.Line, at.Column) && before(at.Line, at.Column, b.EndLine, b.EndCol) &&
			(best < 0 || before(c.blocks[best].StartLine, c.blocks[best].StartCol, b.StartLine, b.StartCol)) {
			best = i
		}
	}
	if best < 0 {
		return 0
	}
	return c.blocks[best].Count
}

// typeOf is the underlying type of e, invalid where there is none.
func (c *code) typeOf(e ast.Expr) types.Type {
	if t := c.pkg.Info.TypeOf(e); t != nil {
		return t.Underlying()
	}
	return types.Typ[types.Invalid]
}

// callee is the function or method that is called, nil for a func value.
func (c *code) callee(n ast.Node) *types.Func {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	fun := ast.Unparen(call.Fun)
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		f, _ := c.pkg.Info.Uses[fun].(*types.Func)
		return f
	case *ast.SelectorExpr:
		f, _ := c.pkg.Info.Uses[fun.Sel].(*types.Func)
		return f
	}
	return nil
}

// calls reports whether n is a call of a function or method of one of these names.
func (c *code) calls(n ast.Node, names ...string) bool {
	f := c.callee(n)
	return f != nil && slices.Contains(names, f.Name())
}

// own reports whether n is a call of a function of the program with one of these endings.
func (c *code) own(n ast.Node, endings ...string) bool {
	f := c.callee(n)
	return f != nil && f.Pkg() == c.pkg.Types && slices.ContainsFunc(endings, func(s string) bool { return strings.HasSuffix(f.Name(), s) })
}

// builtin reports whether n is a call of a built-in function.
func (c *code) builtin(n ast.Node, name string) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := c.pkg.Info.Uses[id].(*types.Builtin)
	return ok && b.Name() == name
}

// await reports whether n is a call that awaits: of rt.Await, or of something with an async form.
func (c *code) await(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	f := c.callee(call)
	if f == nil || f.Pkg() == nil {
		return false
	}
	if f.Name() == "Await" {
		return true
	}
	if recv := f.Signature().Recv(); recv != nil {
		sibling, _, _ := types.LookupFieldOrMethod(recv.Type(), true, f.Pkg(), f.Name()+"Async")
		return sibling != nil
	}
	return f.Pkg().Scope().Lookup(f.Name()+"Async") != nil
}

// has reports whether there is a node like that in n, itself included. Literals count only where they are
// called on the spot.
func has(n ast.Node, is func(ast.Node) bool) (found bool) {
	if n == nil {
		return false
	}
	ast.Inspect(n, func(m ast.Node) bool {
		if found || m == nil {
			return false
		}
		if is(m) {
			found = true
			return false
		}
		switch m := m.(type) {
		case *ast.FuncLit:
			return m == n
		case *ast.CallExpr:
			if lit, ok := m.Fun.(*ast.FuncLit); ok && has(lit.Body, is) {
				found = true
			}
		}
		return !found
	})
	return found
}

// awaits reports whether n contains an await.
func (c *code) awaits(n ast.Node) bool { return has(n, c.await) }

// within reports whether a node like that stands around the one in hand, up to the function.
func (c *code) within(is func(ast.Node) bool) bool {
	for _, n := range slices.Backward(c.stack[:len(c.stack)-1]) {
		switch n.(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		}
		if is(n) {
			return true
		}
	}
	return false
}

// beside is the statement d places after the one k levels above the node in hand, nil if there is none in
// the same block.
func (c *code) beside(k, d int) ast.Node {
	block, ok := c.parent(k + 1).(*ast.BlockStmt)
	if !ok {
		return nil
	}
	at := slices.IndexFunc(block.List, func(s ast.Stmt) bool { return s == c.parent(k) }) + d
	if at < 0 || at >= len(block.List) {
		return nil
	}
	return block.List[at]
}

// parent is the node k levels above the one in hand.
func (c *code) parent(k int) ast.Node {
	if k < len(c.stack) {
		return c.stack[len(c.stack)-1-k]
	}
	return nil
}
