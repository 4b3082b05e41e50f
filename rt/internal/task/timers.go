package task

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt/internal/sched"
	"github.com/asyncgen/asyncgen/rt/internal/timer"
)

// timers are the timers of a worker. Only the worker fires them, but any
// goroutine may add one or take one out, so there is a lock; nobody calls other
// code while holding it.
type timers struct {
	Mu    sync.Mutex
	Wheel timer.Wheel[Task]
	until int64 // the time up to which the worker sleeps; 0: it is awake
	ended bool  // nobody fires them any more
}

// addWheel gives w's wheel a number. Number 0 is nobody's.
func addWheel(w *worker) {
	wheels.mu.Lock()
	defer wheels.mu.Unlock()
	list := []*worker{nil}
	if old := wheels.list.Load(); old != nil {
		list = append([]*worker(nil), *old...)
	}
	id := len(list)
	for i, other := range list[1:] {
		if other == nil {
			id = i + 1
		}
	}
	if id == len(list) {
		list = append(list, nil)
	}
	if id > 1<<16-1 {
		panic(Misuse("New", "of more workers than all runtimes together may have", "Shutdown those that are done with"))
	}
	list[id] = w
	wheels.list.Store(&list) // pairs with the Load in wheelOf
	w.Timers.Wheel.Init(uint16(id), w.rt.Clock.Now()/Tick, indexOffset)
}

// dropWheel gives the number back, when w has ended. What goroutines that poll by
// hand have armed meanwhile is over: time stands still here, and nobody is to wait
// for it.
func dropWheel(w *worker) {
	w.Timers.Mu.Lock()
	w.Timers.ended = true
	left := w.Timers.Wheel.Clear(nil)
	w.Timers.Mu.Unlock()
	for _, t := range left {
		t.wake()
	}
	wheels.mu.Lock()
	defer wheels.mu.Unlock()
	list := append([]*worker(nil), *wheels.list.Load()...)
	for i := range list {
		if list[i] == w {
			list[i] = nil
		}
	}
	wheels.list.Store(&list)
}

// wheelOf is the worker in whose wheel e is, or nil.
func wheelOf(e *timer.Entry[Task]) *worker {
	if n := e.Wheel(); n != 0 {
		return (*wheels.list.Load())[n]
	}
	return nil
}

// arm has who woken at the tick when; at once, if w has ended.
func (w *worker) arm(e *timer.Entry[Task], when int64, who *Task) {
	ts := &w.Timers
	ts.Mu.Lock()
	if ts.ended {
		ts.Mu.Unlock()
		who.wake()
		return
	}
	e.Who = who
	ts.Wheel.Insert(e, when)
	w.armed(when)
}

// armed is called when a timer was armed, with the lock held. If it is due before w wakes up, it wakes w.
func (w *worker) armed(when int64) {
	ts := &w.Timers
	early := ts.until != 0 && when*Tick < ts.until
	if early {
		ts.until = 1 // once is enough
	}
	ts.Mu.Unlock()
	if early {
		w.owner.Unpark()
		if w.owner.Mark.Load() == markStuck {
			w.rt.Monitor.parking.unpark()
		}
	}
}

// rearm has who woken instead of who was to be, and reports whether e is still armed.
func rearm(e *timer.Entry[Task], who *Task) bool {
	w := wheelOf(e)
	if w == nil {
		return false
	}
	w.Timers.Mu.Lock()
	defer w.Timers.Mu.Unlock()
	if !e.Armed() {
		return false
	}
	e.Who = who
	return true
}

// disarm takes e out of its wheel.
func disarm(e *timer.Entry[Task]) {
	w := wheelOf(e)
	if w == nil {
		return
	}
	w.Timers.Mu.Lock()
	defer w.Timers.Mu.Unlock()
	w.Timers.Wheel.Remove(e)
}

// fire wakes whose time has come, and reports whether w is still ours: a wake may
// run a function of the user's, which may block and so hand the worker over to
// another goroutine. If very many are due it wakes a part of them, so that those
// can run before the queue overflows; the next call goes on. With a queue that is
// half full it wakes as many as have had their turn since the last call.
//
// The first of them is next, as a goroutine would be: who sleeps for a millisecond must not
// wait for all that compute. The others come after what is queued. As only so many
// turns in a row come from the slot, those who sleep again and again keep nobody off.
func (r *Runner) fire(w *worker) bool {
	if w.spare { // they are another one's
		return true
	}
	return w.Timers.none() || r.fireDue(w)
}

// none notes that the worker runs, and reports whether no timer is armed.
func (ts *timers) none() bool {
	ts.Mu.Lock()
	defer ts.Mu.Unlock()
	ts.until = 0
	return ts.Wheel.Count() == 0
}

// fireDue is fire if there are timers.
func (r *Runner) fireDue(w *worker) bool {
	ts := &w.Timers
	var buf [128]*Task
	most := len(buf)
	if w.ring.Len() >= sched.Cap/2 {
		most = sched.MaxInterval
	}
	for more := true; more && r.cx.w == w; {
		due := buf[:0]
		ts.Mu.Lock()
		ts.until = 0
		if more = ts.Wheel.Count() > 0; more {
			due, more = ts.Wheel.Advance(w.rt.Clock.Now()/Tick, most, due)
		}
		ts.Mu.Unlock()
		if len(due) > 0 {
			w.stopSearching() // code of users, which may be called now, would do it for us and for long
		}
		for i, t := range due {
			if w := r.cx.w; i == 0 && w != nil && w.lifo == nil {
				t.wakeOn(w)
			} else {
				t.wakeLast(w)
			}
		}
		more = more && w.ring.Len() < sched.Cap/2
	}
	return r.cx.w == w
}

// fireFor is fire for w, which is stuck: what is due goes into the injector. It returns the
// time of the next timer. Functions of users run on a goroutine of their own.
func (m *monitor) fireFor(w *worker) (next int64) {
	ts := &w.Timers
	var buf [128]*Task
	for more := true; more; {
		var ready, foreign []*Task
		ts.Mu.Lock()
		due := buf[:0]
		if more = ts.Wheel.Count() > 0; more {
			due, more = ts.Wheel.Advance(m.rt.Clock.Now()/Tick, len(buf), due)
		}
		ts.Mu.Unlock()
		for _, t := range due {
			if t.Load().Is(StateForeign) {
				foreign = append(foreign, t)
			} else if t.notified() {
				ready = append(ready, t)
			}
		}
		if m.rt.Queue.Push(ready...); len(foreign) > 0 {
			go func() {
				for _, t := range foreign {
					t.wake()
				}
			}()
		}
	}
	return w.nextTimer()
}

// nextTimer is the time up to which w may sleep. Who arms an earlier timer after
// this wakes it.
func (w *worker) nextTimer() int64 {
	ts := &w.Timers
	ts.Mu.Lock()
	defer ts.Mu.Unlock()
	ts.until = Forever
	if ts.Wheel.Count() > 0 {
		if next, ok := ts.Wheel.Next(); ok && next < Forever/Tick {
			ts.until = next * Tick
		}
	}
	return ts.until
}
