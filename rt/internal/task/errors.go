package task

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Errors of tasks that have no result; package rt says what they are.
var (
	ErrGoexit         = errors.New("rt: task called runtime.Goexit")
	ErrAborted  error = cancelError("rt: task aborted")
	ErrShutdown error = cancelError("rt: runtime shut down")
)

type cancelError string

func (e cancelError) Error() string { return string(e) }

func (e cancelError) Is(target error) bool { return target == context.Canceled }

// PanicError is the error of a task that has panicked.
type PanicError struct {
	Value any // what panic was called with
	pcs   []uintptr
	via   []awaiter
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("rt: task panicked: %v", e.Value) }

// Unwrap gives the panic value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Raise lets the panic go on in who polls with cx, with the stack that it has.
func Raise(cx *Context, e *PanicError) {
	PanicTrace{value: e.Value, pcs: e.pcs, via: e.via}.Raise(cx)
}

// Stack is the stack of the goroutine where the panic came up, as text. Calls that waited for those on it are on no
// stack; a last line names them and where they waited, the innermost first.
func (e *PanicError) Stack() string {
	var b strings.Builder
	writeStack(&b, e.pcs, e.via)
	return b.String()
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

// Panicked is the panic that has ended t, or nil. A task that gives the error of another one, as any error,
// has not panicked.
func (t *Task) Panicked() *PanicError {
	if o, ok := t.Leaf.(*outcome); ok {
		p, _ := o.Err.(*PanicError)
		return p
	}
	return nil
}

func outcomeOf(err error) Machine { return &outcome{FrameErr{Err: err}} }

// The outcomes that say the same of every task.
var (
	aborted  = outcomeOf(ErrAborted)
	shutDown = outcomeOf(ErrShutdown)
	exited   = outcomeOf(ErrGoexit)
)
