package rt

// PollFunc makes a future of a function that is called for each poll.
func PollFunc[T any](f func(cx *Context) (T, bool, error)) Future[T] { return pollFunc[T](f) }

type pollFunc[T any] func(cx *Context) (T, bool, error)

// Poll implements [Future].
func (f pollFunc[T]) Poll(cx *Context) (T, bool, error) { return f(cx) }

// Ready is a future that has the value v.
func Ready[T any](v T) Future[T] { return &ready[T]{value: v} }

// Fail is a future that has failed with err.
func Fail[T any](err error) Future[T] { return &ready[T]{err: err} }

// Settled is a future that has the value v, or has failed with err: the results of a call as a future.
func Settled[T any](v T, err error) Future[T] { return &ready[T]{value: v, err: err} }

type ready[T any] struct {
	value T
	err   error
	taken bool
}

// Poll implements [Future].
func (r *ready[T]) Poll(*Context) (T, bool, error) {
	if r.taken {
		panic("rt: Ready or Fail polled after it was ready")
	}
	r.taken = true
	return r.value, true, r.err
}

// Never is a future that is never ready.
func Never[T any]() Future[T] { return never[T]{} }

type never[T any] struct{}

// Poll implements [Future].
func (never[T]) Poll(*Context) (value T, ready bool, err error) { return value, false, nil }

// Futures gives the same futures as a slice for [JoinAll] and the like: of
// handles, say.
func Futures[T any, F Future[T]](fs ...F) []Future[T] {
	all := make([]Future[T], len(fs))
	for i, f := range fs {
		all[i] = f
	}
	return all
}
