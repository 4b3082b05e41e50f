package rt

import (
	"context"
	"sync"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// WithContext runs f until ctx is done. Then it cancels f, waits for its cleanup,
// and fails with context.Cause(ctx). If ctx is done at the start, f is not started.
//
// A value that is there when ctx is done counts. f is used up. If WithContext
// itself is cancelled, so is f.
func WithContext[T any](ctx context.Context, f Future[T]) (T, error) {
	return Await(WithContextAsync(ctx, f))
}

// WithContextAsync is the async form of [WithContext].
func WithContextAsync[T any](ctx context.Context, f Future[T]) Future[T] {
	switch {
	case ctx == nil:
		panic(task.NilContext("WithContext"))
	case f == nil:
		panic(task.NilFuture("WithContext"))
	}
	w := &withContext[T]{f: branch[T]{f: f}}
	w.done.ctx = ctx
	w.end.f = &w.done
	w.all = [...]arm{&w.f, &w.end}
	w.init(w, firstEnd, w.all[:]...)
	w.order = [4]uint8{1, 0} // the first poll looks at ctx first
	return w
}

// withContext is a choice between f and the end of a context.
type withContext[T any] struct {
	verb
	all  [2]arm
	f    branch[T]
	end  branch[Unit]
	done contextDone
}

func (w *withContext[T]) name() string { return "WithContext" }

// Poll implements [Future].
func (w *withContext[T]) Poll(cx *Context) (v T, ready bool, err error) {
	switch {
	case !w.advance(cx):
		w.order = [4]uint8{0, 1}
		return v, false, nil
	case w.win == 0:
		return w.f.Value, true, w.f.Err
	}
	return v, true, context.Cause(w.done.ctx)
}

// contextDone is a future that is ready when ctx is done.
type contextDone struct {
	ctx   context.Context
	mu    sync.Mutex
	waker Waker
	stop  func() bool // of context.AfterFunc
}

// Poll implements [Future].
func (d *contextDone) Poll(cx *Context) (Unit, bool, error) {
	if d.ctx.Err() != nil {
		return Unit{}, true, nil
	}
	d.mu.Lock()
	d.waker = cx.Waker()
	d.mu.Unlock()
	if d.stop == nil && d.ctx.Done() != nil {
		d.stop = d.watch(task.EngineOf(cx))
	}
	return Unit{}, false, nil
}

// watch has d woken when its context is done. stop ends that.
func (d *contextDone) watch(r *task.Runtime) (stop func() bool) {
	s := r.Sim
	if s == nil {
		return context.AfterFunc(d.ctx, d.wake)
	}
	s.Watch(d)
	quit := context.AfterFunc(d.ctx, r.Workers[0].Unpark)
	return func() bool {
		s.Forget(d)
		return quit()
	}
}

// Look implements outsider.
func (d *contextDone) Look() (over bool) {
	if over = d.ctx.Err() != nil; over {
		d.wake()
	}
	return over
}

// MayComeAlone implements outsider.
func (d *contextDone) MayComeAlone() bool {
	_, ok := d.ctx.Deadline()
	return ok
}

func (d *contextDone) wake() {
	d.mu.Lock()
	w := d.waker
	d.mu.Unlock()
	w.Wake()
}

// Cancel implements [Canceler]: ctx, which may live long, lets go of the task.
func (d *contextDone) Cancel() {
	if d.stop != nil {
		d.stop()
	}
}
