package plain

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/gc"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// This file knows gc's order of evaluation, which is stricter than the language's. gc first
// moves calls, receives and a few other operations into temporaries, left to right; plain reads
// stay in what is left of the statement, and so happen after all calls of it, panics included:
//
//	x + f()        // x is read after f has run
//	s[i] + f()     // a bad index panics after f has run
//	len(s) + f()   // the length is taken before
//
// An await is a call. So what gc moves must move with it, and what it does not move must stay.
// The tables below follow cmd/compile/internal/walk/order.go; testdata/run holds the proof.

// early reports whether gc evaluates e itself, and not only the calls in it, before what stands to
// the right of it.
func (h *hoister) early(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr:
		return h.earlyCall(e)
	case *ast.UnaryExpr:
		return e.Op == token.ARROW
	case *ast.BinaryExpr:
		return e.Op == token.LAND || e.Op == token.LOR
	case *ast.SliceExpr:
		return true
	case *ast.TypeAssertExpr:
		return !gc.Direct(h.typeOf(e)) && !gc.Derived(h.typeOf(e))
	case *ast.CompositeLit:
		return h.isMap(e) && !h.static(e)
	case *ast.IndexExpr:
		m := h.mapOf(e)
		return m != nil && h.bytesInKey(m, e.Index)
	case *ast.SelectorExpr:
		return gc.BoundEarly(h.pkg.Info.Selections[e])
	case *ast.ParenExpr, *ast.StarExpr, *ast.IndexListExpr,
		*ast.KeyValueExpr, *ast.Ident, *ast.BasicLit, *ast.FuncLit, *ast.Ellipsis,
		*ast.ArrayType, *ast.StructType, *ast.FuncType, *ast.InterfaceType, *ast.MapType, *ast.ChanType:
		return false
	default:
		h.unsupported(e, "unknown expression %T", e)
		return false
	}
}

// earlyCall is early for calls, conversions and built-in functions.
func (h *hoister) earlyCall(e *ast.CallExpr) bool {
	tv := h.pkg.Info.Types[e.Fun]
	switch {
	case tv.IsType():
		return h.toBytes(e)
	case tv.IsBuiltin():
		switch h.builtin(e) {
		case "len", "cap":
			return !h.private(e.Args[0]) || refers(h.typeOf(e.Args[0]))
		case "append", "complex", "copy", "imag", "make", "max", "min", "new", "real", "recover":
			return true
		}
		return false // clear, close, delete, panic, print, println are statements; unsafe's are plain reads
	}
	return true
}

// private reports whether e is a variable that no await can change: then nobody can tell when it
// is read.
func (h *hoister) private(e ast.Expr) bool { return h.vars.know().Private(h.variable(e)) }

// refers reports whether the length of a value may change while the variable that holds it does not: that
// of a map or channel does, which other variables share.
func refers(t types.Type) bool {
	switch types.Unalias(t).Underlying().(type) {
	case *types.Map, *types.Chan, *types.Interface:
		return true
	}
	return false
}

// toBytes reports whether a conversion copies a string into a slice, which gc does with a call. The
// other way is late: it may become a part of the operation around it.
func (h *hoister) toBytes(e *ast.CallExpr) bool {
	_, slice := h.typeOf(e).Underlying().(*types.Slice)
	from, _ := h.typeOf(e.Args[0]).Underlying().(*types.Basic)
	return slice && from != nil && from.Info()&types.IsString != 0
}

// builtin is the name of the built-in function that is called, without unsafe's.
func (h *hoister) builtin(e *ast.CallExpr) string {
	if id, ok := ast.Unparen(e.Fun).(*ast.Ident); ok {
		return h.object(id).Name()
	}
	return ""
}

func (h *hoister) isMap(lit *ast.CompositeLit) bool {
	_, ok := load.Core(h.typeOf(lit)).(*types.Map)
	return ok
}

// static reports whether all entries of a literal of a map are fixed.
func (h *hoister) static(lit *ast.CompositeLit) bool {
	return !slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool { return !h.staticEntry(lit, e) })
}

// staticEntry reports whether gc makes a map with this entry before it stores others, wherever that stands.
func (h *hoister) staticEntry(lit *ast.CompositeLit, e ast.Expr) bool {
	kv, m := e.(*ast.KeyValueExpr), load.Core(h.typeOf(lit)).(*types.Map)
	return h.fixedAs(kv.Key, m.Key()) && h.fixedAs(kv.Value, m.Elem())
}

