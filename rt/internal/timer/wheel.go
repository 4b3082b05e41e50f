// Package timer has the timers of a worker: a hierarchical timing wheel. It
// knows nothing of tasks, clocks and locks: time is a number of ticks, and the
// caller sees to it that one call is made at a time.
package timer

import (
	"math/bits"
	"sync/atomic"
)

const (
	levelBits = 6
	slots     = 1 << levelBits
	levels    = 6
	blockLen  = 126 // a block is 2040 bytes: one of 127 would be over the next size class

	// farthest is how far ahead a timer is placed at most. One that is due later
	// waits there, and is placed again. It is a little less than the whole wheel,
	// so that it never falls into the slot where the wheel is now.
	farthest = 1<<(levels*levelBits) - 1<<((levels-1)*levelBits)
)

// Entry is a timer, to be embedded in what waits: 16 bytes. The time at which
// it is due is in the wheel.
type Entry[T any] struct {
	where atomic.Uint64 // a place; 0: in no wheel
	Who   *T            // given back when it is due
}

// Armed reports whether the entry is in a wheel. Anybody may ask; it pairs with
// the stores in Wheel, so who sees false after Insert sees what was done before
// the timer fired.
func (e *Entry[T]) Armed() bool { return e.where.Load() != 0 }

// Wheel is the number of the wheel that the entry is in, 0 if it is in none.
func (e *Entry[T]) Wheel() uint16 { return place(e.where.Load()).wheel() }

// place says where an entry is: wheel<<48 | slot<<39 | position<<32 | block.
type place uint64

func placeOf(wheel uint16, slot, pos int, block uint32) place {
	return place(wheel)<<48 | place(slot)<<39 | place(pos)<<32 | place(block)
}

func (p place) wheel() uint16 { return uint16(p >> 48) }
func (p place) slot() int     { return int(p>>39) & (1<<9 - 1) }
func (p place) pos() int      { return int(p>>32) & (1<<7 - 1) }
func (p place) block() uint32 { return uint32(p) }

// item is an entry in a block, with the tick when it is due.
type item[T any] struct {
	when int64
	e    *Entry[T]
}

// block holds entries of one slot. Blocks and not lists of entries: to fire a
// thousand timers is then a walk over arrays, where a list would be a thousand
// cache misses one after the other, for us and for the garbage collector.
type block[T any] struct {
	next   *block[T]
	id     uint32
	n      int32
	firing bool // taken out of its slot; Remove leaves holes
	items  [blockLen]item[T]
}

// Wheel has six levels of 64 slots; a slot of level l spans 64^l ticks. A timer
// is in the lowest level whose slots tell its tick from now. When the wheel
// comes to a slot of a higher level, its timers move down.
type Wheel[T any] struct {
	id      uint16
	now     int64 // all timers due at this tick or before have fired
	count   int
	full    [levels]uint64 // which slots have blocks; a bit may be left over after removals
	slots   [levels * slots]*block[T]
	firing  *block[T] // what is left of the slot that Advance is at
	fired   int32     // how many of its first block have had their turn
	level0  bool      // it is of level 0: all of it is due
	blocks  []*block[T]
	freeIDs []uint32
	spare   *block[T]
	spares  int
}

// maxSpares is how many empty blocks are kept.
const maxSpares = 64

// Init starts a wheel at the tick now. id must not be 0.
func (w *Wheel[T]) Init(id uint16, now int64) { w.id, w.now = id, now }

// Count is how many timers are in the wheel.
func (w *Wheel[T]) Count() int { return w.count }

// Insert arms e: it is due at the tick when, and at the next one at the earliest.
func (w *Wheel[T]) Insert(e *Entry[T], when int64) {
	w.count++
	w.put(e, when)
}

func (w *Wheel[T]) put(e *Entry[T], when int64) {
	at := min(max(when, w.now+1), w.now+farthest)
	level := (63 - bits.LeadingZeros64(uint64(at^w.now)|(slots-1))) / levelBits
	level = min(level, levels-1)
	i := int(uint64(at)>>(level*levelBits)) & (slots - 1)
	k := level*slots | i
	b := w.slots[k]
	if b == nil || b.n == blockLen {
		nb := w.newBlock()
		nb.next = b
		w.slots[k] = nb
		b = nb
	}
	e.where.Store(uint64(placeOf(w.id, k, int(b.n), b.id)))
	b.items[b.n] = item[T]{when, e}
	b.n++
	w.full[level] |= 1 << i
}

