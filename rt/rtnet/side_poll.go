//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// side is one direction of a descriptor: who waits to read from it, or to write to it.
//
// The poller tells us of changes only (it is edge-triggered), so what it has told is kept in word. An operation
// looks at word, makes its system call, and where that would have to wait it clears the ready bit, unless the
// poller has counted up since: then there is something new, and the call is made again.
//
//	operation                          poller
//	seen = word
//	read: EAGAIN
//	                                   word = tick+1 | ready
//	CAS(seen, seen without ready) ✗
//	read again
//
// System calls are made under mu. They do not block, and a Close, which takes mu, cannot give the number of the
// descriptor away below one.
type side struct {
	word atomic.Uint32 // set by the poller (notify), cleared by operations (clear)
	told uint32        // the number of the look of the poller that has said last that it is ready; see sure

	mu    sync.Mutex             // guards told, and what follows
	first atomic.Pointer[waiter] // in the order of arrival; the poller reads it without mu, after it has set word
	limit *limit                 // nil: no deadline
}

// The bits of side.word. What is above them counts what the poller has told.
const (
	bitReady  uint32 = 1 << iota // a system call may get further
	bitOver                      // the peer has closed, or there is an error: a short read does not mean that all is read
	bitClosed                    // by ourselves; set under mu
	oneTick
)

// limit is a deadline.
type limit struct {
	clock clock
	at    time.Time // with a monotonic reading
	timer stopper   // nil: none
}

// clock is what deadlines go by.
type clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) stopper
}

// stopper is a timer.
type stopper interface{ Stop() bool }

// realClock is that of the system.
type realClock struct{}

// Now implements clock.
func (realClock) Now() time.Time { return time.Now() }

// AfterFunc implements clock.
func (realClock) AfterFunc(d time.Duration, f func()) stopper { return time.AfterFunc(d, f) }

// waiter is an operation that waits, as its side sees it. It is part of the operation's frame, and guarded by the
// side's mu.
type waiter struct {
	next, prev *waiter // the next of the last is nil, the one before the first is the last
	waker      rt.Waker
	since      uint32 // looks of the poller that had begun when it became the first
	queued     bool
	late       bool // the deadline has passed while it waited: also if that is moved now
}

// outcome is what has come of an attempt.
type outcome uint8

const (
	blocked outcome = iota // it has to wait
	done                   // it is over
	drained                // it is over, and the next one would have to wait
)

// operation is what waits at a side: the frame of a call.
type operation interface {
	// attempt goes on as far as it gets without waiting. It is called under the side's mu, when it is the
	// operation's turn and the descriptor is open.
	attempt(seen uint32) outcome
	// fail ends the operation with an error of the side: net.ErrClosed or os.ErrDeadlineExceeded.
	fail(err error)
}

// notify notes what the poller has told, and wakes who waits first. look is the number of its look if that has said that
// a call would get further, else 0.
func (s *side) notify(bits, look uint32) {
	for {
		w := s.word.Load()
		if s.word.CompareAndSwap(w, (w+oneTick)|bits) { // pairs with clear
			break
		}
	}
	if s.first.Load() != nil { // pairs with the Store in push
		s.wakeFirst(look)
	}
}

// clear takes the ready bit away, unless the poller has told more since word was seen.
func (s *side) clear(seen uint32) bool {
	return s.word.CompareAndSwap(seen, seen&^bitReady) // pairs with notify
}

// wakeFirst wakes who waits first, if there is somebody. Of who comes later look tells nothing.
func (s *side) wakeFirst(look uint32) {
	var w rt.Waker
	s.mu.Lock()
	if first := s.first.Load(); first != nil {
		s.told = look
		w = first.waker
	}
	s.mu.Unlock()
	w.Wake()
}

// poll begins the operation op, whose waiter is w, or goes on with it, and reports whether it is over. If not, the
// task of cx is woken when it may get further.
func (s *side) poll(cx *rt.Context, w *waiter, op operation) (over bool) {
	s.mu.Lock()
	if over = s.step(w, op); !over {
		w.waker = cx.Waker()
		s.push(w)
		// The poller may have told something before it could see that somebody waits.
		for !over && s.first.Load() == w && s.word.Load()&bitReady != 0 {
			over = s.step(w, op)
		}
	}
	next := s.leave(w, over)
	s.mu.Unlock()
	next.Wake()
	return over
}

// try is poll for who does not wait: it reports whether the operation is over.
func (s *side) try(op operation) (over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.step(nil, op)
}

// now is try for who wants to know what the system has at this moment: the poller may not have told of it yet.
func (s *side) now(op operation) (over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first.Load() == nil {
		s.word.Or(bitReady) // a call that has to wait takes it away
	}
	return s.step(nil, op)
}

