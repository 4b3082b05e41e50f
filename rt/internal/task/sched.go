package task

import (
	"runtime"
	"slices"

	"github.com/asyncgen/asyncgen/rt/internal/sched"
)

// submit makes a task that has just become ready run: next, if we are on the
// goroutine of the worker w of its runtime.
func (t *Task) submit(w *worker) {
	if w != nil && w.rt == t.shard.Load().rt {
		w.count.wakes++
		w.pushNext(t)
		return
	}
	t.shard.Load().rt.wakes.Add(1)
	t.shard.Load().rt.inject(t)
}

// submitLast is submit for a task that is to wait for all others in the queue,
// between turns.
func (t *Task) submitLast(w *worker) {
	if w != nil && w.rt == t.shard.Load().rt {
		w.pushSelf(t)
		return
	}
	t.shard.Load().rt.inject(t)
}

func (r *Runtime) inject(t *Task) {
	r.begin()
	r.Queue.Push(t)
	r.notify()
}

// The word idle counts the workers that search in its upper half and those that
// run tasks, or could, in its lower half: they are neither parked nor stuck.
const oneSearcher = 1 << 16

func searchers(idle uint32) uint32 { return idle >> 16 }

func running(idle uint32) uint32 { return idle & 0xffff }

// notify wakes a worker for a task that was put into a queue, if none is
// searching already: whoever searches and finds something wakes the next. It
// pairs with park, which looks at all queues after it has counted its worker out:
// either we see that a worker is parked, or it sees the task. If workers are stuck and
// none is parked, a spare gets up instead.
func (r *Runtime) notify() {
	v := r.Idle.Load()
	if searchers(v) != 0 || running(v) >= uint32(len(r.Workers)) {
		return
	}
	r.Mu.Lock()
	if v := r.Idle.Load(); searchers(v) != 0 || running(v) >= uint32(len(r.Workers)) {
		r.Mu.Unlock()
		return
	}
	var w *worker
	n := len(r.Sleepers)
	if n > 0 {
		w = r.Sleepers[n-1]
		r.Sleepers = r.Sleepers[:n-1]
		w.asleep = false
	} else if w = r.newSpare(); w == nil {
		r.Mu.Unlock()
		return
	}
	w.searching = true // it searches from now on, not from when it gets round to it
	r.Idle.Add(oneSearcher + 1)
	if n == 0 {
		w.start() // under mu, as the shutdown waits for those that have started
		r.Mu.Unlock()
		return
	}
	r.Mu.Unlock()
	r.Monitor.arm() // before: when w has run, and has gone again, it may be that nobody dismisses the monitor any more
	w.Unpark()
}

// startSearching reports whether w may search: at most half of the workers do.
func (w *worker) startSearching() bool {
	for !w.searching {
		v := w.rt.Idle.Load()
		if 2*searchers(v) >= uint32(len(w.rt.Workers)) {
			return false
		}
		w.searching = w.rt.Idle.CompareAndSwap(v, v+oneSearcher)
	}
	return true
}

// stopSearching is called by a worker that has found something. There may be more.
func (w *worker) stopSearching() {
	if w.searching {
		w.waited = 0
		w.searched()
	}
}

func (w *worker) searched() {
	w.searching = false
	// Who has pushed a task meanwhile has woken nobody for it, as we were searching. So we look, after we are counted
	// out, for what is left; waking somebody for nothing would cost more.
	if searchers(w.rt.Idle.Add(^uint32(oneSearcher-1))) == 0 && w.rt.pending() {
		w.rt.notify()
	}
}

// find gives the next task for w, waiting if need be. It gives nil if the
// runtime has ended, if w is not ours any more, or if it is a spare and not needed.
func (r *Runner) find(w *worker) *Task {
	if s := w.rt.Sim; s != nil {
		return s.find(r, w)
	}
	for {
		if !w.rt.driven() {
			if r.park(w) {
				return nil
			}
			continue
		}
		if w.spare && w.surplus() && w.retire() {
			return nil
		}
		if w.Turns++; w.pace.Due(w.Turns) || w.Mark.Load() != markNone { // now and then, though w may have work of its own
			t, ours := r.look(w)
			if !ours {
				return nil
			}
			if t != nil {
				w.stopSearching()
				return t
			}
		}
		if t := w.pop(); t != nil {
			w.stopSearching()
			return t
		}
		if t := w.elsewhere(); t != nil {
			w.stopSearching()
			return t
		}
		if !r.fire(w) {
			return nil
		}
		if t := w.pop(); t != nil {
			w.stopSearching()
			return t
		}
		if w.searching && w.waited < patience {
			w.waited++
			runtime.Gosched()
			continue
		}
		w.waited = 0
		if w.rt.lookOut() {
			continue
		}
		if r.park(w) || !r.fire(w) {
			return nil
		}
	}
}

