package rtsync

import (
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Mutex is a lock that is held across awaits. The zero Mutex is unlocked.
//
// It is passed on in the order in which it was asked for: Unlock gives it to the first who waits. Unlike a
// sync.Mutex it keeps no worker while a task waits for it. It is no task's own: another may unlock it.
type Mutex struct {
	word atomic.Uint32 // mutexLocked, mutexWaited
	mu   sync.Mutex
	q    queue // mutexWaited says that it is not empty
	has  task.Holder
}

const (
	mutexLocked uint32 = 1 << iota
	mutexWaited        // set and cleared under mu
)

// TryLock locks m if nobody has it, and reports whether it has.
func (m *Mutex) TryLock() bool { return m.word.CompareAndSwap(0, mutexLocked) }

// Lock waits until m is free, and locks it. A cancelled Lock has not locked it.
func (m *Mutex) Lock() {
	if !m.TryLock() {
		uninterrupted(m.LockAsync)
	}
}

// LockAsync is the async form of [Mutex.Lock].
func (m *Mutex) LockAsync() rt.Future[rt.Unit] {
	b := new(struct {
		machine.Box[rt.Unit]
		lockCall
	})
	b.at = m
	return b.Init(&b.lockCall)
}

// LockRun is for generated code, which passes a nil frame.
func (m *Mutex) LockRun(cx *rt.Context, _ *lockCall) machine.Machine {
	may := cx.Spend()
	if may && m.TryLock() {
		m.has.Take(cx)
		return nil
	}
	c := machine.NewFrame[lockCall](cx)
	w := c.start(cx, c, m, 0, may)
	if w == nil {
		m.has.Take(cx)
	}
	return w
}

// Unlock unlocks m, and gives it to the first who waits for it. It panics if m is not locked.
func (m *Mutex) Unlock() {
	m.has.Drop() // before another one may take it
	if m.word.CompareAndSwap(mutexLocked, 0) {
		return
	}
	var ws wakes
	m.mu.Lock()
	m.pass(&ws)
	m.mu.Unlock()
	ws.wake()
}

// pass gives m, which is locked, to the first who waits.
func (m *Mutex) pass(ws *wakes) {
	switch {
	case m.q.n > 0:
		m.q.release(ws)
		m.idle()
	case m.word.CompareAndSwap(mutexLocked, 0): // who waited has been cancelled meanwhile
	default:
		m.mu.Unlock()
		defer m.mu.Lock()
		panic("rtsync: Mutex.Unlock of a Mutex that is not locked: each Unlock needs a Lock before it")
	}
}

// idle clears mutexWaited if nobody waits.
func (m *Mutex) idle() {
	if m.q.n == 0 {
		m.word.And(^mutexWaited)
	}
}

func (m *Mutex) lock() *sync.Mutex { return &m.mu }

func (m *Mutex) enter(w *waiter) bool {
	for {
		switch v := m.word.Load(); {
		case v&mutexLocked == 0:
			if m.word.CompareAndSwap(v, v|mutexLocked) {
				return true
			}
		case m.word.CompareAndSwap(v, v|mutexWaited):
			m.q.push(w)
			return false
		}
	}
}

func (m *Mutex) passed(w *waiter) bool { return w.granted }

func (m *Mutex) leave(w *waiter) (ws wakes) {
	if w.granted {
		m.pass(&ws)
		return ws
	}
	m.q.remove(w)
	m.idle()
	return ws
}

// lockCall is the frame of a Lock.
type lockCall struct{ call }

var lockFunc = machine.Func{Name: "rtsync.(*Mutex).Lock", Defers: true, Inner: true, States: []machine.State{{Name: "Lock"}}}

// Func implements [machine.Machine].
func (*lockCall) Func() *machine.Func { return &lockFunc }

// Reset implements [machine.Machine].
func (c *lockCall) Reset() { *c = lockCall{} }

// Resume implements [machine.Machine].
func (c *lockCall) Resume(cx *rt.Context) machine.Machine {
	over, left := c.resume(cx, c.at)
	if !over {
		return machine.Leaf(cx, c)
	}
	if !left {
		c.at.(*Mutex).has.Take(cx)
	}
	return nil
}

// Inspect implements task.Inspectable.
func (c *lockCall) Inspect(i *task.Inspection) { i.Held = &c.at.(*Mutex).has }
