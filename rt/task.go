package rt

import "sync/atomic"

// task is the part of a box that does not know its result type: what is
// scheduled, resumed at its leaf, and cancelled.
//
// leaf belongs to whoever has set stateRunning; after stateDone it is constant.
type task struct {
	leaf  Machine              // the innermost call that waits; after the end, the outcome
	next  *task                // link of the run queue that the task is in
	aux   atomic.Pointer[task] // who waits for the end: a task, or the head of an extra
	shard *shard               // where the task is registered while it lives; nil: not spawned
	index uint32               // its place there
	state atomic.Uint32
}

// load is the current state. It pairs with the compare-and-swap in change: who
// sees stateDone sees the outcome too.
func (t *task) load() state { return state(t.state.Load()) }

// change makes a transition. It pairs with itself, and with load.
func (t *task) change(f func(state) (state, action)) (state, action) {
	for {
		s := t.load()
		next, do := f(s)
		if next == s || t.state.CompareAndSwap(uint32(s), uint32(next)) {
			return next, do
		}
	}
}

// wake asks for another poll of t. w is the worker on whose goroutine we are, if any.
func (t *task) wake(w *worker) {
	if t.load()&stateForeign != 0 {
		t.leaf.(foreigner).woken(t)
		return
	}
	if _, do := t.change(state.wake); do == doSubmit {
		t.submit(w)
	}
}

// name is the name of the outermost call, for messages.
func (t *task) name() string {
	m := t.leaf
	if m == nil {
		return "future"
	}
	for up := frameOf(m).parent; up != nil; up = frameOf(m).parent {
		m = up
	}
	return m.Func().Name
}

// Box is a lazy future, made of a call that has not started. The frame of the
// call follows the box in the same object:
//
//	type fFuture struct {
//		rt.Box[int]
//		fFrame
//	}
//
// When it is spawned it is also the task and the handle, and nothing is
// allocated.
type Box[T any] struct{ t task }

// Init makes root, the frame in the same object, the call to start.
func (b *Box[T]) Init(root Machine) Future[T] {
	b.t.leaf = root
	frameOf(root).flags = flagRoot
	return b
}

// Poll implements [Future].
func (b *Box[T]) Poll(cx *Context) (v T, ready bool, err error) {
	t := &b.t
	t.enter("polled")
	if !t.advance(cx, goOn) {
		t.state.Store(uint32(stateStarted))
		return v, false, nil
	}
	v, err = result[T](t.leaf)
	root := t.leaf
	t.leaf = nil
	t.state.Store(uint32(stateStarted | stateDone | stateTaken))
	root.Reset() // what its variables hold is dead, however long the box is kept
	return v, true, err
}

// PollCancel drops the future: it starts its cleanup or continues it, and says
// whether all of it has run. Only combinators use it; others use [Cancel].
func (b *Box[T]) PollCancel(cx *Context) bool { return b.t.pollCancel(cx) }

// Cancel implements [Canceler]. Cleanup that has to wait goes on as a task of its own.
func (b *Box[T]) Cancel() { b.t.cancel() }

// enter takes the box for a poll or a cancel by its owner. The compare-and-swap
// pairs with the stores that end the poll: two owners at once are found out.
func (t *task) enter(what string) {
	s := t.load()
	if s&^stateStarted == 0 && t.state.CompareAndSwap(uint32(s), uint32(s|stateStarted|stateRunning)) {
		return
	}
	switch s := t.load(); {
	case s.is(stateTaken):
		panic("rt: future " + what + " after it was ready")
	case s.is(stateGone):
		panic("rt: future " + what + " after it was cancelled or has panicked")
	case s.is(stateSpawned):
		panic("rt: " + t.name() + " " + what + " after it was spawned")
	case s.is(stateCleaning):
		panic("rt: future " + what + " after it was cancelled")
	}
	panic("rt: future " + what + " while it is being polled")
}

// pollCancel is PollCancel.
func (t *task) pollCancel(cx *Context) bool {
	s := t.load()
	switch {
	case s.is(stateDone):
		return true
	case s.is(stateRunning):
		panic("rt: future cancelled while it is being polled")
	case s.is(stateSpawned) && t.shard == nil: // cancel has handed it over
		return false
	case !s.is(stateStarted):
		t.leaf.Reset()
		t.leaf = nil
		t.state.Store(uint32(stateDone | stateGone))
		return true
	}
	t.state.Store(uint32(stateStarted | stateRunning | stateCleaning))
	done := false
	if s.is(stateCleaning) {
		done = t.advance(cx, goOn)
	} else {
		done = t.advanceLeaving(cx)
	}
	if !done {
		t.state.Store(uint32(stateStarted | stateCleaning))
		return false
	}
	t.leaf = nil
	t.state.Store(uint32(stateStarted | stateDone | stateGone))
	return true
}