// patience is how often a worker that searches gives way to other goroutines before it parks: they may be about to
// spawn the next task, and to park and to be woken costs more.
const patience = 3

// look fires timers, looks at the network, and takes a task of the injector. ours is as of fire.
func (r *Runner) look(w *worker) (t *Task, ours bool) {
	if w.Mark.Load() != markNone {
		w.passed(nil)
	}
	extra := 0
	w.flush()
	if w.pace.Look(w.Turns, w.rt.Clock.Now()); w.pace.Interval < sched.MaxInterval {
		extra = sched.Cap / 8 // turns are slow: one at a time would take too long
	}
	if !r.fire(w) {
		return nil, false
	}
	w.rt.lookOut()
	if w.pace.Interval == 1 && w.Turns%2 == 0 {
		return nil, true // what is queued here has every other turn
	}
	return w.rt.Queue.Pop(&w.ring, extra, len(w.rt.Workers)), true
}

// elsewhere takes tasks of the injector or of other workers.
func (w *worker) elsewhere() *Task {
	if t := w.rt.Queue.Pop(&w.ring, sched.Cap/2, len(w.rt.Workers)); t != nil {
		return t
	}
	all := w.rt.Workers
	if !w.startSearching() || len(all) == 1 && !w.spare {
		return nil
	}
	for range 4 {
		if t := w.fromSpares(); t != nil {
			w.count.steals++
			return t
		}
		first := w.random(len(all))
		for i := range all {
			if v := all[(first+i)%len(all)]; v != w {
				if t := w.steal(v); t != nil {
					w.count.steals++
					return t
				}
			}
		}
		if t := w.rt.Queue.Pop(&w.ring, sched.Cap/2, len(w.rt.Workers)); t != nil {
			return t
		}
	}
	return nil
}

// steal takes half of a queue of v.
func (w *worker) steal(v *worker) *Task {
	if t := v.ring.Steal(&w.ring); t != nil {
		return t
	}
	return v.young.Steal(&w.young)
}

// park waits for a token, or for the next timer, and reports whether the runtime has ended.
func (w *worker) park() (ended bool) {
	rt := w.rt
	rt.Mu.Lock()
	v := w.countOut()
	rt.Sleepers = append(rt.Sleepers, w)
	w.asleep = true
	rt.Mu.Unlock()
	if v == 0 {
		StandsStill()
	}
	until := int64(Forever)
	if rt.driven() {
		if searchers(v) == 0 && rt.pending() {
			rt.notify() // something has come meanwhile; perhaps we wake ourselves
		}
		switch {
		case !w.spare:
			until = w.nextTimer()
		case rt.fleeting:
			until = rt.Clock.Now() // that is over
		default:
			until = rt.Clock.Now() + spareIdle
		}
	}
	if w.leaves = rt.fleeting && until == Forever && !rt.stop.Load(); w.leaves {
		return false
	}
	w.totals.parks.Add(1)
	if !rt.stop.Load() { // pairs with the Store in Shutdown, which unparks afterwards
		rt.sight.callWorker(parkHook, w)
		rt.Clock.Wait(&w.Parking, until)
		rt.sight.callWorker(unparkHook, w)
	}
	return w.arise(until)
}

// arise ends a park, which was to last until until.
func (w *worker) arise(until int64) (ended bool) {
	rt := w.rt
	rt.Mu.Lock()
	if w.asleep { // not woken by notify
		i := slices.Index(rt.Sleepers, w)
		rt.Sleepers = slices.Delete(rt.Sleepers, i, i+1)
		rt.Idle.Add(1)
		w.asleep = false
		w.tired = w.spare && rt.Clock.Now() >= until
	}
	rt.Mu.Unlock()
	rt.Monitor.arm()
	w.pace.Parked()
	return rt.stop.Load()
}

// countOut counts w out of those that run tasks. The caller holds Runtime.mu, and looks
// at all queues afterwards; it returns the word idle without w.
func (w *worker) countOut() uint32 {
	out := uint32(1)
	if w.searching {
		w.searching = false
		out += oneSearcher
	}
	w.unstick()
	w.flush()
	return w.rt.Idle.Add(-out)
}

// isStill reports whether no worker runs.
func (r *Runtime) isStill() bool { return r.Idle.Load() == 0 || !r.Begun.Load() }

// pending reports whether any queue has something.
func (r *Runtime) pending() bool {
	if r.Queue.Len() > 0 {
		return true
	}
	for _, w := range r.Workers {
		if w.queued() > 0 {
			return true
		}
	}
	for _, w := range r.SpareList() {
		if w.queued() > 0 {
			return true
		}
	}
	return false
}
