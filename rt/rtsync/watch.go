package rtsync

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Watch is a value that changes, and that others follow: each follower sees the newest value, and not all
// that were between. [NewWatch] makes one.
type Watch[T any] struct {
	mu      sync.Mutex
	value   T
	version uint64
	closed  bool
	q       queue
}

// NewWatch makes a Watch of the value v.
func NewWatch[T any](v T) *Watch[T] { return &Watch[T]{value: v} }

// Get is the value now.
func (w *Watch[T]) Get() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.value
}

// Set changes the value, and wakes who waits for that. After Close it does nothing.
func (w *Watch[T]) Set(v T) { w.Update(func(T) T { return v }) }

// Update changes the value to what f makes of it, in one step. f is called with the lock of w, so it must
// not use w. After Close it is not called.
func (w *Watch[T]) Update(f func(T) T) {
	if f == nil {
		panic("rtsync: Watch.Update of a nil function: give it the code to run")
	}
	ws := w.update(f)
	ws.wake()
}

func (w *Watch[T]) update(f func(T) T) (ws wakes) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ws
	}
	w.value = f(w.value)
	w.version++
	w.wakeAll(&ws)
	return ws
}

// wakeAll lets all who wait go on.
func (w *Watch[T]) wakeAll(ws *wakes) {
	for w.q.n > 0 {
		w.q.release(ws)
	}
}

// Close says that the value will not change any more.
func (w *Watch[T]) Close() {
	var ws wakes
	w.mu.Lock()
	w.closed = true
	w.wakeAll(&ws)
	w.mu.Unlock()
	ws.wake()
}

// Subscribe makes a follower, who has seen the value that there is now.
func (w *Watch[T]) Subscribe() *Watcher[T] {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &Watcher[T]{w: w, seen: w.version}
}

// Until waits until the value is one for which is reports true, and gives it; the value that there is now may be one. Of
// values that follow each other quickly it may see the last only. Once w is closed with a value that is none it gives
// [ErrClosed]. is is called without the lock of w, once for each value that is seen, and must not wait. A cancelled Until
// has changed nothing.
//
//async:func
func (w *Watch[T]) Until(is func(T) bool) (T, error) {
	if is == nil {
		panic("rtsync: Watch.Until of a nil function: give it what says whether to go on waiting")
	}
	s := w.Subscribe()
	if v := s.Get(); is(v) {
		atHand()
		return v, nil
	}
	for {
		v, err := s.Changed()
		if err != nil || is(v) {
			return v, err
		}
	}
}

// Watcher follows a [Watch]. It belongs to one task at a time.
type Watcher[T any] struct {
	w    *Watch[T]
	seen uint64 // under the lock of w
}

// Changed waits until the value is one that the Watcher has not seen, and gives it. After Close it gives an
// unseen last value first, and then [ErrClosed]. A cancelled Changed has seen nothing.
func (r *Watcher[T]) Changed() (T, error) {
	if v, err, over := r.take(); over {
		return v, err
	}
	return rt.Await(r.ChangedAsync())
}

// Get is the value now, which the Watcher has seen then.
func (r *Watcher[T]) Get() T {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	r.seen = r.w.version
	return r.w.value
}

// take gives the value if it is unseen.
func (r *Watcher[T]) take() (v T, err error, over bool) {
	w := r.w
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case r.seen != w.version:
		r.seen = w.version
		return w.value, nil, true
	case w.closed:
		return v, ErrClosed, true
	}
	return v, nil, false
}

// ChangedAsync is the async form of [Watcher.Changed].
func (r *Watcher[T]) ChangedAsync() rt.Future[T] {
	b := new(struct {
		machine.Box[T]
		changedCall[T]
	})
	b.from = r
	return b.Init(&b.changedCall)
}

// ChangedRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (r *Watcher[T]) ChangedRun(cx *rt.Context, _ *changedCall[T]) (v T, err error, m machine.Machine) {
	may := cx.Spend()
	if may {
		if v, err, over := r.take(); over {
			return v, err, nil
		}
	}
	c := machine.NewFrame[changedCall[T]](cx)
	return c.start(cx, c, r, may)
}

func (r *Watcher[T]) lock() *sync.Mutex { return &r.w.mu }

func (r *Watcher[T]) enter(w *waiter) bool {
	if r.seen != r.w.version || r.w.closed {
		return true
	}
	r.w.q.push(w)
	return false
}

func (r *Watcher[T]) passed(w *waiter) bool { return w.granted }

func (r *Watcher[T]) leave(w *waiter) (none wakes) {
	if !w.granted {
		r.w.q.remove(w)
	}
	return none
}

// changedCall is the frame of a Changed.
type changedCall[T any] struct{ takeCall[T] }

var changedFunc = machine.Func{Name: "rtsync.(*Watcher).Changed", Defers: true, Inner: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Changed"}}}

// Func implements [machine.Machine].
func (*changedCall[T]) Func() *machine.Func { return &changedFunc }

// Reset implements [machine.Machine].
func (c *changedCall[T]) Reset() { *c = changedCall[T]{} }

// Resume implements [machine.Machine].
func (c *changedCall[T]) Resume(cx *rt.Context) machine.Machine { return c.goOn(cx, c) }
