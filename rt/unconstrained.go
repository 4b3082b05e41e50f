package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// Unconstrained runs f without a budget: however many of its awaits are ready, it does not give
// way. Its worker is not free meanwhile, and an abort, a timeout or a shutdown is seen only where
// f waits. f is used up.
func Unconstrained[T any](f Future[T]) (T, error) { return Await(UnconstrainedAsync(f)) }

// UnconstrainedAsync is the async form of [Unconstrained].
func UnconstrainedAsync[T any](f Future[T]) Future[T] {
	if f == nil {
		panic(task.NilFuture("Unconstrained"))
	}
	task.Own(f, "Unconstrained")
	return &unconstrained[T]{f: f}
}

type unconstrained[T any] struct {
	f    Future[T] // nil: was ready, or cancelled
	gone bool      // was cancelled
	task.Claim
}

// Poll implements [Future].
func (u *unconstrained[T]) Poll(cx *Context) (v T, ready bool, err error) {
	task.NeedContext(cx, "Unconstrained")
	switch {
	case u.gone:
		task.Misused("Unconstrained", "polled", task.AfterGone)
	case u.f == nil:
		task.Misused("Unconstrained", "polled", task.AfterReady)
	}
	defer task.SetBudget(cx, task.SetBudget(cx, 0))
	if v, ready, err = u.f.Poll(cx); ready {
		u.f = nil
	}
	return v, ready, err
}

// PollCancel cancels the future.
func (u *unconstrained[T]) PollCancel(cx *Context) bool {
	u.gone = true
	if u.f != nil && task.Cancelling(cx, u.f) {
		u.f = nil
	}
	return u.f == nil
}

// Cancel implements [Canceler]. Cleanup that has to wait goes on as a task of its own.
func (u *unconstrained[T]) Cancel() {
	u.gone = true
	if c, ok := u.f.(Canceler); ok {
		c.Cancel()
	}
}

// Own implements owned.
func (u *unconstrained[T]) Own(by string) { u.Take("Unconstrained", by) }
