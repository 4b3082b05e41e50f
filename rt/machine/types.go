package machine

import (
	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// What a call that waits is made of.
type (
	// Machine is a call that waits. Generated frames implement it, and rt's own leaves; it is sealed: the
	// only way to implement it is to embed a Frame, which must come first in the struct.
	Machine = task.Machine
	// Frame is what every call that waits has. Frames of functions that have neither values nor an error
	// embed it directly.
	Frame = task.Frame
	// FrameVal is the Frame of a function with values and no error.
	FrameVal[T any] = task.FrameVal[T]
	// FrameErr is the Frame of a function with an error and no values.
	FrameErr = task.FrameErr
	// FrameOf is the Frame of a function with values and an error.
	FrameOf[T any] = task.FrameOf[T]

	// Func is what is known of a function when the program is built.
	Func = task.Func
	// State is a place where a function waits.
	State = task.State
	// ResultKind says which of the frame types a function's frame begins with.
	ResultKind = task.ResultKind

	// Box is a lazy future, made of a call that has not started.
	Box[T any] = task.Box[T]
)

// The kinds of results.
const (
	ResultNone   = task.ResultNone   // Frame
	ResultVal    = task.ResultVal    // FrameVal
	ResultErr    = task.ResultErr    // FrameErr
	ResultValErr = task.ResultValErr // FrameOf
)

// Iterators of range statements; see [Pull].
type (
	// Puller is an iterator of one value that waits between two of them.
	Puller[V any] = task.Puller[V]
	// Puller2 is a [Puller] of two values.
	Puller2[K, V any] = task.Puller2[K, V]
	// Puller0 is a [Puller] of no values.
	Puller0 = task.Puller0
	// Pulled is a [Puller] of any number of values.
	Pulled = task.Pulled
	// HeldIter has the iterator of a loop that is in another loop, so that one deferred call is enough for all
	// of them, one after the other.
	HeldIter = task.HeldIter
)

// Pull starts to step through seq. It takes any type of function that a range statement takes, whose
// yield may have a named type, too.
func Pull[F ~func(Y), Y ~func(V) bool, V any](seq F) *Puller[V] { return task.Pull(seq) }

// Pull2 is [Pull] of an iterator of two values.
func Pull2[F ~func(Y), Y ~func(K, V) bool, K, V any](seq F) *Puller2[K, V] { return task.Pull2(seq) }

// Pull0 is [Pull] of an iterator of no values.
func Pull0[F ~func(Y), Y ~func() bool](seq F) *Puller0 { return task.Pull0(seq) }

// Unwind is deferred by a marked function. If the loop was not left in another way, it
// is being left by a panic, by Goexit, or by a cancel: that goes through the iterator first.
func Unwind(it Pulled) {
	if !task.Over(it) {
		task.UnwindBy(it, recover()) // recover has to be called here
	}
}

// AwaitFuture is the await of a future that is a value. It is shaped like a
// generated function.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func AwaitFuture[T any](cx *rt.Context, f task.Future[T]) (T, error, Machine) {
	return task.AwaitFuture(cx, f)
}

// AwaitDeferred is [AwaitFuture] for the future of a deferred call. If its function calls recover, that
// takes the panic that is parked in *p.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func AwaitDeferred[T any](cx *rt.Context, f task.Future[T], p *any) (T, error, Machine) {
	return task.AwaitDeferred(cx, f, p)
}

// NewFrame makes the frame of a leaf, or takes a free one of the worker's. It is for leaves of rt's own
// packages.
func NewFrame[M any, P interface {
	*M
	Machine
}](cx *rt.Context) P {
	return task.NewFrame[M, P](cx)
}

// Leaf says that the task waits in m, a leaf, and gives it.
func Leaf(cx *rt.Context, m Machine) Machine { return task.Leaf(cx, m) }

// Unused gives back the frame of a leaf that need not wait after all.
func Unused(cx *rt.Context, m Machine) { task.Unused(cx, m) }

// streamCore is the part of a stream that is the same for all.
type streamCore[T any] = task.StreamCore[T]

// MakeFrame makes a frame of the type of m, a nil pointer: the frame of a call that waits for the first time.
func MakeFrame(cx *rt.Context, m Machine) Machine { return task.MakeFrame(cx, m) }

// Suspend makes m wait, at state, for callee. A call that still runs on the
// stack, of which m is a nil pointer, gets its frame here.
func Suspend(cx *rt.Context, m Machine, state uint32, callee Machine) Machine {
	return task.Suspend(cx, m, state, callee)
}

// Park gives a call that a panic or Goexit has left a frame to go on in, at
// state, where its deferred calls are that await.
func Park(cx *rt.Context, m Machine, state uint32) Machine { return task.Park(cx, m, state) }
