package load

import (
	"go/ast"
	"go/types"
	"slices"
)

// RuntimePath is the import path of the runtime that generated code links against.
const RuntimePath = "github.com/asyncgen/asyncgen/rt"

// MachinePath is that of what only generated code says.
const MachinePath = RuntimePath + "/machine"

// enginePath is that of what both are made of: it declares the types that have the same name in one of them.
const enginePath = RuntimePath + "/internal/task"

// BodiesOf is the path of the package that has the bodies, fRun, of the functions of a package: the package itself,
// but for the functions of the runtime.
func BodiesOf(path string) string {
	if path == RuntimePath {
		return MachinePath
	}
	return path
}

// AwaitKind says how a call waits.
type AwaitKind int

const (
	// AwaitValue is rt.Await(f) of a future held as a value.
	AwaitValue AwaitKind = iota
	// AwaitRun is a call of a function with a generated body: f(x), or rt.Await(fAsync(x)).
	AwaitRun
	// AwaitAsync is a call of X whose sibling XAsync has no body that can be called: written by
	// hand, or declared by an interface.
	AwaitAsync
	// AwaitBlock is rt.Await(rt.AsyncValue(func…)) or rt.Await(rt.AsyncFunc(func…)).
	AwaitBlock
	// AwaitCallback is a call of a parameter that awaits: op() under await=op.
	AwaitCallback
	// AwaitYield is a call of the parameter that takes the values of a stream.
	AwaitYield
	// AwaitLit is a literal that is called where it stands and has awaits of its own.
	AwaitLit
)

// An Await is a call at which the async form of the function around it may suspend.
type Await struct {
	Kind AwaitKind
	Call *ast.CallExpr // the whole call
	// Args is the call whose arguments are passed: Call itself, or fAsync(x) in rt.Await(fAsync(x)).
	Args   *ast.CallExpr
	Callee *types.Func // X: AwaitRun and AwaitAsync
	// Async is XAsync: AwaitAsync, and AwaitRun where it is known (a direct call of a function of
	// another package whose async form is renamed has only its body).
	Async *types.Func
	Run   string // name of the generated body of X: AwaitRun
	// Recovers says that this body takes a parked panic before the arguments.
	Recovers bool
	Lit      *ast.FuncLit // AwaitBlock and AwaitLit
	// Sig is that of Call as written: its results are those of the statement. In
	// rt.Await(fAsync(x)) they are (T, error) whatever the results of f.
	Sig *types.Signature
	// Callbacks are the arguments of Args, by position, that the callee awaits.
	Callbacks []int
	// Receivers is how many of the arguments are the receiver: 1 where Args goes through a method
	// expression, (*T).get(t, k), else 0.
	Receivers int
}

// A Block is a function literal that becomes a machine of its own.
type Block struct {
	Call *ast.CallExpr // rt.AsyncFunc(lit), rt.AsyncValue(lit), or lit() itself
	Lit  *ast.FuncLit
	Kind BlockKind
}

// BlockKind says what a block literal stands in.
type BlockKind int

const (
	// BlockFunc is the argument of rt.AsyncFunc.
	BlockFunc BlockKind = iota
	// BlockValue is the argument of rt.AsyncValue.
	BlockValue
	// BlockCalled is a literal that is called where it stands and suspends.
	BlockCalled
	// BlockCallback is an argument that the callee awaits.
	BlockCallback
	// BlockGroup is the argument of the method Go of rt.Group.
	BlockGroup
)

// Await says how call suspends; nil: it does not. What it says follows from the call alone: a caller
// who cares whether the call stands in a go or defer statement, or in a literal, looks there first.
func (p *Package) Await(call *ast.CallExpr) *Await {
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		if p.Plain(lit) || !p.Suspends(lit.Body) {
			return nil
		}
		return &Await{Kind: AwaitLit, Call: call, Args: call, Lit: lit, Sig: p.signature(call)}
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && len(p.callbacks)+len(p.yields) > 0 {
		switch obj := p.Info.Uses[id]; {
		case p.Callback(obj):
			return &Await{Kind: AwaitCallback, Call: call, Args: call, Sig: p.signature(call)}
		case p.Yield(obj):
			return &Await{Kind: AwaitYield, Call: call, Args: call, Sig: p.signature(call)}
		}
	}
	fn, sel := p.callee(call)
	if fn == nil {
		return nil
	}
	if isRuntime(fn, "Await") {
		return p.awaitValue(call)
	}
	s := p.sibling(fn, sel)
	if !s.has() || s.stream && !p.yieldsOn(call) {
		return nil
	}
	a := &Await{Kind: AwaitAsync, Call: call, Args: call, Callee: fn, Async: s.async, Sig: p.signature(call), Receivers: receivers(sel)}
	for _, i := range s.callbacks {
		a.Callbacks = append(a.Callbacks, i+a.Receivers)
	}
	if s.run != "" {
		a.Kind, a.Run, a.Recovers = AwaitRun, s.run, s.recovers
	}
	return a
}

// awaitValue is Await of a call of rt.Await. Where the operand is a future that is made on the spot,
// there is no need to make it:
//
//	rt.Await(fAsync(x))           calls the body of f
//	rt.Await(rt.AsyncFunc(func…)) calls the body of the block
func (p *Package) awaitValue(call *ast.CallExpr) *Await {
	a := &Await{Kind: AwaitValue, Call: call, Args: call, Sig: p.signature(call)}
	if len(call.Args) != 1 {
		return a // a type error
	}
	made, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr)
	if !ok {
		return a
	}
	if b := p.Block(made); b != nil && (b.Kind == BlockFunc || b.Kind == BlockValue) {
		a.Kind, a.Lit = AwaitBlock, b.Lit
		return a
	}
	fn, sel := p.callee(made)
	if fn == nil {
		return a
	}
	if x, s := p.blockingOf(fn, sel); x != nil && s.run != "" {
		a.Kind, a.Args, a.Callee, a.Async, a.Run, a.Receivers = AwaitRun, made, x, fn, s.run, receivers(sel)
		a.Recovers = s.recovers
	}
	return a
}

