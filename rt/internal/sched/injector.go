package sched

import (
	"sync"
	"sync/atomic"
)

// Injector is the queue for what comes from outside of the workers, and for
// what has no room in their rings: unbounded, first in first out, for any number of
// goroutines. It is a list of batches, and not of elements: a link in each would be
// eight bytes of every task.
type Injector[T any] struct {
	mu          sync.Mutex
	first, last *batch[T]
	spare       *batch[T]    // empty ones, for later
	spares      int          // how many
	n           atomic.Int32 // changed under mu, read without
	pushed      uint64       // elements that were ever added
}

// Len is how many elements there are.
func (q *Injector[T]) Len() int { return int(q.n.Load()) }

// maxEmpty is how many empty batches are kept.
const maxEmpty = 64

// batch has the elements from begin to end.
type batch[T any] struct {
	next       *batch[T]
	begin, end int
	all        [124]*T // a batch is 1016 bytes; with eight of the allocator's it just fits its size class
}

// Push adds elements at the end, and returns how many were ever added, these included.
func (q *Injector[T]) Push(xs ...*T) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, x := range xs {
		b := q.last
		if b == nil || b.end == len(b.all) {
			b = q.grow()
		}
		b.all[b.end] = x
		b.end++
	}
	q.n.Add(int32(len(xs)))
	q.pushed += uint64(len(xs))
	return q.pushed
}

// Passed reports whether the element that was added as number i has been taken out.
func (q *Injector[T]) Passed(i uint64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pushed-uint64(q.n.Load()) >= i
}

// grow adds an empty batch at the end.
func (q *Injector[T]) grow() *batch[T] {
	b := q.spare
	if b == nil {
		b = new(batch[T])
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

// Pop takes the first element, or nil, and moves up to extra more to the ring of the caller: at most a fair share, of
// as many parts as there are who take.
func (q *Injector[T]) Pop(ring *Ring[T], extra, parts int) *T {
	if q.n.Load() == 0 {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	n := int(q.n.Load())
	if n == 0 {
		return nil
	}
	x := q.some(1)[0]
	q.taken(1)
	extra = min(extra, (n-1)/parts, ring.Free())
	for more := extra; more > 0; {
		some := q.some(more)
		ring.PushAll(some)
		more -= len(some)
		q.taken(len(some))
	}
	q.n.Add(int32(-1 - extra))
	return x
}

// some are up to most elements that come first. There is one.
func (q *Injector[T]) some(most int) []*T {
	b := q.first
	return b.all[b.begin:min(b.end, b.begin+most)]
}

// taken takes the first n elements out, which some has given.
func (q *Injector[T]) taken(n int) {
	b := q.first
	clear(b.all[b.begin : b.begin+n]) // they must not be kept alive
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
