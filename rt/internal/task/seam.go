package task

import (
	"sync/atomic"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// Machine is a call that waits. Generated frames implement it, and rt's own
// leaves, and nothing else does: it is a pointer to a struct that begins with a
// Frame, FrameVal, FrameErr or FrameOf. That is looked at when the first frame
// of a function is made.
type Machine interface {
	// Resume goes on where the call waits. It returns nil when the call has
	// finished, with its results in the frame, and otherwise the machine to
	// wait for in its place, which is nearly always itself.
	Resume(cx *Context) Machine
	// Func describes the function. It must not look at the frame, which may be nil.
	Func() *Func
	// Reset clears the frame, so that it can be used again and holds nothing.
	Reset()
}

// Frame is what every call that waits has. Frames of functions that have
// neither values nor an error begin with it.
type Frame struct {
	parent Machine // who waits for this call; nil in the outermost
	state  uint32  // where the call waits; see State
	flags  uint32
}

// Flags of a frame. Above them are its marks: the kind of its results, the class of its size and the
// number of its free list, which NewFrame notes.
const (
	flagLeaving uint32 = 1 << iota // its task was cancelled: when it has finished, its caller leaves as by Goexit
	flagRoot                       // is part of a box: never used again
	flagShared                     // is one for all calls: see yielding
	flagBegun                      // of an Arm: has been polled

	resultShift = 4
	resultMask  = 3
	sizeShift   = 6
	sizeMask    = uint32(3 << sizeShift)
	flagFlat    = uint32(1 << 8) // a mark: the frame has no references but who waits for the call, and its error
	poolShift   = 9
	marksMask   = ^uint32(1<<resultShift - 1)
)

// State says where the call waits: a state of [Func.Table], 0 before it has started.
func (f *Frame) State() uint32 { return f.state }

// FrameVal is the Frame of a function with values and no error.
type FrameVal[T any] struct {
	Frame
	Val T
}

// Done takes the results of the body, and reports whether the call still waits.
func (f *FrameVal[T]) Done(v T, w Machine) Machine {
	f.Val = v
	return w
}

// FrameErr is the Frame of a function with an error and no values.
type FrameErr struct {
	Frame
	Err error
}

// Done takes the result of the body, and reports whether the call still waits.
func (f *FrameErr) Done(err error, w Machine) Machine {
	f.Err = err
	return w
}

// FrameOf is the Frame of a function with values and an error.
type FrameOf[T any] struct {
	Frame
	Val T
	Err error
}

// Done takes the results of the body, and reports whether the call still waits.
func (f *FrameOf[T]) Done(v T, err error, w Machine) Machine {
	f.Val, f.Err = v, err
	return w
}

// ResultKind says which of the frame types a function's frame begins with.
type ResultKind uint8

// The kinds of results.
const (
	ResultNone   ResultKind = iota // Frame
	ResultVal                      // FrameVal
	ResultErr                      // FrameErr
	ResultValErr                   // FrameOf
)

// Func is what is known of a function when the program is built. There is one
// for each marked function, shared by all instances if it is generic.
type Func struct {
	Name   string     // as the source names it: feed.(*Client).Get
	Defers bool       // has deferred calls: it must be resumed to unwind
	Exit   uint32     // the first state in which its deferred calls are running, if they await; else 0
	Pos    string     // file:line of the source
	Result ResultKind // what its frame begins with
	Table  string     // its states, as states.go says
	States []State    // the same, of leaves; States[0] is the start
	Inner  bool       // a leaf of rt or of its packages, and only they end its waits: see DeadlockError

	read     atomic.Pointer[[]State] // what Table says, when somebody has asked for it
	values   atomic.Pointer[results] // how its results lie in its frame
	shape    atomic.Pointer[outline] // of its frames
	pool     poolIndex               // which free list of a worker has frames of this function
	numbered atomic.Uint32           // its number, see names.go; 0: none yet
	owned    bool                    // a call of Blocking: its owner cancels it, a shutdown does not
}

// Head is the Frame of m. Every machine is a pointer to a struct that begins
// with its Frame; this is one load, where the method frame would be a dynamic call.
func Head(m Machine) *Frame { return (*Frame)(words(&m)[1]) }

// Result reads the results of m, a call that has finished and whose function
// has results of type T.
func Result[T any](m Machine) (T, error) { return ResultOf[T](Head(m), m.Func().Result) }

// ResultOf is result for a frame of the given kind. A frame without a value or an
// error has no room for them, so it is the kind that says what may be read.
func ResultOf[T any](f *Frame, kind ResultKind) (value T, err error) {
	switch p := unsafe.Pointer(f); kind {
	case ResultVal:
		value = (*FrameVal[T])(p).Val
	case ResultErr:
		err = (*FrameErr)(p).Err
	case ResultValErr:
		f := (*FrameOf[T])(p)
		value, err = f.Val, f.Err
	case ResultNone:
	}
	return value, err
}

// MakeFrame makes a frame of the type of m, a nil pointer: the frame of a call that waits for the first time.
func MakeFrame(cx *Context, m Machine) Machine { return newFrameLike(cx, m) }

// Suspend makes m wait, at state, for callee. A call that still runs on the
// stack, of which m is a nil pointer, gets its frame here.
func Suspend(cx *Context, m Machine, state uint32, callee Machine) Machine {
	if Head(m) == nil {
		m = newFrameLike(cx, m)
	}
	Head(m).state = state
	if f := Head(callee); f.flags&flagShared == 0 {
		f.parent = m
	} else {
		cx.leaf = m // it has nothing to do or to give: who waits for it is resumed in its place
	}
	return m
}

// KindOf is the kind of results of a call whose frame is f.
func KindOf(f *Frame) ResultKind { return ResultKind(f.flags >> resultShift & resultMask) }

// Finished takes the callee that has just finished from cx.
func Finished(cx *Context) Machine {
	m := cx.done
	cx.done = nil
	return m
}

// Drop is [Returned] for results that are not used.
func (cx *Context) Drop() {
	if m := Finished(cx); m != nil { // nil after a shared one
		Release(cx, m)
	}
}

// Unwind is asked by every function with deferred calls when it is resumed,
// after it has its variables back. It panics if the callee panicked, with the
// same value, and says true if the function has to leave as by Goexit.
func (cx *Context) Unwind() bool {
	switch cx.why {
	case thrown:
		v := cx.value
		cx.why, cx.value = goOn, nil
		panic(v)
	case leave:
		cx.why = goOn
		return true
	case goOn:
	}
	return false
}

// Park gives a call that a panic or Goexit has left a frame to go on in, at
// state, where its deferred calls are that await.
func Park(cx *Context, m Machine, state uint32) Machine {
	if Head(m) == nil {
		m = newFrameLike(cx, m)
	}
	Head(m).state = state
	return m
}

// LeaveBody is Leave, which is its only caller.
func LeaveBody(cx *Context, m Machine, p any) Machine {
	if p != nil && !cx.exiting && !goid.Goexits(1) {
		cx.trace.note(p, 5)
		w := m.Resume(cx)
		if w != nil {
			cx.park(m, p)
		}
		return w
	}
	cx.exiting = true // a panic may take its place above, only to be recovered: see throw
	f := Head(m)
	up := f.parent
	f.parent = nil
	defer func() { f.parent = up }()
	finishHere(cx, &Task{Leaf: m}, goOn, nil)
	return nil
}

// Leaf says that the task waits in m, a leaf, and gives it.
func Leaf(cx *Context, m Machine) Machine {
	cx.leaf = m
	return m
}

// Unused gives back the frame of a leaf that need not wait after all.
func Unused(cx *Context, m Machine) { Release(cx, m) }