// operands hoists out of the operands of e, in the order in which gc evaluates them.
func (h *hoister) operands(e ast.Expr, later bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		h.list([]slot{{p: &e.X}}, later)
	case *ast.StarExpr:
		h.list([]slot{{p: &e.X}}, later)
	case *ast.UnaryExpr:
		h.list([]slot{{p: &e.X}}, later)
	case *ast.BinaryExpr:
		h.list([]slot{h.compared(&e.X, e, e.Y), h.compared(&e.Y, e, e.X)}, later)
		if later {
			h.copyCompared(e)
		}
	case *ast.CallExpr:
		h.callOperands(e, later)
	case *ast.IndexExpr:
		if h.pkg.Info.Types[e.Index].IsType() {
			return // an instance of a generic function
		}
		index := slot{p: &e.Index}
		if m := h.mapOf(e); m != nil {
			index.copied = h.copiedKey(m, e.Index)
		}
		h.list([]slot{{p: &e.X}, index}, later)
	case *ast.SliceExpr:
		slots := []slot{{p: &e.X}}
		for _, p := range []*ast.Expr{&e.Low, &e.High, &e.Max} {
			if *p != nil {
				slots = append(slots, slot{p: p, copied: !h.isName(*p) && !h.isConst(*p)})
			}
		}
		h.list(slots, later)
	case *ast.SelectorExpr:
		if h.pkg.Info.Selections[e] != nil && !h.pkg.Info.Types[e.X].IsType() {
			h.list([]slot{{p: &e.X}}, later)
		}
	case *ast.TypeAssertExpr:
		h.list([]slot{{p: &e.X}}, later)
	case *ast.CompositeLit:
		h.elements(e, later)
	case *ast.KeyValueExpr, *ast.Ident, *ast.BasicLit, *ast.FuncLit, *ast.IndexListExpr, *ast.Ellipsis,
		*ast.ArrayType, *ast.StructType, *ast.FuncType, *ast.InterfaceType, *ast.MapType, *ast.ChanType:
	default:
		h.unsupported(e, "unknown expression %T", e)
	}
}

// mapOf is the type of a map that e indexes, nil for anything else.
func (h *hoister) mapOf(e *ast.IndexExpr) *types.Map {
	t := h.typeOf(e.X)
	if t == nil {
		return nil
	}
	m, _ := load.Core(t).(*types.Map)
	return m
}

// isName reports whether e is a variable, of this package or another, as opposed to a part of one.
func (h *hoister) isName(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return h.pkg.Info.Selections[e] == nil
	}
	return false
}

// callOperands hoists out of the function, or receiver, and then the arguments.
func (h *hoister) callOperands(e *ast.CallExpr, later bool) {
	fun := h.pkg.Info.Types[e.Fun]
	if fun.IsType() {
		h.list([]slot{h.slotFor(&e.Args[0], h.typeOf(e))}, later)
		return
	}
	if h.pkg.Unevaluated(e) {
		return
	}
	a := h.seen.Await(e)
	switch {
	case a != nil && h.isSpread(a.Args): // rt.Await(stepAsync(pair(i))), too
		h.spread(a.Args, true)
		return
	case h.isSpread(e):
		h.spread(e, false)
		return
	}
	slots := h.callee(e)
	sig := coreSignature(fun.Type) // a built-in function has that of the call
	for i := range e.Args {
		slots = append(slots, h.slotFor(&e.Args[i], paramType(sig, i, e.Ellipsis.IsValid())))
	}
	h.list(slots, later)
}

// spread hoists out of a call whose arguments are the results of one other call. An await passes
// arguments of its own beside them, so there they get names:
//
//	step(pair(i))
//
// becomes, where step awaits,
//
//	v1, v2 := pair(i)
//	step(v1, v2)
func (h *hoister) spread(e *ast.CallExpr, awaits bool) {
	arg := ast.Unparen(e.Args[0]).(*ast.CallExpr)
	split := awaits && h.await(arg) == nil
	h.list(h.callee(e), split || h.suspends(arg))
	e.Args = h.tuple(arg)
	if split {
		e.Args = h.emitCall(arg)
	}
}

