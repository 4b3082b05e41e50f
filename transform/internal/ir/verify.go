package ir

import (
	"fmt"
	"go/ast"
)

// Verify checks what every machine must be: numbered blocks with one way out each that leads into
// the machine, awaits numbered in order, leaves without awaits, and variables that the machine has.
func Verify(m *Machine) error {
	v := &verifier{m: m, blocks: map[*Block]bool{}, vars: map[*Var]bool{}}
	for _, x := range m.Vars {
		v.vars[x] = true
	}
	for i, b := range m.Blocks {
		v.blocks[b] = true
		v.check(b.ID == i, "block %d has number %d", i, b.ID)
	}
	v.check(len(m.Blocks) > 0, "no blocks")
	for br, to := range m.Jumps {
		v.check(v.blocks[to] || !v.reachable(br), "%s leads out of the machine", br.Tok)
	}
	state := 0
	for _, b := range m.Blocks {
		if m.Cleanup != nil && b == m.Cleanup.Exit {
			state++ // the state of a parked call
		}
		v.block(b)
		if a, ok := b.Term.(*Await); ok {
			state++
			v.check(a.State == state && m.Awaits[state-1] == a, "await %d has number %d", state, a.State)
		}
	}
	if m.Cleanup != nil {
		v.check(v.blocks[m.Cleanup.Exit] && m.Cleanup.Park.Next == m.Cleanup.Exit, "the cleanup has no blocks")
		v.check(m.Awaits[m.Cleanup.Park.State-1] == m.Cleanup.Park, "the state of the cleanup is not listed")
	}
	v.check(state == len(m.Awaits), "%d awaits in blocks, %d listed", state, len(m.Awaits))
	for obj, x := range m.ByObj {
		v.check(v.vars[x] && x.Obj == obj, "%s is not a variable of the machine", obj.Name())
	}
	return v.err
}

type verifier struct {
	m      *Machine
	blocks map[*Block]bool
	vars   map[*Var]bool
	err    error // the first problem
}

func (v *verifier) check(ok bool, format string, args ...any) {
	if !ok && v.err == nil {
		v.err = fmt.Errorf("machine %s: %s", v.m.Name, fmt.Sprintf(format, args...))
	}
}

// reachable reports whether a branch stands in a leaf that is still part of the machine.
func (v *verifier) reachable(br *ast.BranchStmt) bool {
	found := false
	for _, b := range v.m.Blocks {
		for _, s := range b.Stmts {
			if leaf, ok := s.(*Leaf); ok {
				ast.Inspect(leaf.Node, func(n ast.Node) bool {
					found = found || n == ast.Node(br)
					return !found
				})
			}
		}
	}
	return found
}

func (v *verifier) block(b *Block) {
	v.check(b.Term != nil, "b%d has no way out", b.ID)
	if b.Term == nil {
		return
	}
	for _, s := range b.Stmts {
		v.stmt(b, s)
	}
	for _, to := range Successors(b.Term) {
		v.check(v.blocks[to], "b%d leads out of the machine", b.ID)
	}
	switch t := b.Term.(type) {
	case *If:
		v.quiet(b, t.Cond)
	case *Await:
		v.owned(b, t.New)
		for _, e := range t.Lhs {
			_, ok := e.(*ast.Ident)
			v.check(ok, "b%d: the await assigns to something else than an identifier", b.ID)
		}
		for _, a := range t.Call.Args.Args {
			if t.Call.Lit == nil {
				v.quiet(b, a)
			}
		}
	case *Return:
		if t.Node != nil {
			v.quiet(b, t.Node)
		}
	case *Select:
		v.check(len(t.Clauses) == len(t.Node.Body.List) && len(t.New) == len(t.Clauses), "b%d: clauses of a select", b.ID)
		for _, vars := range t.New {
			v.owned(b, vars)
		}
	case *Due, *NextDue, *Finish:
		v.check(v.m.Cleanup != nil, "b%d: cleanup without one", b.ID)
	case *Jump, *Switch, *Tail, *Stop:
	default:
		v.check(false, "b%d: unknown terminator %T", b.ID, t)
	}
}

func (v *verifier) stmt(b *Block, s Stmt) {
	switch s := s.(type) {
	case *Leaf:
		v.quiet(b, s.Node)
	case *Declare:
		v.owned(b, s.New)
		if s.Node != nil {
			v.quiet(b, s.Node)
		}
	case *Renew:
		v.owned(b, s.Vars)
	case *SetDue:
		v.check(s.Defer != nil, "b%d: nothing to defer", b.ID)
	case *RunDue:
		v.check(v.m.Cleanup != nil, "b%d: runs a deferred call that the guard runs", b.ID)
	case *Spawn:
		for _, a := range s.Call.Args.Args {
			v.quiet(b, a)
		}
	default:
		v.check(false, "b%d: unknown statement %T", b.ID, s)
	}
}

// quiet checks that a node of a block does not suspend.
func (v *verifier) quiet(b *Block, n ast.Node) {
	v.check(!v.m.Pkg.Suspends(n), "b%d: an await is left inside", b.ID)
}

func (v *verifier) owned(b *Block, vars []*Var) {
	for _, x := range vars {
		v.check(v.vars[x], "b%d: %s is not a variable of the machine", b.ID, x.Name)
	}
}
