package task

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
	"github.com/asyncgen/asyncgen/rt/internal/sched"
)

// A task that computes, or blocks its goroutine, keeps its worker. What is queued there,
// and what sleeps there, must not wait for it. So a runtime has a monitor, a goroutine
// that looks at the workers every now and then while any of them runs:
//
//	         monitor            monitor, at the next look
//	none ───────────────▶ seen ───────────────▶ stuck
//	 ▲                     │                      │
//	 └─────────────────────┴──────────────────────┘
//	     the worker, before and after each turn
//
// A worker that is stuck does not count as running any more, so that another one gets up
// for the next task: one that is parked, or a spare (spare.go). The monitor moves its
// queue and its slot to the injector, and fires its timers. The worker keeps its goroutine
// and its turn: nothing has to be taken from it, so nothing that it does in an ordinary
// turn has to be safe from that.
//
// The slot is a plain pointer, which the monitor only reads. So its task is then in two
// queues. Who comes second finds it not scheduled, or running, and drops it (state.start).
// What has to hold is this: a task that is scheduled and does not run is in a queue.
//
// With one worker that runs inside of BlockOn there is no monitor: there tasks run one at a
// time. While nothing runs the monitor sleeps.
type monitor struct {
	rt       *Runtime
	every    int64 // between two looks, in nanoseconds
	Patience int64 // with a turn that goes on, before it is reported
	parking  Parking
	Armed    atomic.Bool // it looks, or is about to
	report   func(TurnReport)
	Turns    atomic.Uint64 // long turns that have ended
	Looks    atomic.Uint64

	mu      sync.Mutex // guards what follows
	started bool
	ended   bool
}

// The values of worker.mark. The monitor sets it, the worker clears it. From and to
// markStuck it changes under Runtime.mu.
const (
	markNone  = iota
	MarkSeen  // the worker has run at the last look
	markStuck // and is still in the same turn
)

// longTurn is what the monitor knows of the turn of a worker.
type longTurn struct {
	since int64  // when it was seen; read by the worker when it is stuck
	slot  *Task  // the task in its slot that the monitor has put into the injector
	entry uint64 // as number so-and-so
	told  bool   // that its turn does not end was reported
}

const (
	// lookEvery is how often the monitor looks: a turn is a long one after one to two times this.
	lookEvery = int64(5 * time.Millisecond)
	// lookSeldom is how often it looks at least while all that run are stuck. What they
	// do then does not need it, unless they were just about to do it when they were found stuck.
	lookSeldom = int64(time.Second)
)

func (m *monitor) init(r *Runtime, c Config) {
	m.rt, m.every, m.report, m.parking = r, int64(c.Looks), c.LongTurns, newParking()
	if m.every == 0 {
		m.every = lookEvery
	}
	m.Patience = int64(time.Second)
}

// arm has the monitor look. It is called when a worker begins to run.
func (m *monitor) arm() {
	if m.Armed.Load() || m.rt.Current || m.every < 0 || !m.Armed.CompareAndSwap(false, true) { // pairs with the Store in next
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.ended:
	case m.started:
		m.parking.unpark()
	default:
		m.started = true
		m.rt.running.Add(1)
		go m.run()
	}
}

// end ends the monitor.
func (m *monitor) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	m.parking.unpark()
}

// run is the monitor's goroutine.
func (m *monitor) run() {
	defer m.rt.running.Done()
	goid.SetLabels(m.rt.Labels)
	wait := m.every
	for !m.rt.stop.Load() {
		until := int64(Forever)
		if wait != Forever {
			until = m.rt.Clock.Now() + wait
		} else if m.retiresIdle() {
			return
		}
		m.rt.Clock.Wait(&m.parking, until)
		if wait == Forever { // we were armed just now
			if wait = m.every; !m.rt.fleeting {
				continue
			}
			// The worker may have gone since: both tell us by the one token that there is.
		}
		wait = m.next(m.Look(), wait)
	}
}

