package task

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
)

// What a shutdown has to know about the tasks that live is which of them wait,
// to cancel them, and when none is left.
//
// A task is listed when it first waits, in the shard of the worker that it is on.
// Before, it is in a queue or in its first turn, where the shutdown finds it (see
// runner.turn); so a task that never waits is never listed. Nor is one that sleeps,
// to which the wheel leads, see asleep.go. A call of the blocking pool, which is neither
// in a queue of the scheduler nor in a turn, is listed at once.
//
// How many live is the difference of two sums of counters, of which each worker
// has its own: whoever spawns or ends a task touches nothing that another worker
// touches.

// taskCounts counts the tasks that were spawned, and those that have ended.
type taskCounts struct{ born, ended atomic.Uint64 }

// counts is what w counts with, or, for nil, what all those do that run no worker.
func (r *Runtime) counts(w *worker) *taskCounts {
	if w == nil {
		return &r.outside
	}
	return &w.tasks
}

// Alive gives at least the number of tasks that lived at some moment of the call:
// what has ended is read before what was born, so whoever ends meanwhile counts as
// alive, and so does whoever is born.
func (r *Runtime) Alive() uint64 {
	ended := r.outside.ended.Load()
	for _, w := range r.Workers {
		ended += w.tasks.ended.Load()
	}
	born := r.outside.born.Load()
	for _, w := range r.Workers {
		born += w.tasks.born.Load()
	}
	return born - ended
}

// admit counts a task that is spawned, and reports whether it may run. It pairs with
// shutdown, which sets refuses before it looks at the counters: either it sees the
// task, or we see that it has begun.
func (r *Runtime) admit(w *worker) bool {
	r.counts(w).born.Add(1)
	if !r.Refuses.Load() {
		return true
	}
	r.discharge(w)
	return false
}

// readmit counts a call of [Blocking] by who holds up the end of r, though that has begun.
func (r *Runtime) readmit(w *worker) bool {
	if !r.holdsUp() {
		return false
	}
	r.counts(w).born.Add(1) // the caller counts too, so the end cannot come between
	return true
}

// discharge counts a task that has ended.
func (r *Runtime) discharge(w *worker) {
	r.counts(w).ended.Add(1)
	if r.Refuses.Load() {
		r.drain()
	}
}

// allHaveLeft is Runtime.left when the shutdown has nothing to wait for any more. It stays negative.
const allHaveLeft = math.MinInt64 / 2

// drain tells the shutdown if nothing is left that it waits for. Whoever changes
// what it looks at calls it afterwards, so the last of them sees all.
func (r *Runtime) drain() {
	if r.Left.Load() == 0 && r.Alive() == 0 && r.Left.CompareAndSwap(0, allHaveLeft) {
		close(r.drained)
	}
}

// eachTask calls f for the tasks that are listed, or asleep, now. It may come by one that has ended meanwhile, and twice by one that
// has had a turn meanwhile, or not at all.
func (r *Runtime) eachTask(f func(t *Task)) {
	for _, w := range r.Workers {
		w.Shard.each(f)
		w.Timers.asleep(f)
	}
}

// shard has the tasks of a runtime that are listed on one worker. They are in
// blocks, not in one growing slice: ten million of them must not be copied. A task
// keeps its place, and leaves a hole: to move another one there would touch that
// one, which has been waiting for long, and is in no cache.
type shard struct {
	Mu     sync.Mutex
	rt     *Runtime
	timers *timers       // of the same worker
	blocks []*shardBlock // nil: there is none any more
	free   []uint32      // the blocks that have room, and the numbers of those that there are no more
	spare  *shardBlock   // an empty one, or nil
	N      int
}

// shardBlock has room for blockRoom tasks. With eight bytes of the allocator's it just fits its size class.
type shardBlock struct {
	tasks [blockRoom]*Task
	holes [(blockRoom + 63) / 64]uint64 // which places are free, as bits
	n     int                           // tasks in it
}

const blockRoom = 502

// list puts t into the shard of w, or of any worker of r. Whoever polls t calls
// this, or has it alone.
func (t *Task) list(r *Runtime, w *worker) {
	if w == nil {
		w = r.anyWorker()
	}
	w.Shard.add(t)
	if r.Refuses.Load() { // the shutdown may have looked into our shard before
		t.shutdown()
	}
}

func (s *shard) add(t *Task) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	t.listedBy(s)
	atomic.StoreUint32(&t.Index, s.put(t)) // pairs with the Load in show
}

// listedBy notes that s has t, or the wheel beside s. Who wakes t may ask at the same time of which runtime t is, which stays the same.
func (t *Task) listedBy(s *shard) {
	if t.shard.Load() != s {
		t.shard.Store(s)
	}
}

// put puts t into a place, and gives its number. The caller has the lock.
func (s *shard) put(t *Task) (index uint32) {
	if len(s.free) == 0 {
		s.free = append(s.free, uint32(len(s.blocks)))
		s.blocks = append(s.blocks, nil)
	}
	k := s.free[len(s.free)-1]
	b := s.blocks[k]
	if b == nil {
		b = s.newBlock()
		s.blocks[k] = b
	}
	word := 0
	for b.holes[word] == 0 {
		word++
	}
	i := word*64 + bits.TrailingZeros64(b.holes[word])
	b.holes[word] &= b.holes[word] - 1
	b.tasks[i] = t
	if b.n++; b.n == blockRoom {
		s.free = s.free[:len(s.free)-1]
	}
	s.N++
	return 1 + k*blockRoom + uint32(i)
}

// newBlock is an empty block.
func (s *shard) newBlock() *shardBlock {
	if b := s.spare; b != nil {
		s.spare = nil
		return b
	}
	b := new(shardBlock)
	for i := range blockRoom {
		b.holes[i/64] |= 1 << (i % 64)
	}
	return b
}

// remove takes t out for good.
func (s *shard) remove(t *Task) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	if t.Index != hidden {
		s.take(t.Index)
	}
	atomic.StoreUint32(&t.Index, 0) // pairs with the Load in show
}

// take takes out who is in a place. The caller has the lock.
func (s *shard) take(index uint32) {
	k, i := (index-1)/blockRoom, (index-1)%blockRoom
	b := s.blocks[k]
	b.tasks[i] = nil
	b.holes[i/64] |= 1 << (i % 64)
	if b.n == blockRoom {
		s.free = append(s.free, k)
	}
	b.n--
	s.N--
	if b.n == 0 {
		s.blocks[k], s.spare = nil, b
	}
	if s.N == 0 && len(s.blocks) > 1 {
		s.blocks, s.free = nil, nil
	}
}

// has reports whether t is in the place. The caller has the lock.
func (s *shard) has(t *Task, index uint32) bool {
	k, i := (index-1)/blockRoom, (index-1)%blockRoom
	return int(k) < len(s.blocks) && s.blocks[k] != nil && s.blocks[k].tasks[i] == t
}

// each calls f for the tasks that are listed now. f is called without the lock, and
// may be called for one that has ended meanwhile. As a task keeps its place, none of
// those that are listed all the time can slip past us.
func (s *shard) each(f func(t *Task)) {
	for k := 0; ; k++ {
		var some [blockRoom]*Task
		s.Mu.Lock()
		if k >= len(s.blocks) {
			s.Mu.Unlock()
			return
		}
		if b := s.blocks[k]; b != nil {
			some = b.tasks
		}
		s.Mu.Unlock()
		for _, t := range some {
			if t != nil {
				f(t)
			}
		}
	}
}
