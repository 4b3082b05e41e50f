package rt

import "sync"

// shard has the live tasks of a runtime that were spawned on one worker, so that
// all of them can be found. Tasks are in blocks, not in one growing slice: ten
// million of them must not be copied.
type shard struct {
	rt     *Runtime
	mu     sync.Mutex
	blocks []*[shardBlock]*task
	n      int
	closed bool // the runtime shuts down: nothing is added
}

const shardBlock = 512

// add registers t, and says whether it may run.
func (s *shard) add(t *task) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.shard = s
	if s.closed {
		return false
	}
	if s.n == len(s.blocks)*shardBlock {
		s.blocks = append(s.blocks, new([shardBlock]*task))
	}
	s.blocks[s.n/shardBlock][s.n%shardBlock] = t
	t.index = uint32(s.n)
	s.n++
	return true
}

// remove takes t out: the last task gets its place.
func (s *shard) remove(t *task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n--
	last := &s.blocks[s.n/shardBlock][s.n%shardBlock]
	s.blocks[t.index/shardBlock][t.index%shardBlock] = *last
	(*last).index = t.index
	*last = nil
	if have := len(s.blocks); s.n <= (have-2)*shardBlock { // one empty block is kept
		s.blocks[have-1] = nil
		s.blocks = s.blocks[:have-1]
	}
	if s.closed {
		s.rt.leave()
	}
}

// close forbids additions, and has the shutdown wait for the tasks that live.
func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.rt.left.Add(int64(s.n))
}

// each calls f for the tasks that live now. f is called without the lock, and
// may be called twice for a task, or for one that has ended meanwhile. We go
// from the end to the beginning, for remove moves tasks in that direction only:
// none can slip past us.
func (s *shard) each(f func(t *task)) {
	s.mu.Lock()
	at := len(s.blocks) - 1
	s.mu.Unlock()
	for ; at >= 0; at-- {
		var some [shardBlock]*task
		s.mu.Lock()
		n := min(s.n-at*shardBlock, shardBlock)
		if n > 0 {
			copy(some[:n], s.blocks[at][:])
		}
		s.mu.Unlock()
		for _, t := range some[:max(n, 0)] {
			f(t)
		}
	}
}
