package load

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
	"sync"
)

// A sibling is what stands beside a function X: its async form and its body. All of it is found by
// name and type, in the same way in source, stubs and export data.
type sibling struct {
	async *types.Func // XAsync, nil where there is none or it is renamed
	run   string      // XRun, nil where X has no body that can be called
	// elsewhere is an XAsync that would be the async form if it were declared where X is: a type
	// overrides only one of a promoted pair.
	elsewhere *types.Func

	callbacks []int // parameters that await, by position
	stream    bool  // X is marked //async:stream
	recovers  bool  // the body of X takes a parked panic
}

// A siblingKey names a function as it is called: a promoted method has other siblings when it is
// selected through another type.
type siblingKey struct {
	fn   *types.Func
	recv types.Type // nil for a plain function
}

// siblings remembers the answers of [Package.sibling]. What is declared at package level stays while the
// passes edit bodies, so they hold.
type siblings struct {
	mu    sync.RWMutex
	known map[siblingKey]*sibling
}

func newSiblings() *siblings { return &siblings{known: map[siblingKey]*sibling{}} }

func (s *siblings) get(key siblingKey) *sibling {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known[key]
}

func (s *siblings) put(key siblingKey, found *sibling) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[key] = found
}

// has reports whether X may be awaited.
func (s *sibling) has() bool { return s != nil && (s.async != nil || s.run != "") }

// sibling finds what stands beside fn. The selection is nil for a plain function.
//
// A sibling of a method is found at the same embedding depth and in the same declaring type or
// interface. In
//
//	type cached struct{ *Client } // Client has Get and GetAsync
//	func (c cached) Get(url string) ([]byte, error)
//
// c.Get has no sibling: c.GetAsync is the Client's.
func (p *Package) sibling(fn *types.Func, sel *types.Selection) *sibling {
	key := siblingKey{fn: fn}
	if sel != nil {
		key.recv = sel.Recv()
	}
	if s := p.siblings.get(key); s != nil {
		return s
	}
	s := &sibling{}
	if f, same := lookup(fn, sel, fn.Name()+"Async"); f != nil {
		switch callbacks, ok := isAsyncForm(fn, f); {
		case ok && same:
			s.async, s.callbacks = f, callbacks
		case ok:
			s.elsewhere = f
		}
	}
	if hasBody(fn) {
		s.run = fn.Name() + "Run"
	} else if f, name := lookupBody(fn, sel); f != nil {
		if callbacks, ok := isRunForm(fn, f); ok {
			s.run, s.callbacks = name, callbacks
			x, r := fn.Signature(), instantiate(f.Signature(), fn.Signature())
			n := x.Params().Len()
			from := runParams(x, r)
			s.recovers = from > 2
			s.stream = n > 0 && isYielder(x.Params().At(n-1).Type(), r.Params().At(from+n-1).Type())
		}
	}
	p.siblings.put(key, s)
	return s
}

// bodies are the functions of the runtime that have a body, which is declared in rt/machine. All others have their
// bodies beside them. It is true for verbs: a future that is made in an argument of one is the verb's alone, see [Arm].
var bodies = map[string]bool{
	"Sleep": false, "Yield": false,
	"Timeout": true, "Deadline": true, "Join2": true, "Join3": true,
	"Select2": true, "Select2Biased": true, "Select3": true, "Select3Biased": true,
}

// hasBody reports whether fn is one of them.
func hasBody(fn *types.Func) bool {
	_, ok := bodies[fn.Name()]
	return ok && isRuntime(fn, fn.Name())
}

// lookupBody finds the body beside fn, with the name by which its package is asked for it.
func lookupBody(fn *types.Func, sel *types.Selection) (*types.Func, string) {
	if f, same := lookup(fn, sel, fn.Name()+"Run"); f != nil && same {
		return f, f.Name()
	}
	if sel != nil || fn.Pkg() == nil {
		return nil, ""
	}
	v, ok := fn.Pkg().Scope().Lookup(Bodies).(*types.Var)
	if !ok {
		return nil, ""
	}
	obj, _, _ := types.LookupFieldOrMethod(v.Type(), false, fn.Pkg(), fn.Name())
	f, _ := obj.(*types.Func)
	return f, Bodies + "." + fn.Name()
}

// lookup finds a function or method beside fn. The answer is false when it is declared elsewhere.
func lookup(fn *types.Func, sel *types.Selection, name string) (_ *types.Func, same bool) {
	if fn.Pkg() == nil {
		return nil, false // error.Error
	}
	if sel == nil {
		f, _ := fn.Pkg().Scope().Lookup(name).(*types.Func)
		return f, true
	}
	obj, index, _ := types.LookupFieldOrMethod(sel.Recv(), true, fn.Pkg(), name)
	f, ok := obj.(*types.Func)
	if !ok {
		return nil, false
	}
	path := sel.Index()
	return f, slices.Equal(path[:len(path)-1], index[:len(index)-1]) && types.Identical(owner(fn), owner(f))
}

// owner is the type or interface that declares a method.
func owner(f *types.Func) types.Type {
	t := types.Unalias(f.Origin().Signature().Recv().Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Origin()
	}
	return t
}

// isAsyncForm reports whether async is the async form of fn by its type: the same parameters, callbacks
// aside, and a future of the mapped results.
func isAsyncForm(fn, async *types.Func) (callbacks []int, ok bool) {
	x, a := fn.Signature(), instantiate(async.Signature(), fn.Signature())
	if a == nil || x.Variadic() != a.Variadic() || a.Results().Len() != 1 {
		return nil, false
	}
	elem := FutureElem(a.Results().At(0).Type())
	if elem == nil || !isMapped(x, elem) {
		return nil, false
	}
	return sameParams(x, a, 0)
}

