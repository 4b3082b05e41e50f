package rt

import (
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
	n           atomic.Int32 // changed under mu, read without
}

// maxSpares is how many empty batches are kept.
const maxSpares = 64

// batch has the tasks from begin to end.
type batch struct {
	next       *batch
	begin, end int
	tasks      [124]*task // a batch is 1016 bytes; with eight of the allocator's it just fits its size class
}

// push adds tasks at the end.
func (q *injector) push(tasks ...*task) {
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
	q.n.Add(int32(len(tasks)))
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
func (q *injector) pop(w *worker, extra int) *task {
	if q.n.Load() == 0 {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.take()
	extra = min(extra, int(q.n.Load())/len(w.rt.workers), w.ring.Free())
	for range extra {
		w.ring.Push(q.take())
	}
	return t
}

func (q *injector) take() *task {
	b := q.first
	if b == nil {
		return nil
	}
	t := b.tasks[b.begin]
	b.tasks[b.begin] = nil // it must not be kept alive
	b.begin++
	q.n.Add(-1)
	if b.begin == b.end {
		if q.first = b.next; q.first == nil {
			q.last = nil
		}
		b.next, b.begin, b.end = nil, 0, 0
		if q.spares < maxSpares {
			b.next, q.spare = q.spare, b
			q.spares++
		}
	}
	return t
}

// submit makes a task that has just become ready run: next, if we are on the
// goroutine of the worker w of its runtime.
func (t *task) submit(w *worker) {
	if w != nil && w.rt == t.shard.rt {
		w.pushNext(t)
		return
	}
	t.shard.rt.inject(t)
}

// submitLast is submit for a task that is to wait for all others in the queue,
// between turns.
func (t *task) submitLast(w *worker) {
	if w != nil && w.rt == t.shard.rt {
		w.pushSelf(t)
		return
	}
	t.shard.rt.inject(t)
}

func (r *Runtime) inject(t *task) {
	r.queue.push(t)
	r.notify()
}

// The word idle counts the workers that search in its upper half and those that
// are not parked in its lower half.
const oneSearcher = 1 << 16

func searchers(idle uint32) uint32 { return idle >> 16 }
func unparked(idle uint32) uint32  { return idle & 0xffff }

// notify wakes a worker for a task that was put into a queue, if none is
// searching already: whoever searches and finds something wakes the next. It
// pairs with park, which looks at all queues after it has counted its worker out:
// either we see that a worker is parked, or it sees the task.
func (r *Runtime) notify() {
	v := r.idle.Load()
	if searchers(v) != 0 || unparked(v) >= uint32(len(r.workers)) {
		return
	}
	r.mu.Lock()
	n := len(r.sleepers)
	if searchers(r.idle.Load()) != 0 || n == 0 {
		r.mu.Unlock()
		return
	}
	w := r.sleepers[n-1]
	r.sleepers = r.sleepers[:n-1]
	w.searching = true // it searches from now on, not from when it gets round to it
	r.idle.Add(oneSearcher + 1)
	r.mu.Unlock()
	w.unpark()
}

// startSearching says whether w may search: at most half of the workers do.
func (w *worker) startSearching() bool {
	for !w.searching {
		v := w.rt.idle.Load()
		if 2*searchers(v) >= uint32(len(w.rt.workers)) {
			return false
		}
		w.searching = w.rt.idle.CompareAndSwap(v, v+oneSearcher)
	}
	return true
}

// stopSearching is called by a worker that has found something. There may be more.
func (w *worker) stopSearching() {
	if w.searching {
		w.searched()
	}
}

func (w *worker) searched() {
	w.searching = false
	if searchers(w.rt.idle.Add(^uint32(oneSearcher-1))) == 0 {
		w.rt.notify()
	}
}

// find gives the next task for w, waiting if need be. It gives nil if the
// runtime has ended, or if w is not ours any more.
func (r *runner) find(w *worker) *task {
	for {
		if !w.rt.driven() {
			if r.park(w) {
				return nil
			}
			continue
		}
		if w.turns++; w.turns%injectInterval == 0 { // now and then, though w may have work of its own
			if !r.fire(w) {
				return nil
			}
			if t := w.rt.queue.pop(w, 0); t != nil {
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
		if r.park(w) || !r.fire(w) {
			return nil
		}
	}
}

// elsewhere takes tasks of the injector or of other workers.
func (w *worker) elsewhere() *task {
	if t := w.rt.queue.pop(w, sched.Cap/2); t != nil {
		return t
	}
	all := w.rt.workers
	if !w.startSearching() || len(all) == 1 {
		return nil
	}
	for range 4 {
		first := w.random(len(all))
		for i := range all {
			if v := all[(first+i)%len(all)]; v != w {
				if t := v.ring.Steal(&w.ring); t != nil {
					return t
				}
			}
		}
		if t := w.rt.queue.pop(w, sched.Cap/2); t != nil {
			return t
		}
	}
	return nil
}

// park waits for a token, or for the next timer, and says whether the runtime has ended.
func (w *worker) park() (ended bool) {
	rt := w.rt
	rt.mu.Lock()
	out := uint32(1)
	if w.searching {
		w.searching = false
		out += oneSearcher
	}
	v := rt.idle.Add(-out)
	rt.sleepers = append(rt.sleepers, w)
	rt.mu.Unlock()
	until := int64(forever)
	if rt.driven() {
		if searchers(v) == 0 && rt.pending() {
			rt.notify() // something has come meanwhile; perhaps we wake ourselves
		}
		until = w.nextTimer()
	}
	if !rt.stop.Load() { // pairs with the Store in Shutdown, which unparks afterwards
		rt.clock.wait(w, w.parked, until)
	}
	rt.mu.Lock()
	for i, x := range rt.sleepers {
		if x == w { // not woken by notify
			rt.sleepers = append(rt.sleepers[:i], rt.sleepers[i+1:]...)
			rt.idle.Add(1)
			break
		}
	}
	rt.mu.Unlock()
	return rt.stop.Load()
}

// pending says whether any queue has something.
func (r *Runtime) pending() bool {
	if r.queue.n.Load() > 0 {
		return true
	}
	for _, w := range r.workers {
		if w.ring.Len() > 0 {
			return true
		}
	}
	return false
}
