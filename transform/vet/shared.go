package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// shared reports what members of a group, or tasks, share without a lock. They run in parallel, so that is a
// race:
//
//	for _, url := range urls {
//		g.Go(func() error {
//			n += size(url)        // n is declared outside the loop
//			return nil
//		})
//	}
//
// We look at local variables that a member assigns to and another one uses, and at tickers, which belong to one
// task. A member that takes a lock is taken to know what it does, and so are members with a wait between them.
func (c *checker) shared() {
	for _, u := range c.units {
		members := c.members(u)
		reported := map[*types.Var]bool{}
		for i, m := range members {
			if m.loop != nil {
				c.sharedBy(m, m, m.loop, reported)
			}
			for _, other := range members[i+1:] {
				if c.parallel(u, m, other) {
					c.sharedBy(m, other, nil, reported)
					c.sharedBy(other, m, nil, reported)
				}
			}
		}
	}
}

// A member is a block that becomes a task.
type member struct {
	call *ast.CallExpr // that starts it
	lit  *ast.FuncLit
	path []ast.Node // around call, outer ones first
	loop ast.Node   // the outermost loop around call in which nothing waits for the task; nil for none
	// groups says that only the Wait of a group waits for it; else any await may.
	group bool
}

// members are the tasks that a unit starts.
func (c *checker) members(u *unit) (list []member) {
	var path []ast.Node
	ast.Inspect(u.body, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if lit, group := c.startedBlock(call); lit != nil {
				m := member{call: call, lit: lit, path: slices.Clone(path), group: group}
				for _, around := range slices.Backward(path) {
					switch around.(type) {
					case *ast.ForStmt, *ast.RangeStmt:
						if !c.waitsFor(m, around) {
							m.loop = around
							continue
						}
					default:
						continue
					}
					break
				}
				list = append(list, m)
			}
		}
		if _, ok := n.(*ast.FuncLit); ok {
			return false // a unit of its own; Inspect does not come back with nil
		}
		path = append(path, n)
		return true
	})
	return list
}

// startedBlock is the literal that a call makes a task of its own, and whether that is a member of a group:
//
//	g.Go(lit)   rt.Spawn(rt.AsyncFunc(lit))   rt.SpawnIn(g, rt.AsyncValue(lit))
func (c *checker) startedBlock(call *ast.CallExpr) (lit *ast.FuncLit, group bool) {
	if b := c.pkg.Block(call); b != nil {
		if b.Kind == load.BlockGroup {
			return b.Lit, true
		}
		return nil, false
	}
	fn := c.pkg.Callee(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != load.RuntimePath || len(call.Args) == 0 {
		return nil, false
	}
	arg := call.Args[0]
	switch funcName(fn) {
	case runtimePrefix + "Spawn", runtimePrefix + "Go":
	case runtimePrefix + "Group.Spawn":
		group = true
	case runtimePrefix + "SpawnIn":
		group = true
		if len(call.Args) > 1 {
			arg = call.Args[1]
		}
	default:
		return nil, false
	}
	if made := c.unparenCall(arg); made != nil {
		if b := c.pkg.Block(made); b != nil && (b.Kind == load.BlockFunc || b.Kind == load.BlockValue) {
			return b.Lit, group
		}
	}
	return nil, false
}

// waitsFor reports whether something in n may wait for a task: the Wait of a group, or any await for a task that is
// in none.
func (c *checker) waitsFor(m member, n ast.Node) bool {
	waits := false
	inspectOwn(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && call != m.call {
			waits = waits || c.endsMember(m, call)
		}
		return !waits
	})
	return waits
}

// endsMember reports whether a task may be over after a call.
func (c *checker) endsMember(m member, call *ast.CallExpr) bool {
	fn := c.pkg.Callee(call)
	if fn == nil {
		return !m.group && c.mayWait(call)
	}
	switch funcName(fn) {
	case runtimePrefix + "Group.Wait", runtimePrefix + "Scope", "sync.WaitGroup.Wait":
		return true
	}
	return !m.group && (c.mayWait(call) || runtimeFunc(fn) == "BlockOn")
}

