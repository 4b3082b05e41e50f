package rtsync_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

var (
	_ sync.Locker = (*rtsync.Mutex)(nil)
	_ sync.Locker = (*rtsync.RWMutex)(nil)
)

func TestMutexIsPassedOnInOrder(t *testing.T) {
	var m rtsync.Mutex
	m.Lock()
	a, b := poll(t, m.LockAsync()), poll(t, m.LockAsync())
	if m.TryLock() {
		t.Fatal("TryLock of a locked Mutex")
	}
	m.Unlock()
	a.woken(1)
	b.woken(0)
	if m.TryLock() {
		t.Fatal("TryLock passes those who wait")
	}
	b.pending()
	gives(a, rt.Unit{}, nil)
	m.Unlock()
	b.woken(1)
	gives(b, rt.Unit{}, nil)
	m.Unlock()
	if !m.TryLock() {
		t.Fatal("the Mutex is not free in the end")
	}
}

func TestMutexGoesToTheNextWhenOneIsCancelled(t *testing.T) {
	var m rtsync.Mutex
	m.Lock()
	a, b, c := poll(t, m.LockAsync()), poll(t, m.LockAsync()), poll(t, m.LockAsync())
	b.cancel() // while it waits
	m.Unlock()
	a.cancel() // after it was given the lock
	c.woken(1)
	gives(c, rt.Unit{}, nil)
	m.Unlock()
	d := m.LockAsync()
	if _, err := now(t, d); err != nil {
		t.Fatal(err)
	}
	m.Unlock()
	panics(t, "rtsync: Mutex.Unlock of a Mutex that is not locked: each Unlock needs a Lock before it", m.Unlock)
	if !m.TryLock() {
		t.Fatal("a wrong Unlock has changed the Mutex")
	}
}

func TestMutexNeverPolledHasNotAsked(t *testing.T) {
	var m rtsync.Mutex
	f := m.LockAsync()
	f.(rt.Canceler).Cancel()
	if !m.TryLock() {
		t.Fatal("a future that was never polled has locked")
	}
}

func TestRWMutexServesInOrder(t *testing.T) {
	var rw rtsync.RWMutex
	rw.RLock()
	if !rw.TryRLock() {
		t.Fatal("a second reader has to wait")
	}
	w := poll(t, rw.LockAsync())
	r1, r2 := poll(t, rw.RLockAsync()), poll(t, rw.RLockAsync())
	if rw.TryRLock() || rw.TryLock() {
		t.Fatal("a Try passes those who wait")
	}
	rw.RUnlock()
	w.woken(0)
	rw.RUnlock()
	w.woken(1)
	r1.woken(0)
	gives(w, rt.Unit{}, nil)
	rw.Unlock()
	r1.woken(1)
	r2.woken(1)
	gives(r1, rt.Unit{}, nil)
	gives(r2, rt.Unit{}, nil)
	rw.RUnlock()
	rw.RUnlock()
	if !rw.TryLock() {
		t.Fatal("it is not free in the end")
	}
}

func TestRWMutexCancelledWriterLetsReadersGo(t *testing.T) {
	var rw rtsync.RWMutex
	rw.RLock()
	w := poll(t, rw.LockAsync())
	r := poll(t, rw.RLockAsync())
	w.cancel()
	r.woken(1)
	r.cancel() // with the lock
	rw.RUnlock()
	if !rw.TryLock() {
		t.Fatal("a cancelled reader keeps the lock")
	}
	w2, r2 := poll(t, rw.LockAsync()), poll(t, rw.RLockAsync())
	rw.Unlock()
	w2.cancel() // with the lock
	gives(r2, rt.Unit{}, nil)
}

func TestRWMutexUnlockedWrongly(t *testing.T) {
	var rw rtsync.RWMutex
	panics(t, "rtsync: RWMutex.Unlock of an RWMutex that is not locked for writing", rw.Unlock)
	panics(t, "rtsync: RWMutex.RUnlock of an RWMutex that is not locked for reading", rw.RUnlock)
	rw.RLock()
	panics(t, "rtsync: RWMutex.Unlock of an RWMutex that is not locked for writing", rw.Unlock)
	rw.RUnlock()
	rw.Lock()
	panics(t, "rtsync: RWMutex.RUnlock of an RWMutex that is not locked for reading", rw.RUnlock)
	rw.Unlock()
}

