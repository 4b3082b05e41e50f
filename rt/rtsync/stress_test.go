package rtsync_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

var (
	stressOps  = flag.Int("rtsync.ops", 40_000, "how many operations the stress tests make")
	stressSeed = flag.Uint64("rtsync.seed", 0, "their seed; 0: another one each time")
)

func newSeed(t *testing.T) uint64 {
	seed := *stressSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-rtsync.seed=%d", seed)
	return seed
}

// attempt makes one call of f: as it is, or so that it may be cut off, at any moment and in any way. It
// gives an error other than those of f if the call was cut off; then it must not have happened.
//
//async:func
func attempt[T any](r *rand.Rand, f rt.Future[T]) (T, error) {
	switch r.IntN(6) {
	case 0:
		h := rt.Spawn(f)
		for range r.IntN(3) {
			rt.Yield()
		}
		h.Abort()
		return rt.Await(h)
	case 1:
		return rt.Timeout(time.Duration(r.IntN(3))*50*time.Microsecond, f)
	case 2:
		c := rt.Select2(f, rt.YieldAsync())
		return c.A.Get()
	case 3:
		c := rt.Select2(rt.Ready(1), f)
		return c.B.Get()
	case 4:
		var v T
		var err error
		_, other := rt.Any(rt.Fail[int](errCut), rt.AsyncValue(func() (int, error) {
			v, err = rt.Await(f)
			return 0, nil
		}))
		if other != nil {
			return v, other
		}
		return v, err
	}
	return rt.Await(f)
}

var errCut = errors.New("cut off")

// cutOff reports whether err says that a call has not happened.
func cutOff(err error) bool {
	return errors.Is(err, rt.ErrNotChosen) || errors.Is(err, rt.ErrTimeout) || errors.Is(err, rt.ErrAborted) || errors.Is(err, errCut)
}

// produce sends the numbers from first on, n of them, each until it is sent.
//
//async:func
func produce(r *rand.Rand, c *rtsync.Chan[int], first, n int) error {
	for v := first; v < first+n; {
		if r.IntN(8) == 0 {
			if !c.TrySend(v) {
				rt.Yield()
				continue
			}
			v++
			continue
		}
		if r.IntN(8) == 0 {
			p, err := attempt(r, c.ReserveAsync())
			if err == nil {
				rt.Yield()
				p.Send(v)
				v++
			} else if !cutOff(err) {
				return err
			}
			continue
		}
		_, err := attempt(r, c.SendAsync(v))
		if err == nil {
			v++
		} else if !cutOff(err) {
			return err
		}
	}
	return nil
}

// consume receives until the channel is closed, and calls got for each value.
//
//async:func
func consume(r *rand.Rand, c *rtsync.Chan[int], got func(int)) error {
	for {
		if r.IntN(8) == 0 {
			if v, ok := c.TryRecv(); ok {
				got(v)
				continue
			}
		}
		v, err := attempt(r, c.RecvAsync())
		switch {
		case err == nil:
			got(v)
		case errors.Is(err, rtsync.ErrClosed):
			return nil
		case !cutOff(err):
			return err
		}
	}
}

// TestChanLosesAndDoublesNothing has several producers and consumers whose calls are cut off at random:
// each value must come once, and those of a producer in order.
func TestChanLosesAndDoublesNothing(t *testing.T) {
	for _, capacity := range []int{0, 1, 7} {
		for _, consumers := range []int{1, 3} {
			t.Run(fmt.Sprintf("capacity %d, %d consumers", capacity, consumers), func(t *testing.T) {
				t.Parallel()
				seed := newSeed(t)
				const producers = 3
				n := *stressOps / 30
				c := rtsync.NewChan[int](capacity)
				times := make([]atomic.Int32, producers*n)
				var senders, receivers rt.Group
				for i := range producers {
					rt.SpawnIn(&senders, produceAsync(rand.New(rand.NewPCG(seed, uint64(i))), c, i*n, n))
				}
				for i := range consumers {
					var last [producers]int
					rt.SpawnIn(&receivers, consumeAsync(rand.New(rand.NewPCG(seed, uint64(100+i))), c, func(v int) {
						times[v].Add(1)
						if from := v / n; v+1 <= last[from] {
							t.Errorf("consumer %d got %d after %d", i, v, last[from]-1)
						} else {
							last[from] = v + 1
						}
					}))
				}
				if err := senders.Wait(); err != nil {
					t.Fatal(err)
				}
				c.Close()
				if err := receivers.Wait(); err != nil {
					t.Fatal(err)
				}
				for v := range times {
					if k := times[v].Load(); k != 1 {
						t.Errorf("value %d was received %d times", v, k)
					}
				}
			})
		}
	}
}

