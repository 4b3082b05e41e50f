package rt

import (
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// JoinHandle is a task that runs, seen by whoever wants its result. It is a
// [Future] that may be awaited any number of times, by any number of tasks and
// goroutines. It is not a [Canceler]: who stops waiting leaves the task alone.
type JoinHandle[T any] struct{ handle }

// handleOf is the handle of b, which has been spawned: both are the task and nothing else.
func handleOf[T any](b *task.Box[T]) *JoinHandle[T] { return (*JoinHandle[T])(unsafe.Pointer(b)) }

// Poll implements [Future].
func (h *JoinHandle[T]) Poll(cx *Context) (v T, ready bool, err error) {
	t := h.task("Poll")
	task.NeedContext(cx, "JoinHandle")
	if !t.Load().Is(task.StateDone) {
		t.Watch(cx.Waker())
		if !t.Load().Is(task.StateDone) { // pairs with end: it may have ended before it could see us
			return v, false, nil
		}
	}
	v, err = task.Result[T](t.Leaf)
	return v, true, err
}

// Abort asks for the cancel of the task, and does not wait for it. The task
// ends at its next await, after its deferred calls, with [ErrAborted].
func (h *JoinHandle[T]) Abort() {
	h.task("Abort").Ask(task.Word.Abort, task.CurrentWorker())
}

// Done gives a channel that is closed when the task has ended, cleanup included.
func (h *JoinHandle[T]) Done() <-chan struct{} { return h.task("Done").DoneChan() }

// ID is the number of the task: no other task of the process has the same.
func (h *JoinHandle[T]) ID() uint64 { return h.task("ID").Id() }

// Name is the name that the task was given with the option [Name], or that of its function: feed.sizes.
// A future that no marked function has made is awaited by a task called rt.Await.
func (h *JoinHandle[T]) Name() string { return h.task("Name").Title() }

// Finished reports whether the task has ended, cleanup included.
func (h *JoinHandle[T]) Finished() bool { return h.task("Finished").Load().Is(task.StateDone) }

// task is that of h, for its method what.
func (h *JoinHandle[T]) task(what string) *task.Task {
	if h == nil {
		panic(task.NilReceiver("JoinHandle."+what, "Spawn gives a handle"))
	}
	return task.TaskOf(&h.handle)
}
