package rt

import (
	"sync"
	"sync/atomic"
)

// poolMax is how many free frames of one function a worker keeps.
const poolMax = 256

// poolIndex is the number of a function's free list, the same in all workers.
// It is given when the first frame is released; 0 is none.
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
	lists []freeList
	naps  []sleepFrame // what is left of a slab
}

// newFrame makes a frame, or takes a free one of the worker's.
func newFrame[M any, P interface {
	*M
	Machine
}](cx *Context) P {
	if m := takeFrame[M, P](cx); m != nil {
		return m
	}
	return new(M)
}

// takeFrame takes a free frame of the worker's, if there is one.
func takeFrame[M any, P interface {
	*M
	Machine
}](cx *Context) P {
	i := P(nil).Func().pool.n.Load() // pairs with poolIndex.get
	lists := cx.frames.lists
	if int(i) >= len(lists) {
		return nil
	}
	l := &lists[i]
	m, ok := l.head.(P)
	if !ok { // empty, or the list holds another instance of a generic function
		return nil
	}
	f := frameOf(m)
	l.head, f.parent = f.parent, nil
	l.n--
	return m
}

// release gives back the frame of a call that has finished and that nobody
// refers to. The root of a box stays with its box.
func release(cx *Context, m Machine) {
	f := frameOf(m)
	if f.flags&flagRoot != 0 {
		return
	}
	i := int(m.Func().pool.get(m))
	p := cx.frames
	for i >= len(p.lists) {
		p.lists = append(p.lists, freeList{})
	}
	l := &p.lists[i]
	if l.n >= poolMax {
		return
	}
	m.Reset()
	f.parent = l.head
	l.head = m
	l.n++
}
