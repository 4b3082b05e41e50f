package rtsync

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// RWMutex is a lock that any number of readers or one writer may have. The zero RWMutex is unlocked.
//
// It is given in the order of the calls, to consecutive readers together. So writers are not starved: a
// reader who comes after a writer that waits waits too.
type RWMutex struct {
	mu      sync.Mutex
	readers int
	writer  bool
	q       queue       // waiter.n says which: reads or writes
	has     task.Holder // the writer
	read    task.Holders
}

// What a waiter of an RWMutex asks for.
const (
	reads int64 = iota
	writes
)

// TryRLock locks rw for reading if it can at once and nobody waits, and reports whether it has.
func (rw *RWMutex) TryRLock() bool { return rw.try(reads) }

// TryLock locks rw for writing if it can at once and nobody waits, and reports whether it has.
func (rw *RWMutex) TryLock() bool { return rw.try(writes) }

func (rw *RWMutex) try(what int64) bool {
	rw.mu.Lock()
	defer rw.mu.Unlock()
	return rw.q.n == 0 && rw.take(what)
}

// take takes rw, if it is free for that.
func (rw *RWMutex) take(what int64) bool {
	switch {
	case rw.writer || what == writes && rw.readers > 0:
		return false
	case what == writes:
		rw.writer = true
	default:
		rw.readers++
	}
	return true
}

// RLock waits until rw can be locked for reading, and locks it. A cancelled RLock has not locked it.
func (rw *RWMutex) RLock() {
	if !rw.TryRLock() {
		uninterrupted(rw.RLockAsync)
	}
}

// RLockAsync is the async form of [RWMutex.RLock].
func (rw *RWMutex) RLockAsync() rt.Future[rt.Unit] {
	b := new(struct {
		machine.Box[rt.Unit]
		readCall
	})
	b.at, b.w.n = rw, reads
	return b.Init(&b.readCall)
}

// RLockRun is for generated code, which passes a nil frame.
func (rw *RWMutex) RLockRun(cx *rt.Context, _ *readCall) machine.Machine {
	may := cx.Spend()
	if may && rw.TryRLock() {
		rw.reads(cx)
		return nil
	}
	c := machine.NewFrame[readCall](cx)
	w := c.start(cx, c, rw, reads, may)
	if w == nil {
		rw.reads(cx)
	}
	return w
}

// reads notes that the task that is polled is a reader, if that is noted.
func (rw *RWMutex) reads(cx *rt.Context) {
	if !task.NotesHolders(cx) {
		return
	}
	rw.mu.Lock()
	defer rw.mu.Unlock()
	rw.read.Take(cx, 1)
}

// RUnlock undoes one RLock. It panics if rw is not locked for reading.
func (rw *RWMutex) RUnlock() {
	rw.unlock(func() bool {
		if rw.readers == 0 {
			return false
		}
		rw.readers--
		rw.read.Drop(1, int64(rw.readers))
		return true
	}, "RUnlock of an RWMutex that is not locked for reading")
}

// Lock waits until rw can be locked for writing, and locks it. A cancelled Lock has not locked it.
func (rw *RWMutex) Lock() {
	if !rw.TryLock() {
		uninterrupted(rw.LockAsync)
	}
}

// LockAsync is the async form of [RWMutex.Lock].
func (rw *RWMutex) LockAsync() rt.Future[rt.Unit] {
	b := new(struct {
		machine.Box[rt.Unit]
		writeCall
	})
	b.at, b.w.n = rw, writes
	return b.Init(&b.writeCall)
}

// LockRun is for generated code, which passes a nil frame.
func (rw *RWMutex) LockRun(cx *rt.Context, _ *writeCall) machine.Machine {
	may := cx.Spend()
	if may && rw.TryLock() {
		rw.has.Take(cx)
		return nil
	}
	c := machine.NewFrame[writeCall](cx)
	w := c.start(cx, c, rw, writes, may)
	if w == nil {
		rw.has.Take(cx)
	}
	return w
}

// Unlock undoes Lock. It panics if rw is not locked for writing.
func (rw *RWMutex) Unlock() {
	rw.has.Drop() // before another one may take it
	rw.unlock(func() bool {
		was := rw.writer
		rw.writer = false
		return was
	}, "Unlock of an RWMutex that is not locked for writing")
}

// unlock gives rw back, and passes it on. undo reports whether it was locked that way.
func (rw *RWMutex) unlock(undo func() bool, misuse string) {
	var ws wakes
	rw.mu.Lock()
	if !undo() {
		rw.mu.Unlock()
		panic("rtsync: RWMutex." + misuse)
	}
	rw.pass(&ws)
	rw.mu.Unlock()
	ws.wake()
}

// pass gives rw to those who wait, as far as it goes.
func (rw *RWMutex) pass(ws *wakes) {
	for rw.q.n > 0 && rw.take(rw.q.first.n) {
		rw.q.release(ws)
	}
}

func (rw *RWMutex) lock() *sync.Mutex { return &rw.mu }

func (rw *RWMutex) enter(w *waiter) bool {
	if rw.q.n == 0 && rw.take(w.n) {
		return true
	}
	rw.q.push(w)
	return false
}

func (rw *RWMutex) passed(w *waiter) bool { return w.granted }

func (rw *RWMutex) leave(w *waiter) (ws wakes) {
	switch {
	case !w.granted:
		rw.q.remove(w)
	case w.n == writes:
		rw.writer = false
	default:
		rw.readers--
	}
	rw.pass(&ws)
	return ws
}

// readCall is the frame of an RLock.
type readCall struct{ call }

var readFunc = machine.Func{Name: "rtsync.(*RWMutex).RLock", Defers: true, Inner: true, States: []machine.State{{Name: "RLock"}}}

// Func implements [machine.Machine].
func (*readCall) Func() *machine.Func { return &readFunc }

// Reset implements [machine.Machine].
func (c *readCall) Reset() { *c = readCall{} }

// Resume implements [machine.Machine].
func (c *readCall) Resume(cx *rt.Context) machine.Machine {
	over, left := c.resume(cx, c.at)
	if !over {
		return machine.Leaf(cx, c)
	}
	if !left {
		c.at.(*RWMutex).reads(cx)
	}
	return nil
}

// Inspect implements task.Inspectable.
func (c *readCall) Inspect(i *task.Inspection) { c.at.(*RWMutex).inspect(i) }

// writeCall is the frame of a Lock.
type writeCall struct{ call }

var writeFunc = machine.Func{Name: "rtsync.(*RWMutex).Lock", Defers: true, Inner: true, States: []machine.State{{Name: "Lock"}}}

// Func implements [machine.Machine].
func (*writeCall) Func() *machine.Func { return &writeFunc }

// Reset implements [machine.Machine].
func (c *writeCall) Reset() { *c = writeCall{} }

// Resume implements [machine.Machine].
func (c *writeCall) Resume(cx *rt.Context) machine.Machine {
	over, left := c.resume(cx, c.at)
	if !over {
		return machine.Leaf(cx, c)
	}
	if !left {
		c.at.(*RWMutex).has.Take(cx)
	}
	return nil
}

// Inspect implements task.Inspectable.
func (c *writeCall) Inspect(i *task.Inspection) { c.at.(*RWMutex).inspect(i) }

func (rw *RWMutex) inspect(i *task.Inspection) {
	rw.mu.Lock()
	defer rw.mu.Unlock()
	if i.Held = &rw.has; rw.readers > 0 {
		i.Detail = "held by " + task.Counted(int(rw.readers), "reader")
		if i.Permits = rw.read.Copy(); !i.Permits.None() {
			i.Detail += ": "
		}
	}
}