// isSpread reports whether the arguments of e are the results of one call.
func (h *hoister) isSpread(e *ast.CallExpr) bool {
	if len(e.Args) != 1 {
		return false
	}
	_, ok := h.typeOf(e.Args[0]).(*types.Tuple)
	return ok
}

// callee is the receiver of a method call, or a func value that is called: see [facts.FuncFirst].
func (h *hoister) callee(e *ast.CallExpr) []slot {
	if h.pkg.Info.Types[e.Fun].IsBuiltin() {
		return nil
	}
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && h.pkg.Info.Selections[sel] != nil {
		if h.pkg.Info.Types[sel.X].IsType() {
			return nil
		}
		return []slot{{p: &sel.X}}
	}
	if h.named(e.Fun) {
		return nil
	}
	return []slot{{p: &e.Fun, copied: facts.FuncFirst(h.pkg.Info, e.Fun)}}
}

// named reports whether fun is a declared function, a literal or an instance: nothing to evaluate.
func (h *hoister) named(fun ast.Expr) bool {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.FuncLit:
		return true
	case *ast.Ident:
		_, ok := h.object(fun).(*types.Func)
		return ok
	case *ast.SelectorExpr:
		_, ok := h.object(fun.Sel).(*types.Func)
		return ok
	case *ast.IndexExpr:
		return h.named(fun.X)
	case *ast.IndexListExpr:
		return h.named(fun.X)
	}
	return false
}

// coreSignature is the signature of a function type, or of a type parameter's functions.
func coreSignature(t types.Type) *types.Signature {
	sig, _ := load.Core(t).(*types.Signature)
	return sig
}

// paramType is the type that argument i is converted to; nil if unknown.
func paramType(sig *types.Signature, i int, spread bool) types.Type {
	if sig == nil {
		return nil
	}
	last := sig.Params().Len() - 1
	if sig.Variadic() && i >= last && !spread {
		if s, ok := sig.Params().At(last).Type().(*types.Slice); ok {
			return s.Elem()
		}
		return nil
	}
	return sig.Params().At(i).Type()
}

// elements hoists out of the elements of a literal that is no map: see mapLit for those.
func (h *hoister) elements(e *ast.CompositeLit, later bool) {
	slots := make([]slot, len(e.Elts))
	for i := range e.Elts {
		p := &e.Elts[i]
		if kv, ok := e.Elts[i].(*ast.KeyValueExpr); ok {
			p = &kv.Value
		}
		slots[i] = h.slotFor(p, elemType(h.typeOf(e), e, i))
	}
	h.list(slots, later)
}

// elemType is the type of element i of a literal; nil if unknown.
func elemType(t types.Type, e *ast.CompositeLit, i int) types.Type {
	u := types.Unalias(t).Underlying()
	if p, ok := u.(*types.Pointer); ok { // &T{…} without the &T
		u = types.Unalias(p.Elem()).Underlying()
	}
	switch u := u.(type) {
	case *types.Slice:
		return u.Elem()
	case *types.Array:
		return u.Elem()
	case *types.Struct:
		kv, ok := e.Elts[i].(*ast.KeyValueExpr)
		if !ok {
			return u.Field(i).Type()
		}
		for f := range u.Fields() {
			if f.Name() == kv.Key.(*ast.Ident).Name {
				return f.Type()
			}
		}
	}
	return nil
}

// target lists the operands of an expression that is assigned to: the index and the slice of
// s[i], but not s of s.f, which is where the value goes.
func (h *hoister) target(p *ast.Expr) []slot {
	switch e := (*p).(type) {
	case *ast.ParenExpr:
		return h.target(&e.X)
	case *ast.SelectorExpr:
		if sel := h.pkg.Info.Selections[e]; sel != nil && !sel.Indirect() {
			return h.target(&e.X)
		}
		if h.pkg.Info.Selections[e] == nil {
			return nil // a variable of another package
		}
		return []slot{{p: &e.X}}
	case *ast.StarExpr:
		return []slot{{p: &e.X}}
	case *ast.IndexExpr:
		index := slot{p: &e.Index}
		if m := h.mapOf(e); m != nil {
			index.copied = h.copiedKey(m, e.Index)
		}
		if isArray(h.typeOf(e.X)) {
			return append(h.target(&e.X), index)
		}
		return []slot{{p: &e.X}, index}
	}
	return nil
}
