package task

import (
	"fmt"
	"os"
	"runtime/trace"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
	"github.com/asyncgen/asyncgen/rt/internal/sched"
)

// worker is a place where tasks run: a queue, timers, free frames. One goroutine
// at a time runs it, its runner, and only that one uses the fields that have no
// lock. The goroutine can be replaced: a runner that is about to block hands the
// worker to a new one (detach), and finishes its poll without. While its runner is
// stuck in a turn, the monitor serves what is queued here; see monitor.go.
type worker struct {
	rt     *Runtime
	ring   sched.Ring[Task]
	young  sched.Deque[Task] // those that have not had a turn, see displace
	picks  uint32            // how many tasks came from ring or young, while young had any
	lifo   *Task             // the task woken last, which runs next; read by the monitor too, see peek
	Mark   atomic.Uint32     // see monitor.go
	inRow  uint32            // how many turns in a row came from lifo
	Turns  uint32            // turns so far
	pace   sched.Pace        // when to look at timers and injector
	rng    uint32
	frames *framePool // nil while it is parked, see runner.park

	searching bool        // looks for work elsewhere; set by notify too, under Runtime.mu
	waited    uint8       // how often it has given way since it has found something
	asleep    bool        // is in sleepers; guarded by Runtime.mu
	Parking   Parking     // where it waits
	gone      atomic.Bool // it has no goroutine; see bubble.go
	leaves    bool        // its goroutine is about to end for want of work
	back      bool        // its goroutine has just begun in place of one that has gone
	longTurn  longTurn    // what the monitor knows of its turn
	spare     bool        // stands in for a worker that is stuck; see spare.go
	tired     bool        // a spare that nobody has needed for a while
	announced bool        // the hook for its start has been called
	number    int         // in Runtime.workers; -1: a spare
	count     counters
	*home
}

// home is what others use of a worker, too: its timers, and the tasks that are
// listed with it. A spare has that of a worker.
type home struct {
	owner  *worker // who fires the timers
	Timers timers
	tasks  taskCounts
	Shard  shard
	totals totals
}

// LifoBudget is how many turns in a row may come from the lifo slot: two tasks that
// wake each other must not starve the others.
const LifoBudget = 3

func newWorker(r *Runtime, i int) *worker {
	w := &worker{rt: r, number: i, rng: uint32(i)*7919 + 1, Parking: newParking(), frames: newFramePool(), home: new(home)}
	w.pace.Interval = sched.MaxInterval
	w.owner, w.Shard.rt, w.Shard.timers = w, r, &w.Timers
	addWheel(w)
	return w
}

// Unpark wakes the worker if it is parked, and otherwise keeps it from parking once.
func (w *worker) Unpark() {
	w.Parking.unpark()
	w.revive()
}

// push puts t at the end of the queue, during a turn: it may be a long one, so
// another worker is to have t.
func (w *worker) push(t *Task) {
	if w.Mark.Load() == markStuck {
		w.rt.inject(t)
		return
	}
	w.enqueue(t)
	w.rt.notify()
}

// pushSelf is push between turns: if t is all there is, w has it next anyway,
// and waking another worker for it would only move it away.
func (w *worker) pushSelf(t *Task) {
	w.enqueue(t)
	if w.ring.Len() > 1 || w.lifo != nil || w.young.Len() > 0 {
		w.rt.notify()
	}
}

// queued is how many tasks others may take.
func (w *worker) queued() int { return w.ring.Len() + w.young.Len() }

func (w *worker) enqueue(t *Task) {
	for !w.ring.Push(t) {
		w.count.overflows++
		// Half of the ring moves to the injector. If a thief is in the way, only t does.
		var half [sched.Cap / 2]*Task
		if !w.ring.Shed(&half) {
			w.rt.Queue.Push(t)
			return
		}
		w.rt.Queue.Push(half[:]...)
	}
}

// pushNext makes t the next one to run; who was to be next goes to the queue. On a
// worker that is known to be stuck nobody is next.
func (w *worker) pushNext(t *Task) {
	if w.Mark.Load() == markStuck {
		w.displace(t)
		return
	}
	old := w.lifo
	w.lifo = t
	if old != nil {
		w.displace(old)
	}
}

// displace queues t, which is not to be next any more.
//
// If it has not had a turn, it is taken before those that were spawned before it. So
// a tree of tasks that spawn tasks and await them grows depth first, and few of them
// live at a time. Thieves take the oldest, of which there is most to do. One in oldestEvery
// that do not come from the slot is the oldest here too, so none waits for ever.
func (w *worker) displace(t *Task) {
	if t.Load().Is(StateStarted) {
		w.push(t)
		return
	}
	n := sched.Cap / 2 // of them go to the injector if there is no room
	if w.Mark.Load() == markStuck && w.young.Len() >= stuckBatch {
		n = stuckBatch
		w.shedYoung(n)
	}
	if !w.young.Push(t) && !(w.shedYoung(n) && w.young.Push(t)) {
		w.rt.Queue.Push(t)
	}
	w.rt.notify()
}

