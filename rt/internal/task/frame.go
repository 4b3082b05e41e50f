package task

import (
	"reflect"
	"sync/atomic"
	"unsafe"
	"weak"
)

// poolIndex is the number of a function's free list, the same in all workers.
// It is given when the first frame is made; 0 is none.
type poolIndex struct{ n atomic.Uint32 }

// get gives the index, and makes one up if there is none.
func (x *poolIndex) get(m Machine) uint32 {
	if n := x.n.Load(); n != 0 { // pairs with the Store below
		return n
	}
	pools.mu.Lock()
	defer pools.mu.Unlock()
	if n := x.n.Load(); n != 0 {
		return n
	}
	if typ := reflect.TypeOf(m); typ.Kind() != reflect.Pointer || !headed(typ.Elem()) {
		panic("rt: the frame of " + m.Func().Name + " does not come first in its struct")
	}
	pools.next++
	x.n.Store(pools.next)
	return pools.next
}

// headed reports whether typ begins with a Frame.
func headed(typ reflect.Type) bool {
	for typ.Kind() == reflect.Struct && typ.NumField() > 0 {
		if typ == frameType {
			return true
		}
		typ = typ.Field(0).Type
	}
	return false
}

var frameType = reflect.TypeFor[Frame]()

// freeList has frames of one function that are not in use, linked by parent.
type freeList struct {
	head Machine
	n    int
}

// framePool has the free frames of a worker. Only the goroutine that runs the worker uses it, so there is no
// lock. A goroutine in BlockOn has one of its own.
//
// When a task has come to its end its calls are released, the innermost first. When the next task comes to wait, the
// innermost call is the first to need a frame. So frames are taken in the order in which they were released, from a queue
// for all functions, and the one that is next nearly always fits:
//
//	released:  leaf, caller, …, outermost ──▶ recent ──▶ wanted:  leaf, caller, …, outermost
//
// One that does not fit goes to the list of its function. So does what the queue has no room for; it grows when
// frames were dropped, as their list was full, and one is allocated after that.
type framePool struct {
	recent  []freeFrame // a ring: n frames from head on; its length is a power of two, or 0 before the first
	head, n uint32
	dropped bool         // a frame was, since recent has grown
	lists   []freeList   // by poolIndex
	arms    [][]*armCall // free ones, by poolIndex
	few     [4]freeFrame // recent, as long as that is enough
	sleeps  []SleepFrame // what is left of a slab
	self    weak.Pointer[framePool]
}

// freeFrame is a Machine in its two words. The first tells its type with one look, and only the second is for the collector.
type freeFrame struct {
	typ   uintptr
	frame unsafe.Pointer
}

const (
	firstRecent = 256  // room in the queue of a worker
	mostRecent  = 4096 // at most; with the size of its frames that is 2 MB
)

// Free frames are bounded by bytes: 128 KB or 256 KB for each function, and one frame of any size.
const (
	smallFrame, smallFrames   = 512, 256 // only these are in the queue
	middleFrame, middleFrames = 4 << 10, 64
	largeFrame, largeFrames   = 32 << 10, 8
)

var poolMax = [...]int{smallFrames, middleFrames, largeFrames, 1}

// sizeClass is which of poolMax holds for frames of a size.
func sizeClass(size uintptr) uint32 {
	switch {
	case size <= smallFrame:
		return 0
	case size <= middleFrame:
		return 1
	case size <= largeFrame:
		return 2
	}
	return 3
}

// newFramePool makes a pool that a parked worker can let go of.
func newFramePool() *framePool {
	p := &framePool{recent: make([]freeFrame, firstRecent)}
	p.self = weak.Make(p)
	return p
}

// next is the type of the frame that is to be used next, 0 if there is none.
func (p *framePool) next() (typ uintptr) {
	if p.n == 0 {
		return 0
	}
	return p.recent[p.head&uint32(len(p.recent)-1)].typ
}

// taken takes the next frame out of the queue.
func (p *framePool) taken() (frame unsafe.Pointer) {
	at := &p.recent[p.head&uint32(len(p.recent)-1)]
	frame, at.frame = at.frame, nil
	p.head++
	p.n--
	return frame
}

// mostTried is how many frames a call that needs one is compared with: in the list of its function, where all instances
// of a generic function are, and in the queue.
const mostTried = 8

// take takes a free frame of the type of like, which may be a nil pointer. Without one it gives nil.
func (p *framePool) take(like Machine) Machine {
	if typeWord(&like) == p.next() {
		words(&like)[1] = p.taken()
		return like
	}
	return p.find(like)
}

