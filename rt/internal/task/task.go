package task

import (
	"runtime/trace"
	"sync/atomic"
)

// Task is the part of a box that does not know its result type: what is
// scheduled, resumed at its leaf, and cancelled.
//
// leaf belongs to whoever has set StateRunning; after StateDone it is constant.
type Task struct {
	Leaf  Machine               // the innermost call that waits; after the end, the outcome
	aux   atomic.Pointer[Task]  // who waits for the end: a task, or the head of an extra
	shard atomic.Pointer[shard] // where the task is listed, once it has waited, or was last; see registry.go
	Index uint32                // its place there, or in a wheel; see asleep.go
	State atomic.Uint32
}

// Load is the current state. It pairs with the compare-and-swap in change: who
// sees StateDone sees the outcome too.
func (t *Task) Load() Word { return Word(t.State.Load()) }

// change makes a transition. It pairs with itself, and with load.
func (t *Task) change(f func(Word) (Word, Action)) (Word, Action) {
	for {
		s := t.Load()
		next, do := f(s)
		if next == s || t.State.CompareAndSwap(uint32(s), uint32(next)) {
			return next, do
		}
	}
}

// wake asks for another poll of t. On the goroutine of a worker of its runtime,
// t is the next to run there.
func (t *Task) wake() {
	if t.notified() {
		t.submit(CurrentWorker())
	}
}

// wakeOn is wake for who knows that it is on the goroutine of w, or of no worker.
func (t *Task) wakeOn(w *worker) {
	if t.notified() {
		t.submit(w)
	}
}

// wakeLast is wakeOn for a task that is to wait for all others in the queue of w.
func (t *Task) wakeLast(w *worker) {
	if t.notified() {
		if w != nil {
			w.count.wakes++
		}
		t.submitLast(w)
	}
}

// notified notes that t is to be polled, and reports whether it has to be submitted for that.
func (t *Task) notified() bool {
	if t.Load()&StateForeign != 0 {
		t.Leaf.(foreigner).Woken(t)
		return false
	}
	if _, do := t.change(Word.Wake); do != DoSubmit {
		return false
	}
	if r := t.shard.Load().rt; r.sight != nil {
		r.sight.ready(t, r.Clock.Now())
	}
	return true
}

// outermost is the call that m and its callers end with.
func outermost(m Machine) Machine {
	for up := Head(m).parent; up != nil; up = Head(m).parent {
		m = up
	}
	return m
}

// Box is a lazy future, made of a call that has not started. The frame of the
// call follows the box in the same object, see [Boxed].
//
// When it is spawned it is also the task and the handle, and nothing is
// allocated.
type Box[T any] struct{ t Task }

// Init makes root, the frame in the same object, the call to start.
func (b *Box[T]) Init(root Machine) *Box[T] {
	b.t.Leaf = root
	Head(root).flags = flagRoot
	return b
}

// TaskIn is the task of b.
func TaskIn[T any](b *Box[T]) *Task { return &b.t }

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
		t.State.And(^uint32(StateRunning))
		return v, false, nil
	}
	v, err = Result[T](t.Leaf)
	t.Leaf = clearEnded(t.Leaf)
	t.State.Store(uint32(StateStarted | StateDone | stateTaken | t.Load().owner()))
	return v, true, err
}

// clearEnded clears m, the outermost call of a box that has ended: what its variables
// hold is dead, however long the box is kept. What is left tells the box's name.
func clearEnded(m Machine) Machine {
	if m == nil {
		return nil
	}
	own := Head(m).flags&flagRoot != 0
	m.Reset()
	if own {
		return m
	}
	return nil // a tail await has replaced the root
}

// PollCancel drops the future: it starts its cleanup or continues it, and says
// whether all of it has run. Only combinators use it; others use [Cancel].
func (b *Box[T]) PollCancel(cx *Context) bool { return b.t.PollCancel(cx) }

// Cancel implements [Canceler]. Cleanup that has to wait goes on as a task of its own.
func (b *Box[T]) Cancel() { b.t.cancel() }

// cannotPoll panics about a poll of no future, or without a Context.
func (b *Box[T]) cannotPoll(cx *Context) {
	if b == nil {
		panic(Misuse("a nil future", "is polled", "give it what an async form returns, as SleepAsync(d)"))
	}
	NeedContext(cx, b.t.name())
}

// enter takes the box for a poll or a cancel by its owner. The compare-and-swap
// pairs with the stores that end the poll: two owners at once are found out.
func (t *Task) enter(what string) {
	s := t.Load()
	if s.bits()&^(StateStarted|stateOwned) == 0 && t.State.CompareAndSwap(uint32(s), uint32(s|StateStarted|StateRunning)) {
		return
	}
	switch s := t.Load(); {
	case s.Is(stateTaken):
		Misused(t.name(), what, AfterReady)
	case s.Is(stateGone):
		misusedBy(t.name(), what, AfterGone, s.blame(t))
	case s.Is(StateSpawned):
		Misused(t.name(), what, afterSpawned)
	case s.Is(StateCleaning):
		misusedBy(t.name(), what, afterCancelled, s.blame(t))
	}
	Misused("a future", what, WhilePolled)
}

