package rttest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

// leakedPermit gives its permit back, but not if it is cancelled while it works.
//
//async:func
func leakedPermit(sem *rtsync.Semaphore) {
	sem.Acquire(1)
	rt.Sleep(time.Second)
	sem.Release(1)
}

//async:func
func keptPermit(sem *rtsync.Semaphore) {
	sem.Acquire(1)
	defer sem.Release(1)
	rt.Sleep(time.Second)
}

// lostValue moves a value from one channel to another. A cancel between loses it.
//
//async:func
func lostValue(from, to *rtsync.Chan[int]) error {
	v, err := from.Recv()
	if err != nil {
		return err
	}
	return to.Send(v)
}

// movedValue has a place for the value before it takes one.
//
//async:func
func movedValue(from, to *rtsync.Chan[int]) error {
	place, err := to.Reserve()
	if err != nil {
		return err
	}
	defer place.Release()
	v, err := from.Recv()
	if err != nil {
		return err
	}
	place.Send(v)
	return nil
}

// drain makes room, and counts what it gets.
//
//async:func
func drain(c *rtsync.Chan[int], n *int) error {
	rt.Yield()
	v, err := c.Recv()
	*n += v
	return err
}

//async:func
func both(f, g rt.Future[rt.Unit]) error {
	_, err := rt.JoinAll(f, g)
	return err
}

// missingDefer has what it has opened closed, unless an await in between panics or is cancelled.
//
//async:func
func missingDefer(open *int) {
	*open++
	work()
	*open--
}

//async:func
func deferred(open *int) {
	*open++
	defer func() { *open-- }()
	work()
}

//async:func
func work() {
	rt.Yield()
	rt.Sleep(time.Second)
}

// locked keeps an ordinary lock, which nobody can see from outside: the next run waits for it.
//
//async:func
func locked(mu *rtsync.Mutex) {
	mu.Lock()
	rt.Yield()
	mu.Unlock()
}

func everywhereSemaphore(t testing.TB, use func(sem *rtsync.Semaphore) rt.Future[rt.Unit]) int {
	var sem *rtsync.Semaphore
	return CancelEverywhere(t, func() rt.Future[rt.Unit] {
		sem = rtsync.NewSemaphore(1)
		return use(sem)
	}, Check(func() error {
		if n := sem.Available(); n != 1 {
			return fmt.Errorf("%d permits are left of 1", n)
		}
		return nil
	}))
}

func everywhereValue(t testing.TB, moved func(from, to *rtsync.Chan[int]) rt.Future[rt.Unit]) int {
	var from, to *rtsync.Chan[int]
	var drained int
	return CancelEverywhere(t, func() rt.Future[rt.Unit] {
		from, to, drained = rtsync.NewChan[int](1), rtsync.NewChan[int](1), 0
		from.TrySend(1)
		to.TrySend(0)
		return bothAsync(moved(from, to), drainAsync(to, &drained))
	}, Check(func() error {
		n := from.Len() + drained
		for v, ok := to.TryRecv(); ok; v, ok = to.TryRecv() {
			n += v
		}
		if n != 1 {
			return fmt.Errorf("the value is there %d times", n)
		}
		return nil
	}))
}

func everywhereOpen(t testing.TB, f func(open *int) rt.Future[rt.Unit]) int {
	var open int
	return CancelEverywhere(t, func() rt.Future[rt.Unit] {
		open = 0
		return f(&open)
	}, Check(func() error {
		if open != 0 {
			return fmt.Errorf("%d are open", open)
		}
		return nil
	}))
}

func wantTexts(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(got, s) {
			t.Errorf("no %q in:\n%s", s, got)
		}
	}
}

func TestCancelEverywhereFindsLeakedPermit(t *testing.T) {
	got := failing(t, func(t testing.TB) { everywhereSemaphore(t, leakedPermitAsync) })
	wantTexts(t, got, "with a cancel of task", "0 permits are left of 1", "CANCELLED there", "rttest.leakedPermit")
	if n := everywhereSemaphore(t, keptPermitAsync); n != 1 {
		t.Errorf("%d awaits, not 1", n)
	}
}

