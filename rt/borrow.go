package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// Borrow lends f: who gets it polls it but never cancels it, and f stays with its
// owner. So a future can lose a choice and go on, and be in the next one:
//
//	next := recvAsync()
//	defer rt.Cancel(next)
//	for {
//		c := rt.Select2(rt.Borrow(next), rt.SleepAsync(time.Second))
//		...
//	}
//
// A lent future that was polled and is unfinished has to be awaited or cancelled
// by its owner. Borrowing nil is nil: a future that never wins.
func Borrow[T any](f Future[T]) Future[T] {
	if f == nil {
		return nil
	}
	return &borrowed[T]{f}
}

type borrowed[T any] struct{ f Future[T] }

// Poll implements [Future].
func (b *borrowed[T]) Poll(cx *Context) (T, bool, error) {
	task.Own(b.f, task.Borrowing)
	return b.f.Poll(cx)
}

// Lent implements lender: what is lent is not cancelled.
func (b *borrowed[T]) Lent() any { return b.f }
