package rt

import (
	"sync"
	"sync/atomic"
	"weak"
)

// poolMax is how many free frames of one function a worker keeps.
const poolMax = 256

// poolIndex is the number of a function's free list, the same in all workers.
// It is given when the first frame is made; 0 is none.
type poolIndex struct{ n atomic.Uint32 }

var pools struct {
	mu   sync.Mutex
	next uint32
}

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
	if m.frame() != frameOf(m) {
		panic("rt: the frame of " + m.Func().Name + " does not come first in its struct")
	}
	pools.next++
	x.n.Store(pools.next)
	return pools.next
}

// freeList has frames of one function that are not in use, linked by parent.
type freeList struct {
	head Machine
	n    int
}

// framePool has the free lists of a worker, by poolIndex. Only the goroutine
// that runs the worker uses it, so there is no lock. A goroutine in BlockOn has
// one of its own.
type framePool struct {
	last  Machine // the frame released last, in no list: a call in a loop takes it next
	lists []freeList
	naps  []sleepFrame // what is left of a slab
	self  weak.Pointer[framePool]
}

// newFramePool makes a pool that a parked worker can let go of.
func newFramePool() *framePool {
	p := new(framePool)
	p.self = weak.Make(p)
	return p
}

// newFrame makes a frame, or takes a free one of the worker's.
func newFrame[M any, P interface {
	*M
	Machine
}](cx *Context) P {
	p := cx.frames
	if m, ok := p.last.(P); ok {
		p.last = nil
		return m
	}
	i := P(nil).Func().pool.n.Load() // pairs with poolIndex.get
	if lists := p.lists; int(i) < len(lists) {
		l := &lists[i]
		if m, ok := l.head.(P); ok { // not empty, and not of another instance of a generic function
			f := frameOf(m)
			l.head, f.parent = f.parent, nil
			l.n--
			return m
		}
	}
	m := P(new(M))
	markFrame(m)
	return m
}

// markFrame notes in the flags of a new frame what its Func says: release and
// Returned need no dynamic call then.
func markFrame(m Machine) {
	fn := m.Func()
	frameOf(m).flags = fn.pool.get(m)<<poolShift | uint32(fn.Result)<<resultShift
}

// release gives back the frame of a call that has finished and that nobody
// refers to. The root of a box stays with its box: it has no list.
func release(cx *Context, m Machine) {
	f := frameOf(m)
	marks := f.flags & marksMask
	if marks>>poolShift == 0 {
		return
	}
	m.Reset()
	f.flags = marks
	p := cx.frames
	older := p.last
	if p.last = m; older != nil {
		p.keep(older)
	}
}

// keep puts a free frame into its list, unless that has enough.
func (p *framePool) keep(m Machine) {
	f := frameOf(m)
	i := int(f.flags >> poolShift)
	if i >= len(p.lists) {
		p.lists = append(p.lists, make([]freeList, i+1-len(p.lists))...)
	}
	if l := &p.lists[i]; l.n < poolMax {
		f.parent = l.head
		l.head = m
		l.n++
	}
}