// isRunForm reports whether run is the generated body of fn by its type: (cx, frame, parameters…), with a
// parked panic before the parameters if fn recovers, gives (results…, machine).
func isRunForm(fn, run *types.Func) (callbacks []int, ok bool) {
	x, r := fn.Signature(), instantiate(run.Signature(), fn.Signature())
	if r == nil || x.Variadic() != r.Variadic() {
		return nil, false
	}
	m := x.Results().Len()
	if r.Params().Len() < 2 || r.Results().Len() != m+1 {
		return nil, false
	}
	ptr, ok := types.Unalias(r.Params().At(0).Type()).(*types.Pointer)
	if !ok || !isRuntimeType(ptr.Elem(), "Context") || !isRuntimeType(r.Results().At(m).Type(), "Machine") {
		return nil, false
	}
	for i := range m {
		if !types.Identical(x.Results().At(i).Type(), r.Results().At(i).Type()) {
			return nil, false
		}
	}
	return sameParams(x, r, runParams(x, r))
}

// instantiate gives sig the type parameters of like, so that the two can be compared. It is nil
// when they do not fit.
func instantiate(sig, like *types.Signature) *types.Signature {
	n := like.TypeParams().Len()
	if sig.TypeParams().Len() != n {
		return nil
	}
	if n == 0 {
		return sig
	}
	targs := make([]types.Type, n)
	for i := range n {
		targs[i] = like.TypeParams().At(i)
	}
	t, err := types.Instantiate(nil, sig, targs, true)
	if err != nil {
		return nil
	}
	return t.(*types.Signature)
}

// isMapped reports whether elem is what a future of x's results carries: struct{}, the value, a
// rt.Pair or a rt.Triple.
func isMapped(x *types.Signature, elem types.Type) bool {
	values, _ := Results(x)
	switch len(values) {
	case 0:
		s, ok := types.Unalias(elem).(*types.Struct)
		return ok && s.NumFields() == 0
	case 1:
		return types.Identical(elem, values[0].Type())
	case 2, 3:
		name := []string{"Pair", "Triple"}[len(values)-2]
		n, ok := types.Unalias(elem).(*types.Named)
		if !ok || !isRuntimeType(n, name) || n.TypeArgs().Len() != len(values) {
			return false
		}
		for i, v := range values {
			if !types.Identical(n.TypeArgs().At(i), v.Type()) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// FutureElem is T for a type that is rt.Future[T], or has its Poll method; nil for another.
func FutureElem(t types.Type) types.Type {
	if n, ok := types.Unalias(t).(*types.Named); ok && isRuntimeType(n, "Future") && n.TypeArgs().Len() == 1 {
		return n.TypeArgs().At(0)
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "Poll")
	f, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	sig := f.Signature()
	if sig.Params().Len() != 1 || sig.Results().Len() != 3 {
		return nil
	}
	ptr, ok := types.Unalias(sig.Params().At(0).Type()).(*types.Pointer)
	if !ok || !isRuntimeType(ptr.Elem(), "Context") {
		return nil
	}
	ready, _ := types.Unalias(sig.Results().At(1).Type()).(*types.Basic)
	if ready == nil || ready.Kind() != types.Bool ||
		!types.Identical(sig.Results().At(2).Type(), types.Universe.Lookup("error").Type()) {
		return nil
	}
	return sig.Results().At(0).Type()
}

// isRuntimeType reports whether t is the named type of the runtime with that name.
func isRuntimeType(t types.Type, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Name() != name || n.Obj().Pkg() == nil {
		return false
	}
	switch n.Obj().Pkg().Path() {
	case RuntimePath, MachinePath, enginePath:
		return n.Obj().Parent() == n.Obj().Pkg().Scope()
	}
	return false
}

// isRuntime reports whether obj is declared by the runtime at package level under that name.
func isRuntime(obj types.Object, name string) bool {
	return obj != nil && obj.Name() == name && obj.Pkg() != nil && obj.Pkg().Path() == RuntimePath &&
		obj.Parent() == obj.Pkg().Scope()
}

// blockingOf finds X for an async form that is called, and what stands beside X. Beyond its own
// package a renamed async form is a future like any other, and the answer is nil.
func (p *Package) blockingOf(async *types.Func, sel *types.Selection) (*types.Func, *sibling) {
	var names []string
	if name, ok := strings.CutSuffix(async.Name(), "Async"); ok && name != "" {
		names = append(names, name)
	}
	if async.Pkg() == p.Types {
		names = append(names, p.renamed[async.Name()]...)
	}
	for _, name := range names {
		x, same := lookup(async, sel, name)
		if x == nil || !same {
			continue
		}
		s := p.sibling(x, sel)
		if _, ok := isAsyncForm(x, async); ok && s.async == nil && s.run != "" {
			return x, s // renamed
		}
		if s.async != nil && s.async.Origin() == async.Origin() {
			return x, s
		}
	}
	return nil, nil
}

// callee is the function or method that a call names, with the selection of a method, which may be that of
// a method expression. It is nil for calls of values, conversions and built-ins.
func (p *Package) callee(call *ast.CallExpr) (*types.Func, *types.Selection) {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(f.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(f.X)
	}
	switch f := fun.(type) {
	case *ast.Ident:
		fn, _ := p.Info.Uses[f].(*types.Func)
		return fn, nil
	case *ast.SelectorExpr:
		if sel := p.Info.Selections[f]; sel != nil {
			fn, _ := sel.Obj().(*types.Func) // nil for a field
			return fn, sel
		}
		fn, _ := p.Info.Uses[f.Sel].(*types.Func)
		return fn, nil
	}
	return nil, nil
}
