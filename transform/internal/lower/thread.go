package lower

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// thread lets each way into a block that does nothing but jump lead to where that goes, and puts a block together
// with the next one if nothing else leads there. So no generated label is followed by a goto only, or by another
// label. We turn
//
//	b1:  loop
//		if i < n -> b2 else b5
//	b2:
//		await 1 step: step(i) -> b3
//	b3:  gotStep
//		jump b4
//	b4:  next
//		i++
//		jump b1
//	b5:  done
//		jump b6
//	b6:  outer
//		…
//
// into
//
//	b1:  loop
//		if i < n -> b2 else b4
//	b2:
//		await 1 step: step(i) -> b3
//	b3:  next
//		i++
//		jump b1
//	b4:  outer
//		…
func thread(m *ir.Machine) {
	for changed := true; changed; {
		changed = redirect(m)
		prune(m)
		changed = merge(m) || changed
	}
}

// renewed drops the variables that nobody can tell to be the same in two iterations, and the statements that have no
// others: they do nothing.
func renewed(m *ir.Machine) {
	for _, b := range m.Blocks {
		b.Stmts = slices.DeleteFunc(b.Stmts, func(s ir.Stmt) bool {
			r, ok := s.(*ir.Renew)
			if !ok {
				return false
			}
			r.Vars = slices.DeleteFunc(r.Vars, func(v *ir.Var) bool { return !v.Address && !v.Captured && !v.Shared })
			return len(r.Vars) == 0
		})
	}
}

// redirect changes all that leads to a block that only jumps, and reports whether there was any.
func redirect(m *ir.Machine) (changed bool) {
	to := map[*ir.Block]*ir.Block{}
	for _, b := range m.Blocks {
		if end := landing(b); end != b {
			to[b] = end
			inherit(end, b)
		}
	}
	if len(to) == 0 {
		return false
	}
	follow := func(b **ir.Block) {
		if end := to[*b]; end != nil {
			*b, changed = end, true
		}
	}
	for _, b := range m.Blocks {
		for _, way := range ir.Ways(b.Term) {
			follow(way)
		}
		if t, ok := b.Term.(*ir.If); ok && t.Then == t.Else {
			blank := &ast.Ident{NamePos: t.Cond.Pos(), Name: "_"}
			b.Stmts = append(b.Stmts, &ir.Leaf{Node: &ast.AssignStmt{Lhs: []ast.Expr{blank}, TokPos: t.Cond.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{t.Cond}}})
			b.Term = &ir.Jump{To: t.Then}
		}
	}
	for br, b := range m.Jumps {
		follow(&b)
		m.Jumps[br] = b
	}
	return changed
}

// landing is the first block on the way from b that does something. A loop that does nothing is its own.
func landing(b *ir.Block) *ir.Block {
	seen := map[*ir.Block]bool{}
	for !seen[b] {
		seen[b] = true
		t, ok := b.Term.(*ir.Jump)
		if !ok || len(b.Stmts) > 0 {
			break
		}
		b = t.To
	}
	return b
}

// inherit gives a block the label of one that led to it, if it has none of its own.
func inherit(b, from *ir.Block) {
	if from.Named && !b.Named || b.Label == "" {
		b.Label, b.Named = from.Label, from.Named
	}
}

// merge puts blocks together with the one that follows, and reports whether there were any.
func merge(m *ir.Machine) (changed bool) {
	ways := make([]int, len(m.Blocks))
	for _, b := range m.Blocks {
		for _, s := range ir.Successors(b.Term) {
			ways[s.ID]++
		}
	}
	for _, b := range m.Jumps {
		ways[b.ID]++
	}
	if m.Cleanup != nil {
		ways[m.Cleanup.Exit.ID]++
	}
	var kept []*ir.Block
	for _, b := range m.Blocks {
		if n := len(kept); n > 0 && ways[b.ID] == 1 {
			last := kept[n-1]
			if t, ok := last.Term.(*ir.Jump); ok && t.To == b {
				last.Stmts, last.Term = append(last.Stmts, b.Stmts...), b.Term
				changed = true
				continue
			}
		}
		kept = append(kept, b)
	}
	m.Blocks = kept
	for i, b := range m.Blocks {
		b.ID = i
	}
	return changed
}