// PollCancel is PollCancel.
func (t *Task) PollCancel(cx *Context) bool {
	s := t.Load()
	owner := s.owner()
	switch {
	case s.Is(StateDone):
		return true
	case s.Is(StateSpawned | stateDetached | StateCleaning): // Cancel has handed its cleanup over
		t.Watch(cx.waker)
		return t.Load().Is(StateDone) // pairs with end
	case s.Is(StateSpawned):
		Misused(t.name(), "cancelled", afterSpawned)
	case s.Is(StateRunning):
		Misused("a future", "cancelled", WhilePolled)
	case !s.Is(StateStarted):
		t.Leaf = clearEnded(t.Leaf)
		t.State.Store(uint32(owner | StateDone | stateGone))
		return true
	}
	t.State.Store(uint32(owner | StateStarted | StateRunning | StateCleaning))
	done, root := false, outermost(t.Leaf)
	own := Head(root).flags&flagRoot != 0
	switch {
	case cx.force && s.Is(StateCleaning):
		markLeaving(t.Leaf)
		done = t.advance(cx, leave)
	case s.Is(StateCleaning):
		done = t.advance(cx, goOn)
	default:
		done = t.advanceLeaving(cx)
	}
	if !done {
		t.State.Store(uint32(owner | StateStarted | StateCleaning))
		return false
	}
	if root.Reset(); !own {
		root = nil // as in clearEnded
	}
	t.Leaf = root
	t.State.Store(uint32(owner | StateStarted | StateDone | stateGone))
	return true
}

// end writes down how a task has ended, and wakes who waits for it. out has the
// result; nil: it was cancelled.
func (t *Task) end(cx *Context, out Machine) {
	how := Word.Finish
	if out == nil {
		how, out = Word.Perish, aborted
		if t.Load().Is(stateShutdown) {
			out = shutDown
		}
	}
	if t.Leaf == nil || Head(t.Leaf) != Head(out) {
		t.Leaf = out
	}
	cx.rt.sight.hasEnded(t)
	t.change(how)
	t.wakeWatchers(cx.w)
	t.endGrace()
	if atomic.LoadUint32(&t.Index) != 0 { // pairs with show
		t.shard.Load().remove(t)
	}
	cx.rt.discharge(cx.w)
}

// Spawn makes a box that has not started a task of a runtime, and says of which. Without options o is nil.
func (t *Task) Spawn(o *SpawnConfig, as Word) *Runtime {
	own := CurrentRunner()
	var r *Runtime
	if o != nil {
		r = o.Rt
		if o.Name != "" || o.Values != nil {
			x := t.Extra()
			x.name, x.values = o.Name, o.Values
		}
	}
	if r == nil {
		r = own.belongs()
	}
	w := own.workerOf(r)
	if !r.admit(w) && !(t.Leaf.Func().owned && r.readmit(w)) {
		t.refuse()
		return r
	}
	if as == asCall && r.Sim != nil {
		as = AsTask // it has its turns as others have
	}
	t.passOn(as)
	t.looked(r, own)
	switch {
	case as == asCall:
		t.list(r, w)
	case w == nil:
		r.inject(t)
	case as == AsDetached:
		// Nobody is about to await it, so it does not have to run next; and the code that starts it may
		// block this worker until it has run, as a go statement's may. Another worker can take it.
		w.push(t)
	default:
		w.pushNext(t)
	}
	return r
}

// looked has those who look at r see that t is about to be put into a queue. own is the runner that spawns it, or nil.
func (t *Task) looked(r *Runtime, own *Runner) {
	if trace.IsEnabled() {
		var by *Task
		if own != nil {
			by = own.cx.own
		}
		t.traced(by)
	}
	if r.sight != nil {
		r.sight.spawned(t, r.Clock.Now())
	}
}

// Ask asks for the cancel of t: how is state.abort or state.shutdown. w is the worker that we are on.
func (t *Task) Ask(how func(Word) (Word, Action), w *worker) {
	if _, do := t.change(how); do == DoSubmit {
		t.submit(w)
	} else if isExtra(t.aux.Load()) {
		if s := t.Extra().cleaner.Load(); s != nil { // pairs with the Swap in driveCleanup
			s.wakeOn(w)
		}
	}
}

// refuse ends a task whose runtime has been shut down: its body never runs.
func (t *Task) refuse() {
	n := t.Leaf.Func().number()
	t.Leaf.Reset()
	t.Leaf = shutDown
	t.change(func(s Word) (Word, Action) { return (s | n | StateSpawned).Perish() })
	t.wakeWatchers(nil)
}

// cancel is Cancel. Cleanup that waits becomes a task of the runtime: the box
// is the task, and nobody holds a handle.
func (t *Task) cancel() {
	if s := t.Load(); s.Is(StateDone) || s.Is(StateCleaning) || s.Is(StateSpawned) {
		return // twice, or too late
	}
	r := Here()
	if !t.PollCancel(ContextOf(r, Nobody)) {
		t.Adopt(r)
	}
}

// Adopt has r finish a cleanup that has begun. The task's first turn polls it,
// so it does not matter that the wakes until then went to nobody.
func (t *Task) Adopt(r *Runtime) {
	w := CurrentRunner().workerOf(r)
	if !r.admit(w) { // shut down: nobody else will do it
		finishHere(&Context{rt: r}, t, goOn, nil)
		t.Leaf = nil
		t.State.Store(uint32(StateStarted | StateDone | stateGone | t.Load().owner()))
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

// Nobody is woken in vain.
var Nobody = NewCallback(func() {}, false)