const (
	// oldestEvery is how many tasks are taken from the queues for one that has waited longest for its first turn.
	oldestEvery = 8
	// stuckBatch is how many tasks stay with a worker that is stuck, and spawns. Others that are busy do not see these
	// before the monitor does.
	stuckBatch = 32
)

// shedYoung moves the n that wait for their first turn longest to the injector, unless a thief is in the way.
func (w *worker) shedYoung(n int) bool {
	var some [sched.Cap / 2]*Task
	if !w.young.Shed(some[:n]) {
		return false
	}
	w.count.overflows++
	w.rt.Queue.Push(some[:n]...)
	return true
}

// pop takes the next task of the worker's own.
func (w *worker) pop() *Task {
	if t := w.lifo; t != nil {
		w.lifo = nil
		if w.inRow < LifoBudget || w.queued() == 0 {
			w.inRow++
			return t
		}
		// For later: who was in the ring before has its turn.
		if t.Load().Is(StateStarted) || !w.young.Push(t) {
			w.enqueue(t)
		}
	}
	w.inRow = 0
	if w.young.Len() == 0 {
		return w.ring.Pop()
	}
	w.picks++
	var t *Task
	switch {
	case w.picks%oldestEvery == 0:
		t = w.young.PopFirst()
	case w.picks%2 == 0:
		t = w.young.Pop()
	}
	if t == nil {
		t = w.ring.Pop()
	}
	if t == nil {
		t = w.young.Pop()
	}
	return t
}

// Runner is the goroutine that runs a worker, with the Context of its polls.
type Runner struct {
	cx      Context // own is the task in its turn; nil between turns
	resumes bool    // its calls are being resumed, and turns is their guard
	baton   *baton  // which it has in place of its worker, or nil; see baton.go
	watched watched
}

// start runs w on a new goroutine.
func (w *worker) start() {
	w.rt.running.Add(1)
	w.rt.Monitor.arm()
	go func() {
		r := new(Runner)
		r.cx.w, r.cx.rt, r.cx.frames, r.cx.depth = w, w.rt, w.frames, 1
		r.main()
	}()
}

// main runs the worker until the runtime ends, or another goroutine has taken it over.
func (r *Runner) main() {
	rt := r.cx.rt
	id := Enlist(r, nil)
	goid.SetLabels(rt.Labels)
	w := r.cx.w
	if w.back {
		w.back = false
		w.arise(Forever)
	}
	if !w.announced {
		w.announced = true
		rt.sight.callWorker(startHook, w)
	}
	defer func() {
		Delist(id)
		r.detach() // Goexit in a task takes the goroutine along, not the worker
		if r.baton != nil {
			r.baton.release()
		}
		rt.running.Done()
	}()
	for r.serve() {
	}
}

// detach hands the worker to a new goroutine: this one is about to block, or to
// end. It goes on without worker; what it wakes goes to the injector.
func (r *Runner) detach() {
	w := r.cx.w
	if w == nil {
		return
	}
	r.cx.w, r.cx.frames = nil, new(framePool)
	w.start()
}

// serve takes turns until it has to end (false), or a panic has left a task. With
// turns it does for all of them what advanceWith and guarded do for one poll.
func (r *Runner) serve() (again bool) {
	cx := &r.cx
	defer func() {
		if cx.own != nil { // a panic or Goexit
			again = r.endUnwound(recover())
		}
	}()
	defer func() {
		if cx.caught { // as in advanceWith
			cx.caught = false
			cx.own.exitHere(cx, cx.value)
		}
	}()
	for r.turns() {
		if cx.caught {
			cx.caught = false
			r.close(cx.own.advanceWith(cx, thrown, cx.value))
		}
	}
	return false
}

// turns takes turns until it has to end (false), or a panic has come that a
// suspended call of its task had to see. If cx.caught is set, it still has to.
func (r *Runner) turns() (again bool) {
	cx := &r.cx
	defer func() {
		if !r.resumes {
			return
		}
		r.resumes = false
		t := cx.own
		up := t.unwindTo(cx)
		if up == nil {
			return
		}
		v := recover()
		if again = cx.mayNest(v); again {
			r.close(t.nest(cx, up, v))
		} else {
			again, _ = t.throw(cx, up, v)
		}
	}()
	for w := cx.w; w != nil; w = cx.w {
		t := r.find(w)
		if t == nil {
			cx.w = nil // the runtime has ended, or the worker runs elsewhere
			return false
		}
		if goid.Labels() != cx.rt.Labels { // the last task has changed it
			goid.SetLabels(cx.rt.Labels)
		}
		r.turn(t)
	}
	return false
}

