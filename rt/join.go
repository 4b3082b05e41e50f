package rt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// Errors of tasks that have no result.
var (
	// ErrGoexit is the error of a task that has called runtime.Goexit.
	ErrGoexit = errors.New("rt: task called runtime.Goexit")
	// ErrAborted is the error of a task that was aborted. It is context.Canceled to errors.Is.
	ErrAborted error = cancelError("rt: task aborted")
	// ErrShutdown is the error of a task whose runtime was shut down. It is context.Canceled to errors.Is.
	ErrShutdown error = cancelError("rt: runtime shut down")
)

type cancelError string

func (e cancelError) Error() string        { return string(e) }
func (e cancelError) Is(target error) bool { return target == context.Canceled }

// PanicError is the error of a task that has panicked.
type PanicError struct {
	Value any // what panic was called with
	pcs   []uintptr
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("rt: task panicked: %v", e.Value) }

// Unwrap gives the panic value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Stack is the stack of the goroutine where the panic came up, as text.
func (e *PanicError) Stack() string {
	var b strings.Builder
	for fs := runtime.CallersFrames(e.pcs); ; {
		f, more := fs.Next()
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return b.String()
		}
	}
}

// outcome stands for the result of a task that has none.
type outcome struct{ FrameErr }

var outcomeFunc = Func{Name: "rt.outcome", Result: ResultErr}

// Func implements [Machine].
func (m *outcome) Func() *Func { return &outcomeFunc }

// Reset implements [Machine]. An outcome is no call: it is never reused.
func (m *outcome) Reset() {}

// Resume implements [Machine]. An outcome is no call: it is never resumed.
func (m *outcome) Resume(*Context) Machine { panic("rt: outcome: not a call") }

func outcomeOf(err error) Machine { return &outcome{FrameErr{Err: err}} }

// JoinHandle is a task that runs, seen by whoever wants its result. It is a
// [Future] that may be awaited any number of times, by any number of tasks and
// goroutines. It is not a [Canceler]: who stops waiting leaves the task alone.
type JoinHandle[T any] struct{ t task }

// Poll implements [Future].
func (h *JoinHandle[T]) Poll(cx *Context) (v T, ready bool, err error) {
	t := &h.t
	if !t.load().is(stateDone) {
		t.watch(cx.Waker())
		if !t.load().is(stateDone) { // pairs with finish: it has ended before it could see us
			return v, false, nil
		}
	}
	v, err = result[T](t.leaf)
	return v, true, err
}

// Abort asks for the cancel of the task, and does not wait for it. The task
// ends at its next await, after its deferred calls, with [ErrAborted].
func (h *JoinHandle[T]) Abort() { h.t.abort(false) }

// Finished says whether the task has ended, cleanup included.
func (h *JoinHandle[T]) Finished() bool { return h.t.load().is(stateDone) }

// Spawn starts a task that runs f, and gives its handle. f is used up. A
// generated future becomes the task itself: nothing is allocated.
func Spawn[T any](f Future[T], opts ...SpawnOption) *JoinHandle[T] {
	b := boxOf(f)
	b.t.spawn(spawnOptions(opts), false)
	return (*JoinHandle[T])(b)
}

// Go starts a detached task: nobody gets its result. A panic that leaves it
// ends the program, as that of a goroutine does.
func Go[T any](f Future[T], opts ...SpawnOption) {
	boxOf(f).t.spawn(spawnOptions(opts), true)
}

// boxOf makes f a box that has not started.
func boxOf[T any](f Future[T]) *Box[T] {
	switch b := f.(type) {
	case nil:
		panic("rt: spawn of a nil future")
	case *Box[T]:
		if b.t.load() == 0 {
			return b
		}
		if s := b.t.load(); s.is(stateSpawned) || s.is(stateDone) {
			panic("rt: " + b.t.name() + " spawned twice, or after it has ended")
		}
	}
	b := new(struct {
		Box[T]
		await[T]
	})
	b.f = f
	b.Init(&b.await)
	return &b.Box
}
