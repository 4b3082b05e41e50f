package vet

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// locks reports sync locks that are held while async code waits. Whoever wants the lock meanwhile
// blocks its worker, and when all workers do so, nobody can go on to unlock it:
//
//	mu.Lock()
//	defer mu.Unlock()
//	rt.Sleep(d)           // other tasks run here
//
// One finding per Lock, with the first await that is reached with it.
func (c *checker) locks() {
	for _, u := range c.units {
		if !u.async {
			continue
		}
		for _, h := range c.heldLocks(u) {
			c.reportPos(h.at, diag.LockHeld, "unlock it before, or lock it after the await",
				"%s is locked here and held across the await at %s, so whoever wants it blocks a worker", h.text, c.line(h.await))
		}
	}
}

// A heldLock is a lock that is locked at one place and held at another, where its holder waits.
type heldLock struct {
	lock
	at, await token.Pos
}

// heldLocks are the locks of a unit that are held across an await, each place once.
func (c *checker) heldLocks(u *unit) (held []heldLock) {
	seen := map[token.Pos]bool{}
	c.flow(u.body, func(n ast.Node, s state, last bool) {
		if _, ok := n.(*ast.DeferStmt); ok {
			return // it happens at the end, where the unlocking is that counts
		}
		inOrder(n, func(n ast.Node) {
			call, ok := n.(*ast.CallExpr)
			if !ok || u.spawned[call] {
				return
			}
			if l, locks := c.lockOf(call); l != nil {
				if locks {
					s[*l] = call.Pos()
				} else {
					delete(s, *l)
				}
				return
			}
			if !last || !c.mayWait(call) {
				return
			}
			for l, pos := range s {
				if !seen[pos] {
					seen[pos] = true
					held = append(held, heldLock{l.(lock), pos, call.Pos()})
				}
			}
		})
	})
	slices.SortFunc(held, func(a, b heldLock) int { return cmp.Compare(a.at, b.at) })
	return held
}

// awaits reports whether async code waits at a call, or at the head of a loop over it.
func (c *checker) awaits(call *ast.CallExpr) bool {
	return c.pkg.Await(call) != nil || c.pkg.EachOf(call) != nil
}

// A lock is a sync lock as the source names it.
type lock struct {
	root types.Object // the first name in text
	text string
	read bool
}

// lockOf is the lock that a call locks or unlocks; nil where it does neither. TryLock is left out: what
// it does shows only in the condition around it.
func (c *checker) lockOf(call *ast.CallExpr) (_ *lock, locks bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, false
	}
	fn := c.pkg.Callee(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "sync" || fn.Signature().Recv() == nil {
		return nil, false
	}
	name := fn.Name()
	base := strings.TrimPrefix(name, "R")
	if base != "Lock" && base != "Unlock" {
		return nil, false
	}
	id := rootOf(sel.X)
	if id == nil {
		return nil, false
	}
	return &lock{c.object(id), types.ExprString(sel.X), base != name}, base == "Lock"
}

// rootOf is the first name of x, x.f, x[i], *x and the like; nil where the expression calls something.
func rootOf(e ast.Expr) *ast.Ident {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return rootOf(e.X)
	case *ast.IndexExpr:
		return rootOf(e.X)
	case *ast.StarExpr:
		return rootOf(e.X)
	case *ast.UnaryExpr:
		return rootOf(e.X)
	}
	return nil
}
