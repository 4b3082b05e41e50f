package layout

import (
	"fmt"
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// bits is a set of numbers: of variables, by their place in Machine.Vars, or of states.
type bits []uint64

func (s bits) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }
func (s bits) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s bits) drop(i int)     { s[i/64] &^= 1 << (i % 64) }

func (s bits) clone() bits { return append(bits(nil), s...) }

// or adds o to s, and reports whether that changed s.
func (s bits) or(o bits) bool {
	changed := false
	for i := range s {
		if n := s[i] | o[i]; n != s[i] {
			s[i], changed = n, true
		}
	}
	return changed
}

// overlaps reports whether s and o have something in common.
func (s bits) overlaps(o bits) bool {
	for i := range s {
		if s[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

// liveness tells for each state which variables are read after it before they are assigned.
func liveness(m *ir.Machine) []bits {
	a := &analysis{m: m, index: map[*ir.Var]int{}, in: make([]bits, len(m.Blocks)), labels: map[ast.Stmt]bits{}}
	a.targets, a.jumps = map[ast.Stmt]target{}, map[*ast.BranchStmt]ast.Stmt{}
	for _, b := range m.Blocks {
		for _, s := range b.Stmts {
			if leaf, ok := s.(*ir.Leaf); ok {
				for _, j := range facts.Jumps(leaf.Node, "") {
					a.jumps[j.Branch] = j.To
				}
			}
		}
	}
	for i, v := range m.Vars {
		a.index[v] = i
	}
	for i := range a.in {
		a.in[i] = a.none()
	}
	live := make([]bits, len(m.Awaits)+1)
	again := loops(m)
	for changed := true; changed; {
		changed = false
		for i := len(m.Blocks) - 1; i >= 0; i-- {
			b := m.Blocks[i]
			set := a.term(b.Term, live)
			for j := len(b.Stmts) - 1; j >= 0; j-- {
				set = a.step(b.Stmts[j], set)
			}
			if a.in[i].or(set) {
				changed = again
			}
		}
	}
	if m.Cleanup != nil {
		live[m.Cleanup.Park.State] = a.in[m.Cleanup.Exit.ID]
	}
	return live
}

// loops reports whether a block leads back. If none does, one round from the last to the first is enough.
func loops(m *ir.Machine) bool {
	for _, b := range m.Blocks {
		for _, s := range m.Successors(b) {
			if s.ID <= b.ID {
				return true
			}
		}
	}
	return false
}

// analysis is backward data flow over blocks, and over the statements inside their leaves.
type analysis struct {
	m       *ir.Machine
	index   map[*ir.Var]int
	in      []bits            // by block
	labels  map[ast.Stmt]bits // before the labeled statements inside leaves
	targets map[ast.Stmt]target
	jumps   map[*ast.BranchStmt]ast.Stmt // in leaves
}

// A target is what is alive where a break ends a statement inside a leaf, or a continue goes on with it.
type target struct {
	brk, cont bits // cont is nil for switch and select
}

func (a *analysis) none() bits { return make(bits, len(a.m.Vars)/64+1) }

// keepsIdentity says that assigning to v needs v: it is, or may become, a cell.
func keepsIdentity(v *ir.Var) bool { return v.Captured || v.Address || v.Shared }

func (a *analysis) use(v *ir.Var, set bits) {
	if v != nil {
		set.add(a.index[v])
	}
}

// uses adds the variables that n names, in literals and blocks too.
func (a *analysis) uses(n ast.Node, set bits) {
	if n == nil {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			a.use(a.m.VarOf(n), set)
		case *ast.SelectorExpr:
			a.uses(n.X, set)
			return false
		case *ast.KeyValueExpr:
			// The key of a struct literal names a field, which VarOf does not know.
			return true
		}
		return true
	})
}

// kill removes what is assigned whole.
func (a *analysis) kill(e ast.Expr, set bits) {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		if v := a.m.VarOf(id); v != nil && !keepsIdentity(v) {
			set.drop(a.index[v])
		}
	}
}

// assigned adds what the left side of an assignment reads.
func (a *analysis) assigned(e ast.Expr, set bits) {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		if v := a.m.VarOf(id); v == nil || !keepsIdentity(v) {
			return
		}
	}
	a.uses(e, set)
}

func (a *analysis) fresh(vars []*ir.Var, set bits) {
	for _, v := range vars {
		set.drop(a.index[v])
	}
}

// term is the set before a terminator. It notes what is alive at an await.
func (a *analysis) term(t ir.Term, live []bits) bits {
	set := a.none()
	if _, ok := t.(*ir.Return); !ok {
		for _, b := range ir.Successors(t) {
			set.or(a.in[b.ID])
		}
	}
	switch t := t.(type) {
	case *ir.Jump, *ir.Stop, *ir.Due, *ir.NextDue:
	case *ir.Finish:
		a.use(a.m.Cleanup.Panic, set)
		for _, v := range a.m.Results {
			a.use(v, set)
		}
	case *ir.If:
		a.uses(t.Cond, set)
	case *ir.Switch:
		a.switchHeader(t, set)
	case *ir.Select:
		set = a.none()
		for i, b := range t.Clauses {
			in := a.in[b.ID].clone()
			a.fresh(t.New[i], in)
			set.or(a.comm(t.Node.Body.List[i].(*ast.CommClause).Comm, in))
		}
	case *ir.Await:
		for _, e := range t.Lhs {
			a.kill(e, set)
		}
		a.fresh(t.New, set)
		live[t.State] = set.clone()
		for _, e := range t.Lhs {
			if v := a.m.VarOf(e.(*ast.Ident)); v != nil && keepsIdentity(v) && !isNew(v, t.New) {
				a.use(v, live[t.State])
				a.use(v, set)
			}
		}
		if t.Defer != nil {
			a.runs(t.Defer, set)
			return set
		}
		a.uses(t.Call.Call, set)
	case *ir.Return:
		a.returns(t.Node, set)
	case *ir.Tail:
		a.uses(t.Call.Call, set)
	default:
		panic(fmt.Sprintf("layout: unknown terminator %T", t))
	}
	return set
}

