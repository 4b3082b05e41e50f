package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// PollFunc makes a future of a function that is called for each poll.
func PollFunc[T any](f func(cx *Context) (T, bool, error)) Future[T] {
	if f == nil {
		panic(task.NilFunction("PollFunc"))
	}
	return &pollFunc[T]{f: f}
}

type pollFunc[T any] struct {
	f      func(cx *Context) (T, bool, error) // nil: was ready, or has panicked
	polled bool                               // just now
	gone   bool                               // has panicked, or called Goexit
	task.Claim
}

// Own implements owned.
func (p *pollFunc[T]) Own(by string) { p.Take("PollFunc", by) }

// Poll implements [Future].
func (p *pollFunc[T]) Poll(cx *Context) (value T, ready bool, err error) {
	task.NeedContext(cx, "PollFunc")
	switch {
	case p.polled:
		task.Misused("PollFunc", "polled", task.WhilePolled)
	case p.gone:
		task.Misused("PollFunc", "polled", task.AfterGone)
	case p.f == nil:
		task.Misused("PollFunc", "polled", task.AfterReady)
	}
	p.polled, p.gone = true, true
	defer func() { p.polled = false }()
	value, ready, err = p.f(cx)
	if p.gone = false; ready {
		p.f = nil
	}
	return value, ready, err
}

// Ready is a future that has the value v.
func Ready[T any](v T) Future[T] { return &ready[T]{value: v, from: fromReady} }

// Fail is a future that has failed with err. With a nil err it has the zero value.
func Fail[T any](err error) Future[T] { return &ready[T]{err: err, from: fromFail} }

// Settled is a future that has the value v, or has failed with err: the results of a call as a future.
func Settled[T any](v T, err error) Future[T] {
	return &ready[T]{value: v, err: err, from: fromSettled}
}

type ready[T any] struct {
	value T
	err   error
	taken bool
	from  maker
}

// maker is which function has made a ready future, for its name.
type maker uint8

const (
	fromReady maker = iota
	fromFail
	fromSettled
)

func (r *ready[T]) Title() string {
	return [...]string{fromReady: "Ready", fromFail: "Fail", fromSettled: "Settled"}[r.from]
}

// Poll implements [Future].
func (r *ready[T]) Poll(cx *Context) (T, bool, error) {
	if r.taken {
		task.Misused(r.Title(), "polled", task.AfterReady)
	}
	if cx == nil {
		task.NeedContext(cx, r.Title())
	}
	r.taken = true
	return r.value, true, r.err
}

// Never is a future that is never ready.
func Never[T any]() Future[T] { return never[T]{} }

type never[T any] struct{}

// Poll implements [Future].
func (never[T]) Poll(cx *Context) (value T, ready bool, err error) {
	task.NeedContext(cx, "Never")
	return value, false, nil
}

// Futures gives the same futures as a slice for [JoinAll] and the like: of
// handles, say.
func Futures[T any, F Future[T]](fs ...F) []Future[T] {
	all := make([]Future[T], len(fs))
	for i, f := range fs {
		all[i] = f
	}
	return all
}
