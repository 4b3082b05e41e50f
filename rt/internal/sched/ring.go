// Package sched has the queues of the workers, and says when to look into which. It knows nothing of tasks.
package sched

import "sync/atomic"

// Cap is how many elements a Ring has room for.
const Cap = 256

// Ring is a bounded queue, first in first out, with one owner and any number of
// thieves. The owner pushes and pops; a thief takes half of it.
//
// head packs two indices, steal and real. Elements from real to tail are there
// to be taken. Those from steal to real have been taken by a thief that is still
// copying them, so their slots are not free, nor are those after them:
//
//	     steal      real         tail
//	       │          │            │
//	───────┴──────────┴────────────┴───────
//	 free     copied     in queue     free
//
// Without a thief steal == real. Slots are plain pointers: a thief touches
// only what it has reserved by a compare-and-swap of head, and the owner only
// what it has taken in the same way, and what steal has left behind.
type Ring[T any] struct {
	_     [64]byte
	head  atomic.Uint64 // steal<<32 | real
	_     [56]byte
	tail  atomic.Uint32 // written by the owner only
	_     [60]byte
	slots [Cap]*T
}

func unpack(head uint64) (steal, real uint32) { return uint32(head >> 32), uint32(head) }

func pack(steal, real uint32) uint64 { return uint64(steal)<<32 | uint64(real) }

// Push adds x at the end, and reports whether there was room. Owner only.
func (r *Ring[T]) Push(x *T) bool {
	tail := r.tail.Load()
	steal, _ := unpack(r.head.Load()) // pairs with the release in Steal: the slot has been copied
	if tail-steal >= Cap {
		return false
	}
	r.slots[tail%Cap] = x
	r.tail.Store(tail + 1) // pairs with the Load in Steal: the slot is written
	return true
}

// PushAll is Push for some elements, for which there has to be room: see Free.
func (r *Ring[T]) PushAll(xs []*T) {
	tail := r.tail.Load()
	for i, x := range xs {
		r.slots[(tail+uint32(i))%Cap] = x
	}
	r.tail.Store(tail + uint32(len(xs))) // as in Push
}

// Pop takes the first element, or nil. Owner only.
func (r *Ring[T]) Pop() *T {
	for {
		head := r.head.Load()
		steal, real := unpack(head)
		if real == r.tail.Load() {
			return nil
		}
		x := &r.slots[real%Cap]
		next := pack(steal, real+1)
		if steal == real {
			next = pack(real+1, real+1)
		}
		if r.head.CompareAndSwap(head, next) { // pairs with the one in Steal: one of us gets it
			v := *x
			*x = nil // it must not keep the task alive
			return v
		}
	}
}

// Free is how many elements can be pushed for sure. Owner only. What a slow
// thief is still copying does not count as free.
func (r *Ring[T]) Free() int {
	steal, _ := unpack(r.head.Load())
	return Cap - int(r.tail.Load()-steal)
}

// Len is how many elements are there to be taken.
func (r *Ring[T]) Len() int {
	_, real := unpack(r.head.Load())
	return int(r.tail.Load() - real)
}

// Shed moves half of a full ring to out, oldest first, and reports whether it
// did: a thief may have come first. Owner only.
func (r *Ring[T]) Shed(out *[Cap / 2]*T) bool {
	head := r.head.Load()
	steal, real := unpack(head)
	if steal != real || r.tail.Load()-real < Cap/2 {
		return false
	}
	if !r.head.CompareAndSwap(head, pack(real+Cap/2, real+Cap/2)) {
		return false
	}
	for i := range out {
		slot := &r.slots[(real+uint32(i))%Cap]
		out[i], *slot = *slot, nil
	}
	return true
}

// Steal moves half of r to the ring into, whose owner calls it, and returns one
// more. It gives nil if there is nothing, if another thief is at work, or if a
// thief of into's own has left too little room there.
func (r *Ring[T]) Steal(into *Ring[T]) *T {
	if into.Free() < Cap/2 {
		return nil
	}
	from, n := r.reserve()
	if n == 0 {
		return nil
	}
	tail := into.tail.Load()
	var last *T
	for i := range n {
		slot := &r.slots[(from+i)%Cap]
		if i < n-1 {
			into.slots[(tail+i)%Cap] = *slot
		} else {
			last = *slot
		}
		*slot = nil
	}
	r.release()
	if n > 1 {
		into.tail.Store(tail + n - 1)
	}
	return last
}

// Grab moves half of r to out, oldest first, and returns how many these are. It is
// for a thief that has no ring. It takes nothing if another thief is at work.
func (r *Ring[T]) Grab(out *[Cap / 2]*T) int {
	from, n := r.reserve()
	if n == 0 {
		return 0
	}
	for i := range n {
		slot := &r.slots[(from+i)%Cap]
		out[i], *slot = *slot, nil
	}
	r.release()
	return int(n)
}

// reserve takes half of the elements for a thief, who copies them and then calls
// release. With n == 0 there is nothing, or another thief is at work.
func (r *Ring[T]) reserve() (from, n uint32) {
	for {
		head := r.head.Load()
		steal, real := unpack(head)
		if steal != real {
			return 0, 0
		}
		n = r.tail.Load() - real
		n -= n / 2
		if n == 0 {
			return 0, 0
		}
		if n > Cap/2 { // real and tail were read at different times
			continue
		}
		if r.head.CompareAndSwap(head, pack(steal, real+n)) {
			return real, n
		}
	}
}

// release says that what was reserved has been copied.
func (r *Ring[T]) release() {
	for { // only the owner moves real meanwhile
		head := r.head.Load()
		_, real := unpack(head)
		if r.head.CompareAndSwap(head, pack(real, real)) { // pairs with the Load in Push
			return
		}
	}
}
