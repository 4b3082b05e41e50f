package load

import (
	"go/ast"
	"go/types"
)

// RuntimePath is the import path of the runtime that generated code links against.
const RuntimePath = "github.com/asyncgen/asyncgen/rt"

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
	// AwaitLit is a literal that is called where it stands and has awaits of its own.
	AwaitLit
)

// An Await is a call at which the async form of the function around it may suspend.
type Await struct {
	Kind AwaitKind
	Call *ast.CallExpr // the whole call
	// Args is the call whose arguments are passed: Call itself, or fAsync(x) in rt.Await(fAsync(x)).
	Args   *ast.CallExpr
	Callee *types.Func // X, where it is known: AwaitRun and AwaitAsync
	Async  *types.Func // XAsync: AwaitRun and AwaitAsync
	Run    string      // name of the generated body of X: AwaitRun
	Lit    *ast.FuncLit
	// Errs says that the awaited future has an error which the call drops: X has no error result.
	Sig *types.Signature // of the call as written: its results are those of the statement
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
)