func isNew(v *ir.Var, vars []*ir.Var) bool {
	for _, n := range vars {
		if n == v {
			return true
		}
	}
	return false
}

func (a *analysis) switchHeader(t *ir.Switch, set bits) {
	switch s := t.Node.(type) {
	case *ast.SwitchStmt:
		a.uses(s.Tag, set)
		for _, c := range s.Body.List {
			for _, e := range c.(*ast.CaseClause).List {
				a.uses(e, set)
			}
		}
	case *ast.TypeSwitchStmt:
		for _, c := range s.Body.List {
			if v := a.m.Clause[c.(*ast.CaseClause)]; v != nil {
				set.drop(a.index[v])
			}
		}
		a.uses(ir.Operand(s), set)
	}
}

// returns is what a return statement needs: its operands, or the named results; and the cells of
// results, which it assigns. What the exit runs after it is due, which keeps what it reads.
func (a *analysis) returns(s *ast.ReturnStmt, set bits) {
	bare := s == nil || len(s.Results) == 0
	for _, v := range a.m.Results {
		read := bare && (v.Name != "_" || a.m.Cleanup != nil) // nobody reads a blank one but the exit section
		if read || keepsIdentity(v) {
			a.use(v, set)
		}
	}
	if s != nil {
		a.uses(s, set)
	}
}

// step is the set before one statement of a block.
func (a *analysis) step(s ir.Stmt, out bits) bits {
	switch s := s.(type) {
	case *ir.Leaf:
		return a.stable(s.Node, out)
	case *ir.Declare:
		set := out.clone()
		if s.Spec != nil {
			a.fresh(s.New, set)
			for _, e := range s.Spec.Values {
				a.uses(e, set)
			}
			return set
		}
		as := s.Node.(*ast.AssignStmt)
		for _, e := range as.Lhs {
			a.kill(e, set)
		}
		a.fresh(s.New, set)
		for _, e := range as.Lhs {
			if v := a.m.VarOf(e.(*ast.Ident)); v != nil && !isNew(v, s.New) {
				a.assigned(e, set)
			}
		}
		for _, e := range as.Rhs {
			a.uses(e, set)
		}
		return set
	case *ir.Renew:
		return out
	case *ir.RunDue:
		set := out.clone()
		a.runs(s.Defer, set)
		return set
	case *ir.Spawn:
		set := out.clone()
		a.uses(s.Node.Call, set)
		return set
	case *ir.SetDue:
		set := out.clone()
		a.deferStmt(s.Defer, set)
		return set
	}
	panic(fmt.Sprintf("layout: unknown statement %T", s))
}

// deferStmt is what a defer statement reads now, and what its guard reads later: the results, too, since a
// panic that the deferred call recovers returns what they hold, be it their first value.
func (a *analysis) deferStmt(d *ir.Defer, set bits) {
	for _, v := range a.m.Results {
		if v.Name != "_" || a.m.Cleanup != nil {
			a.use(v, set)
		}
	}
	if !a.m.DueList {
		if d.Fun != nil {
			set.drop(a.index[d.Fun])
		}
		for _, v := range d.Args {
			if v != nil {
				set.drop(a.index[v])
			}
		}
	}
	a.uses(d.Node.Call, set)
}

// runs is what a deferred call reads when the exit runs it: the parked panic, too.
func (a *analysis) runs(d *ir.Defer, set bits) {
	for _, v := range guardReads(a.m, d) {
		a.use(v, set)
	}
	a.use(a.m.Cleanup.Panic, set)
}

// stable is the set before a leaf. Loops and gotos inside are gone over until nothing changes.
func (a *analysis) stable(s ast.Stmt, out bits) bits {
	for {
		before := len(a.labels)
		changed := false
		in := a.stmt(s, out.clone(), &changed)
		if !changed && before == len(a.labels) {
			return in
		}
	}
}

// comm is the set before a communication of a select, whose clause needs in.
func (a *analysis) comm(s ast.Stmt, in bits) bits {
	if s == nil {
		return in
	}
	changed := false
	return a.stmt(s, in, &changed)
}

// jump is the set at the target of a branch.
func (a *analysis) jump(s *ast.BranchStmt) bits {
	if b := a.m.Jumps[s]; b != nil {
		return a.in[b.ID].clone()
	}
	to := a.jumps[s]
	switch {
	case s.Tok == token.GOTO && a.labels[to] != nil:
		return a.labels[to].clone()
	case s.Tok == token.BREAK && a.targets[to].brk != nil:
		return a.targets[to].brk.clone()
	case s.Tok == token.CONTINUE && a.targets[to].cont != nil:
		return a.targets[to].cont.clone()
	}
	return a.none()
}
