package bench

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt"
)

// A slot holds one number on its way from one task to another. It is a future of the number, written
// by hand: the receiver awaits it once for each.
type slot struct {
	mu    sync.Mutex
	full  bool
	value int
	waker rt.Waker
}

// Poll implements [rt.Future].
func (s *slot) Poll(cx *rt.Context) (int, bool, error) {
	s.mu.Lock()
	v, full := s.value, s.full
	if s.full = false; !full {
		s.waker = cx.Waker()
	}
	s.mu.Unlock()
	return v, full, nil
}

// put leaves v for the receiver, who has taken what was there before.
func (s *slot) put(v int) {
	s.mu.Lock()
	s.full, s.value = true, v
	w := s.waker
	s.mu.Unlock()
	w.Wake()
}

// rally takes n numbers from in and sends each to out, plus one.
//
//async:func
func rally(in, out *slot, n int) (int, error) {
	last := 0
	for range n {
		v, err := rt.Await(in)
		if err != nil {
			return 0, err
		}
		last = v
		out.put(v + 1)
	}
	return last, nil
}

// pingPong has two tasks that send a number to and fro.
//
//async:func
func pingPong(n int) (int, error) {
	var to, fro slot
	to.put(0)
	a, b := rt.Spawn(rallyAsync(&to, &fro, n)), rt.Spawn(rallyAsync(&fro, &to, n))
	if _, err := rt.Await(a); err != nil {
		return 0, err
	}
	return rt.Await(b)
}

// plainRally is rally for a goroutine.
func plainRally(in, out chan int, n int) int {
	last := 0
	for range n {
		last = <-in
		out <- last + 1
	}
	return last
}

// plainPingPong is pingPong with goroutines. The channels hold one number, as slots do.
func plainPingPong(n int) (int, error) {
	to, fro := make(chan int, 1), make(chan int, 1)
	to <- 0
	done := make(chan int, 1)
	go plainRally(to, fro, n)
	go func() { done <- plainRally(fro, to, n) }()
	return <-done, nil
}
