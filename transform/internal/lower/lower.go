// Package lower turns plain Go into machines: package ir shows a function before and after.
//
// A statement that has no await inside stays one leaf. A statement is also taken apart where a leaf
// could not keep its meaning: it declares a variable that a block or a deferred call inside it names,
// and which must therefore outlive the statement.
package lower

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Package makes a machine of every marked function of p, in order.
func Package(p *load.Package) ([]*ir.Machine, error) {
	ms := make([]*ir.Machine, len(p.Funcs))
	err := p.Each(func(i int, f *load.Func, errs *diag.List) {
		ms[i] = function(p, f)
		hidden(ms[i], errs)
	})
	return ms, err
}

// function makes the machine of one marked function, with those of its blocks.
func function(p *load.Package, f *load.Func) *ir.Machine {
	sig := f.Obj.Signature()
	m := newMachine(p, f)
	m.Name, m.Names, m.Sig, m.Body, m.Boxed = f.Obj.Name(), f.Names, sig, f.Decl.Body, true
	if r := sig.Recv(); r != nil {
		m.Name = recvName(r.Type()) + "." + m.Name
		m.Recv = param(m, r, ir.Param)
		m.TParams = tparams(sig.RecvTypeParams())
	} else {
		m.TParams = tparams(sig.TypeParams())
	}
	if f.Recovers {
		takesPanic(m, p.RecoverCalls(f.Decl.Body))
	}
	l := &lowerer{pkg: p, m: m, facts: knownOf(p, f)}
	m.Locals = l.facts.locals
	l.unit(sig)
	return m
}

// block makes the machine of a literal inside the unit of parent; deferred says that a defer statement
// calls it.
func block(parent *lowerer, lit *ast.FuncLit, kind load.BlockKind, deferred bool) *ir.Machine {
	up := parent.m
	m := newMachine(up.Pkg, up.Func)
	word := "Block"
	if kind == load.BlockCalled {
		word = "Lit"
	}
	root := parent.root()
	var n int
	var base string
	for taken := true; taken; {
		root.blocks[word]++
		n = root.blocks[word]
		base = strings.TrimSuffix(up.Func.Names.Frame, "Frame") + fmt.Sprint(word, n)
		taken = false
		for _, s := range []string{"Async", "Run", "Future", "Frame", "Func"} {
			taken = taken || up.Pkg.Types.Scope().Lookup(base+s) != nil
		}
	}
	m.Name = fmt.Sprintf("%s.%s%d", root.m.Name, strings.ToLower(word), n)
	m.Names = load.Names{Async: base + "Async", Run: base + "Run", Future: base + "Future", Frame: base + "Frame", Func: base + "Func"}
	m.Lit, m.Body, m.TParams, m.Boxed = lit, lit.Body, up.TParams, kind != load.BlockCalled
	m.Callback = kind == load.BlockCallback
	m.Sig = up.Pkg.Info.TypeOf(lit).(*types.Signature)
	for _, v := range parent.captures(lit) {
		c := &ir.Var{Obj: v.Obj, Name: v.Name, Type: v.Type, Role: ir.Capture, Pos: v.Pos, Shared: v.Shared, Assigned: v.Assigned}
		m.Captures = append(m.Captures, c)
		m.Vars = append(m.Vars, c)
		m.ByObj[v.Obj] = c
	}
	if recovers := up.Pkg.RecoverCalls(lit.Body); (deferred || m.Callback) && len(recovers) > 0 {
		takesPanic(m, recovers)
	}
	l := &lowerer{pkg: up.Pkg, m: m, facts: parent.facts, parent: parent}
	m.Locals = l.facts.locals
	l.unit(m.Sig)
	return m
}

func newMachine(p *load.Package, f *load.Func) *ir.Machine {
	return &ir.Machine{
		Pkg: p, Func: f,
		Jumps:  map[*ast.BranchStmt]*ir.Block{},
		Inner:  map[*ast.FuncLit]*ir.Machine{},
		Due:    map[*ast.DeferStmt]*ir.Defer{},
		ByObj:  map[types.Object]*ir.Var{},
		Synth:  map[*ast.Ident]*ir.Var{},
		Clause: map[*ast.CaseClause]*ir.Var{},
	}
}

func tparams(l *types.TypeParamList) (tps []*types.TypeParam) {
	for tp := range l.TypeParams() {
		tps = append(tps, tp)
	}
	return tps
}

func recvName(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj().Name()
	}
	return t.String()
}

