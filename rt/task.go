package rt

import (
	"runtime/trace"
	"sync/atomic"
)

// task is the part of a box that does not know its result type: what is
// scheduled, resumed at its leaf, and cancelled.
//
// leaf belongs to whoever has set stateRunning; after stateDone it is constant.
type task struct {
	leaf  Machine              // the innermost call that waits; after the end, the outcome
	aux   atomic.Pointer[task] // who waits for the end: a task, or the head of an extra
	shard *shard               // where the task is listed, once it has waited; see registry.go
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

// wake asks for another poll of t. On the goroutine of a worker of its runtime,
// t is the next to run there.
func (t *task) wake() {
	if t.notified() {
		t.submit(currentWorker())
	}
}

// wakeOn is wake for who knows that it is on the goroutine of w, or of no worker.
func (t *task) wakeOn(w *worker) {
	if t.notified() {
		t.submit(w)
	}
}

// wakeLast is wakeOn for a task that is to wait for all others in the queue of w.
func (t *task) wakeLast(w *worker) {
	if t.notified() {
		if w != nil {
			w.count.wakes++
		}
		t.submitLast(w)
	}
}

// notified notes that t is to be polled, and says whether it has to be submitted for that.
func (t *task) notified() bool {
	if t.load()&stateForeign != 0 {
		t.leaf.(foreigner).woken(t)
		return false
	}
	if _, do := t.change(state.wake); do != doSubmit {
		return false
	}
	if r := t.shard.rt; r.sight != nil {
		r.sight.ready(t, r.clock.now())
	}
	return true
}

// outermost is the call that m and its callers end with.
func outermost(m Machine) Machine {
	for up := frameOf(m).parent; up != nil; up = frameOf(m).parent {
		m = up
	}
	return m
}

// Box is a lazy future, made of a call that has not started. The frame of the
// call follows the box in the same object, see [Boxed].
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
	if b == nil || cx == nil {
		b.cannotPoll(cx)
	}
	b.t.enter("polled")
	return b.polled(cx)
}

// polled is Poll, for who has taken the box for it.
func (b *Box[T]) polled(cx *Context) (v T, ready bool, err error) {
	t := &b.t
	if !t.advance(cx, goOn) {
		t.state.And(^uint32(stateRunning))
		return v, false, nil
	}
	v, err = result[T](t.leaf)
	t.leaf = remains(t.leaf)
	t.state.Store(uint32(stateStarted | stateDone | stateTaken | t.load().owner()))
	return v, true, err
}

// remains clears m, the outermost call of a box that has ended: what its variables
// hold is dead, however long the box is kept. What is left tells the box's name.
func remains(m Machine) Machine {
	if m == nil {
		return nil
	}
	own := frameOf(m).flags&flagRoot != 0
	m.Reset()
	if own {
		return m
	}
	return nil // a tail await has replaced the root
}

// PollCancel drops the future: it starts its cleanup or continues it, and says
// whether all of it has run. Only combinators use it; others use [Cancel].
func (b *Box[T]) PollCancel(cx *Context) bool { return b.t.pollCancel(cx) }

// Cancel implements [Canceler]. Cleanup that has to wait goes on as a task of its own.
func (b *Box[T]) Cancel() { b.t.cancel() }

// cannotPoll panics about a poll of no future, or without a Context.
func (b *Box[T]) cannotPoll(cx *Context) {
	if b == nil {
		panic(misuse("a nil future", "is polled", "give it what an async form returns, as SleepAsync(d)"))
	}
	cx.need(b.t.name())
}

// enter takes the box for a poll or a cancel by its owner. The compare-and-swap
// pairs with the stores that end the poll: two owners at once are found out.
func (t *task) enter(what string) {
	s := t.load()
	if s.bits()&^(stateStarted|stateOwned) == 0 && t.state.CompareAndSwap(uint32(s), uint32(s|stateStarted|stateRunning)) {
		return
	}
	switch s := t.load(); {
	case s.is(stateTaken):
		misused(t.name(), what, afterReady)
	case s.is(stateGone):
		misusedBy(t.name(), what, afterGone, s.blame(t))
	case s.is(stateSpawned):
		misused(t.name(), what, afterSpawned)
	case s.is(stateCleaning):
		misusedBy(t.name(), what, afterCancelled, s.blame(t))
	}
	misused("a future", what, whilePolled)
}