// next is how long to wait after a look, and after having waited for last. due is when the
// next timer of a worker that is stuck fires.
func (m *monitor) next(due, last int64) int64 {
	r := m.rt
	switch {
	case running(r.Idle.Load()) > 0:
		last = m.every
	case r.Stuck.Load() > 0:
		last = min(2*last, max(lookSeldom, m.every))
	default:
		m.Armed.Store(false) // pairs with the CompareAndSwap in arm
		if running(r.Idle.Load()) == 0 || !m.Armed.CompareAndSwap(false, true) {
			return Forever
		}
		last = m.every
	}
	return max(min(last, due-r.Clock.Now()), 1)
}

// Look looks once, and returns when the next timer of a worker that is stuck fires.
func (m *monitor) Look() (due int64) {
	r, now := m.rt, m.rt.Clock.Now()
	var stuck []*worker
	r.Mu.Lock()
	for _, w := range r.Workers {
		stuck = m.mark(w, now, stuck)
	}
	for _, w := range r.SpareList() {
		stuck = m.mark(w, now, stuck)
	}
	r.Mu.Unlock()
	m.Looks.Add(1)
	due = Forever
	for _, w := range stuck {
		m.serve(w)
		if took := now - w.longTurn.since; m.report != nil && !w.longTurn.told && took >= m.Patience {
			w.longTurn.told = true
			go m.endless(time.Duration(took))
		}
		if !w.spare {
			due = min(due, m.fireFor(w))
		}
	}
	if len(stuck) > 0 && r.pending() {
		r.notify()
	}
	return due
}

// mark marks w, if it runs, and adds it to stuck if it is.
func (m *monitor) mark(w *worker, now int64, stuck []*worker) []*worker {
	switch w.Mark.Load() {
	case markNone:
		if w.longTurn = (longTurn{since: now}); !w.asleep {
			w.Mark.CompareAndSwap(markNone, MarkSeen)
		}
		return stuck
	case MarkSeen:
		if w.asleep || !w.Mark.CompareAndSwap(MarkSeen, markStuck) {
			return stuck
		}
		w.rt.Idle.Add(^uint32(0))
		w.rt.Stuck.Add(1)
	}
	return append(stuck, w)
}

// serve moves what is queued with w, which is stuck, to the injector.
func (m *monitor) serve(w *worker) {
	q := &m.rt.Queue
	var some [sched.Cap / 2]*Task
	for n := w.ring.Grab(&some); n > 0; n = w.ring.Grab(&some) {
		q.Push(some[:n]...)
	}
	for n := w.young.Grab(&some); n > 0; n = w.young.Grab(&some) {
		q.Push(some[:n]...)
	}
	t := w.peek()
	if t == nil || t.Load()&(StateScheduled|StateRunning) != StateScheduled {
		return
	}
	if t != w.longTurn.slot || q.Passed(w.longTurn.entry) { // else it is there still
		w.longTurn.slot, w.longTurn.entry = t, q.Push(t)
	}
}

// peek is the task in the slot of w, or one that was there just now. It may be called by
// those that do not run w.
//
//go:norace
//go:noinline
func (w *worker) peek() *Task { return w.lifo }

// passed is called by a worker with a mark, between turns; t is the task whose turn has
// just ended, if any.
func (w *worker) passed(t *Task) {
	if w.Mark.CompareAndSwap(MarkSeen, markNone) {
		w.pace.Interval = 1 // it may be time to look
		return
	}
	w.rt.Mu.Lock()
	since := w.longTurn.since
	stuck := w.unstick()
	w.rt.Mu.Unlock()
	w.pace.Interval = 1
	if stuck && t != nil {
		w.rt.Monitor.longTurn(t, since)
	}
}

// unstick counts w as running again, if it was stuck. The caller holds Runtime.mu.
func (w *worker) unstick() bool {
	if w.Mark.Swap(markNone) != markStuck {
		return false
	}
	w.rt.Stuck.Add(-1)
	w.rt.Idle.Add(1)
	return true
}
