package facts

import (
	"go/ast"
	"go/token"
)

// A Jump is a break, continue or goto, and where it leads: To is the statement that a break ends, the loop that a
// continue goes on with, the labelled statement of a goto. It is nil where that is around the code in question, or
// elsewhere.
type Jump struct {
	Branch *ast.BranchStmt
	To     ast.Stmt
}

// Jumps are the branches in n, in their order, but not those of function literals. A fallthrough is none: it leads
// to the next clause. The label is that of n, "" if it has none; n may as well be the labelled statement.
//
//	L:
//		for {
//			switch { case a: break; case b: continue; case c: break L }
//		}
//
// Here they lead to the switch, to the loop, and to the loop.
func Jumps(n ast.Node, label string) []Jump {
	w := &jumper{labels: map[string]ast.Stmt{}}
	w.walk(n, label)
	for i, j := range w.list {
		if j.Branch.Tok == token.GOTO {
			w.list[i].To = w.labels[j.Branch.Label.Name]
		}
	}
	return w.list
}

// A jumper finds jumps.
type jumper struct {
	around []around
	labels map[string]ast.Stmt
	list   []Jump
}

// An around is a statement that a break can end, around the node in hand.
type around struct {
	stmt  ast.Stmt
	label string
	loop  bool
}

func (w *jumper) walk(n ast.Node, label string) {
	loop, breakable := false, false
	switch n := n.(type) {
	case *ast.LabeledStmt:
		w.labels[n.Label.Name] = n
		w.walk(n.Stmt, n.Label.Name)
		return
	case *ast.BranchStmt:
		w.branch(n)
		return
	case *ast.FuncLit:
		return
	case *ast.ForStmt, *ast.RangeStmt:
		loop, breakable = true, true
	case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		breakable = true
	}
	if breakable {
		w.around = append(w.around, around{n.(ast.Stmt), label, loop})
		defer func() { w.around = w.around[:len(w.around)-1] }()
	}
	ast.Inspect(n, func(c ast.Node) bool {
		if c == n {
			return true
		}
		switch c.(type) {
		case *ast.LabeledStmt, *ast.BranchStmt, *ast.FuncLit, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			w.walk(c, "")
			return false
		}
		return true
	})
}

func (w *jumper) branch(b *ast.BranchStmt) {
	if b.Tok == token.FALLTHROUGH {
		return
	}
	j := Jump{Branch: b}
	for i := len(w.around) - 1; i >= 0 && b.Tok != token.GOTO; i-- {
		a := w.around[i]
		if b.Label != nil && b.Label.Name == a.label || b.Label == nil && (a.loop || b.Tok == token.BREAK) {
			j.To = a.stmt
			break
		}
	}
	w.list = append(w.list, j)
}

// Falls reports whether a clause of a switch falls through to the next.
func Falls(c *ast.CaseClause) bool {
	if len(c.Body) == 0 {
		return false
	}
	b, ok := c.Body[len(c.Body)-1].(*ast.BranchStmt)
	return ok && b.Tok == token.FALLTHROUGH
}
