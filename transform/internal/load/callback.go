package load

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// This file knows callbacks that await: parameters that the directive names,
//
//	//async:func await=op
//	func retry[T any](p policy, op func() (T, error)) (T, error)
//
// whose type in the async form is that of a function that makes a future:
//
//	func retryAsync[T any](p policy, op func() rt.Future[T]) rt.Future[T]

// sameParams compares the parameters of a function with those of a form of it, from the given one
// on. It lists those that are callbacks, and reports whether all others are the same.
func sameParams(x, form *types.Signature, from int) (callbacks []int, ok bool) {
	if x.Params().Len() != form.Params().Len()-from {
		return nil, false
	}
	last := x.Params().Len() - 1
	for i := range x.Params().Len() {
		a, b := x.Params().At(i).Type(), form.Params().At(i+from).Type()
		switch {
		case types.Identical(a, b):
		case i == last && from > 0 && isYielder(a, b):
		case isCallback(a, b) && !(x.Variadic() && i == last):
			callbacks = append(callbacks, i)
		default:
			return nil, false
		}
	}
	return callbacks, true
}

// isCallback reports whether b is the type of a callback that awaits for one of type a: it takes the
// same parameters and gives a future of the mapped results.
func isCallback(a, b types.Type) bool {
	x, ok := types.Unalias(a).Underlying().(*types.Signature)
	if !ok {
		return false
	}
	f, ok := types.Unalias(b).Underlying().(*types.Signature)
	if !ok || f.Results().Len() != 1 || x.Variadic() != f.Variadic() || !types.Identical(x.Params(), f.Params()) {
		return false
	}
	elem := FutureElem(f.Results().At(0).Type())
	return elem != nil && isMapped(x, elem)
}

// Callback reports whether obj is a parameter of a marked function of this package that awaits.
func (p *Package) Callback(obj types.Object) bool { return obj != nil && p.callbacks[obj] }

// noteParams finds the parameters of marked functions that are not ordinary ones.
func (p *Package) noteParams() {
	p.callbacks, p.yields = map[types.Object]bool{}, map[types.Object]bool{}
	for _, fn := range p.Funcs {
		if len(fn.Options.Await) > 0 {
			for _, id := range callbackParams(fn) {
				p.callbacks[p.Info.Defs[id]] = true
			}
		}
		if fn.Options.Stream && fn.Obj != nil {
			p.yields[lastParam(fn.Obj)] = true
		}
	}
}

// callbackParams are the parameters that the await= option of fn names.
func callbackParams(fn *Func) (ids []*ast.Ident) {
	for _, field := range fn.Decl.Type.Params.List {
		for _, id := range field.Names {
			for _, name := range fn.Options.Await {
				if id.Name == name {
					ids = append(ids, id)
				}
			}
		}
	}
	return ids
}

// CallbackType is the type that a callback has in the async form of fn, nil if v is none.
func (p *Package) CallbackType(fn *Func, v *types.Var) types.Type {
	if !p.Callback(v) {
		return nil
	}
	form := p.form(fn, fn.Names.Async)
	if form == nil {
		return nil
	}
	sig := fn.Obj.Signature()
	for i := range sig.Params().Len() {
		if sig.Params().At(i) == v {
			return form.Params().At(i).Type()
		}
	}
	return nil
}

// form is the signature of a generated form of fn, with the type parameters of fn; nil if there is none.
func (p *Package) form(fn *Func, name string) *types.Signature {
	var form *types.Func
	recv := fn.Obj.Signature().Recv()
	if _, body, ok := strings.Cut(name, "."); ok {
		recv, name = p.Types.Scope().Lookup(Bodies).(*types.Var), body
	}
	if recv != nil {
		obj, _, _ := types.LookupFieldOrMethod(recv.Type(), true, p.Types, name)
		form, _ = obj.(*types.Func)
	} else {
		form, _ = p.Types.Scope().Lookup(name).(*types.Func)
	}
	if form == nil {
		return nil
	}
	return instantiate(form.Signature(), fn.Obj.Signature())
}

// AsyncSignature is the signature of the async form that a call has, with the type arguments of the call.
func (p *Package) AsyncSignature(a *Await) *types.Signature {
	sig := a.Async.Signature()
	if sig.TypeParams().Len() == 0 {
		return sig
	}
	fun := ast.Unparen(a.Args.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(f.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(f.X)
	}
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		fun = sel.Sel
	}
	id, ok := fun.(*ast.Ident)
	if !ok {
		return sig
	}
	t, err := types.Instantiate(nil, sig, slices.Collect(p.Info.Instances[id].TypeArgs.Types()), false)
	if err != nil {
		panic("load: " + err.Error())
	}
	return t.(*types.Signature)
}

// AsyncValue finds the async form of a function or method that is used as a value, where a callback
// is wanted: fetch in retry(p, fetch). It is nil where there is none.
func (p *Package) AsyncValue(e ast.Expr) *types.Func {
	switch f := ast.Unparen(e).(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr:
		fn, sel := p.callee(&ast.CallExpr{Fun: f})
		if fn == nil {
			return nil
		}
		if s := p.sibling(fn, sel); s != nil && len(s.callbacks) == 0 {
			return s.async
		}
	}
	return nil
}