// find is take, where the frame that is next does not fit.
func (p *framePool) find(like Machine) Machine {
	i := like.Func().pool.n.Load() // pairs with poolIndex.get
	if lists := p.lists; int(i) < len(lists) {
		l := &lists[i]
		at := &l.head
		for tries := mostTried; *at != nil && tries > 0; tries-- {
			m := *at
			f := Head(m)
			if sameType(m, like) {
				*at, f.parent = f.parent, nil
				l.n--
				return m
			}
			at = &f.parent
		}
	}
	for tries := mostTried; p.n > 0 && tries > 0; tries-- {
		p.shift()
		if typeWord(&like) == p.next() {
			words(&like)[1] = p.taken()
			return like
		}
	}
	if p.dropped {
		p.grow()
	}
	return nil
}

// NewFrame makes the frame of a leaf or of another call, or takes a free one of the worker's.
func NewFrame[M any, P interface {
	*M
	Machine
}](cx *Context) P {
	if m := cx.frames.take(P(nil)); m != nil {
		return (*M)(words(&m)[1])
	}
	m := P(new(M))
	markFrame(m, unsafe.Sizeof(*m))
	return m
}

// newFrameLike is NewFrame for code that does not name the type of m, which may be a nil pointer. So the compiler
// has one function to make for all frames, and not one for each.
func newFrameLike(cx *Context, m Machine) Machine {
	if m := cx.frames.take(m); m != nil {
		return m
	}
	typ := reflect.TypeOf(m).Elem()
	words(&m)[1] = reflect.New(typ).UnsafePointer()
	markFrame(m, typ.Size())
	return m
}

// words are the two words of a Machine: its type with its methods, and the pointer.
func words(m *Machine) *[2]unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(m)) }

// typeWord is the first of them. It never goes away, so it need not be a pointer.
func typeWord(m *Machine) uintptr { return *(*uintptr)(unsafe.Pointer(m)) }

// sameType reports whether a and b are pointers to the same type. If there are two tables of its methods the answer
// may be false.
func sameType(a, b Machine) bool { return words(&a)[0] == words(&b)[0] }

// shift moves the next frame of the queue into the list of its function.
func (p *framePool) shift() {
	var m Machine
	*(*freeFrame)(unsafe.Pointer(&m)) = freeFrame{p.next(), p.taken()}
	p.keep(m)
}

// grow makes more room in the queue.
func (p *framePool) grow() {
	p.dropped = false
	if len(p.recent) == 0 || len(p.recent) >= mostRecent {
		return
	}
	recent := make([]freeFrame, 2*len(p.recent))
	for i := range p.n {
		recent[i] = p.recent[(p.head+i)&uint32(len(p.recent)-1)]
	}
	p.recent, p.head = recent, 0
	clear(p.few[:])
}

// markFrame notes in the flags of a new frame what its Func says, and its size: Release and
// Returned need no dynamic call then.
func markFrame(m Machine, size uintptr) {
	fn := m.Func()
	Head(m).flags = fn.pool.get(m)<<poolShift | sizeClass(size)<<sizeShift | uint32(fn.Result)<<resultShift | fn.flat(m)
}

// Release gives back the frame of a call that has finished and that nobody
// refers to. The root of a box stays with its box: it has no list.
func Release(cx *Context, m Machine) {
	f := Head(m)
	marks := f.flags & marksMask
	if marks>>poolShift == 0 {
		return
	}
	m.Reset()
	f.flags = marks
	cx.frames.put(m, marks)
}

// ReleaseOK is Release for a call that has no error. Of a flat frame there is nothing to clear then.
func ReleaseOK(cx *Context, m Machine) {
	f := Head(m)
	marks := f.flags & marksMask
	if marks&flagFlat == 0 {
		Release(cx, m)
		return
	}
	f.parent, f.state, f.flags = nil, 0, marks
	cx.frames.put(m, marks)
}

// put puts a free frame at the end of the queue, unless that has no room or the frame is too large for it.
func (p *framePool) put(m Machine, marks uint32) {
	if p.n == uint32(len(p.recent)) || marks&sizeMask != 0 {
		p.spill(m)
		return
	}
	p.recent[(p.head+p.n)&uint32(len(p.recent)-1)] = freeFrame{typeWord(&m), words(&m)[1]}
	p.n++
}

// spill keeps a frame for which the queue has no room, or which is too large for it.
func (p *framePool) spill(m Machine) {
	if len(p.recent) > 0 || Head(m).flags&sizeMask != 0 {
		p.keep(m)
		return
	}
	p.recent = p.few[:]
	p.n = 0
	p.put(m, Head(m).flags)
}

// keep puts a free frame into its list, unless that has enough.
func (p *framePool) keep(m Machine) {
	f := Head(m)
	i := int(f.flags >> poolShift)
	if i >= len(p.lists) {
		p.lists = append(p.lists, make([]freeList, i+1-len(p.lists))...)
	}
	l := &p.lists[i]
	if l.n >= poolMax[f.flags&sizeMask>>sizeShift] {
		p.dropped = true
		return
	}
	f.parent = l.head
	l.head = m
	l.n++
}
