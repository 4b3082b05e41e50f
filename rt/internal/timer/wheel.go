// Package timer has the timers of a worker: a hierarchical timing wheel. It
// knows nothing of tasks, clocks and locks: time is a number of ticks, and the
// caller sees to it that one call is made at a time.
package timer

import (
	"math/bits"
	"sync/atomic"
	"unsafe"
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
	at    uint32 // a [Spot]
	wheel uint32 // the number of the wheel that it was put into last
	Who   *T     // given back when it is due
}

// Armed reports whether the entry is in a wheel. Anybody may ask; it pairs with
// the stores in Wheel, so who sees false after Insert sees what was done before
// the timer fired.
func (e *Entry[T]) Armed() bool { return Spot(atomic.LoadUint32(&e.at)) != 0 }

// Wheel is the number of the wheel that the entry is in, 0 if it is in none. Only
// who calls Insert may ask.
func (e *Entry[T]) Wheel() uint16 {
	if !e.Armed() {
		return 0
	}
	return uint16(e.wheel)
}

// Spot says where a timer is: which block, and where in it; 0 is nowhere. A T that waits for one timer at a time
// can do with a uint32 of its own for it, in place of an Entry, which may have another meaning while its
// highest bit is 0.
type Spot uint32

const (
	inner      Spot = 1 << 31 // it is in the T itself
	posBits         = 7
	mostBlocks      = 1 << (31 - posBits)
)

func spotOf(block uint32, pos int) Spot { return Spot(block<<posBits | uint32(pos+1)) }

// Inner reports whether s is that of a timer that is in its T.
func (s Spot) Inner() bool { return s&inner != 0 }

func (s Spot) pos() int      { return int(s&(1<<posBits-1)) - 1 }
func (s Spot) block() uint32 { return uint32(s &^ inner >> posBits) }

// item is a timer in a block: the tick when it is due, times two, plus one if it is in its T. at is where its spot
// is, which to look at may be a cache miss: the first field of an Entry, or a field of a T.
type item struct {
	due int64
	at  *uint32
}

func (it item) when() int64 { return it.due >> 1 }

func (it item) inner() bool { return it.due&1 != 0 }

// store notes where the timer is: at a position of a block, or nowhere.
func (it item) store(s Spot) {
	if s != 0 && it.inner() {
		s |= inner
	}
	atomic.StoreUint32(it.at, uint32(s))
}

// block holds entries of one slot. Blocks and not lists of entries: to fire a
// thousand timers is then a walk over arrays, where a list would be a thousand
// cache misses one after the other, for us and for the garbage collector.
type block[T any] struct {
	next   *block[T]
	id     uint32
	n      int32
	slot   int16
	firing bool // taken out of its slot; Remove leaves holes
	items  [blockLen]item
}