// Without a check it is found by the next run, if what is leaked outlives a run.
func TestCancelEverywhereFindsDeadlockAfter(t *testing.T) {
	got := failing(t, func(t testing.TB) {
		sem := rtsync.NewSemaphore(1)
		CancelEverywhere(t, func() rt.Future[rt.Unit] { return leakedPermitAsync(sem) })
	})
	wantTexts(t, got, "after a cancel of task", "deadlock", "rtsync.(*Semaphore).Acquire", "rttest.leakedPermit")
	got = failing(t, func(t testing.TB) {
		var mu rtsync.Mutex
		CancelEverywhere(t, func() rt.Future[rt.Unit] { return lockedAsync(&mu) })
	})
	wantTexts(t, got, "after a cancel of task", "deadlock", "rtsync.(*Mutex).Lock")
}

func TestCancelEverywhereFindsLostValue(t *testing.T) {
	got := failing(t, func(t testing.TB) { everywhereValue(t, lostValueAsync) })
	wantTexts(t, got, "the value is there 0 times", "CANCELLED there")
	if n := everywhereValue(t, movedValueAsync); n < 2 {
		t.Errorf("%d awaits only", n)
	}
}

func TestCancelEverywhereFindsMissingDefer(t *testing.T) {
	got := failing(t, func(t testing.TB) { everywhereOpen(t, missingDeferAsync) })
	wantTexts(t, got, "1 are open", "CANCELLED there")
	if n := everywhereOpen(t, deferredAsync); n != 2 {
		t.Errorf("%d awaits, not 2", n)
	}
}

// swallows is right for a cancel, and not for a panic.
//
//async:func
func swallows(open *int) {
	*open++
	panicking := true
	defer func() {
		if panicking && recover() != nil {
			return
		}
		*open--
	}()
	work()
	panicking = false
}

func TestCancelEverywherePanics(t *testing.T) {
	got := failing(t, func(t testing.TB) { everywhereOpen(t, swallowsAsync) })
	wantTexts(t, got, "with a panic in task", "1 are open", "PANICS there")
}

// What an ordinary block of code has deferred runs, too, and a panic in code that a cancel runs is found.
func TestCancelEverywhereBlocks(t *testing.T) {
	var mu sync.Mutex
	begun, ended := 0, 0
	n := CancelEverywhere(t, func() rt.Future[rt.Unit] {
		return rt.ScopeAsync(func(g *rt.Group) rt.Future[rt.Unit] {
			return block(func() {
				for range 2 {
					g.Go(func() error {
						mu.Lock()
						begun++
						mu.Unlock()
						defer func() { ended++ }()
						rt.Yield()
						rt.Sleep(time.Second)
						return nil
					})
				}
			})
		})
	}, Check(func() error {
		if begun != ended {
			return fmt.Errorf("%d have begun, and %d ended", begun, ended)
		}
		return nil
	}))
	if n < 5 {
		t.Errorf("%d awaits only", n)
	}
	got := failing(t, func(t testing.TB) {
		CancelEverywhere(t, func() rt.Future[rt.Unit] {
			return block(func() {
				done := false
				defer func() {
					if !done {
						panic("on purpose")
					}
				}()
				rt.Yield()
				done = true
			})
		})
	})
	wantTexts(t, got, "on purpose")
}

// Where the test's own goroutine waits is shown, too.
func TestDeadlockOfTheBody(t *testing.T) {
	sem := rtsync.NewSemaphore(1)
	sem.TryAcquire(1)
	got := failing(t, func(t testing.TB) { Run(t, keptPermitAsync(sem)) })
	wantTexts(t, got, "1 the test: waits in rtsync.(*Semaphore).Acquire", "called by rttest.keptPermit (Acquire, cancel_test.go:",
		"waits in rtsync.(*Semaphore).Acquire, in rttest.keptPermit")
}