// turn polls t once.
func (r *Runner) turn(t *Task) {
	cx := &r.cx
	cx.own, cx.waker = t, Waker{t}
	cx.refill()
	if cx.rt.Refuses.Load() { // the shutdown does not find a task that is not listed yet
		t.shutdown()
	}
	_, do := t.change(Word.Start)
	if do != DoNothing {
		if t.shard.Load() != nil && !t.comesFrom(cx, do) {
			r.close(false)
			return
		}
		cx.w.count.turns++
		if cx.rt.sight != nil || trace.IsEnabled() {
			r.beginTurn(t)
		}
	}
	done := false
	switch do {
	case DoPoll:
		r.resumes = true
		done = t.resume(cx, goOn, nil)
		r.resumes = false
	case DoCancel:
		if done = t.advanceLeaving(cx); !done {
			t.giveGrace(cx.rt, cx.w)
		}
	case DoForce:
		if done = t.advanceForced(cx); !done {
			t.giveGrace(cx.rt, cx.w)
		}
	case DoDrop:
		if done = t.Leaf.Func() != &awaitFunc; done {
			t.Leaf.Reset()
			t.Leaf = nil
			break
		}
		if done = t.advanceLeaving(cx); !done { // the future may have been polled before it was spawned
			t.giveGrace(cx.rt, cx.w)
		}
	case DoNothing: // a second entry of a task that has run by the first one, see monitor.go
		cx.own = nil
		return
	}
	r.close(done)
}

// close ends the turn: the task waits, or it is done.
func (r *Runner) close(done bool) {
	cx := &r.cx
	t := cx.own
	if w := cx.w; w != nil && w.Mark.Load() != markNone {
		w.passed(t)
	}
	watched := r.watched.on
	if watched {
		r.endTurn(t, done)
	}
	if !done {
		if atomic.LoadUint32(&t.Index) == 0 { // neither listed, nor asleep
			t.list(cx.rt, cx.w)
		}
		cx.own = nil
		if cx.trace.pcs != nil { // of a panic that was recovered, whose value may be that of another task's
			cx.trace = PanicTrace{}
		}
		do := DoSubmit
		if cx.yields {
			cx.yields = false
			t.change(Word.Yield)
			if cx.w != nil {
				cx.w.count.yields++
			}
		} else if _, do = t.change(Word.Pause); do == DoSubmit && cx.w != nil {
			cx.w.count.selfWakes++
		}
		if do == DoSubmit {
			if s := cx.rt.sight; watched && s != nil {
				s.ready(t, cx.rt.Clock.Now())
			}
			t.submitLast(cx.w)
		}
		return
	}
	cx.yields = false
	if t.Leaf != nil {
		clearButResults(t.Leaf) // what its variables hold is dead, however long the handle is kept
	}
	t.end(cx, t.Leaf)
	cx.own = nil
	if cx.trace.pcs != nil { // of a panic that was recovered
		cx.trace = PanicTrace{}
	}
}

// park parks w, and reports whether the runtime has ended. Meanwhile nothing that a task has had stays
// reachable from here; free frames stay until the next garbage collection.
func (r *Runner) park(w *worker) (ended bool) {
	cx := &r.cx
	cx.waker, cx.leaf, cx.done, cx.value, cx.trace = Waker{}, nil, nil, nil, PanicTrace{}
	self := w.frames.self
	w.frames, cx.frames = nil, nil
	ended = w.park()
	if w.frames = self.Value(); w.frames == nil {
		w.frames = newFramePool()
	}
	cx.frames = w.frames
	if w.leaves {
		w.leaves = false
		return w.retireIdle() || w.arise(Forever)
	}
	return ended
}

// endUnwound ends a task that a panic (p) or Goexit (nil) has left.
func (r *Runner) endUnwound(p any) (again bool) {
	cx := &r.cx
	t := cx.own
	cx.yields = false
	if w := cx.w; w != nil && w.Mark.Load() != markNone {
		w.passed(t)
	}
	if r.watched.on {
		r.endTurn(t, true)
	}
	out := exited
	if p != nil {
		e := cx.trace.take(p, t)
		if t.Load().Is(stateDetached) { // nobody else will ever know: it ends the program
			fmt.Fprintf(os.Stderr, "rt: panic in a task that nobody awaits, which came up here:\n%s\n", e.Stack())
			panic(p)
		}
		out = outcomeOf(e)
	}
	t.end(cx, out)
	cx.own = nil
	return p != nil && cx.w != nil
}