// step makes an attempt, if it is the turn of w.
func (s *side) step(w *waiter, op operation) (over bool) {
	seen := s.word.Load()
	switch first := s.first.Load(); {
	case seen&bitClosed != 0:
		op.fail(net.ErrClosed)
		return true
	case s.expired() || w != nil && w.late:
		op.fail(os.ErrDeadlineExceeded)
		return true
	case first != nil && first != w:
		return false
	}
	for ; seen&bitReady != 0; seen = s.word.Load() {
		switch op.attempt(seen) {
		case done:
			return true
		case drained:
			if seen&bitOver == 0 {
				s.clear(seen)
			}
			return true
		case blocked:
			s.clear(seen) // or there is something new, and we look again
		}
	}
	return false
}

// sure reports whether the poller was told, after w had become the first who waits, that the direction is ready. Then
// it still is, as only the first makes system calls.
//
//	look 7 begins                       w becomes the first: since 7
//	the kernel says: ready              nobody knows whether that was before the last read
//	look 8 begins, and says: ready      sure
func (s *side) sure(w *waiter) bool {
	return w.queued && int32(s.told-w.since) > 0
}

// isFirst notes that w is the first who waits, from now on.
func (s *side) isFirst(w *waiter) {
	w.since = poller.begun.Load()
	s.told = w.since // or what was told very long ago would look new
}

// push puts w at the end of those who wait, if it is not among them.
func (s *side) push(w *waiter) {
	if w.queued {
		return
	}
	w.queued = true
	first := s.first.Load()
	if first == nil {
		w.prev = w
		s.isFirst(w)
		s.first.Store(w) // pairs with the Load in notify
		return
	}
	w.prev = first.prev
	w.prev.next, first.prev = w, w
}

// leave takes w out, if over, and gives who is to be woken in its place.
func (s *side) leave(w *waiter, over bool) (next rt.Waker) {
	if !over || !w.queued {
		return next
	}
	first := s.first.Load()
	switch {
	case w.next != nil:
		w.next.prev = w.prev
	case w != first:
		first.prev = w.prev // w was the last
	}
	if w != first {
		w.prev.next = w.next
		*w = waiter{}
		return next
	}
	first = w.next
	*w = waiter{}
	if s.first.Store(first); first != nil { // also where nothing is ready: who comes second has not looked yet
		s.isFirst(first)
		next = first.waker
	}
	return next
}

// cancel takes w out, whose operation is cancelled.
func (s *side) cancel(w *waiter) {
	s.mu.Lock()
	next := s.leave(w, true)
	s.mu.Unlock()
	next.Wake()
}

// all gives the wakers of all who wait, who find out why at their next poll. It is called under mu.
func (s *side) all() (ws []rt.Waker) {
	for w := s.first.Load(); w != nil; w = w.next {
		ws = append(ws, w.waker)
	}
	return ws
}

// late is all for a deadline that has passed.
func (s *side) late() []rt.Waker {
	for w := s.first.Load(); w != nil; w = w.next {
		w.late = true
	}
	return s.all()
}

// expired reports whether the deadline has passed. It is called under mu.
func (s *side) expired() bool { return s.limit != nil && !s.limit.clock.Now().Before(s.limit.at) }

// tooLong is a time after which no deadline is observed.
const tooLong = 100 * 365 * 24 * time.Hour

// setLimit sets the deadline; the zero time is none.
func (s *side) setLimit(c clock, t time.Time) error {
	var ws []rt.Waker
	s.mu.Lock()
	if s.word.Load()&bitClosed != 0 {
		s.mu.Unlock()
		return net.ErrClosed
	}
	now := c.Now()
	d := t.Sub(now)
	switch {
	case t.IsZero() || d > tooLong:
		s.stop()
		s.limit = nil
	default:
		if s.limit == nil {
			s.limit = &limit{clock: c}
		}
		s.limit.at = now.Add(d)
		s.stop()
		if d <= 0 {
			ws = s.late()
		} else {
			s.limit.timer = c.AfterFunc(d, s.ring)
		}
	}
	s.mu.Unlock()
	wakeAll(ws)
	return nil
}

// ring is what the timer of a deadline does. A deadline that was moved meanwhile has another timer.
func (s *side) ring() {
	var ws []rt.Waker
	s.mu.Lock()
	if s.expired() {
		ws = s.late()
	}
	s.mu.Unlock()
	wakeAll(ws)
}

// stop stops the timer. It is called under mu.
func (s *side) stop() {
	if s.limit != nil && s.limit.timer != nil {
		s.limit.timer.Stop()
		s.limit.timer = nil
	}
}

func wakeAll(ws []rt.Waker) {
	for _, w := range ws {
		w.Wake()
	}
}