func TestSemaphoreServesInOrder(t *testing.T) {
	s := rtsync.NewSemaphore(3)
	s.Acquire(2)
	big := poll(t, s.AcquireAsync(2))
	small := poll(t, s.AcquireAsync(1))
	if s.TryAcquire(1) || s.Available() != 1 {
		t.Fatal("TryAcquire passes those who wait")
	}
	s.Release(1)
	big.woken(1)
	small.woken(0)
	gives(big, rt.Unit{}, nil)
	s.Release(1)
	gives(small, rt.Unit{}, nil)
	s.Release(3)
	if n := s.Available(); n != 3 {
		t.Fatalf("%d permits in the end, want 3", n)
	}
}

func TestSemaphoreCancelled(t *testing.T) {
	s := rtsync.NewSemaphore(2)
	s.Acquire(2)
	big, small := poll(t, s.AcquireAsync(2)), poll(t, s.AcquireAsync(1))
	s.Release(1)
	small.woken(0)
	big.cancel() // it stood in the way
	small.woken(1)
	small.cancel() // with its permit
	if n := s.Available(); n != 1 {
		t.Fatalf("%d permits are free, want 1", n)
	}
}

func TestSemaphoreMisused(t *testing.T) {
	s := rtsync.NewSemaphore(2)
	panics(t, "rtsync: NewSemaphore(-1): a semaphore cannot have fewer than no permits", func() { rtsync.NewSemaphore(-1) })
	panics(t, "rtsync: Semaphore.Release(1): only 0 permits are acquired", func() { s.Release(1) })
	panics(t, "rtsync: Semaphore.Acquire(3): the semaphore has 2 permits in all", func() { s.AcquireAsync(3) })
	panics(t, "rtsync: Semaphore.TryAcquire(-1): the number is negative", func() { s.TryAcquire(-1) })
	if s.Acquire(0); s.Available() != 2 {
		t.Fatal("Acquire(0) has taken something")
	}
}

func TestNotify(t *testing.T) {
	var n rtsync.Notify
	n.NotifyOne()
	n.NotifyOne()
	now(t, n.WaitAsync())
	a, b, c := poll(t, n.WaitAsync()), poll(t, n.WaitAsync()), poll(t, n.WaitAsync())
	n.NotifyOne()
	a.woken(1)
	b.woken(0)
	a.cancel() // its notification goes to the next
	b.woken(1)
	gives(b, rt.Unit{}, nil)
	n.NotifyAll()
	c.woken(1)
	c.cancel() // one of NotifyAll is for c alone
	d := poll(t, n.WaitAsync())
	n.NotifyOne()
	gives(d, rt.Unit{}, nil)
	e := poll(t, n.WaitAsync())
	n.NotifyOne()
	e.cancel() // nobody is there: it is kept
	now(t, n.WaitAsync())
}

func TestBarrier(t *testing.T) {
	b := rtsync.NewBarrier(3)
	for round := range 2 {
		x, y := poll(t, b.WaitAsync()), poll(t, b.WaitAsync())
		x.cancel() // has not arrived
		z := poll(t, b.WaitAsync())
		if leader, _ := now(t, b.WaitAsync()); !leader {
			t.Fatalf("round %d: the last is not the leader", round)
		}
		gives(y, false, nil)
		gives(z, false, nil)
	}
	panics(t, "rtsync: NewBarrier(0): must be at least 1", func() { rtsync.NewBarrier(0) })
}

// TestWaitGroupDismissed has tasks of a WaitGroup cancelled before their first poll: they count as ended, too.
func TestWaitGroupDismissed(t *testing.T) {
	var g rtsync.WaitGroup
	r := rt.New(rt.CurrentThread()) // nobody is in BlockOn: nothing runs
	rt.Within(r, func() {
		g.Go(func() { t.Error("it has run") })
		g.Spawn(rt.Never[rt.Unit]())
	})
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, ready, _ := g.WaitAsync().Poll(rt.NewContext(rt.NewWaker(func() {}))); !ready {
		t.Error("the tasks are gone, and it still waits")
	}
}

