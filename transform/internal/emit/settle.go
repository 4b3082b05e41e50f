package emit

import (
	"go/ast"
	"go/token"
	"reflect"
)

// settled is n, or a copy without positions where package plain has made n of old and new parts: go/printer
// breaks lines between parts that seem to stand on different ones.
//
//	if i >=
//
//		4 {           =>   if i >= 4 {
func settled[N ast.Node](n N) N {
	if mixed(n) {
		n = (&cloner{deep: true}).copy(n).(N)
		ast.Inspect(n, func(n ast.Node) bool {
			if n != nil {
				forget(n)
			}
			return true
		})
	}
	return n
}

// mixed says whether an expression with a position has an operand without one, or the reverse.
func mixed(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok {
			known := b.X.Pos().IsValid()
			found = found || known != b.Y.Pos().IsValid() || known != b.OpPos.IsValid()
		}
		return !found
	})
	return found
}

var posType = reflect.TypeFor[token.Pos]()

// forget clears the positions of one node. A position that says whether something is there stays: the
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
