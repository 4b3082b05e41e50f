package layout

import (
	"go/ast"
	"maps"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// reachable tells for each pair of states whether the second can be the next or a later one after
// the first.
func reachable(m *ir.Machine) [][]bool {
	r := make([][]bool, len(m.Awaits)+1)
	for state := range r {
		r[state] = make([]bool, len(m.Awaits)+1)
		start := m.Blocks[0]
		if m.Cleanup != nil { // a panic or a cancel leads there from everywhere
			r[state][m.Cleanup.Park.State] = true
			for _, a := range m.Awaits[m.Cleanup.Park.State-1:] {
				r[state][a.State] = true
			}
		}
		if state > 0 {
			start = m.Awaits[state-1].Next
		}
		seen := map[*ir.Block]bool{}
		todo := []*ir.Block{start}
		for len(todo) > 0 {
			b := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if seen[b] {
				continue
			}
			seen[b] = true
			if a, ok := b.Term.(*ir.Await); ok {
				r[state][a.State] = true
			}
			todo = append(todo, successors(m, b)...)
		}
	}
	return r
}

// successors are the blocks that b leads to, also from branches inside its leaves.
func successors(m *ir.Machine, b *ir.Block) []*ir.Block {
	next := ir.Successors(b.Term)
	for _, s := range b.Stmts {
		leaf, ok := s.(*ir.Leaf)
		if !ok {
			continue
		}
		inspect(leaf.Node, func(n ast.Node) {
			if br, ok := n.(*ast.BranchStmt); ok && m.Jumps[br] != nil {
				next = append(next[:len(next):len(next)], m.Jumps[br])
			}
		})
	}
	return next
}

// inspect calls f for the nodes of a statement, but not for those in function literals.
func inspect(n ast.Node, f func(ast.Node)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		if n != nil {
			f(n)
		}
		return true
	})
}

// deferred tells for each state, and for the end of each block, which deferred calls may be due there:
// those whose statement lies on some way from the start.
func deferred(m *ir.Machine) (at, ends []map[*ir.Defer]bool) {
	in := make([]map[*ir.Defer]bool, len(m.Blocks))
	ends = make([]map[*ir.Defer]bool, len(m.Blocks))
	at = make([]map[*ir.Defer]bool, len(m.Awaits)+1)
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
			ends[b.ID] = out
			if a, ok := b.Term.(*ir.Await); ok {
				at[a.State] = out
			}
			for _, s := range successors(m, b) {
				for d := range out {
					if !in[s.ID][d] {
						in[s.ID][d] = true
						changed = true
					}
				}
			}
		}
	}
	return at, ends
}

// makesDue adds the deferred calls of one statement.
func makesDue(m *ir.Machine, s ir.Stmt, set map[*ir.Defer]bool) {
	switch s := s.(type) {
	case *ir.SetDue:
		set[s.Defer] = true
	case *ir.Leaf:
		inspect(s.Node, func(n ast.Node) {
			if d, ok := n.(*ast.DeferStmt); ok {
				set[m.Due[d]] = true
			}
		})
	}
}
