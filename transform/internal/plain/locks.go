package plain

import (
	"go/ast"
	"go/token"
	"go/types"
)

// uncopied is what is left of an operand that go vet accepts although it has a lock: the result of a call, or what
// that points to, which is new. After the await vet sees a variable that is copied. So the copy is a call, too:
//
//	return &tracking{store: *newStore()}
//
// becomes
//
//	v1 := newStore()
//	return &tracking{store: *machine.Copy(v1)}
func (h *hoister) uncopied(after ast.Expr, t types.Type) ast.Expr {
	if t == nil || madeByCall(after) || !hasLock(t, map[types.Type]bool{}) {
		return after
	}
	p := ast.Expr(&ast.UnaryExpr{OpPos: after.Pos(), Op: token.AND, X: after})
	if star, ok := ast.Unparen(after).(*ast.StarExpr); ok {
		p = star.X
	}
	return &ast.StarExpr{Star: after.Pos(), X: call(h.machine("Copy"), p)}
}

// madeByCall reports whether e is a call, or what the result of one points to.
func madeByCall(e ast.Expr) bool {
	e = ast.Unparen(e)
	if star, ok := e.(*ast.StarExpr); ok {
		e = ast.Unparen(star.X)
	}
	_, ok := e.(*ast.CallExpr)
	return ok
}

// hasLock reports whether go vet takes a value of type t for a lock, or for something that contains one: its pointers
// have the methods Lock and Unlock, and its values have not.
func hasLock(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Array:
		return hasLock(u.Elem(), seen)
	case *types.Struct:
		for f := range u.Fields() {
			if hasLock(f.Type(), seen) {
				return true
			}
		}
	case *types.Interface, *types.Pointer:
		return false
	}
	return hasMethods(types.NewPointer(t)) && !hasMethods(t)
}

func hasMethods(t types.Type) bool {
	set := types.NewMethodSet(t)
	return set.Lookup(nil, "Lock") != nil && set.Lookup(nil, "Unlock") != nil
}
