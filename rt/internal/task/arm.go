package task

import "unsafe"

// An Arm is a call as an argument of a verb that is awaited where it stands, so that the verb alone has it:
//
//	rt.Timeout(time.Second, fetchAsync(url))
//
// It is a box whose owner is known from the start. When it has ended, and nothing of it can be left, the worker keeps it for
// the next such call of the function:
//
//	        poll                ready, or cancelled at once
//	taken ────────▶ begun ──────────────────────────────────▶ free
//	  │               ├── a panic or Goexit leaves it ───▶ gone: it is not used again
//	  │               └── its cleanup waits ─────────────▶ gone
//	  └── cancelled ────────────────────────────────────────▶ free
type Arm[T any] struct{ armCall }

// armCall is the part of an Arm that does not know its result type. That it has been polled, and how large it is, is in
// the flags of its frame; Index of its task is the number of the function's free list.
type armCall struct {
	t    Task
	root Machine // its frame, in the same object
}

// NewArm is the call whose parameters are in frame, as an arm. It takes a free one of the worker's.
func NewArm[T, F any, P interface {
	*F
	Machine
}](cx *Context, frame F) *Arm[T] {
	type object struct {
		Arm[T]
		frame F
	}
	var a *object
	if free := cx.frames.takeArm(P(nil)); free != nil {
		a = (*object)(unsafe.Pointer(free)) // the same F, so the same T
		a.frame = frame
	} else {
		a = &object{frame: frame}
		a.root = P(&a.frame)
		a.t.Index = a.root.Func().pool.get(a.root)
	}
	a.t.Leaf = a.root
	Head(a.root).flags = flagRoot | sizeClass(unsafe.Sizeof(*a))<<sizeShift
	return &a.Arm
}

// takeArm takes a free arm whose frame has the type of like.
func (p *framePool) takeArm(like Machine) *armCall {
	i := int(like.Func().pool.n.Load()) // pairs with poolIndex.get
	if i >= len(p.arms) {
		return nil
	}
	list := p.arms[i]
	last := len(list) - 1
	if last < 0 || !sameType(list[last].root, like) { // another instance of a generic function
		return nil
	}
	a := list[last]
	list[last], p.arms[i] = nil, list[:last]
	return a
}

// free keeps a, which has ended, for the next call. The class is of its size.
func (a *armCall) free(cx *Context, class uint32) {
	a.root.Reset()
	a.t.Leaf = nil
	p := cx.frames
	if len(p.recent) < firstRecent || cx.trace.box == &a.t { // a goroutine's that waits; or a panic has left a call of a
		return
	}
	i := int(a.t.Index)
	if i >= len(p.arms) {
		p.arms = append(p.arms, make([][]*armCall, i+1-len(p.arms))...)
	}
	list := p.arms[i]
	if len(list) > 0 && !sameType(list[0].root, a.root) {
		clear(list)
		list = list[:0]
	}
	if len(list) < poolMax[class] {
		p.arms[i] = append(list, a)
	}
}

// class is the class of the size of a.
func (a *armCall) class() uint32 { return Head(a.root).flags & sizeMask >> sizeShift }

// begins notes that a is polled.
func (a *armCall) begins() { Head(a.root).flags |= flagBegun }

func (a *armCall) begun() bool { return Head(a.root).flags&flagBegun != 0 }

// Poll implements [Future].
func (a *Arm[T]) Poll(cx *Context) (v T, ready bool, err error) {
	a.begins()
	if !a.t.advance(cx, goOn) {
		return v, false, nil
	}
	last, class := a.t.Leaf, a.class()
	v, err = Result[T](last)
	if Head(last).flags&flagRoot == 0 { // a tail await has replaced the root
		Release(cx, last)
	}
	a.free(cx, class)
	return v, true, err
}

// PollCancel implements [PollCanceler].
func (a *Arm[T]) PollCancel(cx *Context) (over bool) { return a.cancelled(cx) }

func (a *armCall) cancelled(cx *Context) (over bool) {
	if a.t.Load() != 0 { // its cleanup waits, or it has ended
		return a.t.PollCancel(cx)
	}
	class := a.class()
	if a.begun() && !a.t.advanceLeaving(cx) {
		a.t.State.Store(uint32(StateStarted | StateCleaning))
		return false
	}
	a.free(cx, class)
	return true
}

// Cancel implements [Canceler]. Cleanup that has to wait goes on as a task of its own.
func (a *Arm[T]) Cancel() {
	if a.t.Load() == 0 && a.begun() {
		a.t.State.Store(uint32(StateStarted))
	}
	a.t.cancel()
}

// Own implements owned: the verb is its owner.
func (a *Arm[T]) Own(string) {}

// boxed implements boxed.
func (a *Arm[T]) boxed() *Task { return &a.t }
