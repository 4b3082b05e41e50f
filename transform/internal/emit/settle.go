package emit

import (
	"go/ast"
	"go/token"
	"reflect"
	"slices"
)

// settled is n, or a copy without positions where n is made of old and new parts, by package plain or here:
// go/printer breaks lines between parts that seem to stand on different ones, and before a bracket that seems
// to stand on a line after what it closes. Literals keep theirs.
//
//	if i >=
//
//		4 {           =>   if i >= 4 {
//
//	f(1, block1Async(),
//	)             =>   f(1, block1Async())
func settled[N ast.Node](n N) N {
	if mixed(n) {
		n = (&cloner{deep: true}).copy(n).(N)
		ast.Inspect(n, func(n ast.Node) bool {
			if n != nil {
				forget(n)
			}
			_, lit := n.(*ast.FuncLit)
			return !lit
		})
	}
	return n
}

// mixed reports whether an expression with a position has an operand or an element without one, or the reverse.
func mixed(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BinaryExpr:
			known := n.X.Pos().IsValid()
			found = found || known != n.Y.Pos().IsValid() || known != n.OpPos.IsValid()
		case *ast.CallExpr:
			found = found || uneven(n.Lparen, n.Args)
		case *ast.CompositeLit:
			found = found || uneven(n.Lbrace, n.Elts)
		}
		return !found
	})
	return found
}

// uneven reports whether some elements of a list have a position and others, or the bracket before it, have none.
func uneven(open token.Pos, list []ast.Expr) bool {
	return slices.ContainsFunc(list, func(e ast.Expr) bool { return e.Pos().IsValid() != open.IsValid() })
}

var posType = reflect.TypeFor[token.Pos]()

// forget clears the positions of one node. A position that reports whether something is there stays: the
// dots of f(x...), the parentheses of a declaration, the = of an alias, the arrow of a channel.
func forget(n ast.Node) {
	v := reflect.ValueOf(n).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		switch v.Type().Field(i).Name {
		case "Ellipsis", "Assign", "Arrow":
			continue
		case "Lparen":
			if _, ok := n.(*ast.GenDecl); ok {
				continue
			}
		}
		if f.Type() == posType {
			f.SetInt(int64(token.NoPos))
		}
	}
}
