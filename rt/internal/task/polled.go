package task

import "unsafe"

// Future is what Future is, as a type without a name: a Future is one without being converted.
type Future[T any] = interface {
	Poll(cx *Context) (value T, ready bool, err error)
}

// void is the result of a future that has none.
type void = struct{}

// canceler is what Canceler is.
type canceler interface{ Cancel() }

// PollCanceler is implemented by futures whose cleanup may itself have to wait.
// PollCancel starts the cancel or continues it, and reports whether all cleanup
// has run; if not, it has arranged a wake as Poll does.
type PollCanceler interface{ PollCancel(cx *Context) bool }

// lender is a future that only lends another one: who has it never cancels that.
type lender interface{ Lent() any }

// boxed is a Box of any type, and what embeds one.
type boxed interface{ boxed() *Task }

// handled is a handle of any type.
type handled interface{ handled() *Task }

// boxTask is the task of f, if f is a box; else nil.
func boxTask(f any) *Task {
	if b, ok := f.(boxed); ok {
		return b.boxed()
	}
	return nil
}

// handleTask is the task of f, if f is a handle and not nil; else nil.
func handleTask(f any) *Task {
	if h, ok := f.(handled); ok && !isNil(f) {
		return h.handled()
	}
	return nil
}

// isNil reports whether f, a pointer, is nil.
func isNil(f any) bool { return (*[2]unsafe.Pointer)(unsafe.Pointer(&f))[1] == nil }

// ownFuture is a function as a future of the engine's own.
type ownFuture func(cx *Context) (ready bool)

// Poll implements Future.
func (f ownFuture) Poll(cx *Context) (void, bool, error) { return void{}, f(cx), nil }
