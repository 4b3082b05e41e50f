package task

import (
	"sync/atomic"
	"unsafe"
)

// Whoever has a future that belongs to somebody else now, or a handle, may want the name of its
// function: for a message, or for people to read. They cannot look at the frames, which change while
// the task runs. So the functions that are passed on have numbers, and a task has that of its outermost
// call in the upper half of its state word.

// numberShift is where the number is in the state word; 0 is no number.
const numberShift = 16

// number is the number of f, as it stands in a state word. It is given when a future of f is passed
// on for the first time; when there are no more, it is 0.
func (f *Func) number() Word {
	n := f.numbered.Load() // pairs with the Store in newNumber
	if n == 0 {
		n = f.newNumber()
	}
	return Word(n) << numberShift
}

func (f *Func) newNumber() uint32 {
	functions.mu.Lock()
	defer functions.mu.Unlock()
	if n := f.numbered.Load(); n != 0 {
		return n
	}
	list := []*Func{nil}
	if old := functions.list.Load(); old != nil {
		list = *old
	}
	n := len(list)
	if n > 1<<(32-numberShift)-1 {
		return 0
	}
	list = append(list, f) // beyond the end of all lists that are read now
	functions.list.Store(&list)
	f.numbered.Store(uint32(n))
	return uint32(n)
}

// function is the function whose number is in s, or nil.
func (s Word) function() *Func {
	n := s >> numberShift
	if n == 0 {
		return nil
	}
	return (*functions.list.Load())[n] // pairs with the Store in newNumber
}

// Title is the name that t was given, or that of its function.
func (t *Task) Title() string {
	if a := t.aux.Load(); isExtra(a) {
		if name := t.Extra().name; name != "" {
			return name
		}
	}
	return t.name()
}

// name is the name of the outermost call, for messages. If t was passed on, it is in the state word;
// if not, the frames belong to the caller.
func (t *Task) name() string {
	s := t.Load()
	if f := s.function(); f != nil {
		return f.Name
	}
	if t.Leaf == nil || s&(StateSpawned|stateOwned) != 0 {
		return "a future"
	}
	return outermost(t.Leaf).Func().Name
}

// passOn makes t, which the caller owns, a task of a runtime, and notes its function.
func (t *Task) passOn(as Word) {
	s := t.Load()
	if atomic.LoadUint32(&t.Index) != 0 { // has said who its owner was, or where an arm goes
		atomic.StoreUint32(&t.Index, 0)
	}
	if s.function() == nil {
		as |= outermost(t.Leaf).Func().number()
	}
	if s == 0 && !raced { // nobody else knows it, and the queue that it is put into orders this before all that others do
		*(*uint32)(unsafe.Pointer(&t.State)) = uint32(as)
		return
	}
	t.State.Or(uint32(as))
}

// nameOf is the name of the function that has made f, which the caller owns, or that of a task.
func nameOf(f any) string {
	switch f := f.(type) {
	case boxed:
		return f.boxed().Title()
	case handled:
		return f.handled().Title()
	case titled:
		return f.Title()
	}
	return "a future"
}

// titled is a future that has a name of its own.
type titled interface{ Title() string }
