package load

import (
	"go/ast"
	"go/types"
)

// This file knows streams: a function whose last parameter takes values, one call each,
//
//	//async:stream
//	func pages(url string, yield func(Page) bool) error
//
// whose async form makes a stream, and whose body yields to what the stream gives it:
//
//	func pagesStream(url string) rt.Stream[Page]
//	func pagesRun(cx *rt.Context, m *pagesFrame, url string, yield *machine.Yielder[Page]) (error, machine.Machine)

// yieldParam is the type of the last parameter of decl, if that takes the values of a stream: a func
// of one parameter that gives a bool. Else it is nil.
func yieldParam(decl *ast.FuncDecl) *ast.FuncType {
	list := decl.Type.Params.List
	if len(list) == 0 {
		return nil
	}
	last := list[len(list)-1]
	typ, ok := last.Type.(*ast.FuncType)
	if !ok || len(last.Names) != 1 || last.Names[0].Name == "_" {
		return nil
	}
	if typ.Params.NumFields() != 1 || typ.Results.NumFields() != 1 {
		return nil
	}
	if _, variadic := typ.Params.List[0].Type.(*ast.Ellipsis); variadic {
		return nil
	}
	id, ok := typ.Results.List[0].Type.(*ast.Ident)
	if !ok || id.Name != "bool" {
		return nil
	}
	return typ
}

// IsStream reports whether the last parameter of decl takes the values of a stream, and its results are
// none or an error.
func IsStream(decl *ast.FuncDecl) bool {
	if yieldParam(decl) == nil {
		return false
	}
	switch decl.Type.Results.NumFields() {
	case 0:
		return true
	case 1:
		return lastIsError(decl.Type)
	}
	return false
}

// Yield reports whether obj is the parameter of a stream of this package that takes the values.
func (p *Package) Yield(obj types.Object) bool { return obj != nil && p.yields[obj] }

func lastParam(fn *types.Func) *types.Var {
	params := fn.Signature().Params()
	return params.At(params.Len() - 1)
}

// Element is the type of the values of a stream.
func (f *Func) Element() types.Type {
	return lastParam(f.Obj).Type().Underlying().(*types.Signature).Params().At(0).Type()
}

// YielderType is the type that v has in the body of the stream fn: nil if it is not what takes the values.
func (p *Package) YielderType(fn *Func, v *types.Var) types.Type {
	if !fn.Options.Stream || v != lastParam(fn.Obj) {
		return nil
	}
	sig := p.form(fn, fn.Names.Run)
	if sig == nil {
		return nil
	}
	return sig.Params().At(sig.Params().Len() - 1).Type()
}

// isYielder reports whether b is the type that takes the values of a stream in its body, for a of the
// source.
func isYielder(a, b types.Type) bool {
	x, ok := types.Unalias(a).Underlying().(*types.Signature)
	if !ok || x.Params().Len() != 1 {
		return false
	}
	ptr, ok := types.Unalias(b).(*types.Pointer)
	if !ok {
		return false
	}
	n, ok := types.Unalias(ptr.Elem()).(*types.Named)
	return ok && isRuntimeType(n, "Yielder") && n.TypeArgs().Len() == 1 && types.Identical(n.TypeArgs().At(0), x.Params().At(0).Type())
}

// yieldsOn reports whether the last argument of call is the parameter that takes the values of the
// stream around it: a stream that yields the values of another.
//
//	walk(t.left, yield)
func (p *Package) yieldsOn(call *ast.CallExpr) bool {
	if len(call.Args) == 0 {
		return false
	}
	id, ok := ast.Unparen(call.Args[len(call.Args)-1]).(*ast.Ident)
	return ok && p.Yield(p.Info.Uses[id])
}