// Wheel has six levels of 64 slots; a slot of level l spans 64^l ticks. A timer
// is in the lowest level whose slots tell its tick from now. When the wheel
// comes to a slot of a higher level, its timers move down.
type Wheel[T any] struct {
	id      uint16
	offset  uintptr // of the uint32 in a T
	now     int64   // all timers due at this tick or before have fired
	count   int
	inners  int            // those of them that are in their T
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

// Init starts a wheel at the tick now. id must not be 0. The offset in a T is that of the uint32 which InsertInner
// is given.
func (w *Wheel[T]) Init(id uint16, now int64, offset uintptr) {
	w.id, w.now, w.offset = id, now, offset
}

// Count is how many timers are in the wheel.
func (w *Wheel[T]) Count() int { return w.count }

// Inners is how many of them are in their T.
func (w *Wheel[T]) Inners() int { return w.inners }

// Insert arms e: it is due at the tick when, and at the next one at the earliest.
func (w *Wheel[T]) Insert(e *Entry[T], when int64) {
	w.count++
	e.wheel = uint32(w.id)
	w.put(item{when << 1, &e.at})
}

// InsertInner is Insert for a timer that is in its T: at is its uint32.
func (w *Wheel[T]) InsertInner(at *uint32, when int64) {
	w.count++
	w.inners++
	w.put(item{when<<1 | 1, at})
}

// owner is who is given back for a timer.
func (w *Wheel[T]) owner(it item) *T {
	if it.inner() {
		return (*T)(unsafe.Add(unsafe.Pointer(it.at), -int(w.offset)))
	}
	return (*Entry[T])(unsafe.Pointer(it.at)).Who
}

func (w *Wheel[T]) put(it item) {
	at := min(max(it.when(), w.now+1), w.now+farthest)
	level := (63 - bits.LeadingZeros64(uint64(at^w.now)|(slots-1))) / levelBits
	level = min(level, levels-1)
	i := int(uint64(at)>>(level*levelBits)) & (slots - 1)
	k := level*slots | i
	b := w.slots[k]
	if b == nil || b.n == blockLen {
		nb := w.newBlock()
		nb.next, nb.slot = b, int16(k)
		w.slots[k] = nb
		b = nb
	}
	it.store(spotOf(b.id, int(b.n)))
	b.items[b.n] = it
	b.n++
	w.full[level] |= 1 << i
}

// Remove disarms e, and reports whether it was armed. The entry must be in this wheel, or in none.
func (w *Wheel[T]) Remove(e *Entry[T]) bool {
	s := Spot(atomic.LoadUint32(&e.at))
	if s == 0 {
		return false
	}
	w.remove(s)
	return true
}

// RemoveInner is Remove for a timer that is in its T, and gives the tick when it was due.
func (w *Wheel[T]) RemoveInner(at *uint32) (when int64, ok bool) {
	s := Spot(atomic.LoadUint32(at))
	if !s.Inner() {
		return 0, false
	}
	w.inners--
	return w.remove(s), true
}

// remove takes the timer at s out, and gives the tick when it was due.
func (w *Wheel[T]) remove(s Spot) (when int64) {
	w.count--
	b := w.blocks[s.block()]
	it := b.items[s.pos()]
	it.store(0)
	if b.firing {
		b.items[s.pos()] = item{}
		return it.when()
	}
	// The last of the slot takes its place.
	head := w.slots[b.slot]
	head.n--
	last := head.items[head.n]
	head.items[head.n] = item{}
	if last.at != it.at {
		b.items[s.pos()] = last
		last.store(s &^ inner)
	}
	if head.n == 0 {
		w.slots[b.slot] = head.next
		w.freeBlock(head)
	}
	return it.when()
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
		b.items[w.fired] = item{} // what has fired must not be kept alive
		switch {
		case it.at == nil: // removed
		case w.level0 || it.when() <= w.now:
			due = append(due, w.release(it))
			most--
		default:
			w.put(it)
		}
	}
	if w.fired == b.n {
		w.firing, w.fired = b.next, 0
		w.freeBlock(b)
	}
	return due, true
}

// release has it be in no wheel any more, and gives its owner.
func (w *Wheel[T]) release(it item) *T {
	if w.count--; it.inner() {
		w.inners--
	}
	who := w.owner(it)
	it.store(0) // from here on the timer is its owner's
	return who
}

// Clear takes all timers out, and appends their owners to due, in no order.
func (w *Wheel[T]) Clear(due []*T) []*T {
	for it := range w.all {
		due = append(due, w.release(it))
	}
	*w = Wheel[T]{id: w.id, now: w.now, offset: w.offset}
	return due
}

// InInner appends those T whose timers are in themselves, in no order.
func (w *Wheel[T]) InInner(who []*T) []*T {
	if w.inners == 0 {
		return who
	}
	for it := range w.all {
		if it.inner() {
			who = append(who, w.owner(it))
		}
	}
	return who
}

// all yields all timers.
func (w *Wheel[T]) all(yield func(item) bool) {
	for _, b := range w.blocks {
		if b == nil {
			continue
		}
		for _, it := range b.items[:b.n] {
			if it.at != nil && !yield(it) {
				return
			}
		}
	}
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
		if len(w.blocks) == mostBlocks {
			panic("rt: more than two thousand million timers of one worker")
		}
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