// parallel reports whether two members may run at once: nothing waits between them, and not one of two branches has
// the first and the other the second.
func (c *checker) parallel(u *unit, a, b member) bool {
	between := false
	u.calls(func(call *ast.CallExpr) {
		if a.call.End() < call.Pos() && call.Pos() < b.call.Pos() && (c.endsMember(a, call) || c.endsMember(b, call)) {
			between = true
		}
	})
	if between {
		return false
	}
	for i := range min(len(a.path), len(b.path)) {
		if a.path[i] == b.path[i] {
			continue
		}
		if i == 0 {
			return true
		}
		if s, ok := a.path[i-1].(*ast.IfStmt); ok {
			return a.path[i] != ast.Node(s.Body) || b.path[i] != s.Else
		}
		_, clause := a.path[i].(*ast.CaseClause)
		_, comm := a.path[i].(*ast.CommClause)
		return !clause && !comm
	}
	return true
}

// sharedBy reports what m assigns to and other uses. In a loop, variables of the loop are each member's own.
func (c *checker) sharedBy(m, other member, loop ast.Node, reported map[*types.Var]bool) {
	if c.locksIn(m.lit) || c.locksIn(other.lit) {
		return
	}
	uses := c.usedIn(other.lit)
	inspectOwn(m.lit.Body, func(n ast.Node) bool {
		for _, w := range c.writes(n) {
			v := w.v
			if reported[v] || !uses[v] || within(m.lit, v.Pos()) || within(other.lit, v.Pos()) || loop != nil && within(loop, v.Pos()) {
				continue
			}
			reported[v] = true
			where := "by other members of the group, which run in parallel"
			if m.call != other.call {
				where = "in the task that is started at " + c.line(other.call.Pos()) + ", which runs in parallel"
			}
			if w.ticker {
				c.report(w.at, diag.SharedMember, "make one in each task", "the ticker %s belongs to one task, and is used %s", v.Name(), where)
			} else {
				c.report(w.at, diag.SharedMember, "return it (rt.SpawnIn, rt.Map), guard it with a lock, or use sync/atomic", "%s is changed here and used %s", v.Name(), where)
			}
		}
		return true
	})
}

// A write is a change of a local variable.
type write struct {
	v      *types.Var
	at     ast.Expr
	ticker bool
}

// writes are the changes of local variables that a statement or call makes. An element of a slice may be another
// for each member, and what a pointer leads to is not followed.
func (c *checker) writes(n ast.Node) (list []write) {
	add := func(e ast.Expr) {
		for {
			switch x := ast.Unparen(e).(type) {
			case *ast.SelectorExpr:
				if c.pass.TypesInfo.Selections[x] == nil || isPointer(c.pass.TypesInfo.TypeOf(x.X)) {
					return
				}
				e = x.X
				continue
			case *ast.IndexExpr:
				if t := c.pass.TypesInfo.TypeOf(x.X); t == nil || !isMap(t) {
					return
				}
				e = x.X
				continue
			}
			break
		}
		if v := c.local(e); v != nil {
			list = append(list, write{v, e, false})
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, lhs := range n.Lhs {
				add(lhs)
			}
		}
	case *ast.IncDecStmt:
		add(n.X)
	case *ast.CallExpr:
		if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && len(n.Args) > 0 && (id.Name == "delete" || id.Name == "clear") {
			if _, builtin := c.object(id).(*types.Builtin); builtin {
				add(n.Args[0])
			}
		}
		if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && isRuntimeNamed(c.pass.TypesInfo.TypeOf(sel.X), "Ticker") {
			if v := c.local(sel.X); v != nil {
				list = append(list, write{v, sel.X, true})
			}
		}
	}
	return list
}

// usedIn are the local variables that a literal, or one in it, names.
func (c *checker) usedIn(lit *ast.FuncLit) map[*types.Var]bool {
	used := map[*types.Var]bool{}
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v := c.local(id); v != nil {
				used[v] = true
			}
		}
		return true
	})
	return used
}

// locksIn reports whether a literal takes a lock of whatever kind, or does something once.
func (c *checker) locksIn(lit *ast.FuncLit) bool {
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if fn := c.pkg.Callee(call); fn != nil && fn.Signature().Recv() != nil {
				switch fn.Name() {
				case "Lock", "RLock", "TryLock", "Acquire", "TryAcquire", "Do", "LockAsync", "AcquireAsync":
					found = true
				}
			}
		}
		return !found
	})
	return found
}

// within reports whether a position is in a node.
func within(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

func isMap(t types.Type) bool {
	_, ok := t.Underlying().(*types.Map)
	return ok
}
