package layout

import (
	"go/ast"
	"maps"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// reachable tells for each state which states can be the next or a later one after it.
func reachable(m *ir.Machine) []bits {
	states := len(m.Awaits) + 1
	next := make([][]*ir.Block, len(m.Blocks))
	from := make([]bits, len(m.Blocks)) // states that come after the start of a block
	for i, b := range m.Blocks {
		next[i] = m.Successors(b)
		from[i] = make(bits, states/64+1)
		if a, ok := b.Term.(*ir.Await); ok {
			from[i].add(int(a.State))
		}
	}
	for changed := true; changed; {
		changed = false
		for i := len(next) - 1; i >= 0; i-- {
			for _, b := range next[i] {
				changed = from[i].or(from[b.ID]) || changed
			}
		}
	}
	after := make([]bits, states)
	after[0] = from[m.Blocks[0].ID].clone()
	for _, a := range m.Awaits {
		after[a.State] = from[a.Next.ID].clone()
	}
	if m.Cleanup != nil { // a panic or a cancel leads there from everywhere
		for _, set := range after {
			for _, a := range m.Awaits[m.Cleanup.Park.State-1:] {
				set.add(int(a.State))
			}
		}
	}
	return after
}

// deferred tells for each state which deferred calls may be due there: those whose statement lies on some
// way from the start. The exit takes them off one after the other, before it runs them, so what only they
// need is dead while they wait.
func deferred(m *ir.Machine) []map[*ir.Defer]bool {
	in := make([]map[*ir.Defer]bool, len(m.Blocks))
	at := make([]map[*ir.Defer]bool, len(m.Awaits)+1)
	if len(m.Defers) == 0 {
		return at
	}
	for i := range in {
		in[i] = map[*ir.Defer]bool{}
	}
	for changed := true; changed; {
		changed = false
		for _, b := range m.Blocks {
			out := maps.Clone(in[b.ID])
			for _, s := range b.Stmts {
				makesDue(m, s, out)
			}
			if a, ok := b.Term.(*ir.Await); ok {
				at[a.State] = out
			}
			if t, ok := b.Term.(*ir.Due); ok {
				out = maps.Clone(out)
				delete(out, t.Defer)
			}
			for _, s := range m.Successors(b) {
				for d := range out {
					if !in[s.ID][d] {
						in[s.ID][d] = true
						changed = true
					}
				}
			}
		}
	}
	return at
}

// makesDue adds the deferred calls of one statement.
func makesDue(m *ir.Machine, s ir.Stmt, set map[*ir.Defer]bool) {
	switch s := s.(type) {
	case *ir.SetDue:
		set[s.Defer] = true
	case *ir.Leaf:
		facts.Inspect(s.Node, func(n ast.Node) {
			if d, ok := n.(*ast.DeferStmt); ok {
				set[m.Due[d]] = true
			}
		})
	}
}
