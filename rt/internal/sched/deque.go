package sched

import "sync/atomic"

// Deque is a bounded queue with one owner and any number of thieves. The owner
// pushes at its end, and takes the newest element, or now and then the oldest; a
// thief takes the older half.
//
// One word has three indices, which mean what those of a [Ring] do: as the owner
// takes from the end, too, whoever takes something has to know that no index has
// changed meanwhile. Who finds the word as it was finds the queue as it was,
// whatever has happened between.
type Deque[T any] struct {
	_     [64]byte
	word  atomic.Uint64 // steal<<32 | real<<16 | tail
	_     [56]byte
	slots [Cap]*T
}

// span is what the word of a Deque says.
type span struct{ steal, real, tail uint16 }

func spanOf(word uint64) span { return span{uint16(word >> 32), uint16(word >> 16), uint16(word)} }

func (s span) word() uint64 { return uint64(s.steal)<<32 | uint64(s.real)<<16 | uint64(s.tail) }

// len is how many elements are there to be taken.
func (s span) len() int { return int(s.tail - s.real) }

// free is how many elements can be pushed for sure.
func (s span) free() int { return Cap - int(s.tail-s.steal) }

// idle reports whether no thief is copying.
func (s span) idle() bool { return s.steal == s.real }

// drop is s without the n oldest elements, which are copied at once, or while a thief copies others.
func (s span) drop(n int) span {
	if s.idle() {
		s.steal += uint16(n)
	}
	s.real += uint16(n)
	return s
}

// change makes the word what f makes of it, unless f says that there is nothing to do. Each change pairs with all others.
func (d *Deque[T]) change(f func(s span) (next span, ok bool)) (before span, ok bool) {
	for {
		w := d.word.Load()
		s := spanOf(w)
		next, ok := f(s)
		if !ok || d.word.CompareAndSwap(w, next.word()) {
			return s, ok
		}
	}
}

// Push adds x at the end, and reports whether there was room. Owner only.
func (d *Deque[T]) Push(x *T) bool {
	w := d.word.Load()
	if spanOf(w).free() == 0 {
		return false
	}
	d.slots[spanOf(w).tail%Cap] = x // only we move tail
	for {
		s := spanOf(w)
		s.tail++
		if d.word.CompareAndSwap(w, s.word()) {
			return true
		}
		w = d.word.Load()
	}
}

// Pop takes the newest element, or nil. Owner only.
func (d *Deque[T]) Pop() *T {
	for {
		w := d.word.Load()
		s := spanOf(w)
		if s.len() == 0 {
			return nil
		}
		s.tail--
		if d.word.CompareAndSwap(w, s.word()) {
			return d.takeSlot(s.tail)
		}
	}
}

// PopFirst takes the oldest element, or nil. Owner only.
func (d *Deque[T]) PopFirst() *T {
	s, ok := d.change(func(s span) (span, bool) { return s.drop(1), s.len() > 0 })
	if !ok {
		return nil
	}
	return d.takeSlot(s.real)
}

// takeSlot empties a slot that the caller has reserved: it must not keep what it had alive.
func (d *Deque[T]) takeSlot(i uint16) *T {
	slot := &d.slots[i%Cap]
	x := *slot
	*slot = nil
	return x
}

// Len is how many elements are there to be taken.
func (d *Deque[T]) Len() int { return spanOf(d.word.Load()).len() }

// Shed moves the n oldest elements to out, oldest first, and reports whether it did: a thief
// may be at work, or have come first. Owner only.
func (d *Deque[T]) Shed(out []*T) bool {
	s, ok := d.change(func(s span) (span, bool) { return s.drop(len(out)), s.idle() && s.len() >= len(out) })
	if !ok {
		return false
	}
	for i := range out {
		out[i] = d.takeSlot(s.real + uint16(i))
	}
	return true
}

// Steal moves the older half of d to the end of into, whose owner calls it, and returns the oldest. It
// gives nil if there is nothing, if another thief is at work, or if into has too little room.
func (d *Deque[T]) Steal(into *Deque[T]) *T {
	room := spanOf(into.word.Load())
	if room.free() < Cap/2 {
		return nil
	}
	from, n := d.reserve()
	if n == 0 {
		return nil
	}
	first := d.takeSlot(from)
	for i := uint16(1); i < n; i++ {
		into.slots[(room.tail+i-1)%Cap] = d.takeSlot(from + i)
	}
	d.release()
	if n > 1 {
		into.change(func(s span) (span, bool) { s.tail += n - 1; return s, true })
	}
	return first
}

// Grab moves the older half of d to out, oldest first, and returns how many these are. It is for a
// thief that has no queue. It takes nothing if another thief is at work.
func (d *Deque[T]) Grab(out *[Cap / 2]*T) int {
	from, n := d.reserve()
	if n == 0 {
		return 0
	}
	for i := range n {
		out[i] = d.takeSlot(from + i)
	}
	d.release()
	return int(n)
}

// reserve takes the older half for a thief, who copies them and then calls release.
func (d *Deque[T]) reserve() (from, n uint16) {
	s, ok := d.change(func(s span) (span, bool) {
		ok := s.idle() && s.len() > 0
		s.real += uint16(s.len() - s.len()/2)
		return s, ok
	})
	if !ok {
		return 0, 0
	}
	return s.real, uint16(s.len() - s.len()/2)
}

// release says that what was reserved has been copied.
func (d *Deque[T]) release() {
	d.change(func(s span) (span, bool) { s.steal = s.real; return s, true })
}
