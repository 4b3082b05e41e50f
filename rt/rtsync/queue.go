package rtsync

import "github.com/asyncgen/asyncgen/rt"

// waiter is a call that waits, as the queue that it stands in sees it. It is part of the frame of the call.
// All fields are guarded by the lock of the resource whose queue it is.
type waiter struct {
	next, prev *waiter
	waker      rt.Waker
	n          int64 // what it asks for, in the resource's own terms
	granted    bool  // it may go on at its next poll
	queued     bool
}

// queue has the waiters of a resource in the order of arrival. The first of them are granted: they were
// woken, and go on when they are polled. A granted waiter stays in the queue until then, so that what was
// granted to one who is cancelled is granted to the next one.
//
//	first ─ granted ─ granted ─ cut ─ waiting ─ last
type queue struct {
	first, last *waiter
	cut         *waiter // the first that is not granted; nil: there is none
	n           int     // waiters
	granted     int     // of them
}

// push puts w at the end.
func (q *queue) push(w *waiter) {
	w.prev, w.queued = q.last, true
	if q.last == nil {
		q.first = w
	} else {
		q.last.next = w
	}
	q.last = w
	if q.cut == nil {
		q.cut = w
	}
	q.n++
}

// remove takes w out, if it is in the queue.
func (q *queue) remove(w *waiter) {
	if !w.queued {
		return
	}
	if w.prev == nil {
		q.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	if q.cut == w {
		q.cut = w.next
	}
	if w.granted {
		q.granted--
	}
	w.next, w.prev, w.queued = nil, nil, false
	q.n--
}

// grant has the first k waiters granted, and no others.
func (q *queue) grant(k int, ws *wakes) {
	for q.granted < k && q.cut != nil {
		q.grantNext(ws)
	}
	for q.granted > max(k, 0) {
		w := q.last
		if q.cut != nil {
			w = q.cut.prev
		}
		w.granted = false
		q.cut = w
		q.granted--
	}
}

// grantNext grants the first waiter that is not granted.
func (q *queue) grantNext(ws *wakes) {
	w := q.cut
	w.granted = true
	q.cut = w.next
	q.granted++
	ws.add(w.waker)
}

// release takes the first waiter out for good: it has been given what it waits for.
func (q *queue) release(ws *wakes) {
	w := q.first
	w.granted = true
	q.granted++
	if q.cut == w {
		q.cut = w.next
	}
	q.remove(w)
	ws.add(w.waker)
}

// wakes are the wakers that a change has to wake, when the lock is free again: a waker may run any code.
type wakes struct {
	first rt.Waker
	more  []rt.Waker
	some  bool
}

func (ws *wakes) add(w rt.Waker) {
	if !ws.some {
		ws.first, ws.some = w, true
		return
	}
	ws.more = append(ws.more, w)
}

// wake wakes them, in order. The caller has no lock.
func (ws *wakes) wake() {
	if !ws.some {
		return
	}
	ws.first.Wake()
	for _, w := range ws.more {
		w.Wake()
	}
}
