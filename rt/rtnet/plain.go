//go:build (!linux && !(rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) || rtnet_plain

package rtnet

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// Where there is no poller of ours, an operation that waits is a call of package net on a goroutine. With the
// build tag rtnet_plain that is so everywhere.

// waiting is a call on a goroutine, as a future.
type waiting[T any] struct {
	do   func(c *cut) (T, error) // the call; it returns soon after c was cut
	keep func(v T, err error)    // has what a cancelled call has got all the same; nil: nothing has to be done

	started bool
	began   bool // the call was made, and not cut off before; for keep
	cut     cut

	mu    sync.Mutex // guards what follows, which the goroutine writes
	ended bool
	value T
	err   error
	waker rt.Waker
}

// cut says that a call is to end.
type cut struct {
	mu   sync.Mutex
	done bool
	now  func() // has the call end; nil: it has not begun to wait, or is over
}

// during reports whether a call may begin, which now ends while it waits.
func (c *cut) during(now func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
	return !c.done
}

func (c *cut) over() bool { return !c.during(nil) }

func (c *cut) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = true
	if c.now != nil {
		c.now()
	}
}

// Poll implements [rt.Future].
func (w *waiting[T]) Poll(cx *rt.Context) (v T, ready bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return w.value, true, w.err
	}
	w.waker = cx.Waker()
	if !w.started {
		w.started = true
		go w.run()
	}
	return v, false, nil
}

func (w *waiting[T]) run() {
	v, err := w.do(&w.cut)
	w.mu.Lock()
	w.value, w.err, w.ended = v, err, true
	waker := w.waker
	w.mu.Unlock()
	waker.Wake()
}

// PollCancel ends the call, and waits until it has.
func (w *waiting[T]) PollCancel(cx *rt.Context) bool {
	if !w.started {
		return true
	}
	w.cut.cancel()
	w.mu.Lock()
	w.waker = cx.Waker()
	ended := w.ended
	w.mu.Unlock()
	if ended && w.keep != nil {
		w.keep(w.value, w.err)
		w.keep = nil
	}
	return ended
}

// Cancel implements [rt.Canceler], for who cannot wait.
func (w *waiting[T]) Cancel() {
	done := make(chan struct{}, 1)
	cx := rt.NewContext(rt.NewWaker(func() {
		select {
		case done <- struct{}{}:
		default:
		}
	}))
	for !w.PollCancel(cx) {
		<-done
	}
}

// side is one direction of a connection: the calls in it come one after the other.
type side struct {
	mu  sync.Mutex // held during a call
	set func(t time.Time) error

	limits sync.Mutex // guards what follows
	limit  time.Time  // the deadline of the user
	cuts   bool       // the deadline is in the past, to end a call
}

// setLimit sets the deadline.
func (s *side) setLimit(t time.Time) error {
	s.limits.Lock()
	defer s.limits.Unlock()
	s.limit = t
	if s.cuts {
		return nil
	}
	return s.set(t)
}

// call makes a call, when it is its turn, which can be cut off. began says that it was made.
func (s *side) call(c *cut, f func()) (began bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	began = c.during(func() {
		s.limits.Lock()
		defer s.limits.Unlock()
		s.cuts = true
		_ = s.set(time.Unix(1, 0))
	})
	if began {
		f()
	}
	if c.over() {
		s.limits.Lock()
		defer s.limits.Unlock()
		if s.cuts {
			s.cuts = false
			_ = s.set(s.limit)
		}
	}
	return began
}

// moment is how long a call may take that is not to wait: package net has none that does not.
const moment = time.Millisecond

// now makes a call that takes a moment at most, unless another one has its turn.
func (s *side) now(f func()) bool {
	if !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	s.limits.Lock()
	soon := time.Now().Add(moment)
	if s.limit.IsZero() || s.limit.After(soon) {
		_ = s.set(soon)
	}
	s.limits.Unlock()
	f()
	s.limits.Lock()
	defer s.limits.Unlock()
	_ = s.set(s.limit)
	return true
}

// inVain reports whether err, of a call of now, says only that it would have had to wait.
func (s *side) inVain(err error) bool {
	s.limits.Lock()
	defer s.limits.Unlock()
	return errors.Is(err, os.ErrDeadlineExceeded) && (s.limit.IsZero() || s.limit.After(time.Now()))
}

// cutOff reports whether err is that of a call that was cut off, and not one of the connection.
func cutOff(c *cut, err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout() && c.over()
}
