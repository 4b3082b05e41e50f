package layout

import (
	"go/ast"
	"maps"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// A machine with many awaits that keep much is wide: if each await stored what it keeps, a function with n values
// and n awaits would become n² words of text. There a variable that is kept often is stored in one place for all, and read
// back in one place, though not each state needs it:
//
//	wait:
//		m.a, m.b, m.c = a, b, c
//		return 0, m
//
// It has a slot of its own, then, and the variable itself is cleared before an await that does not keep it; so it is
// none that a literal names, which would see that.

const (
	muchStored = 8 // a machine is wide with so many stores for each slot and each await
	keptOften  = 4 // and a variable is stored for all with so many states that keep it
)

// widen finds the variables that are stored in one place.
func (l *Layout) widen() {
	count, stores := map[*ir.Var]int{}, 0
	for _, vars := range l.Keeps[1:] {
		for _, v := range vars {
			count[v]++
			stores++
		}
	}
	if l.Machine.Cleanup != nil || stores <= muchStored*(len(count)+len(l.Machine.Awaits)) {
		return
	}
	l.Wide = map[*ir.Var]bool{}
	for v, n := range count {
		if n >= keptOften && !keepsIdentity(v) {
			l.Wide[v] = true
		}
	}
}

// holds tells for each variable that is stored in one place at which states it may hold something, if it is cleared
// before each await that does not keep it and that does not need it for its call: a forward data flow.
func (l *Layout) holds() map[*ir.Var]bits {
	m := l.Machine
	at := map[*ir.Var]bits{}
	for v := range l.Wide {
		at[v] = make(bits, len(l.Keeps)/64+1)
	}
	in := make([]map[*ir.Var]bool, len(m.Blocks))
	for i := range in {
		in[i] = map[*ir.Var]bool{}
	}
	for _, v := range Params(m) {
		in[0][v] = true
	}
	for changed := true; changed; {
		changed = false
		for i, b := range m.Blocks {
			out := l.held(b, in[i], at)
			for _, s := range m.Successors(b) {
				for v := range out {
					if !in[s.ID][v] {
						in[s.ID][v], changed = true, true
					}
				}
			}
		}
	}
	return at
}

// held are the variables that may hold something at the end of b, if those in in may at its start.
func (l *Layout) held(b *ir.Block, in map[*ir.Var]bool, at map[*ir.Var]bits) map[*ir.Var]bool {
	out := maps.Clone(in)
	add := func(vars ...*ir.Var) {
		for _, v := range vars {
			if l.Wide[v] {
				out[v] = true
			}
		}
	}
	names := func(n ast.Node) { l.named(n, func(v *ir.Var) { add(v) }) }
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *ir.Leaf:
			names(s.Node)
		case *ir.Declare:
			add(s.New...)
			if s.Node != nil {
				names(s.Node)
			}
		case *ir.SetDue:
			add(append([]*ir.Var{s.Defer.Fun}, s.Defer.Args...)...)
		case *ir.Renew, *ir.RunDue, *ir.Spawn: // they assign to what has something already
		}
	}
	switch t := b.Term.(type) {
	case *ir.Await:
		for v := range out {
			if l.Wide[v] {
				at[v].add(t.State)
			}
			if !l.Keeping(v, t.State) && !l.Needs(t, v) {
				delete(out, v)
			}
		}
		for _, e := range t.Lhs {
			add(l.Machine.VarOf(e.(*ast.Ident)))
		}
	case *ir.Select:
		for _, vars := range t.New {
			add(vars...)
		}
		names(t.Node)
	case *ir.Switch:
		for _, v := range l.Machine.Clause {
			add(v)
		}
	case *ir.Jump, *ir.If, *ir.Return, *ir.Tail, *ir.Stop, *ir.Due, *ir.NextDue, *ir.Finish: // they assign nothing
	}
	return out
}

// Needs reports whether the call of an await names v.
func (l *Layout) Needs(t *ir.Await, v *ir.Var) (found bool) {
	l.named(t.Call.Call, func(x *ir.Var) { found = found || x == v })
	return found
}

// named calls f for the variables that n names.
func (l *Layout) named(n ast.Node, f func(*ir.Var)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v := l.Machine.VarOf(id); v != nil {
				f(v)
			}
		}
		return true
	})
}
