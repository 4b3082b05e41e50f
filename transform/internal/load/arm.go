package load

import (
	"go/ast"
	"go/types"
)

// An Arm is a future that is made in an argument of a verb, which so has it alone:
//
//	rt.Timeout(time.Second, fetchAsync(url))
type Arm struct {
	Of   *types.Func // the marked function of this package whose call it is
	Leaf string      // or the function of the runtime: Sleep
	Recv ast.Expr    // of a method
	Args []ast.Expr
	Targ []types.Type // type arguments, where the function or its receiver is generic
	Elem types.Type   // what the future gives
}

// UsesUp reports whether the callee of a is a verb that has its arguments alone.
func (p *Package) UsesUp(a *Await) bool {
	return a.Kind == AwaitRun && a.Callee != nil && hasBody(a.Callee) && bodies[a.Callee.Name()]
}

// Arm is what is known of a future that a call makes: a call whose arguments are the parameters of the function, one by one.
// It is nil for other calls.
//
//	fetchAsync(url)      c.getAsync(k)      rt.SleepAsync(d)
func (p *Package) Arm(call *ast.CallExpr) *Arm {
	fn, sel := p.callee(call)
	if fn == nil {
		return nil
	}
	a := &Arm{Args: call.Args, Elem: FutureElem(p.Info.TypeOf(call))}
	switch {
	case isRuntime(fn, "SleepAsync"):
		a.Leaf = "Sleep"
		return a
	case isRuntime(fn, "YieldAsync"):
		a.Leaf = "Yield"
		return a
	case fn.Pkg() != p.Types || a.Elem == nil || p.Unnameable(a.Elem) != nil:
		return nil
	}
	x, s := p.blockingOf(fn, sel)
	if x == nil || s.stream || s.recovers || len(s.callbacks) > 0 {
		return nil
	}
	a.Of = x.Origin()
	sig := x.Signature()
	if sig.Variadic() || sig.Params().Len() != len(call.Args) || !p.receives(a, call, sel, sig) {
		return nil
	}
	for _, t := range a.Targ {
		if p.Unnameable(t) != nil {
			return nil
		}
	}
	return a
}

// receives finds the receiver and the type arguments of a. It reports whether the receiver is passed as it is written.
func (p *Package) receives(a *Arm, call *ast.CallExpr, sel *types.Selection, sig *types.Signature) bool {
	if sel == nil {
		a.Targ = p.instance(call.Fun)
		return sig.Recv() == nil
	}
	if sel.Kind() != types.MethodVal || len(sel.Index()) != 1 || !types.Identical(sel.Recv(), sig.Recv().Type()) {
		return false
	}
	a.Recv = ast.Unparen(call.Fun).(*ast.SelectorExpr).X
	t := types.Unalias(sel.Recv())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		for targ := range n.TypeArgs().Types() {
			a.Targ = append(a.Targ, targ)
		}
	}
	return true
}

// instance is the type arguments of the function that fun names.
func (p *Package) instance(fun ast.Expr) (list []types.Type) {
	fun = ast.Unparen(fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(f.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(f.X)
	}
	id, ok := fun.(*ast.Ident)
	if !ok {
		return nil
	}
	for t := range p.Info.Instances[id].TypeArgs.Types() {
		list = append(list, t)
	}
	return list
}
