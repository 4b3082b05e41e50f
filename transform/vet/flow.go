package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"

	"golang.org/x/tools/go/cfg"
)

// A state is what holds at a point of a body on some path to it: a lock is held, a future has been
// passed on. The value is where it has begun.
type state map[any]token.Pos

// join adds what holds in other, and reports whether anything is new.
func (s state) join(other state) (changed bool) {
	for k, pos := range other {
		if _, ok := s[k]; !ok {
			s[k] = pos
			changed = true
		}
	}
	return changed
}

// flow follows the paths through a body. Step is given each statement and expression with the state
// before it, which it changes to the state after it. It sees a node several times in loops, and
// reports only in the last round, when states no longer change.
func (c *checker) flow(body *ast.BlockStmt, step func(n ast.Node, s state, last bool)) {
	graph := cfg.New(body, c.mayReturn)
	before := make([]state, len(graph.Blocks))
	for i := range before {
		before[i] = state{}
	}
	work := []*cfg.Block{graph.Blocks[0]}
	seen := map[*cfg.Block]bool{graph.Blocks[0]: true}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		s := maps.Clone(before[b.Index])
		for _, n := range b.Nodes {
			step(n, s, false)
		}
		for _, next := range b.Succs {
			if before[next.Index].join(s) || !seen[next] {
				seen[next] = true
				work = append(work, next)
			}
		}
	}
	for _, b := range graph.Blocks {
		if !seen[b] {
			continue
		}
		for _, n := range b.Nodes {
			step(n, before[b.Index], true)
		}
	}
}

// mayReturn is false for calls after which nothing runs.
func (c *checker) mayReturn(call *ast.CallExpr) bool {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := c.object(id).(*types.Builtin); ok {
			return b.Name() != "panic"
		}
	}
	fn := c.pkg.Callee(call)
	if fn == nil || fn.Pkg() == nil {
		return true
	}
	switch fn.FullName() {
	case "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "runtime.Goexit", "syscall.Exit":
		return false
	}
	return true
}

// inOrder visits the calls, receives and assignments of a node in the order in which they take effect:
// operands before the call that takes them, the right side before the left. It does not look into
// literals, except those that are called where they stand.
func inOrder(n ast.Node, visit func(n ast.Node)) {
	var stack []ast.Node
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			visit(stack[len(stack)-1])
			stack = stack[:len(stack)-1]
			return false
		}
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		stack = append(stack, n)
		return true
	})
}
