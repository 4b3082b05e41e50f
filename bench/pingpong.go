package bench

import (
	"runtime"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt"
)

// A slot holds one number on its way from one task to another. It is a future of the number, written
// by hand: the receiver awaits it once for each. The state says whose turn it is to touch the rest:
//
//	empty ──receiver waits──▶ awaited ──sender──▶ waking ──▶ full ──receiver takes──▶ empty
//	  └──────────────────────────sender─────────────────────▶
type slot struct {
	state atomic.Uint32
	value int
	waker rt.Waker // of the receiver
}

const (
	slotEmpty   uint32 = iota
	slotAwaited        // waker is to be woken
	slotWaking         // the sender reads waker
	slotFull
)

// Poll implements [rt.Future].
func (s *slot) Poll(cx *rt.Context) (int, bool, error) {
	for {
		switch s.state.Load() {
		case slotFull:
			v := s.value
			s.state.Store(slotEmpty)
			return rt.Done(v)
		case slotEmpty:
			s.waker = cx.Waker()
			if s.state.CompareAndSwap(slotEmpty, slotAwaited) {
				return rt.Pending[int]()
			}
		case slotAwaited: // not woken by the sender: the waker may be another one
			s.state.CompareAndSwap(slotAwaited, slotEmpty)
		case slotWaking:
			runtime.Gosched()
		}
	}
}

// put leaves v for the receiver, who has taken what was there before.
func (s *slot) put(v int) {
	s.value = v
	for !s.state.CompareAndSwap(slotAwaited, slotWaking) {
		if s.state.CompareAndSwap(slotEmpty, slotFull) {
			return
		}
	}
	w := s.waker
	s.state.Store(slotFull)
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
