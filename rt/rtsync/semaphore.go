package rtsync

import (
	"fmt"
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Semaphore has a number of permits, of which calls take some and give them back. [NewSemaphore] makes one.
//
// Permits are given in the order of the calls: one that asks for many is not passed by those that ask for
// few.
type Semaphore struct {
	mu   sync.Mutex
	size int64
	free int64
	q    queue
	has  task.Holders
}

// NewSemaphore makes a Semaphore with n permits. It panics if n is negative.
func NewSemaphore(n int64) *Semaphore {
	if n < 0 {
		panic(fmt.Sprintf("rtsync: NewSemaphore(%d): a semaphore cannot have fewer than no permits", n))
	}
	return &Semaphore{size: n, free: n}
}

// Available is how many permits are free now.
func (s *Semaphore) Available() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free
}

// check panics about a number of permits that nobody can take.
func (s *Semaphore) check(what string, n int64) {
	switch {
	case n < 0:
		panic(fmt.Sprintf("rtsync: Semaphore.%s(%d): the number is negative", what, n))
	case n > s.size:
		panic(fmt.Sprintf("rtsync: Semaphore.%s(%d): the semaphore has %d permits in all", what, n, s.size))
	}
}

// TryAcquire takes n permits if they are free and nobody waits, and reports whether it has. It panics if n
// is negative or more than there are in all.
func (s *Semaphore) TryAcquire(n int64) bool {
	s.check("TryAcquire", n)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take(n)
}

func (s *Semaphore) take(n int64) bool {
	if s.q.n > 0 || s.free < n {
		return false
	}
	s.free -= n
	return true
}

// Acquire waits until n permits are free, and takes them. A cancelled Acquire has taken none. It panics if
// n is negative or more than there are in all.
func (s *Semaphore) Acquire(n int64) {
	if !s.TryAcquire(n) {
		uninterrupted(func() rt.Future[rt.Unit] { return s.AcquireAsync(n) })
	}
}

// AcquireAsync is the async form of [Semaphore.Acquire].
func (s *Semaphore) AcquireAsync(n int64) rt.Future[rt.Unit] {
	s.check("Acquire", n)
	b := new(struct {
		machine.Box[rt.Unit]
		acquireCall
	})
	b.at, b.w.n = s, n
	return b.Init(&b.acquireCall)
}

// AcquireRun is for generated code, which passes a nil frame.
func (s *Semaphore) AcquireRun(cx *rt.Context, _ *acquireCall, n int64) machine.Machine {
	s.check("Acquire", n)
	if !cx.Spend() {
		c := machine.NewFrame[acquireCall](cx)
		return c.start(cx, c, s, n, false)
	}
	s.mu.Lock()
	if s.take(n) {
		s.mu.Unlock()
		s.taken(cx, n)
		return nil
	}
	c := machine.NewFrame[acquireCall](cx)
	c.at, c.w.n = s, n
	c.begun, c.w.waker = true, cx.Waker()
	s.q.push(&c.w)
	s.mu.Unlock()
	return machine.Leaf(cx, c)
}

// taken notes that the task that is polled has n permits more, if that is noted.
func (s *Semaphore) taken(cx *rt.Context, n int64) {
	if !task.NotesHolders(cx) || n == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.has.Take(cx, n)
}

// Release gives n permits back. It panics if n is negative, or more than were acquired.
func (s *Semaphore) Release(n int64) {
	s.check("Release", n)
	var ws wakes
	s.mu.Lock()
	if s.free+n > s.size {
		held := s.size - s.free
		s.mu.Unlock()
		panic(fmt.Sprintf("rtsync: Semaphore.Release(%d): only %d permits are acquired", n, held))
	}
	s.free += n
	s.has.Drop(n, s.size-s.free)
	s.pass(&ws)
	s.mu.Unlock()
	ws.wake()
}

// pass gives free permits to those who wait, in order.
func (s *Semaphore) pass(ws *wakes) {
	for s.q.n > 0 && s.q.first.n <= s.free {
		s.free -= s.q.first.n
		s.q.release(ws)
	}
}

func (s *Semaphore) lock() *sync.Mutex { return &s.mu }

func (s *Semaphore) enter(w *waiter) bool {
	if s.take(w.n) {
		return true
	}
	s.q.push(w)
	return false
}

func (s *Semaphore) passed(w *waiter) bool { return w.granted }

func (s *Semaphore) leave(w *waiter) (ws wakes) {
	if w.granted {
		s.free += w.n
	} else {
		s.q.remove(w)
	}
	s.pass(&ws)
	return ws
}

// acquireCall is the frame of an Acquire.
type acquireCall struct{ call }

var acquireFunc = machine.Func{Name: "rtsync.(*Semaphore).Acquire", Defers: true, Inner: true, States: []machine.State{{Name: "Acquire"}}}

// Func implements [machine.Machine].
func (*acquireCall) Func() *machine.Func { return &acquireFunc }

// Reset implements [machine.Machine].
func (c *acquireCall) Reset() { *c = acquireCall{} }

// Resume implements [machine.Machine].
func (c *acquireCall) Resume(cx *rt.Context) machine.Machine {
	over, left := c.resume(cx, c.at)
	if !over {
		return machine.Leaf(cx, c)
	}
	if !left {
		c.at.(*Semaphore).taken(cx, c.w.n)
	}
	return nil
}

// Inspect implements task.Inspectable.
func (c *acquireCall) Inspect(i *task.Inspection) {
	s := c.at.(*Semaphore)
	s.mu.Lock()
	defer s.mu.Unlock()
	i.Detail = fmt.Sprintf("%d permits, of %d are %d free", c.w.n, s.size, s.free)
	if i.Permits = s.has.Copy(); !i.Permits.None() {
		i.Detail += ", held by "
	}
}