// Remove disarms e, and reports whether it was armed. The entry must be in this wheel, or in none.
func (w *Wheel[T]) Remove(e *Entry[T]) bool {
	p := place(e.where.Load())
	if p == 0 {
		return false
	}
	e.where.Store(0)
	w.count--
	b := w.blocks[p.block()]
	if b.firing {
		b.items[p.pos()] = item[T]{}
		return true
	}
	// The last of the slot takes its place.
	head := w.slots[p.slot()]
	head.n--
	last := head.items[head.n]
	head.items[head.n] = item[T]{}
	if last.e != e {
		b.items[p.pos()] = last
		last.e.where.Store(uint64(placeOf(w.id, p.slot(), p.pos(), b.id)))
	}
	if head.n == 0 {
		w.slots[p.slot()] = head.next
		w.freeBlock(head)
	}
	return true
}

// Next is the tick at which Advance has to be called next, if any.
func (w *Wheel[T]) Next() (tick int64, ok bool) {
	if w.firing != nil {
		return w.now, true
	}
	_, _, tick, ok = w.nextSlot()
	return tick, ok
}

// nextSlot finds the slot that the wheel comes to next.
func (w *Wheel[T]) nextSlot() (level, i int, tick int64, ok bool) {
	for level = range levels {
		shift := level * levelBits
		cur := int(uint64(w.now)>>shift) & (slots - 1)
		for w.full[level] != 0 {
			i = (cur + bits.TrailingZeros64(bits.RotateLeft64(w.full[level], -cur))) & (slots - 1)
			if w.slots[level*slots|i] == nil { // emptied by Remove
				w.full[level] &^= 1 << i
				continue
			}
			round := int64(1) << (shift + levelBits)
			tick = w.now&^(round-1) + int64(i)<<shift
			if tick <= w.now {
				tick += round
			}
			return level, i, tick, true
		}
	}
	return 0, 0, 0, false
}

// Advance moves the wheel to the tick now, and appends to due the owners of
// timers that fire, in the order of their ticks. It fires most of them, or a block,
// at a time: the caller goes on calling while more is true, and may do anything
// between.
// Timers of the same tick fire in the order in which they were inserted, except
// that removing one moves another, and that those of a higher level move down
// after the others are there.
func (w *Wheel[T]) Advance(now int64, most int, due []*T) (_ []*T, more bool) {
	for w.firing == nil {
		level, i, tick, ok := w.nextSlot()
		if !ok || tick > now {
			w.now = max(w.now, now)
			return due, false
		}
		w.now = tick
		w.level0 = level == 0
		w.take(level, i)
	}
	b := w.firing
	for ; w.fired < b.n && most > 0; w.fired++ {
		it := b.items[w.fired]
		b.items[w.fired] = item[T]{} // what has fired must not be kept alive
		switch {
		case it.e == nil: // removed
		case w.level0 || it.when <= w.now:
			w.count--
			who := it.e.Who
			it.e.where.Store(0) // from here on the entry is its owner's
			due = append(due, who)
			most--
		default:
			w.put(it.e, it.when)
		}
	}
	if w.fired == b.n {
		w.firing, w.fired = b.next, 0
		w.freeBlock(b)
	}
	return due, true
}

// Clear takes all entries out, and appends their owners to due, in no order.
func (w *Wheel[T]) Clear(due []*T) []*T {
	for _, b := range w.blocks {
		if b == nil {
			continue
		}
		for _, it := range b.items[:b.n] {
			if it.e != nil {
				due = append(due, it.e.Who)
				it.e.where.Store(0)
			}
		}
	}
	*w = Wheel[T]{id: w.id, now: w.now}
	return due
}

// take moves the blocks of a slot to firing, the oldest first.
func (w *Wheel[T]) take(level, i int) {
	k := level*slots | i
	w.full[level] &^= 1 << i
	for b := w.slots[k]; b != nil; {
		next := b.next
		b.firing, b.next = true, w.firing
		w.firing = b
		b = next
	}
	w.slots[k] = nil
}

func (w *Wheel[T]) newBlock() *block[T] {
	if b := w.spare; b != nil {
		w.spare, b.next = b.next, nil
		w.spares--
		return b
	}
	b := new(block[T])
	if n := len(w.freeIDs); n > 0 {
		b.id = w.freeIDs[n-1]
		w.freeIDs = w.freeIDs[:n-1]
		w.blocks[b.id] = b
	} else {
		b.id = uint32(len(w.blocks))
		w.blocks = append(w.blocks, b)
	}
	return b
}

// freeBlock frees a block whose items have all been cleared.
func (w *Wheel[T]) freeBlock(b *block[T]) {
	b.n, b.firing = 0, false
	if w.spares < maxSpares {
		b.next = w.spare
		w.spare = b
		w.spares++
		return
	}
	b.next = nil
	w.blocks[b.id] = nil
	w.freeIDs = append(w.freeIDs, b.id)
}
