//lint:file-ignore SA2001 taking a lock and giving it back is what is tested

package rtsync_test

import (
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// Each function is a loop over an operation that never has to wait. n counts its rounds.

//async:func
func locks(n *int) {
	var m rtsync.Mutex
	for ; ; *n++ {
		m.Lock()
		m.Unlock()
	}
}

//async:func
func writes(n *int) {
	var m rtsync.RWMutex
	for ; ; *n++ {
		m.Lock()
		m.Unlock()
	}
}

//async:func
func reads(n *int) {
	var m rtsync.RWMutex
	for ; ; *n++ {
		m.RLock()
		m.RUnlock()
	}
}

//async:func
func acquires(n *int) {
	s := rtsync.NewSemaphore(2)
	for ; ; *n++ {
		s.Acquire(2)
		s.Release(2)
	}
}

//async:func
func sends(n *int) {
	c := rtsync.NewChan[int](1)
	for ; ; *n++ {
		if err := c.Send(1); err != nil {
			panic(err)
		}
		c.TryRecv()
	}
}

//async:func
func sendsClosed(n *int) {
	c := rtsync.NewChan[int](1)
	c.Close()
	for ; ; *n++ {
		if err := c.Send(1); err != rtsync.ErrClosed {
			panic(err)
		}
	}
}

//async:func
func receives(n *int) {
	c := rtsync.NewChan[int](1)
	for ; ; *n++ {
		c.TrySend(1)
		if _, err := c.Recv(); err != nil {
			panic(err)
		}
	}
}

//async:func
func ranges(n *int) {
	c := rtsync.NewChan[int](1)
	c.TrySend(1)
	for _, err := range rt.Each[int](c) {
		if err != nil {
			panic(err)
		}
		c.TrySend(1)
		*n++
	}
}

//async:func
func reserves(n *int) {
	c := rtsync.NewChan[int](1)
	for ; ; *n++ {
		p, err := c.Reserve()
		if err != nil {
			panic(err)
		}
		p.Release()
	}
}

//async:func
func promised(n *int) {
	var o rtsync.Oneshot[int]
	o.Send(1)
	for ; ; *n++ {
		if _, err := o.Recv(); err != nil {
			panic(err)
		}
	}
}

//async:func
func watches(n *int) {
	w := rtsync.NewWatch(0)
	s := w.Subscribe()
	for ; ; *n++ {
		w.Set(*n)
		if _, err := s.Changed(); err != nil {
			panic(err)
		}
	}
}

//async:func
func isThere(n *int) {
	w := rtsync.NewWatch(0)
	for ; ; *n++ {
		if _, err := w.Until(func(v int) bool { return v == 0 }); err != nil {
			panic(err)
		}
	}
}

//async:func
func hears(n *int) {
	b := rtsync.NewBroadcast[int](1)
	r := b.Subscribe()
	for ; ; *n++ {
		b.Send(*n)
		if _, err := r.Recv(); err != nil {
			panic(err)
		}
	}
}

//async:func
func notified(n *int) {
	var c rtsync.Notify
	for ; ; *n++ {
		c.NotifyOne()
		c.Wait()
	}
}

//async:func
func waitsForNone(n *int) {
	var g rtsync.WaitGroup
	for ; ; *n++ {
		g.Wait()
	}
}

//async:func
func meets(n *int) {
	b := rtsync.NewBarrier(1)
	for ; ; *n++ {
		b.Wait()
	}
}

//async:func
func once(n *int) {
	var o rtsync.Once[int]
	for ; ; *n++ {
		if _, err := o.Do(func() (int, error) { return 1, nil }); err != nil {
			panic(err)
		}
	}
}

// alwaysReady has a loop of each kind.
var alwaysReady = map[string]func(n *int) rt.Future[rt.Unit]{
	"Mutex": locksAsync, "RWMutex.Lock": writesAsync, "RWMutex.RLock": readsAsync, "Semaphore": acquiresAsync,
	"Chan.Send": sendsAsync, "Chan.Send closed": sendsClosedAsync, "Chan.Recv": receivesAsync, "Chan as a stream": rangesAsync,
	"Chan.Reserve": reservesAsync, "Oneshot": promisedAsync, "Watch": watchesAsync, "Watch.Until": isThereAsync, "Broadcast": hearsAsync,
	"Notify": notifiedAsync, "WaitGroup": waitsForNoneAsync, "Barrier": meetsAsync, "Once": onceAsync,
}

// A loop over operations that need not wait gives way after a bounded number of them, and sees an abort and
// a timeout there.
func TestA6_77_A7_105_AlwaysReadyGivesWay(t *testing.T) {
	r := rt.New(rt.Workers(1))
	defer func() { _ = r.Shutdown(t.Context()) }()
	for name, loop := range alwaysReady {
		t.Run(name, func(t *testing.T) {
			n := 0
			h := rt.Spawn(loop(&n), rt.On(r))
			after := rt.Spawn(rt.YieldAsync(), rt.On(r))
			if _, err := rt.BlockOn[rt.Unit](after, rt.On(r)); err != nil {
				t.Fatal(err)
			}
			h.Abort()
			if _, err := rt.BlockOn[rt.Unit](h, rt.On(r)); err != rt.ErrAborted {
				t.Error("aborted:", err)
			}
			if n == 0 {
				t.Error("nothing is ready")
			}
			_, err := rt.BlockOn(rt.Spawn(rt.TimeoutAsync(time.Millisecond, loop(&n)), rt.On(r)), rt.On(r))
			if err != rt.ErrTimeout {
				t.Error("timed out:", err)
			}
		})
	}
}

// Beside such a loop others have their turns: one for each so many operations, which are the budget of a turn.
func TestA6_77_OthersHaveTurns(t *testing.T) {
	const turns = 20
	r := rt.New(rt.CurrentThread())
	defer func() { _ = r.Shutdown(t.Context()) }()
	for name, loop := range alwaysReady {
		t.Run(name, func(t *testing.T) {
			n, last, k := 0, 0, 0
			h := rt.Spawn(loop(&n), rt.On(r))
			other := rt.Spawn(rt.PollFunc(func(cx *rt.Context) (rt.Unit, bool, error) {
				// Its first turn comes when the worker looks for tasks that were spawned outside, which may be after many
				// turns of the loop.
				if k > 0 && n-last > task.TurnBudget+1 { // one waits for its next turn, and goes on there
					t.Errorf("%d operations in one turn", n-last)
				}
				last = n
				k++
				cx.Waker().Wake()
				return rt.Unit{}, k > turns, nil
			}), rt.On(r))
			if _, err := rt.BlockOn(other, rt.On(r)); err != nil {
				t.Error(err)
			}
			h.Abort()
			_, _ = rt.BlockOn(h, rt.On(r))
			if n < turns*16 {
				t.Errorf("%d operations in %d turns", n, k)
			}
		})
	}
}
