package rt

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/waitset"
)

// JoinHandle is a task that runs, seen by whoever wants its result. It is a
// [Future] that may be awaited any number of times, by any number of tasks and
// goroutines. It is not a [Canceler]: who stops waiting leaves the task alone.
type JoinHandle[T any] struct{ t task }

// Poll implements [Future].
func (h *JoinHandle[T]) Poll(cx *Context) (v T, ready bool, err error) {
	t := h.task("Poll")
	cx.need("JoinHandle")
	if !t.load().is(stateDone) {
		t.watch(cx.waker)
		if !t.load().is(stateDone) { // pairs with end: it may have ended before it could see us
			return v, false, nil
		}
	}
	v, err = result[T](t.leaf)
	return v, true, err
}

// forget implements forgetter. The same task may wait for h in another place, with the same waker. It is
// polled once more, and says so again.
func (h *JoinHandle[T]) forget(cx *Context) {
	if h != nil && h.t.unwatch(cx.waker) {
		cx.waker.Wake()
	}
}

// Abort asks for the cancel of the task, and does not wait for it. The task
// ends at its next await, after its deferred calls, with [ErrAborted].
func (h *JoinHandle[T]) Abort() {
	h.task("Abort").ask(state.abort, currentWorker())
}

// Done gives a channel that is closed when the task has ended, cleanup included.
func (h *JoinHandle[T]) Done() <-chan struct{} { return h.task("Done").doneChan() }

// ID is the number of the task: no other task of the process has the same.
func (h *JoinHandle[T]) ID() uint64 { return h.task("ID").id() }

// Name is the name that the task was given with the option [Name], or that of its function: feed.sizes.
// A future that no marked function has made is awaited by a task called rt.Await.
func (h *JoinHandle[T]) Name() string { return h.task("Name").title() }

// Finished says whether the task has ended, cleanup included.
func (h *JoinHandle[T]) Finished() bool { return h.task("Finished").load().is(stateDone) }

// task is that of h, for its method what.
func (h *JoinHandle[T]) task(what string) *task {
	if h == nil {
		panic(nilReceiver("JoinHandle."+what, "Spawn gives a handle"))
	}
	return &h.t
}

// extra is what few tasks have: a name, an identity, several that wait for the end.
type extra struct {
	head    task // task.aux points here; it has stateExtra
	name    string
	values  Values
	reaper  *reaper                  // of the one who polls the task
	lingers atomic.Pointer[task]     // the goroutine that drives the cleanup of the task; see linger
	number  atomic.Uint64            // 0: not asked for yet
	seen    atomic.Pointer[sighting] // nil: nobody looks at it

	mu      sync.Mutex
	waiters waitset.Set[*task]
	done    chan struct{}
	closed  bool
}

var taskIDs atomic.Uint64

// isExtra says whether a, a value of task.aux, is the head of an extra.
func isExtra(a *task) bool { return a != nil && a.load().is(stateExtra) }

// extra gives the extra of t, and makes it if there is none. The
// compare-and-swap pairs with those in watch and wakeWatchers.
func (t *task) extra() *extra {
	for {
		a := t.aux.Load()
		if isExtra(a) {
			return (*extra)(unsafe.Pointer(a)) // head comes first
		}
		x := new(extra)
		x.head.state.Store(uint32(stateExtra))
		if a != nil {
			x.waiters.Add(a, hasEnded)
		}
		if t.aux.CompareAndSwap(a, &x.head) {
			return x
		}
	}
}

// watch has w woken when t ends. Who calls it must look afterwards whether t
// has ended already: wakeWatchers looks in the other order.
func (t *task) watch(w Waker) {
	for {
		a := t.aux.Load()
		if isExtra(a) {
			break
		}
		if a == w.t {
			return
		}
		if a != nil && !a.load().is(stateDone) {
			break // a second one
		}
		if t.aux.CompareAndSwap(a, w.t) {
			return
		}
	}
	x := t.extra()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.waiters.Add(w.t, hasEnded)
}

// whenEnded has f called when t has ended: once, or twice. f is code of ours, which returns.
func (t *task) whenEnded(f func()) {
	ended := func() {
		if t.load().is(stateDone) {
			f()
		}
	}
	t.watch(newCallback(ended, false))
	ended() // pairs with wakeWatchers: it may have ended before it could see us
}

// hasEnded says whether t has: it may be forgotten.
func hasEnded(t *task) bool { return t.load().is(stateDone) }

// unwatch undoes watch, and says whether w was still to be woken.
func (t *task) unwatch(w Waker) bool {
	for {
		a := t.aux.Load()
		switch {
		case isExtra(a):
			x := t.extra()
			x.mu.Lock()
			defer x.mu.Unlock()
			return x.waiters.Remove(w.t)
		case a == nil || a != w.t:
			return false
		case t.aux.CompareAndSwap(a, nil):
			return true
		}
	}
}

// wakeWatchers wakes who waits for t, which has ended. w is the worker that we are on.
func (t *task) wakeWatchers(w *worker) {
	a := t.aux.Load()
	for a != nil && !isExtra(a) {
		if t.aux.CompareAndSwap(a, nil) {
			a.wakeOn(w)
			return
		}
		a = t.aux.Load()
	}
	if a == nil {
		return
	}
	x := t.extra()
	x.mu.Lock()
	waiters := x.waiters.Take()
	if x.done != nil && !x.closed {
		close(x.done)
	}
	x.closed = true
	x.mu.Unlock()
	for _, other := range waiters {
		other.wakeOn(w)
	}
}

// doneChan gives a channel that is closed when t has ended.
func (t *task) doneChan() <-chan struct{} {
	x := t.extra()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done == nil {
		x.done = make(chan struct{})
		if x.closed || t.load().is(stateDone) {
			x.closed = true
			close(x.done)
		}
	}
	return x.done
}

// id gives t a number when somebody asks for the first time.
func (t *task) id() uint64 {
	n := &t.extra().number
	if n.Load() == 0 {
		n.CompareAndSwap(0, taskIDs.Add(1))
	}
	return n.Load()
}
