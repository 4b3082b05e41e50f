package plain

import (
	"go/ast"
	"go/token"
	"go/types"
)

// gc copies some plain reads early because the runtime wants their address: what becomes an
// interface value, keys of maps without a fast path, and compared structs. That does not show
// for a variable or a part of one, whose own address serves, but for the value of a map entry or
// of an operation it does:
//
//	fmt.Println(ages["a"], f()) // an int is passed as it is, so ages is read after f
//	fmt.Println(seen["a"], f()) // a bool is copied first, so seen is read before f

// sizes are those of a 64-bit machine: on others gc may copy a little more or less.
var sizes = types.SizesFor("gc", "amd64")

// slotFor is the slot of an operand that is converted to type t implicitly; t is nil if unknown.
func (h *hoister) slotFor(p *ast.Expr, t types.Type) slot {
	return slot{p: p, copied: t != nil && h.boxed(*p, t), value: true}
}

// boxed says whether the conversion of e to t copies e early.
func (h *hoister) boxed(e ast.Expr, t types.Type) bool {
	from := h.typeOf(e)
	if from == nil || isTypeParam(t) || !types.IsInterface(t) || types.IsInterface(from) || isTypeParam(from) {
		return false
	}
	return h.byAddress(e) && !wordSized(from)
}

// byAddress says whether gc has to make a temporary to have an address of e.
func (h *hoister) byAddress(e ast.Expr) bool {
	tv, ok := h.pkg.Info.Types[e]
	return ok && tv.IsValue() && !tv.IsNil() && tv.Value == nil && !tv.Addressable()
}

// wordSized says whether the runtime takes a value of type t by value when it boxes it.
func wordSized(t types.Type) bool {
	switch u := soleComponent(t).(type) {
	case *types.Slice:
		return true
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return true
		}
	}
	if generic(t) || hasPointers(t) {
		return false
	}
	size, align := sizes.Sizeof(t), sizes.Alignof(t)
	return size == align && (size == 2 || size == 4 || size == 8)
}

// soleComponent is what is left of t when structs and arrays of one element are opened.
func soleComponent(t types.Type) types.Type {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Struct:
		if u.NumFields() == 1 {
			return soleComponent(u.Field(0).Type())
		}
		return u
	case *types.Array:
		if u.Len() == 1 {
			return soleComponent(u.Elem())
		}
		return u
	default:
		return u
	}
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
	for _, p := range []*ast.Expr{&e.X, &e.Y} {
		if !h.byAddress(*p) {
			continue
		}
		switch types.Unalias(h.typeOf(*p)).Underlying().(type) {
		case *types.Struct, *types.Array:
			*p = h.spill(*p)
		}
	}
}

// copiedKey says whether gc copies the key of a map operation early: it does unless the map has
// a fast path for the key, or the key is a variable.
func (h *hoister) copiedKey(m *types.Map, key ast.Expr) bool {
	if types.IsInterface(m.Key()) && !isTypeParam(m.Key()) && h.typeOf(key) != nil && !types.IsInterface(h.typeOf(key)) {
		return !h.isConst(key) // the conversion has no address
	}
	return h.byAddress(key) && !fastMap(m)
}

// fastMap says whether the runtime has map functions that take the key by value.
func fastMap(m *types.Map) bool {
	if generic(m.Key()) || generic(m.Elem()) || sizes.Sizeof(m.Elem()) > 128 {
		return false
	}
	switch u := types.Unalias(m.Key()).Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return true
		}
		size := sizes.Sizeof(u)
		return u.Info()&types.IsInteger != 0 && (size == 4 || size == 8) || u.Kind() == types.UnsafePointer
	case *types.Pointer, *types.Chan:
		return true
	}
	return false
}

// pointerShaped says whether an interface holds a value of type t directly, so that an assertion
// to t is a plain read.
func pointerShaped(t types.Type) bool {
	if isTypeParam(t) {
		return false
	}
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Pointer, *types.Chan, *types.Map, *types.Signature:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Array:
		return u.Len() == 1 && pointerShaped(u.Elem())
	case *types.Struct:
		return u.NumFields() == 1 && pointerShaped(u.Field(0).Type())
	}
	return false
}

func hasPointers(t types.Type) bool {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0 || u.Kind() == types.UnsafePointer
	case *types.Array:
		return u.Len() > 0 && hasPointers(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if hasPointers(f.Type()) {
				return true
			}
		}
		return false
	}
	return true
}

// generic says whether the layout of t depends on a type parameter.
func generic(t types.Type) bool {
	if isTypeParam(t) {
		return true
	}
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Array:
		return generic(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if generic(f.Type()) {
				return true
			}
		}
	}
	return false
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}
