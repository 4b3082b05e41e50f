package bench

import (
	"runtime"
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// rallyOver takes n numbers from in and sends each to out, plus one.
//
//async:func
func rallyOver(in, out *rtsync.Chan[int], n int) (int, error) {
	last := 0
	for range n {
		v, err := in.Recv()
		if err != nil {
			return 0, err
		}
		last = v
		if err := out.Send(v + 1); err != nil {
			return 0, err
		}
	}
	return last, nil
}

// pingPongOver has two tasks that send a number to and fro over channels.
//
//async:func
func pingPongOver(capacity, n int) (int, error) {
	to, fro := rtsync.NewChan[int](capacity), rtsync.NewChan[int](capacity)
	a, b := rt.Spawn(rallyOverAsync(to, fro, n)), rt.Spawn(returnOverAsync(fro, to, n))
	if err := to.Send(0); err != nil {
		return 0, err
	}
	if _, err := rt.Await(a); err != nil {
		return 0, err
	}
	return rt.Await(b)
}

// returnOver is rallyOver but for the last number, which nobody would take.
//
//async:func
func returnOver(in, out *rtsync.Chan[int], n int) (int, error) {
	if _, err := rallyOver(in, out, n-1); err != nil {
		return 0, err
	}
	return in.Recv()
}

// plainPingPongOver is pingPongOver with goroutines and native channels.
func plainPingPongOver(capacity, n int) (int, error) {
	to, fro := make(chan int, capacity), make(chan int, capacity)
	done := make(chan int, 1)
	go plainRally(to, fro, n)
	go func() {
		plainRally(fro, to, n-1)
		done <- <-fro
	}()
	to <- 0
	return <-done, nil
}

// feed sends n numbers.
//
//async:func
func feed(out *rtsync.Chan[int], n int) error {
	for i := range n {
		if err := out.Send(i); err != nil {
			return err
		}
	}
	return nil
}

// funnel has producers send about n numbers in all to one consumer, and gives their sum.
//
//async:func
func funnel(producers, n int) (int, error) {
	c := rtsync.NewChan[int](128)
	for range producers {
		rt.Go(feedAsync(c, n/producers))
	}
	sum := 0
	for range n / producers * producers {
		v, err := c.Recv()
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// plainFunnel is funnel with goroutines and a native channel.
func plainFunnel(producers, n int) (int, error) {
	c := make(chan int, 128)
	for range producers {
		go func() {
			for i := range n / producers {
				c <- i
			}
		}()
	}
	sum := 0
	for range n / producers * producers {
		sum += <-c
	}
	return sum, nil
}

// locked locks and unlocks n times, and lets the others run inside.
//
//async:func
func locked(m *rtsync.Mutex, count *int, n int) {
	for range n {
		m.Lock()
		rt.Yield()
		*count++
		m.Unlock()
	}
}

// lockAll has tasks lock one Mutex, each n times.
//
//async:func
func lockAll(tasks, n int) (int, error) {
	var m rtsync.Mutex
	count := 0
	var g rt.Group
	for range tasks {
		rt.SpawnIn(&g, lockedAsync(&m, &count, n))
	}
	err := g.Wait()
	return count, err
}

// plainLockAll is lockAll with goroutines and a sync.Mutex.
func plainLockAll(tasks, n int) (int, error) {
	var m sync.Mutex
	count := 0
	var wg sync.WaitGroup
	for range tasks {
		wg.Go(func() {
			for range n {
				m.Lock()
				runtime.Gosched()
				count++
				m.Unlock()
			}
		})
	}
	wg.Wait()
	return count, nil
}

// permitted takes and gives back a permit n times, and lets the others run between.
//
//async:func
func permitted(s *rtsync.Semaphore, n int) error {
	for range n {
		s.Acquire(1)
		rt.Yield()
		s.Release(1)
	}
	return nil
}

// permitAll has tasks share a Semaphore of one permit.
//
//async:func
func permitAll(tasks, n int) (int, error) {
	s := rtsync.NewSemaphore(1)
	var g rt.Group
	for range tasks {
		rt.SpawnIn(&g, permittedAsync(s, n))
	}
	err := g.Wait()
	return tasks * n, err
}