// param adds a parameter, receiver or result to m.
func param(m *ir.Machine, obj *types.Var, role ir.Role) *ir.Var {
	v := &ir.Var{Obj: obj, Name: obj.Name(), Type: obj.Type(), Role: role, Pos: obj.Pos(), Hoisted: true}
	if t := m.Pkg.CallbackType(m.Func, obj); t != nil {
		v.Type = t
	}
	if t := m.Pkg.YielderType(m.Func, obj); t != nil && m.Lit == nil {
		v.Type = t
	}
	m.Vars = append(m.Vars, v)
	m.ByObj[obj] = v
	return v
}

// A lowerer builds the blocks of one machine.
type lowerer struct {
	pkg    *load.Package
	m      *ir.Machine
	parent *lowerer
	facts  *known

	cur     *ir.Block // where the next statement goes; nil after a jump
	labels  map[types.Object]*ir.Block
	targets map[ast.Stmt]target // of the statements around us that were taken apart
	jumps   map[*ast.BranchStmt]ast.Stmt
	loops   int            // how many loops that were taken apart are around us
	blocks  map[string]int // blocks so far, by word; of the root only
}

// A target is where a break or continue that is about a statement leads.
type target struct {
	brk  *ir.Block
	cont *ir.Block // nil for switch and select
}

func (l *lowerer) root() *lowerer {
	for l.parent != nil {
		l = l.parent
	}
	if l.blocks == nil {
		l.blocks = map[string]int{}
	}
	return l
}

// unit lowers the whole body of the machine.
func (l *lowerer) unit(sig *types.Signature) {
	m := l.m
	for v := range sig.Params().Variables() {
		m.Params = append(m.Params, param(m, v, ir.Param))
	}
	for v := range sig.Results().Variables() {
		if v.Name() != "" {
			m.Results = append(m.Results, param(m, v, ir.Result))
		}
	}
	l.labels = map[types.Object]*ir.Block{}
	if len(l.facts.seen.Jumps) > 0 {
		l.targets, l.jumps = map[ast.Stmt]target{}, map[*ast.BranchStmt]ast.Stmt{}
		for _, j := range facts.Jumps(m.Body, "") {
			l.jumps[j.Branch] = j.To
		}
	}
	l.findDefers()
	l.startCleanup(sig)
	l.place(l.block(""))
	l.list(m.Body.List)
	if l.cur != nil {
		l.end(&ir.Return{Exit: l.exit()})
	}
	l.cleanup()
	for _, b := range m.Blocks {
		l.endsInTail(b)
	}
	prune(m)
	l.describe()
	renewed(m)
	thread(m)
}

// block makes a block that is not yet part of the machine.
func (l *lowerer) block(label string) *ir.Block { return &ir.Block{Label: label} }

// place makes b the next block, and falls into it from the one before.
func (l *lowerer) place(b *ir.Block) {
	if l.cur != nil {
		l.end(&ir.Jump{To: b})
	}
	b.ID = len(l.m.Blocks)
	l.m.Blocks = append(l.m.Blocks, b)
	l.cur = b
}

// end closes the current block. What follows is unreachable until a block is placed.
func (l *lowerer) end(t ir.Term) {
	if l.cur == nil {
		return
	}
	l.cur.Term = t
	l.cur = nil
}

// add appends a statement. After a jump we open a block that nothing leads to: prune drops it.
func (l *lowerer) add(s ir.Stmt) {
	l.live()
	l.cur.Stmts = append(l.cur.Stmts, s)
}

func (l *lowerer) live() {
	if l.cur == nil {
		l.place(l.block(""))
	}
}

// prune drops the blocks that nothing leads to, with the branches in them, and numbers the rest and their awaits
// again.
func prune(m *ir.Machine) {
	seen := map[*ir.Block]bool{}
	var visit func(b *ir.Block)
	visit = func(b *ir.Block) {
		for b != nil && !seen[b] {
			seen[b] = true
			if m.Cleanup != nil && b == m.Blocks[0] {
				visit(m.Cleanup.Exit) // after a panic, or a cancel
			}
			next := m.Successors(b)
			if len(next) == 0 {
				return
			}
			for _, s := range next[1:] {
				visit(s)
			}
			b = next[0]
		}
	}
	visit(m.Blocks[0])
	var kept []*ir.Block
	m.Awaits = nil
	for _, b := range m.Blocks {
		if !seen[b] {
			continue
		}
		b.ID = len(kept)
		kept = append(kept, b)
		if m.Cleanup != nil && b == m.Cleanup.Exit {
			m.Awaits = append(m.Awaits, m.Cleanup.Park)
			m.Cleanup.Park.State = len(m.Awaits)
		}
		if a, ok := b.Term.(*ir.Await); ok {
			m.Awaits = append(m.Awaits, a)
			a.State = len(m.Awaits)
		}
	}
	m.Blocks = kept
	maps.DeleteFunc(m.Jumps, func(_ *ast.BranchStmt, to *ir.Block) bool { return !seen[to] })
}
