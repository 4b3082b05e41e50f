package task

import "unsafe"

// Extra gives the extra of t, and makes it if there is none. The
// compare-and-swap pairs with those in watch and wakeWatchers.
func (t *Task) Extra() *extra {
	for {
		a := t.aux.Load()
		if isExtra(a) {
			return (*extra)(unsafe.Pointer(a)) // head comes first
		}
		x := new(extra)
		x.head.State.Store(uint32(StateExtra))
		if a != nil {
			x.Waiters.Add(a, hasEnded)
		}
		if t.aux.CompareAndSwap(a, &x.head) {
			return x
		}
	}
}

// Watch has w woken when t ends. Who calls it must look afterwards whether t
// has ended already: wakeWatchers looks in the other order.
func (t *Task) Watch(w Waker) {
	for {
		a := t.aux.Load()
		if isExtra(a) {
			break
		}
		if a == w.t {
			return
		}
		if a != nil && !a.Load().Is(StateDone) {
			break // a second one
		}
		if t.aux.CompareAndSwap(a, w.t) {
			return
		}
	}
	x := t.Extra()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.Waiters.Add(w.t, hasEnded)
}

// unwatch undoes watch, and reports whether w was still to be woken.
func (t *Task) unwatch(w Waker) bool {
	for {
		a := t.aux.Load()
		switch {
		case isExtra(a):
			x := t.Extra()
			x.mu.Lock()
			defer x.mu.Unlock()
			return x.Waiters.Remove(w.t)
		case a == nil || a != w.t:
			return false
		case t.aux.CompareAndSwap(a, nil):
			return true
		}
	}
}

// wakeWatchers wakes who waits for t, which has ended. w is the worker that we are on.
func (t *Task) wakeWatchers(w *worker) {
	a := t.aux.Load()
	for a != nil && !isExtra(a) {
		if t.aux.CompareAndSwap(a, nil) {
			a.wakeOn(w)
			return
		}
		a = t.aux.Load()
	}
	if a == nil {
		return
	}
	x := t.Extra()
	x.mu.Lock()
	waiters := x.Waiters.Take()
	if x.done != nil && !x.closed {
		close(x.done)
	}
	x.closed = true
	x.mu.Unlock()
	for _, other := range waiters {
		other.wakeOn(w)
	}
}

// DoneChan gives a channel that is closed when t has ended.
func (t *Task) DoneChan() <-chan struct{} {
	x := t.Extra()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done == nil {
		x.done = make(chan struct{})
		if x.closed || t.Load().Is(StateDone) {
			x.closed = true
			close(x.done)
		}
	}
	return x.done
}

// Id gives t a number when somebody asks for the first time.
func (t *Task) Id() uint64 {
	n := &t.Extra().number
	if n.Load() == 0 {
		n.CompareAndSwap(0, taskIDs.Add(1))
	}
	return n.Load()
}
