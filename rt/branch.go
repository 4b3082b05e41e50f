package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// branch is an arm: a future and, when it has finished, its result.
type branch[T any] struct {
	f Future[T] // nil: it has finished, its cleanup has, or it never was
	Result[T]
}

func (b *branch[T]) live() bool { return b.f != nil }

func (b *branch[T]) poll(cx *Context) bool {
	v, ready, err := b.f.Poll(cx)
	if ready {
		b.Value, b.Err, b.f = v, err, nil
	}
	return ready
}

func (b *branch[T]) cancel(cx *Context) bool {
	if !task.Cancelling(cx, b.f) {
		return false
	}
	b.f = nil
	return true
}

func (b *branch[T]) drop() { b.f = nil }

func (b *branch[T]) failure() error { return b.Err }

func (b *branch[T]) future() any { return b.f }
