package vet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/cfg"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// notChosen reports what is read of a branch that was not chosen: its error is rt.ErrNotChosen, which is easily taken for that
// of the branch which was.
//
//	c := rt.Select2(fetchAsync(url), rt.SleepAsync(d))
//	if c.Index == 1 {
//		return c.A.Err    // of the first, and the second has won
//	}
//
// And it reports a result that is returned where nothing has asked which branch has won:
//
//	c := rt.Select2(fetchAsync(url), rt.SleepAsync(d))
//	return c.A.Get()      // ErrNotChosen after d
//
// Who does something else with the error may have thought of it, and so has who names rt.ErrNotChosen.
func (c *checker) notChosen() {
	for _, u := range c.units {
		w := chooser{c: c, spoiled: map[*types.Var]bool{}, tags: map[ast.Stmt]ast.Expr{}}
		if w.survey(u) {
			w.follow(cfg.New(u.body, c.mayReturn))
		}
	}
}

// A choice is what is known of a variable at some point.
type choice struct {
	may   uint8 // which branches may have won, as a set of bits
	asked bool  // somebody has looked
}

// choices is what is known of local variables that hold what a choice of rt has given. Of others nothing is said.
type choices map[*types.Var]choice

// join adds what is known on another way to the same point, and reports whether that changes anything.
func (s choices) join(other choices) (changed bool) {
	for v, a := range s {
		b, ok := other[v]
		if !ok {
			delete(s, v)
			changed = true
		} else if both := (choice{a.may | b.may, a.asked && b.asked}); both != a {
			s[v] = both
			changed = true
		}
	}
	return changed
}

// chooser follows the ways through a body.
type chooser struct {
	c       *checker
	spoiled map[*types.Var]bool   // changed by a literal, or through a pointer: not followed
	tags    map[ast.Stmt]ast.Expr // the tags of the switches of clauses; nil: none
	report  bool                  // in the last round
}

// survey looks at all of a body, and reports whether there is something to follow.
func (w *chooser) survey(u *unit) bool {
	found, knows := false, false
	ast.Inspect(u.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			ast.Inspect(n.Body, func(n ast.Node) bool {
				if s, ok := n.(*ast.AssignStmt); ok {
					w.spoil(s.Lhs...)
				}
				return true
			})
		case *ast.RangeStmt:
			w.spoil(n.Key, n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				w.spoil(n.X)
			}
		case *ast.SwitchStmt:
			for _, clause := range n.Body.List {
				w.tags[clause] = n.Tag
			}
		case *ast.CallExpr:
			found = found || w.chooses(n) > 0
		case *ast.Ident:
			v, ok := w.c.object(n).(*types.Var)
			knows = knows || ok && v.Name() == "ErrNotChosen" && v.Pkg() != nil && v.Pkg().Path() == load.RuntimePath
		}
		return true
	})
	return found && !knows
}

func (w *chooser) spoil(vars ...ast.Expr) {
	for _, e := range vars {
		w.spoiled[w.c.local(e)] = true
	}
}

// branches is how many branches there are in the choice that e is, 0 if it is none.
func (w *chooser) branches(e ast.Expr) int {
	if t := w.c.pass.TypesInfo.TypeOf(e); t != nil {
		for i, name := range []string{"Choice2", "Choice3", "Choice4"} {
			if isRuntimeNamed(t, name) {
				return i + 2
			}
		}
	}
	return 0
}

// chooses is branches for a call of rt that makes a choice, and 0 for all else.
func (w *chooser) chooses(e ast.Expr) int {
	if call := w.c.unparenCall(e); call != nil && runtimeFunc(w.c.pkg.Callee(call)) != "" {
		return w.branches(call)
	}
	return 0
}

// follow finds out what is known before each block, until nothing changes, and then looks at all reads.
func (w *chooser) follow(graph *cfg.CFG) {
	before := make([]choices, len(graph.Blocks))
	before[0] = choices{}
	for work := []*cfg.Block{graph.Blocks[0]}; len(work) > 0; {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		yes, no := w.block(b, maps.Clone(before[b.Index]))
		for i, next := range b.Succs {
			out := yes
			if i > 0 {
				out = no
			}
			if before[next.Index] == nil {
				before[next.Index] = maps.Clone(out)
			} else if !before[next.Index].join(out) {
				continue
			}
			work = append(work, next)
		}
	}
	w.report = true
	for _, b := range graph.Blocks {
		if s := before[b.Index]; s != nil {
			w.block(b, s)
		}
	}
}

// block follows a block, and gives what is known behind it: where its condition, if it has one, is true, and where not.
func (w *chooser) block(b *cfg.Block, s choices) (yes, no choices) {
	for i, n := range b.Nodes {
		if e, ok := n.(ast.Expr); ok && i == len(b.Nodes)-1 && len(b.Succs) == 2 {
			if next := b.Succs[1]; next.Kind == cfg.KindSwitchNextCase && w.tags[next.Stmt] != nil {
				return w.equal(w.tags[next.Stmt], e, s)
			}
			return w.cond(e, s)
		}
		w.node(n, s)
	}
	return s, maps.Clone(s)
}