// receivers is how many of the arguments of a call are the receiver of its method.
func receivers(sel *types.Selection) int {
	if sel != nil && sel.Kind() == types.MethodExpr {
		return 1
	}
	return 0
}

// signature is that of the function called, with its type arguments.
func (p *Package) signature(call *ast.CallExpr) *types.Signature {
	tv, ok := p.Info.Types[call.Fun]
	if !ok {
		return nil
	}
	sig, _ := tv.Type.Underlying().(*types.Signature)
	return sig
}

// Block says which machine the literal of call becomes: the argument of rt.AsyncFunc or
// rt.AsyncValue, or a literal that is called where it stands and suspends. It is nil for every
// other call.
func (p *Package) Block(call *ast.CallExpr) *Block {
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		if p.Plain(lit) || !p.Suspends(lit.Body) {
			return nil
		}
		return &Block{Call: call, Lit: lit, Kind: BlockCalled}
	}
	fn, _ := p.callee(call)
	kind := BlockFunc
	switch {
	case fn == nil || len(call.Args) != 1:
		return nil
	case isRuntime(fn, "AsyncFunc"):
	case isRuntime(fn, "AsyncValue"):
		kind = BlockValue
	case isGroupGo(fn):
		kind = BlockGroup
	default:
		return nil
	}
	lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit)
	if !ok {
		return nil // a func value, which is called as it is
	}
	return &Block{Call: call, Lit: lit, Kind: kind}
}

// Plain reports whether a literal is marked //async:plain. It is ordinary code, also where it is called on
// the spot: go func() { … }() with that mark starts a goroutine.
func (p *Package) Plain(lit *ast.FuncLit) bool { return p.plain[lit] }

// isGroupGo reports whether fn is the method Go of rt.Group.
func isGroupGo(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if fn.Name() != "Go" || recv == nil {
		return false
	}
	ptr, ok := types.Unalias(recv.Type()).(*types.Pointer)
	return ok && isRuntimeType(ptr.Elem(), "Group")
}

// Blocks are all literals of call that become machines of their own: that of Block, and arguments
// that the callee awaits.
func (p *Package) Blocks(call *ast.CallExpr) []*Block {
	if b := p.Block(call); b != nil {
		return []*Block{b}
	}
	a := p.Await(call)
	if a == nil || a.Call != a.Args {
		return nil
	}
	var list []*Block
	for _, i := range a.Callbacks {
		if lit, ok := ast.Unparen(call.Args[i]).(*ast.FuncLit); ok {
			list = append(list, &Block{Call: call, Lit: lit, Kind: BlockCallback})
		}
	}
	return list
}

// Suspends reports whether n contains an await of the function that n belongs to. What is in a function
// literal belongs to the literal, except that a literal which is called where it stands and suspends
// is an await itself. A range over rt.Each awaits, too.
func (p *Package) Suspends(n ast.Node) bool {
	if n == nil {
		return false
	}
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if found {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if p.Unevaluated(n) {
				return false
			}
			found = p.Await(n) != nil
		case *ast.RangeStmt:
			found = p.EachOf(n.X) != nil
		}
		return !found
	})
	return found
}

// Unevaluated reports whether call is a function of package unsafe that looks at the type of its operand
// only: a call in unsafe.Sizeof(f()) is never made.
func (p *Package) Unevaluated(call *ast.CallExpr) bool {
	var name *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		name = fun.Sel
	case *ast.Ident: // package unsafe can be imported with a dot
		name = fun
	}
	fn, ok := p.Info.Uses[name].(*types.Builtin)
	return ok && slices.Contains([]string{"Sizeof", "Alignof", "Offsetof"}, fn.Name())
}

// Elsewhere finds, for a call that does not suspend, an async form of the callee that a promoted pair
// would have: a type overrides only one of the two. It is nil where there is none.
func (p *Package) Elsewhere(call *ast.CallExpr) *types.Func {
	fn, sel := p.callee(call)
	if fn == nil {
		return nil
	}
	if s := p.sibling(fn, sel); !s.has() {
		return s.elsewhere
	}
	return nil
}

// HasAsync reports whether a method has an async form beside it when it is called on its own type.
func (p *Package) HasAsync(method *types.Func) bool {
	recv := method.Signature().Recv()
	if recv == nil {
		return false
	}
	for _, suffix := range []string{"Async", "Run"} {
		obj, index, _ := types.LookupFieldOrMethod(recv.Type(), true, method.Pkg(), method.Name()+suffix)
		f, ok := obj.(*types.Func)
		if !ok || len(index) != 1 {
			continue
		}
		_, async := isAsyncForm(method, f)
		_, run := isRunForm(method, f)
		if async || run {
			return true
		}
	}
	return false
}

// RunsElsewhere reports whether a call hands its literals to threads where they may block.
func (p *Package) RunsElsewhere(call *ast.CallExpr) bool {
	fn, _ := p.callee(call)
	for _, name := range []string{"Blocking", "BlockingAsync", "SpawnBlocking"} {
		if fn != nil && isRuntime(fn, name) {
			return true
		}
	}
	return false
}
