package task

import (
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/sched"
)

// A spare is a worker that stands in for one that is stuck: it has a queue and frames of
// its own, and uses the timers and the list of tasks of another. It gets up when there
// is work and nobody else to do it, and goes away when it is not needed.

const (
	// MaxSpares is how many spares a runtime has at most.
	MaxSpares = 64
	// spareIdle is how long a spare waits for work, in nanoseconds.
	spareIdle = int64(100 * time.Millisecond)
)

// SpareList is the spares that there are.
func (r *Runtime) SpareList() []*worker {
	if list := r.spares.Load(); list != nil {
		return *list
	}
	return nil
}

// newSpare makes a spare, if one may be made. The caller holds mu, and starts it.
func (r *Runtime) newSpare() *worker {
	n := r.standing.Load()
	if n >= r.Stuck.Load() || n >= MaxSpares || r.stop.Load() {
		return nil
	}
	w := &worker{rt: r, number: -1, rng: uint32(n)*6101 + 3, Parking: newParking(), frames: newFramePool(), spare: true, home: r.anyWorker().home}
	w.pace.Interval = sched.MaxInterval
	list := append([]*worker{w}, r.SpareList()...)
	r.spares.Store(&list) // pairs with the Load in SpareList
	r.standing.Add(1)
	return w
}

// surplus reports whether w, a spare, has nothing to do any more: nobody has needed it
// for a while, or those that were stuck go on.
func (w *worker) surplus() bool {
	return w.tired || w.rt.standing.Load() > w.rt.Stuck.Load()
}

// retire ends w, a spare, if it is still surplus. What it has left to do others do.
func (w *worker) retire() (ended bool) {
	rt := w.rt
	rt.Mu.Lock()
	if !w.surplus() { // another one has gone
		rt.Mu.Unlock()
		return false
	}
	for t := w.pop(); t != nil; t = w.pop() {
		rt.Queue.Push(t)
	}
	v := w.countOut()
	var list []*worker
	for _, other := range rt.SpareList() {
		if other != w {
			list = append(list, other)
		}
	}
	rt.spares.Store(&list)
	rt.standing.Add(-1)
	rt.Mu.Unlock()
	if searchers(v) == 0 && rt.pending() {
		rt.notify() // as in park
	}
	rt.Monitor.dismiss()
	rt.sight.callWorker(stopHook, w)
	return true
}

// fromSpares takes tasks of a spare.
func (w *worker) fromSpares() *Task {
	for _, v := range w.rt.SpareList() {
		if v != w {
			if t := w.steal(v); t != nil {
				return t
			}
		}
	}
	return nil
}
