package task

// What futures that are not of the engine may do with a Context beyond what it offers to everybody. These are
// functions, so that none of it is among the methods of a Context.

// EngineOf is the runtime that the polled code belongs to.
func EngineOf(cx *Context) *Runtime { return cx.rt }

// Forced reports whether the grace of the cancel is over: the awaits of cleanup are cancelled too.
func Forced(cx *Context) bool { return cx.force }

// TraceOf is the trace of the panic that is being thrown.
func TraceOf(cx *Context) *PanicTrace { return &cx.trace }

// Exits notes that a Goexit is under way.
func Exits(cx *Context) { cx.exiting = true }

// SetWaker has cx wake another task.
func SetWaker(cx *Context, w Waker) { cx.waker = w }

// LendWaker has a part of a future polled with a waker of its own, and gives what GiveBackWaker wants.
func LendWaker(cx *Context, t *Task) (w Waker, yields bool) {
	w, yields = cx.waker, cx.yields
	cx.waker, cx.yields = Waker{t}, false
	return w, yields
}

// GiveBackWaker undoes LendWaker, and reports whether the part has asked for its next turn without a waker.
func GiveBackWaker(cx *Context, w Waker, yields bool) (next bool) {
	next = cx.yields
	cx.waker, cx.yields = w, yields || next
	return next
}
