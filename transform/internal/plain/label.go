package plain

import (
	"go/ast"
	"go/token"
)

// label puts the label of l on what a rewrite has made of its statement. The last statement of
// list is the loop, switch or select where there is one, and the others run before it. If the
// label is the target of a goto, the goto must run them too; break and continue must name the
// loop:
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
func (u *unit) label(l *ast.LabeledStmt, list []ast.Stmt) []ast.Stmt {
	last := len(list) - 1
	if b, ok := list[last].(*ast.BlockStmt); ok && last == 0 && len(b.List) > 0 && breakable(b.List[len(b.List)-1]) {
		// group has made it a block
		jumps, leaves := u.branches(l)
		switch {
		case jumps && leaves:
			u.relabel(l, b.List)
		case !jumps:
			inner := *l
			b.List[len(b.List)-1] = labeled(&inner, b.List[len(b.List)-1])
			return list
		}
		l.Stmt = b
		return []ast.Stmt{l}
	}
	if last == 0 || !breakable(list[last]) {
		l.Stmt = list[0]
		list[0] = l
		return list
	}
	jumps, leaves := u.branches(l)
	switch {
	case jumps && leaves:
		u.relabel(l, list)
		fallthrough
	case jumps:
		l.Stmt = list[0]
		list[0] = l
	default:
		list[last] = labeled(l, list[last])
	}
	return list
}

func labeled(l *ast.LabeledStmt, s ast.Stmt) ast.Stmt {
	l.Stmt = s
	return l
}

// relabel gives the last statement of list a label of its own, for break and continue.
func (u *unit) relabel(l *ast.LabeledStmt, list []ast.Stmt) {
	name := u.names.fresh(l.Label.Name)
	old := l.Label.Name
	inspect(u.body, func(n ast.Node) {
		if b, ok := n.(*ast.BranchStmt); ok && b.Label != nil && b.Label.Name == old && b.Tok != token.GOTO {
			b.Label.Name = name
		}
	})
	list[len(list)-1] = &ast.LabeledStmt{Label: ident(name), Stmt: list[len(list)-1]}
}

// branches says whether a goto, and whether a break or continue, names the label.
func (u *unit) branches(l *ast.LabeledStmt) (jumps, leaves bool) {
	inspect(u.body, func(n ast.Node) {
		if b, ok := n.(*ast.BranchStmt); ok && b.Label != nil && b.Label.Name == l.Label.Name {
			jumps = jumps || b.Tok == token.GOTO
			leaves = leaves || b.Tok != token.GOTO
		}
	})
	return jumps, leaves
}

// breakable says whether a break can leave s.
func breakable(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		return true
	}
	return false
}
