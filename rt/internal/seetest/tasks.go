// Package seetest has marked functions whose tasks are looked at: by Dump, Profile and Metrics.
package seetest

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

type point struct {
	x, y int
	name string
}

// receive waits for a value of ch, and of nothing else.
//
//async:func
func receive(ch *rtsync.Chan[int], note string) (int, error) {
	n := len(note)
	at := point{n, 2, note}
	v, err := ch.Recv()
	if err != nil {
		return 0, err
	}
	return v + n + at.x, nil
}

// middle calls receive.
//
//async:func
func middle(ch *rtsync.Chan[int]) (int, error) {
	v, err := receive(ch, "note")
	return v + 1, err
}

// either waits for one of two.
//
//async:func
func either(ch *rtsync.Chan[int]) error {
	c := rt.Select2(middleAsync(ch), rt.SleepAsync(time.Hour))
	return c.A.Err
}

// follows waits for the task that it is told.
//
//async:func
func follows(who *rtsync.Oneshot[*rt.JoinHandle[int]]) (int, error) {
	h, err := who.Recv()
	if err != nil {
		return 0, err
	}
	return rt.Await(h)
}

// turns takes n turns.
//
//async:func
func turns(n int) int {
	for range n {
		rt.Yield()
		rt.Sleep(0)
	}
	return n
}

// ready awaits n futures that are ready.
//
//async:func
func ready(n int) (sum int, err error) {
	for i := range n {
		v, err := rt.Await(rt.Ready(i))
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// full starts n tasks, all of which are to run before it goes on.
//
//async:func
func full(n int) error {
	var g rt.Group
	for range n {
		rt.SpawnIn(&g, turnsAsync(0))
	}
	return g.Wait()
}

// holds has a lock of each kind, and two permits, until end.
//
//async:func
func holds(mu *rtsync.Mutex, rw *rtsync.RWMutex, sem *rtsync.Semaphore, end *rtsync.Oneshot[int]) error {
	mu.Lock()
	defer mu.Unlock()
	rw.Lock()
	defer rw.Unlock()
	sem.Acquire(2)
	defer sem.Release(2)
	_, err := end.Recv()
	return err
}

// locks has a lock until end.
//
//async:func
func locks(mu *rtsync.Mutex, end *rtsync.Oneshot[int]) error {
	mu.Lock()
	defer mu.Unlock()
	_, err := end.Recv()
	return err
}

// permits has n permits, and reads, until end, but gives one permit back when it is told to.
//
//async:func
func permits(sem *rtsync.Semaphore, n int64, rw *rtsync.RWMutex, less, end *rtsync.Oneshot[int]) error {
	sem.Acquire(n)
	rw.RLock()
	defer rw.RUnlock()
	if _, err := less.Recv(); err != nil {
		return err
	}
	sem.Release(1)
	defer sem.Release(n - 1)
	_, err := end.Recv()
	return err
}

// bothPermits takes a permit of a, and one of b when the other one has one.
//
//async:func
func bothPermits(met *rtsync.Barrier, a, b *rtsync.Semaphore) {
	a.Acquire(1)
	defer a.Release(1)
	met.Wait()
	b.Acquire(1)
	defer b.Release(1)
}

// passesOn has another call wait in its place: what it was called with is dead then.
//
//async:func
func passesOn(ch *rtsync.Chan[int], b *[4096]byte) (int, error) {
	b[0]++
	return receive(ch, "note")
}

// arm has passesOn wait in the argument of a verb.
//
//async:func
func arm(ch *rtsync.Chan[int], b *[4096]byte) (int, error) {
	return rt.Timeout(time.Hour, passesOnAsync(ch, b))
}

// keepsTwo waits for end, and keeps two values meanwhile.
//
//async:func
func keepsTwo(end *rtsync.Oneshot[int], a, b int) (int, error) {
	v, err := end.Recv()
	return v + a + b, err
}
