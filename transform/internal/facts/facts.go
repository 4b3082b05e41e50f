// Package facts decides what several passes have to agree on, once. Each fact is a value that is computed from the
// tree as it is, and nothing is remembered between two questions.
//
//	Jumps   where each break, continue and goto leads
//	Ends    whether control goes past a statement
//	Vars    how variables are used: who writes, points to and captures them
//	Calls   whether an expression calls something, and what of a call gc evaluates first
//
// What a call or a literal is for takes more than one function, so package load knows: see its Await and Literals.
package facts

import "go/ast"

// Inspect visits n and what is under it, function literals excepted: of these it visits only the node itself.
func Inspect(n ast.Node, visit func(ast.Node)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		visit(n)
		_, lit := n.(*ast.FuncLit)
		return !lit
	})
}