// node follows a statement or an expression.
func (w *chooser) node(n ast.Node, s choices) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		w.reads(n, s)
		w.assign(s, n.Lhs, n.Rhs)
	case *ast.ValueSpec:
		w.reads(n, s)
		var lhs []ast.Expr
		for _, id := range n.Names {
			lhs = append(lhs, id)
		}
		w.assign(s, lhs, n.Values)
	case *ast.ReturnStmt:
		report := w.report
		w.report = false
		w.reads(n, s, w.returned(n)...) // what it asks counts for all of it
		w.report = report
		w.reads(n, s, w.returned(n)...)
	default:
		w.reads(n, s)
	}
}

// returned are the operands of a return, and of a fmt.Errorf there.
func (w *chooser) returned(s *ast.ReturnStmt) (list []ast.Expr) {
	for _, e := range s.Results {
		list = append(list, ast.Unparen(e))
		if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
			list = append(list, ast.Unparen(call.Fun))
			if fn := w.c.pkg.Callee(call); fn != nil && funcName(fn) == "fmt.Errorf" {
				list = append(list, call.Args...)
			}
		}
	}
	return list
}

// assign notes what an assignment makes of variables.
func (w *chooser) assign(s choices, lhs, rhs []ast.Expr) {
	for i, e := range lhs {
		v := w.c.local(e)
		delete(s, v)
		if v != nil && !w.spoiled[v] && len(lhs) == len(rhs) {
			if n := w.chooses(rhs[i]); n > 0 {
				s[v] = choice{may: 1<<n - 1}
			}
		}
	}
}

// cond follows a condition.
func (w *chooser) cond(e ast.Expr, s choices) (yes, no choices) {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			no, yes = w.cond(e.X, s)
			return yes, no
		}
	case *ast.BinaryExpr:
		switch e.Op {
		case token.LAND:
			yes, no = w.cond(e.X, s)
			yes, more := w.cond(e.Y, yes)
			no.join(more)
			return yes, no
		case token.LOR:
			yes, no = w.cond(e.X, s)
			more, no := w.cond(e.Y, no)
			yes.join(more)
			return yes, no
		case token.EQL:
			return w.equal(e.X, e.Y, s)
		case token.NEQ:
			no, yes = w.equal(e.X, e.Y, s)
			return yes, no
		}
	}
	w.reads(e, s)
	return s, maps.Clone(s)
}

// equal follows a == b, which may ask for the winner.
func (w *chooser) equal(a, b ast.Expr, s choices) (yes, no choices) {
	w.reads(&ast.BinaryExpr{X: a, Op: token.EQL, Y: b}, s)
	v, value := w.index(a), b
	if v == nil {
		v, value = w.index(b), a
	}
	yes, no = s, maps.Clone(s)
	k, ok := s[v]
	val := w.c.pass.TypesInfo.Types[value].Value
	if !ok || val == nil || val.Kind() != constant.Int {
		return yes, no
	}
	bit := uint8(0)
	if i, ok := constant.Uint64Val(val); ok && i < 4 {
		bit = 1 << i
	}
	yes[v], no[v] = choice{k.may & bit, true}, choice{k.may &^ bit, true}
	return yes, no
}

// index is the variable c of c.Index.
func (w *chooser) index(e ast.Expr) *types.Var {
	if sel, ok := ast.Unparen(e).(*ast.SelectorExpr); ok && sel.Sel.Name == "Index" && w.branches(sel.X) > 0 {
		return w.c.local(sel.X)
	}
	return nil
}

// branch takes c.A.Err, c.A.Value or c.A.Get apart.
func (w *chooser) branch(e ast.Expr) (v *types.Var, bit uint8, part string) {
	outer, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return nil, 0, ""
	}
	inner, ok := ast.Unparen(outer.X).(*ast.SelectorExpr)
	if !ok || w.branches(inner.X) == 0 || inner.Sel.Name == "Index" {
		return nil, 0, ""
	}
	return w.c.local(inner.X), 1 << (inner.Sel.Name[0] - 'A'), outer.Sel.Name
}

// reads looks at what n reads, of which something is returned.
func (w *chooser) reads(n ast.Node, s choices, returned ...ast.Expr) {
	part := map[ast.Node]bool{} // of what was looked at already
	inspectOwn(n, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if v, bit, what := w.branch(e); v != nil {
			sel := ast.Unparen(e).(*ast.SelectorExpr)
			part[ast.Unparen(sel.X).(*ast.SelectorExpr).X] = true
			if k, ok := s[v]; ok {
				s[v] = w.read(sel, k, bit, what, v, slices.Contains(returned, e))
			}
			return true
		}
		if id, ok := e.(*ast.Ident); ok && !part[id] { // c.Index, or all of c
			if v := w.c.local(id); v != nil {
				if k, ok := s[v]; ok {
					s[v] = choice{k.may, true}
				}
			}
		}
		return true
	})
}

// read looks at one read of a branch, and gives what is known then.
func (w *chooser) read(at *ast.SelectorExpr, k choice, bit uint8, what string, v *types.Var, returned bool) choice {
	field := types.ExprString(at.X)
	switch {
	case !w.report:
	case k.may != 0 && k.may&bit == 0:
		w.c.report(at, diag.NotChosen, "read the branch that has won",
			"%s was not chosen here: it has no value, and its Err is rt.ErrNotChosen", field)
	case returned && !k.asked && k.may&^bit != 0 && what != "Value":
		w.c.report(at, diag.NotChosen, "look at "+v.Name()+".Index first",
			"the error of %s is rt.ErrNotChosen if another branch has won", field)
	}
	return choice{k.may, k.asked || !returned}
}
