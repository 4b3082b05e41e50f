package task

import (
	"sync/atomic"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/timer"
)

// A task whose innermost call is Sleep waits for its own timer only. It needs no frame for that, and no place in the
// registry, as the wheel leads to it: Index says where it is there. The call that has called Sleep is the leaf, as after a
// Yield:
//
//	task ──Index──▶ place in the wheel          task ──Index──▶ place in the registry
//	  └───leaf───▶ caller of Sleep                └───leaf───▶ frame of Sleep ──▶ caller
//
// When its time has come it is in no wheel, and its turn goes on with the caller. A turn before that, as somebody had an old
// waker of it, is none. If it is cancelled meanwhile it gets a frame, and is like any other.

// fallsAsleep has the task that is polled wait until when, a tick, and reports whether it can: it has to be in a turn, and
// the call has to be one of its own, not one in a box that it polls. A simulation puts calls of its own in place of the leaf.
func fallsAsleep(cx *Context, when int64) bool {
	t, w := cx.own, cx.w
	if w == nil || cx.depth != 1 || t == nil || t != cx.waker.t || w.rt.Sim != nil {
		return false
	}
	if atomic.LoadUint32(&t.Index) != 0 {
		t.shard.Load().remove(t)
	}
	t.listedBy(&w.Shard)
	w.armAsleep(t, when)
	if w.rt.Refuses.Load() { // as in list
		t.shutdown()
	}
	return true
}

// armAsleep is arm for a task that is asleep.
func (w *worker) armAsleep(t *Task, when int64) {
	ts := &w.Timers
	ts.Mu.Lock()
	if ts.ended {
		ts.Mu.Unlock()
		t.wake()
		return
	}
	ts.Wheel.InsertInner(&t.Index, when)
	w.armed(when)
}

// isAsleep reports whether t is asleep, and its time has not come. Who polls or holds it may ask.
func (t *Task) isAsleep() bool { return timer.Spot(atomic.LoadUint32(&t.Index)).Inner() }

// comesFrom is called when a turn of t begins that has waited before. It reports whether the turn is one: it is not if t is asleep, and
// nothing else has happened.
func (t *Task) comesFrom(cx *Context, do Action) bool {
	if t.isAsleep() {
		if do == DoPoll {
			return false
		}
		t.unsleep(cx)
	}
	if atomic.LoadUint32(&t.Index) == 0 { // its time has come: while it is awake the registry leads to it
		t.list(cx.rt, cx.w)
	}
	return true
}

// unsleep gives t, which is asleep, a frame of Sleep, unless its time comes meanwhile.
func (t *Task) unsleep(cx *Context) {
	ts := t.shard.Load().timers
	ts.Mu.Lock()
	when, ok := ts.Wheel.RemoveInner(&t.Index)
	ts.Mu.Unlock()
	if !ok {
		return
	}
	m := newSleep(cx)
	m.state = sleepArmed
	m.parent = t.Leaf
	t.Leaf = m
	cx.anyWorker().arm(&m.timer, when, t)
}

// asleep calls f for the tasks that are asleep now on the wheel.
func (ts *timers) asleep(f func(t *Task)) {
	ts.Mu.Lock()
	all := ts.Wheel.InInner(nil)
	ts.Mu.Unlock()
	for _, t := range all {
		f(t)
	}
}

// indexOffset is where a Task has its Index.
const indexOffset = unsafe.Offsetof(Task{}.Index)
