package rt

import (
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt/internal/sched"
	"github.com/asyncgen/asyncgen/rt/internal/timer"
)

// timers are the timers of a worker. Only the worker fires them, but any
// goroutine may add one or take one out, so there is a lock; nobody calls other
// code while holding it.
type timers struct {
	mu    sync.Mutex
	wheel timer.Wheel[task]
	until int64 // the time up to which the worker sleeps; 0: it is awake
	ended bool  // nobody fires them any more
}

// wheels has the workers by the number of their wheel: an entry says with it
// which lock to take. The list is replaced under mu and read without it.
var wheels struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*worker]
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
		panic(misuse("New", "of more workers than all runtimes together may have", "Shutdown those that are done with"))
	}
	list[id] = w
	wheels.list.Store(&list) // pairs with the Load in wheelOf
	w.timers.wheel.Init(uint16(id), w.rt.clock.now()/tick)
}

// dropWheel gives the number back, when w has ended. What goroutines that poll by
// hand have armed meanwhile is over: time stands still here, and nobody is to wait
// for it.
func dropWheel(w *worker) {
	w.timers.mu.Lock()
	w.timers.ended = true
	left := w.timers.wheel.Clear(nil)
	w.timers.mu.Unlock()
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
func wheelOf(e *timer.Entry[task]) *worker {
	if n := e.Wheel(); n != 0 {
		return (*wheels.list.Load())[n]
	}
	return nil
}

// arm has who woken at the tick when; at once, if w has ended.
func (w *worker) arm(e *timer.Entry[task], when int64, who *task) {
	ts := &w.timers
	ts.mu.Lock()
	if ts.ended {
		ts.mu.Unlock()
		who.wake()
		return
	}
	e.Who = who
	ts.wheel.Insert(e, when)
	early := ts.until != 0 && when*tick < ts.until
	if early {
		ts.until = 1 // once is enough
	}
	ts.mu.Unlock()
	if early {
		w.owner.unpark()
		if w.owner.mark.Load() == markStuck {
			w.rt.monitor.parking.unpark()
		}
	}
}

// rearm has who woken instead of who was to be, and says whether e is still armed.
func rearm(e *timer.Entry[task], who *task) bool {
	w := wheelOf(e)
	if w == nil {
		return false
	}
	w.timers.mu.Lock()
	defer w.timers.mu.Unlock()
	if !e.Armed() {
		return false
	}
	e.Who = who
	return true
}

// disarm takes e out of its wheel.
func disarm(e *timer.Entry[task]) {
	w := wheelOf(e)
	if w == nil {
		return
	}
	w.timers.mu.Lock()
	defer w.timers.mu.Unlock()
	w.timers.wheel.Remove(e)
}

// fire wakes whose time has come, and says whether w is still ours: a wake may
// run a function of the user's, which may block and so hand the worker over to
// another goroutine. If very many are due it wakes a part of them, so that those
// can run before the queue overflows; the next call goes on. With a queue that is
// half full it wakes as many as have had their turn since the last call.
func (r *runner) fire(w *worker) bool {
	if w.spare { // they are another one's
		return true
	}
	ts := &w.timers
	var buf [128]*task
	most := len(buf)
	if w.ring.Len() >= sched.Cap/2 {
		most = maxInterval
	}
	for more := true; more && r.cx.w == w; {
		due := buf[:0]
		ts.mu.Lock()
		ts.until = 0
		if more = ts.wheel.Count() > 0; more {
			due, more = ts.wheel.Advance(w.rt.clock.now()/tick, most, due)
		}
		ts.mu.Unlock()
		if len(due) > 0 {
			w.stopSearching() // code of users, which may be called now, would do it for us and for long
		}
		for _, t := range due {
			t.wakeLast(r.cx.w)
		}
		more = more && w.ring.Len() < sched.Cap/2
	}
	return r.cx.w == w
}

// fireFor is fire for w, which is stuck: what is due goes into the injector. It returns the
// time of the next timer. Functions of users run on a goroutine of their own.
func (m *monitor) fireFor(w *worker) (next int64) {
	ts := &w.timers
	var buf [128]*task
	for more := true; more; {
		var ready, foreign []*task
		ts.mu.Lock()
		due := buf[:0]
		if more = ts.wheel.Count() > 0; more {
			due, more = ts.wheel.Advance(m.rt.clock.now()/tick, len(buf), due)
		}
		ts.mu.Unlock()
		for _, t := range due {
			if t.load().is(stateForeign) {
				foreign = append(foreign, t)
			} else if t.notified() {
				ready = append(ready, t)
			}
		}
		if m.rt.queue.push(ready...); len(foreign) > 0 {
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
	ts := &w.timers
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.until = forever
	if ts.wheel.Count() > 0 {
		if next, ok := ts.wheel.Next(); ok && next < forever/tick {
			ts.until = next * tick
		}
	}
	return ts.until
}