func TestWaitGroupSpawn(t *testing.T) {
	var g rtsync.WaitGroup
	var n atomic.Int32
	for range 100 {
		g.Spawn(rt.AsyncFunc(func() error {
			rt.Yield()
			n.Add(1)
			return errors.New("that nobody reads")
		}))
	}
	g.Wait()
	if n.Load() != 100 {
		t.Error(n.Load())
	}
	panics(t, "rtsync: WaitGroup.Spawn of a nil future: make one, as by an async form", func() { g.Spawn(nil) })
	panics(t, "rtsync: WaitGroup.Go of a nil function: give it the code to run", func() { g.Go(nil) })
	g.Wait()
}

func TestWaitGroup(t *testing.T) {
	var g rtsync.WaitGroup
	now(t, g.WaitAsync())
	g.Add(2)
	a, b := poll(t, g.WaitAsync()), poll(t, g.WaitAsync())
	b.cancel()
	g.Done()
	a.pending()
	g.Done()
	a.woken(1)
	gives(a, rt.Unit{}, nil)
	b.woken(0)
	panics(t, "rtsync: WaitGroup: Add(-1) makes the counter negative: Done was called too often", g.Done)
	now(t, g.WaitAsync())

	n := 0
	var m rtsync.Mutex
	for range 50 {
		g.Go(func() {
			m.Lock()
			defer m.Unlock()
			rt.Yield()
			n++
		})
	}
	g.Wait()
	if n != 50 {
		t.Fatalf("%d of 50 functions have run", n)
	}
}

// TestA4_62_PanicWithALock leaves a Mutex locked by a task that has panicked, and unlocked by one that has deferred it: there is
// no poisoning.
func TestA4_62_PanicWithALock(t *testing.T) {
	for _, deferred := range []bool{true, false} {
		var m rtsync.Mutex
		h := rt.Spawn(rt.AsyncFunc(func() error {
			m.Lock()
			if deferred {
				defer m.Unlock()
			}
			panic("with the lock")
		}))
		if _, err := rt.Await(h); !errors.As(err, new(*rt.PanicError)) {
			t.Error(err)
		}
		if got := m.TryLock(); got != deferred {
			t.Errorf("deferred %t: TryLock gives %t", deferred, got)
		}
	}
}

// TestA9_133_WakersAreCalledWithoutALock has wakers that use what they were woken by.
func TestA9_133_WakersAreCalledWithoutALock(t *testing.T) {
	var m rtsync.Mutex
	var s = rtsync.NewSemaphore(1)
	var n rtsync.Notify
	var g rtsync.WaitGroup
	ch := rtsync.NewChan[int](1)
	woken := 0
	wait := func(f rt.Future[rt.Unit], again func()) {
		cx := rt.NewContext(rt.NewWaker(func() { woken++; again() }))
		if _, ready, err := f.Poll(cx); ready {
			t.Errorf("it does not wait: %v", err)
		}
	}
	m.Lock()
	_ = s.TryAcquire(1)
	g.Add(1)
	wait(m.LockAsync(), func() { m.TryLock() })
	wait(s.AcquireAsync(1), func() { s.TryAcquire(1); s.Available() })
	wait(n.WaitAsync(), n.NotifyOne)
	wait(g.WaitAsync(), func() { g.Add(1); g.Done() })
	recv := ch.RecvAsync()
	if _, ready, _ := recv.Poll(rt.NewContext(rt.NewWaker(func() { woken++; ch.Len(); ch.TrySend(2) }))); ready {
		t.Error("nothing was sent")
	}
	m.Unlock()
	s.Release(1)
	n.NotifyOne()
	g.Done()
	ch.TrySend(1)
	if woken != 5 {
		t.Errorf("%d are woken, of 5", woken)
	}
}
