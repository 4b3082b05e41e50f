package rt

import (
	"context"
	"runtime"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Blocking calls f, which may block, on the blocking pool (see [SpawnBlocking]),
// and gives its result: in a marked function the task waits and the worker goes
// on. If ctx is done before the call has begun, f is not called and the error is
// context.Cause(ctx).
//
// The ctx of f ends when f returns, when ctx does, and when Blocking is cancelled:
// f should return soon then, for the cancel waits for it, as f may use what the
// awaiter owns. A panic of f goes on in the awaiter with the same value, and so
// does a Goexit.
func Blocking[T any](ctx context.Context, f func(ctx context.Context) (T, error)) (T, error) {
	return Await(BlockingAsync(ctx, f))
}

// BlockingAsync is the async form of [Blocking].
func BlockingAsync[T any](ctx context.Context, f func(ctx context.Context) (T, error)) Future[T] {
	switch {
	case ctx == nil:
		panic(task.NilContext("Blocking"))
	case f == nil:
		panic(task.NilFunction("Blocking"))
	}
	return &blockingCall[T]{ctx: ctx, f: f}
}

// blockingCall is a call on the pool as a future: a handle that is cancelled with
// its owner.
type blockingCall[T any] struct {
	ctx      context.Context
	f        func(ctx context.Context) (T, error)
	cancel   context.CancelFunc // of the ctx of f; nil: not started
	call     *JoinHandle[T]
	returned bool // f has; written by the pool, read when call has ended
	done     bool
	leaving  bool
	task.Handing
	task.Claim
}

// Own implements owned.
func (b *blockingCall[T]) Own(by string) { b.Take("Blocking", by) }

// Poll implements [Future].
func (b *blockingCall[T]) Poll(cx *Context) (v T, ready bool, err error) {
	task.NeedContext(cx, "Blocking")
	switch {
	case b.leaving || b.Handed != nil:
		task.Misused("Blocking", "polled", task.AfterGone)
	case b.done:
		task.Misused("Blocking", "polled", task.AfterReady)
	case b.cancel == nil && b.ctx.Err() != nil:
		b.done = true
		return v, true, context.Cause(b.ctx)
	case b.cancel == nil:
		b.start()
	}
	return b.wait(cx)
}

func (b *blockingCall[T]) start() {
	ctx, cancel := context.WithCancel(b.ctx)
	f := b.f
	b.f, b.cancel = nil, cancel
	b.call = handleOf(task.SpawnCall(func() (v T, err error) {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else {
			v, err = f(ctx)
		}
		b.returned = true
		return v, err
	}, task.CallOf(f, true), nil))
}

// wait polls the handle. What ended f other than a return goes on here.
func (b *blockingCall[T]) wait(cx *Context) (v T, ready bool, err error) {
	v, ready, err = b.call.Poll(cx)
	if !ready {
		return v, false, nil
	}
	b.done = true
	b.cancel()
	if b.returned {
		return v, true, err
	}
	if p, ok := err.(*PanicError); ok {
		task.Raise(cx, p)
	}
	if err == ErrGoexit {
		runtime.Goexit()
	}
	return v, true, err // it has not begun: aborted, or the runtime ends
}

// PollCancel ends the ctx of f and waits for f, unless it has not begun.
func (b *blockingCall[T]) PollCancel(cx *Context) bool { return b.GoOn(cx, b.pollCancel) }

func (b *blockingCall[T]) pollCancel(cx *Context) bool {
	if !b.leaving {
		b.leaving = true
		if b.cancel == nil || b.done {
			b.done = true
		} else {
			b.cancel()
			b.call.Abort()
		}
	}
	if !b.done {
		_, b.done, _ = b.wait(cx)
	}
	return b.done
}

// Cancel implements [Canceler]. It does not wait for f.
func (b *blockingCall[T]) Cancel() { b.Dismiss(b.pollCancel) }

// SpawnBlocking runs f, which may block as long as it likes, on a goroutine of
// the blocking pool, and gives the handle of the call. At most as many run at
// once as [BlockingLimit] says, in the order of the calls. Aborting one that has
// not begun cancels it; one that runs is not stopped, and ends with its result.
func SpawnBlocking[T any](f func() (T, error), opts ...SpawnOption) *JoinHandle[T] {
	if f == nil {
		panic(task.NilFunction("SpawnBlocking"))
	}
	return handleOf(task.SpawnCall(f, task.CallOf(f, false), configOf("SpawnBlocking", opts)))
}
