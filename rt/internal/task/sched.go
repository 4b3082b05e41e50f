package task

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt/internal/sched"
)

// injector is the queue for what comes from outside of the workers, and for
// what has no room in their rings. It is a list of batches, and not of tasks: a
// link in each task would be eight bytes of every task.
type injector struct {
	mu          sync.Mutex
	first, last *batch
	spare       *batch       // empty ones, for later
	spares      int          // how many
	N           atomic.Int32 // changed under mu, read without
	pushed      uint64       // tasks that were ever added
}

// maxEmpty is how many empty batches are kept.
const maxEmpty = 64

// batch has the tasks from begin to end.
type batch struct {
	next       *batch
	begin, end int
	tasks      [124]*Task // a batch is 1016 bytes; with eight of the allocator's it just fits its size class
}

// push adds tasks at the end, and returns how many were ever added, these included.
func (q *injector) push(tasks ...*Task) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range tasks {
		b := q.last
		if b == nil || b.end == len(b.tasks) {
			b = q.grow()
		}
		b.tasks[b.end] = t
		b.end++
	}
	q.N.Add(int32(len(tasks)))
	q.pushed += uint64(len(tasks))
	return q.pushed
}

// passed reports whether the task that was added as number i has been taken out.
func (q *injector) passed(i uint64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pushed-uint64(q.N.Load()) >= i
}

func (q *injector) grow() *batch {
	b := q.spare
	if b == nil {
		b = new(batch)
	} else {
		q.spare, b.next = b.next, nil
		q.spares--
	}
	if q.first == nil {
		q.first = b
	} else {
		q.last.next = b
	}
	q.last = b
	return b
}

// pop takes a task for w to run, and moves up to extra more to its ring.
func (q *injector) pop(w *worker, extra int) *Task {
	if q.N.Load() == 0 {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	n := int(q.N.Load())
	if n == 0 {
		return nil
	}
	t := q.some(1)[0]
	q.taken(1)
	extra = min(extra, (n-1)/len(w.rt.Workers), w.ring.Free())
	for more := extra; more > 0; {
		some := q.some(more)
		w.ring.PushAll(some)
		more -= len(some)
		q.taken(len(some))
	}
	q.N.Add(int32(-1 - extra))
	return t
}

// some are up to most tasks that come first. There is one.
func (q *injector) some(most int) []*Task {
	b := q.first
	return b.tasks[b.begin:min(b.end, b.begin+most)]
}

// taken takes the first n tasks out, which some has given.
func (q *injector) taken(n int) {
	b := q.first
	clear(b.tasks[b.begin : b.begin+n]) // they must not be kept alive
	if b.begin += n; b.begin < b.end {
		return
	}
	if q.first = b.next; q.first == nil {
		q.last = nil
	}
	b.next, b.begin, b.end = nil, 0, 0
	if q.spares < maxEmpty {
		b.next, q.spare = q.spare, b
		q.spares++
	}
}

// submit makes a task that has just become ready run: next, if we are on the
// goroutine of the worker w of its runtime.
func (t *Task) submit(w *worker) {
	if w != nil && w.rt == t.shard.rt {
		w.count.wakes++
		w.pushNext(t)
		return
	}
	t.shard.rt.wakes.Add(1)
	t.shard.rt.inject(t)
}

// submitLast is submit for a task that is to wait for all others in the queue,
// between turns.
func (t *Task) submitLast(w *worker) {
	if w != nil && w.rt == t.shard.rt {
		w.pushSelf(t)
		return
	}
	t.shard.rt.inject(t)
}

func (r *Runtime) inject(t *Task) {
	r.begin()
	r.Queue.push(t)
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
		if w.Turns++; w.Turns-w.pace.looked >= w.pace.Interval || w.Mark.Load() != markNone { // now and then, though w may have work of its own
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
	if w.pace.Look(w.Turns, w.rt.Clock.Now()); w.pace.Interval < MaxInterval {
		extra = sched.Cap / 8 // turns are slow: one at a time would take too long
	}
	if !r.fire(w) {
		return nil, false
	}
	w.rt.lookOut()
	if w.pace.Interval == 1 && w.Turns%2 == 0 {
		return nil, true // what is queued here has every other turn
	}
	return w.rt.Queue.pop(w, extra), true
}

// Pace says when a worker looks at its timers and into the injector, though it has
// work of its own: after about a millisecond. As reading the clock costs as much as a
// turn may, it counts turns, of which it knows from the last time how long they take.
type Pace struct {
	Interval uint32 // look after so many turns
	looked   uint32 // turns at the last look
	at       int64  // the time of the last look; 0: it has been parked since
}

// MaxInterval is the most turns between two looks.
const MaxInterval = 61

// Look notes a look at the time now. Slow turns count at once, quick ones by and by: of
// turns that take now long, now short, those that are short prove nothing.
func (p *Pace) Look(turns uint32, now int64) {
	if n := int64(turns - p.looked); p.at != 0 && n > 0 {
		each := (now - p.at) / n
		p.Interval = min(uint32(Tick/max(each, Tick/MaxInterval)), 2*p.Interval, MaxInterval)
		p.Interval = max(p.Interval, 1)
	}
	p.looked, p.at = turns, now
}

// elsewhere takes tasks of the injector or of other workers.
func (w *worker) elsewhere() *Task {
	if t := w.rt.Queue.pop(w, sched.Cap/2); t != nil {
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
		if t := w.rt.Queue.pop(w, sched.Cap/2); t != nil {
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
	w.pace.at = 0
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
	if r.Queue.N.Load() > 0 {
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