// guarded locks, and looks whether it is alone.
//
//async:func
func guarded(r *rand.Rand, lock, unlock func() rt.Future[rt.Unit], inside *atomic.Int64, n int, limit int64) error {
	for range n {
		_, err := attempt(r, lock())
		if cutOff(err) {
			continue
		}
		if err != nil {
			return err
		}
		if k := inside.Add(1); k > limit {
			return fmt.Errorf("%d are inside, and not %d at most", k, limit)
		}
		if r.IntN(2) == 0 {
			rt.Yield()
		}
		inside.Add(-1)
		rt.Await(unlock())
	}
	return nil
}

// done is a call that need not wait as a future.
func done(f func()) func() rt.Future[rt.Unit] {
	return func() rt.Future[rt.Unit] {
		f()
		return rt.Ready(rt.Unit{})
	}
}

// TestLocksLoseNothing has many tasks lock and unlock, cut off at random: never are more inside than may be,
// and in the end everything is free.
func TestLocksLoseNothing(t *testing.T) {
	var m rtsync.Mutex
	var rw rtsync.RWMutex
	s := rtsync.NewSemaphore(3)
	for _, x := range []struct {
		name         string
		lock, unlock func() rt.Future[rt.Unit]
		limit        int64
		free         func() bool
	}{
		{"Mutex", m.LockAsync, done(m.Unlock), 1, m.TryLock},
		{"RWMutex", rw.LockAsync, done(rw.Unlock), 1, rw.TryLock},
		{"Semaphore", func() rt.Future[rt.Unit] { return s.AcquireAsync(1) }, done(func() { s.Release(1) }), 3, func() bool { return s.TryAcquire(3) }},
	} {
		t.Run(x.name, func(t *testing.T) {
			seed := newSeed(t)
			var g rt.Group
			var inside atomic.Int64
			for i := range 8 {
				rt.SpawnIn(&g, guardedAsync(rand.New(rand.NewPCG(seed, uint64(i))), x.lock, x.unlock, &inside, *stressOps/8, x.limit))
			}
			if err := g.Wait(); err != nil {
				t.Fatal(err)
			}
			if !x.free() {
				t.Error("a lock or permit is lost")
			}
		})
	}
}

// readOrWrite locks one way or the other.
//
//async:func
func readOrWrite(r *rand.Rand, rw *rtsync.RWMutex, n int, readers, writers *atomic.Int64) error {
	for range n {
		write := r.IntN(4) == 0
		f, mine, undo := rw.RLockAsync(), readers, rw.RUnlock
		if write {
			f, mine, undo = rw.LockAsync(), writers, rw.Unlock
		}
		_, err := attempt(r, f)
		if cutOff(err) {
			continue
		}
		if err != nil {
			return err
		}
		mine.Add(1)
		if ws, rs := writers.Load(), readers.Load(); ws > 1 || ws == 1 && rs > 0 || write && ws != 1 {
			return fmt.Errorf("%d writers and %d readers are inside", ws, rs)
		}
		rt.Yield()
		mine.Add(-1)
		undo()
	}
	return nil
}

func TestReadersAndWriters(t *testing.T) {
	seed := newSeed(t)
	var rw rtsync.RWMutex
	var readers, writers atomic.Int64
	var g rt.Group
	for i := range 8 {
		rt.SpawnIn(&g, readOrWriteAsync(rand.New(rand.NewPCG(seed, uint64(i))), &rw, *stressOps/8, &readers, &writers))
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if !rw.TryLock() {
		t.Error("a lock is lost")
	}
}

// pinged waits for its turn and gives the other one the next.
//
//async:func
func pinged(r *rand.Rand, mine, other *rtsync.Notify, n int) error {
	for range n {
		for {
			_, err := attempt(r, mine.WaitAsync())
			if err == nil {
				break
			}
			if !cutOff(err) {
				return err
			}
		}
		other.NotifyOne()
	}
	return nil
}

// TestNotifyLosesNothing: if one notification is lost, nobody goes on.
func TestNotifyLosesNothing(t *testing.T) {
	seed := newSeed(t)
	var a, b rtsync.Notify
	var g rt.Group
	rt.SpawnIn(&g, pingedAsync(rand.New(rand.NewPCG(seed, 1)), &a, &b, *stressOps/4))
	rt.SpawnIn(&g, pingedAsync(rand.New(rand.NewPCG(seed, 2)), &b, &a, *stressOps/4))
	a.NotifyOne()
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}
