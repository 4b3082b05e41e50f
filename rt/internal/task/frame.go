package task

import (
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"
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

// framePool has the free lists of a worker, by poolIndex. Only the goroutine
// that runs the worker uses it, so there is no lock. A goroutine in BlockOn has
// one of its own.
type framePool struct {
	last  Machine // the frame released last, in no list: a call in a loop takes it next
	lists []freeList
	naps  []SleepFrame // what is left of a slab
	self  weak.Pointer[framePool]
}

// newFramePool makes a pool that a parked worker can let go of.
func newFramePool() *framePool {
	p := new(framePool)
	p.self = weak.Make(p)
	return p
}

// NewFrame makes the frame of a leaf or of another call, or takes a free one of the worker's.
func NewFrame[M any, P interface {
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
			f := Head(m)
			l.head, f.parent = f.parent, nil
			l.n--
			return m
		}
	}
	m := P(new(M))
	markFrame(m)
	return m
}

// newFrameLike is NewFrame for code that does not name the type of m, which may be a nil pointer. So the compiler
// has one function to make for all frames, and not one for each.
func newFrameLike(cx *Context, m Machine) Machine {
	p := cx.frames
	if last := p.last; sameType(last, m) {
		p.last = nil
		return last
	}
	i := m.Func().pool.n.Load() // pairs with poolIndex.get
	if lists := p.lists; int(i) < len(lists) {
		l := &lists[i]
		if head := l.head; sameType(head, m) { // not empty, and not of another instance of a generic function
			f := Head(head)
			l.head, f.parent = f.parent, nil
			l.n--
			return head
		}
	}
	words(&m)[1] = reflect.New(reflect.TypeOf(m).Elem()).UnsafePointer()
	markFrame(m)
	return m
}

// words are the two words of a Machine: its type with its methods, and the pointer.
func words(m *Machine) *[2]unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(m)) }

// sameType reports whether a and b are pointers to the same type. If there are two tables of its methods the answer
// may be false.
func sameType(a, b Machine) bool { return words(&a)[0] == words(&b)[0] }

// markFrame notes in the flags of a new frame what its Func says: release and
// Returned need no dynamic call then.
func markFrame(m Machine) {
	fn := m.Func()
	Head(m).flags = fn.pool.get(m)<<poolShift | uint32(fn.Result)<<resultShift
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
	p := cx.frames
	older := p.last
	if p.last = m; older != nil {
		p.keep(older)
	}
}

// keep puts a free frame into its list, unless that has enough.
func (p *framePool) keep(m Machine) {
	f := Head(m)
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