// pollCancel is PollCancel.
func (t *task) pollCancel(cx *Context) bool {
	s := t.load()
	owner := s.owner()
	switch {
	case s.is(stateDone):
		return true
	case s.is(stateSpawned | stateDetached | stateCleaning): // Cancel has handed its cleanup over
		t.watch(cx.waker)
		return t.load().is(stateDone) // pairs with end
	case s.is(stateSpawned):
		misused(t.name(), "cancelled", afterSpawned)
	case s.is(stateRunning):
		misused("a future", "cancelled", whilePolled)
	case !s.is(stateStarted):
		t.leaf = remains(t.leaf)
		t.state.Store(uint32(owner | stateDone | stateGone))
		return true
	}
	t.state.Store(uint32(owner | stateStarted | stateRunning | stateCleaning))
	done, root := false, outermost(t.leaf)
	own := frameOf(root).flags&flagRoot != 0
	switch {
	case cx.force && s.is(stateCleaning):
		markLeaving(t.leaf)
		done = t.advance(cx, leave)
	case s.is(stateCleaning):
		done = t.advance(cx, goOn)
	default:
		done = t.advanceLeaving(cx)
	}
	if !done {
		t.state.Store(uint32(owner | stateStarted | stateCleaning))
		return false
	}
	if root.Reset(); !own {
		root = nil // as in remains
	}
	t.leaf = root
	t.state.Store(uint32(owner | stateStarted | stateDone | stateGone))
	return true
}

// end writes down how a task has ended, and wakes who waits for it. out has the
// result; nil: it was cancelled.
func (t *task) end(cx *Context, out Machine) {
	how := state.finish
	if out == nil {
		how, out = state.perish, aborted
		if t.load().is(stateShutdown) {
			out = shutDown
		}
	}
	if t.leaf == nil || frameOf(t.leaf) != frameOf(out) {
		t.leaf = out
	}
	cx.rt.sight.hasEnded(t)
	t.change(how)
	t.wakeWatchers(cx.w)
	t.endGrace()
	if t.shard != nil {
		t.shard.remove(t)
	}
	cx.rt.discharge(cx.w)
}

// spawn makes a box that has not started a task of a runtime, and says of which.
func (t *task) spawn(opts []SpawnOption, as state) *Runtime {
	own := currentRunner()
	var r *Runtime
	if len(opts) > 0 {
		o := applied(spawner(as), opts)
		r = o.rt
		if o.name != "" || o.values != nil {
			x := t.extra()
			x.name, x.values = o.name, o.values
		}
	}
	if r == nil {
		r = own.belongs()
	}
	w := own.workerOf(r)
	if !r.admit(w) && !(t.leaf.Func().owned && r.readmit(w)) {
		t.refuse()
		return r
	}
	if as == asCall && r.sim != nil {
		as = asTask // it has its turns as others have
	}
	t.passOn(as)
	t.looked(r, own)
	switch {
	case as == asCall:
		t.list(r, w)
	case w == nil:
		r.inject(t)
	case as == asDetached:
		// Nobody is about to await it, so it does not have to run next; and the code that starts it may
		// block this worker until it has run, as a go statement's may. Another worker can take it.
		w.push(t)
	default:
		w.pushNext(t)
	}
	return r
}

// looked has those who look at r see that t is about to be put into a queue. own is the runner that spawns it, or nil.
func (t *task) looked(r *Runtime, own *runner) {
	if trace.IsEnabled() {
		var by *task
		if own != nil {
			by = own.cx.own
		}
		t.traced(by)
	}
	if r.sight != nil {
		r.sight.spawned(t, r.clock.now())
	}
}

// spawner is the function that makes a task as this.
func spawner(as state) string {
	switch as {
	case asCall:
		return "SpawnBlocking"
	case asDetached:
		return "Go"
	default:
		return "Spawn"
	}
}

// ask asks for the cancel of t: how is state.abort or state.shutdown. w is the worker that we are on.
func (t *task) ask(how func(state) (state, action), w *worker) {
	if _, do := t.change(how); do == doSubmit {
		t.submit(w)
	} else if isExtra(t.aux.Load()) {
		if s := t.extra().lingers.Load(); s != nil { // pairs with the Swap in linger
			s.wakeOn(w)
		}
	}
}

// refuse ends a task whose runtime has been shut down: its body never runs.
func (t *task) refuse() {
	n := t.leaf.Func().number()
	t.leaf.Reset()
	t.leaf = shutDown
	t.change(func(s state) (state, action) { return (s | n | stateSpawned).perish() })
	t.wakeWatchers(nil)
}

// cancel is Cancel. Cleanup that waits becomes a task of the runtime: the box
// is the task, and nobody holds a handle.
func (t *task) cancel() {
	if s := t.load(); s.is(stateDone) || s.is(stateCleaning) || s.is(stateSpawned) {
		return // twice, or too late
	}
	r := here()
	if !t.pollCancel(&Context{rt: r, waker: nobody, frames: new(framePool)}) {
		t.adopt(r)
	}
}

// adopt has r finish a cleanup that has begun. The task's first turn polls it,
// so it does not matter that the wakes until then went to nobody.
func (t *task) adopt(r *Runtime) {
	w := currentRunner().workerOf(r)
	if !r.admit(w) { // shut down: nobody else will do it
		finishHere(&Context{rt: r}, t, goOn, nil)
		t.leaf = nil
		t.state.Store(uint32(stateStarted | stateDone | stateGone | t.load().owner()))
		return
	}
	t.giveGrace(r, w)
	t.passOn(asCleanup)
	t.looked(r, nil)
	if w != nil {
		w.pushNext(t)
	} else {
		r.inject(t)
	}
}

// nobody is woken in vain.
var nobody = newCallback(func() {}, false)
