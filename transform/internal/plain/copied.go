package plain

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/gc"
)

// gc copies some plain reads early because the runtime wants their address: what becomes an
// interface value, keys of maps without a fast path, and compared structs. That does not show
// for a variable or a part of one, whose own address serves, but for the value of a map entry or
// of an operation it does:
//
//	fmt.Println(ages["a"], f()) // an int is passed as it is, so ages is read after f
//	fmt.Println(seen["a"], f()) // a bool is copied first, so seen is read before f

// slotFor is the slot of an operand that is converted to type t implicitly; t is nil if unknown.
func (h *hoister) slotFor(p *ast.Expr, t types.Type) slot {
	return slot{p: p, copied: t != nil && h.boxed(*p, t), value: true}
}

// boxed reports whether the conversion of e to t copies e early.
func (h *hoister) boxed(e ast.Expr, t types.Type) bool {
	from := h.typeOf(e)
	if from == nil || isTypeParam(t) || !types.IsInterface(t) || types.IsInterface(from) && !isTypeParam(from) {
		return false
	}
	return h.byAddress(e, nil) && gc.Boxed(from)
}

// byAddress reports whether gc has to make a temporary to have an address of e as a value of type t; nil is e's
// own. A value of another type, though it be the same in memory, has none:
//
//	var k struct{ a, b float64 }
//	m[k] + f() // k becomes a point: it is read before f
func (h *hoister) byAddress(e ast.Expr, t types.Type) bool {
	tv, ok := h.pkg.Info.Types[e]
	if !ok || !tv.IsValue() || tv.IsNil() || tv.Value != nil || h.fixed(e) {
		return false
	}
	return !tv.Addressable() || t != nil && !types.Identical(tv.Type, t)
}

// fixed reports whether e is a constant, or a literal of a struct or an array whose elements are fixed: nobody
// can tell when it is evaluated.
func (h *hoister) fixed(e ast.Expr) bool { return h.fixedAs(e, nil) }

// fixedAs reports whether e is fixed and stays so when it is converted to t; nil is any type. gc makes an
// interface value when it is needed.
func (h *hoister) fixedAs(e ast.Expr, t types.Type) bool {
	tv, ok := h.pkg.Info.Types[e]
	if ok && tv.IsNil() {
		return true
	}
	if t != nil && types.IsInterface(t) {
		return false
	}
	if ok && tv.Value != nil {
		return true
	}
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		return false
	}
	switch types.Unalias(h.typeOf(lit)).Underlying().(type) {
	case *types.Struct, *types.Array:
	default:
		return false
	}
	for i, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		var part types.Type
		if t != nil {
			part = elemType(h.typeOf(lit), lit, i)
		}
		if !h.fixedAs(e, part) {
			return false
		}
	}
	return true
}

// compared is the slot of an operand of a binary expression.
func (h *hoister) compared(p *ast.Expr, e *ast.BinaryExpr, other ast.Expr) slot {
	switch e.Op {
	case token.EQL, token.NEQ:
	default:
		return slot{p: p}
	}
	return h.slotFor(p, h.typeOf(other))
}

// copyCompared copies structs and arrays that e compares. gc does so after both operands: in
// m[k] == f() the entry is read after the call, but in g(m[k] == x, f()) before it.
func (h *hoister) copyCompared(e *ast.BinaryExpr) {
	if e.Op != token.EQL && e.Op != token.NEQ {
		return
	}
	common := h.typeOf(e.Y)
	if common == nil || h.typeOf(e.X) == nil || !types.AssignableTo(h.typeOf(e.X), common) {
		common = h.typeOf(e.X)
	}
	if common == nil || !gc.ComparedByAddress(common) {
		return
	}
	for _, p := range []*ast.Expr{&e.X, &e.Y} {
		if h.byAddress(*p, common) {
			*p = h.spill(*p)
		}
	}
}

// copiedKey reports whether gc copies the key of a map operation early: it does unless the map takes it by
// value, or it is a variable whose address serves.
func (h *hoister) copiedKey(m *types.Map, key ast.Expr) bool {
	if h.fixed(key) || h.typeOf(key) == nil {
		return false
	}
	switch gc.KeyOf(m) {
	case gc.KeyByValue:
		return false
	case gc.KeyInWord:
		return true
	case gc.KeyByAddress:
		return h.byAddress(key, m.Key())
	}
	return false
}

// bytesInKey reports whether a key is a conversion of bytes to a string, or a literal that has one in it. gc
// does not copy the bytes, so that it looks the entry up at once:
//
//	m[string(b)] + f()    // the entry is read before f
func (h *hoister) bytesInKey(m *types.Map, key ast.Expr) bool {
	return h.bytesIn(key, m.Key())
}

// bytesIn is bytesInKey for a part of a key that has type t.
func (h *hoister) bytesIn(e ast.Expr, t types.Type) bool {
	e = ast.Unparen(e)
	if from := h.typeOf(e); from == nil || !types.Identical(from, t) {
		return false // it is converted to t
	}
	switch e := e.(type) {
	case *ast.CallExpr:
		return h.pkg.Info.Types[e.Fun].IsType() && gc.BytesToString(h.typeOf(e.Args[0]), t)
	case *ast.CompositeLit:
		for i, elt := range e.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				elt = kv.Value
			}
			switch types.Unalias(t).Underlying().(type) {
			case *types.Struct, *types.Array:
				if part := elemType(t, e, i); part != nil && h.bytesIn(elt, part) {
					return true
				}
			}
		}
	}
	return false
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}
