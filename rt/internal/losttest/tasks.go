// Package losttest has tasks that nobody can wake any more, for the garbage collector to find. Its tests need Go 1.27, or
// GOEXPERIMENT=goroutineleakprofile with Go 1.26, and are skipped otherwise.
package losttest

import (
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

// cleanups counts the deferred calls that have run.
type cleanups struct{ n atomic.Int32 }

// receives waits for ch, which it alone has unless its caller keeps it. Its cleanup awaits.
//
//async:func
func receives(ch *rtsync.Chan[int], c *cleanups) (int, error) {
	defer func() {
		rt.Yield()
		c.n.Add(1)
	}()
	for n := 0; ; {
		v, err := ch.Recv() // where it is lost
		if err != nil {
			return n, err
		}
		n += v
	}
}

// outer waits for inner calls.
//
//async:func
func outer(ch *rtsync.Chan[int], c *cleanups) (int, error) {
	defer c.n.Add(1)
	v, err := receives(ch, c)
	return v + 1, err
}

// one kind of wait each.

//async:func
func sends(ch *rtsync.Chan[int], c *cleanups) error {
	defer c.n.Add(1)
	return ch.Send(1)
}

//async:func
func locks(mu *rtsync.Mutex, c *cleanups) {
	defer c.n.Add(1)
	mu.Lock()
	mu.Lock()
}

//async:func
func asks(o *rtsync.Oneshot[int], c *cleanups) (int, error) {
	defer c.n.Add(1)
	return o.Recv()
}

//async:func
func native(ch chan int, c *cleanups) int {
	defer c.n.Add(1)
	v, _ := rt.Recv(ch)
	return v
}

//async:func
func selects(a, b *rtsync.Chan[int], c *cleanups) int {
	defer c.n.Add(1)
	return rt.Select2(a.RecvAsync(), b.RecvAsync()).Index
}

//async:func
func awaits(f rt.Future[int], c *cleanups) (int, error) {
	defer c.n.Add(1)
	return rt.Await(f)
}

// sleeps is woken by a timer.
//
//async:func
func sleeps(d time.Duration, c *cleanups) {
	defer c.n.Add(1)
	rt.Sleep(d)
}

// limited is woken by a timer that it has beside.
//
//async:func
func limited(d time.Duration, ch *rtsync.Chan[int], c *cleanups) error {
	defer c.n.Add(1)
	_, err := rt.Timeout(d, ch.RecvAsync())
	return err
}

// follows waits for the task that it is told by who.
//
//async:func
func follows(who *rtsync.Oneshot[*rt.JoinHandle[int]], c *cleanups) (int, error) {
	defer c.n.Add(1)
	h, err := who.Recv()
	if err != nil {
		return 0, err
	}
	return rt.Await(h)
}

// holds has mu while it waits.
//
//async:func
func holds(mu *rtsync.Mutex, ch *rtsync.Chan[int], c *cleanups) error {
	mu.Lock()
	defer mu.Unlock()
	defer c.n.Add(1)
	_, err := ch.Recv()
	return err
}

// scoped has two members that wait for each other.
//
//async:func
func scoped(c *cleanups) error {
	defer c.n.Add(1)
	a, b := rtsync.NewChan[int](0), rtsync.NewChan[int](0)
	return rt.Scope(func(g *rt.Group) error {
		rt.SpawnIn(g, receivesAsync(a, c))
		rt.SpawnIn(g, receivesAsync(b, c))
		return nil
	})
}

// calm takes n turns and waits for ch in each of them; after some it sleeps.
//
//async:func
func calm(n int, ch, back *rtsync.Chan[int]) (sum int, err error) {
	for range n {
		v, err := ch.Recv()
		if err != nil {
			return sum, err
		}
		sum += v
		if err := back.Send(v); err != nil {
			return sum, err
		}
		if sum%100 == 0 {
			rt.Sleep(time.Microsecond)
		}
	}
	return sum, nil
}
