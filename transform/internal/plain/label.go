package plain

import (
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
)

// label puts the label of l on what a rewrite has made of its statement. One of list is the loop,
// switch or select, where there is one, and others run before or after it. If the label is the target
// of a goto, the goto must run them too; break and continue must name the loop:
//
//	L:
//		for i := rt.Must(rt.Await(f)); i > 0; i-- { … continue L … goto L … }
//
// becomes
//
//	L:
//		v1, err1 := rt.Await(f)
//	L1:
//		for i := rt.Must(v1, err1); i > 0; i-- { … continue L1 … goto L … }
//
// So has a statement without an await: package lower leaves it to Go with its label, and opens what a goto
// names.
func (u *unit) label(l *ast.LabeledStmt, list []ast.Stmt) []ast.Stmt {
	inner := list
	b, isBlock := list[0].(*ast.BlockStmt)
	if isBlock && len(list) == 1 {
		inner = b.List // group has made it a block, or it is one of the source: then only goto names it
	}
	if isBlock || len(list) > 1 || list[0] != l.Stmt {
		u.edit()
	}
	loop := -1
	for i, s := range inner {
		if breakable(s) {
			loop = i
		}
	}
	jumps, leaves := u.branches(l)
	switch {
	case loop >= 0 && !jumps:
		inner[loop] = labeled(l, inner[loop])
		return list
	case loop >= 0 && leaves && (loop > 0 || len(inner) != len(list) || !u.suspends(inner[loop])):
		u.edit()
		u.relabel(l, inner, loop)
	}
	list[0] = labeled(l, list[0])
	return list
}

func labeled(l *ast.LabeledStmt, s ast.Stmt) ast.Stmt {
	l.Stmt = s
	return l
}

// relabel gives the loop in list a label of its own, for break and continue.
func (u *unit) relabel(l *ast.LabeledStmt, list []ast.Stmt, loop int) {
	name := u.names.fresh(l.Label.Name)
	old := l.Label.Name
	facts.Inspect(u.body, func(n ast.Node) {
		if b, ok := n.(*ast.BranchStmt); ok && b.Label != nil && b.Label.Name == old && b.Tok != token.GOTO {
			b.Label.Name = name
		}
	})
	at := list[loop].Pos()
	list[loop] = &ast.LabeledStmt{Label: identAt(at, name), Colon: at, Stmt: list[loop]}
}

// branches reports whether a goto, and whether a break or continue, names the label.
func (u *unit) branches(l *ast.LabeledStmt) (jumps, leaves bool) {
	facts.Inspect(u.body, func(n ast.Node) {
		if b, ok := n.(*ast.BranchStmt); ok && b.Label != nil && b.Label.Name == l.Label.Name {
			jumps = jumps || b.Tok == token.GOTO
			leaves = leaves || b.Tok != token.GOTO
		}
	})
	return jumps, leaves
}

// breakable reports whether a break can leave s.
func breakable(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		return true
	}
	return false
}
