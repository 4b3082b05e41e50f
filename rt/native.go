package rt

import (
	"reflect"
	"runtime"
	"sync"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Recv receives from a native channel: in a marked function the task waits, and its worker goes on. It gives
// false when ch is closed. A nil ch never gives anything.
//
// It is not cancel-safe: where a value comes at the moment of the cancel it may be lost. A channel of
// rtsync loses none.
func Recv[T any](ch <-chan T) (T, bool) {
	p, _ := Await(RecvAsync(ch))
	return p.A, p.B
}

// RecvAsync is the async form of [Recv]. It never fails.
func RecvAsync[T any](ch <-chan T) Future[Pair[T, bool]] {
	return &native[Pair[T, bool]]{
		what: "Recv",
		ch:   reflect.ValueOf(ch).Pointer(),
		try: func() (p Pair[T, bool], done bool) {
			select {
			case p.A, p.B = <-ch:
				return p, true
			default:
				return p, false
			}
		},
		wait: func(quit <-chan struct{}) (p Pair[T, bool]) {
			select {
			case p.A, p.B = <-ch:
			case <-quit:
			}
			return p
		},
	}
}

// Send sends v to a native channel: in a marked function the task waits, and its worker goes on. It panics
// if ch is closed. A nil ch never takes anything.
//
// It is not cancel-safe: at the moment of the cancel v may have been sent all the same. A channel of rtsync
// tells the two apart.
func Send[T any](ch chan<- T, v T) { _, _ = Await(SendAsync(ch, v)) }

// SendAsync is the async form of [Send]. It never fails.
func SendAsync[T any](ch chan<- T, v T) Future[Unit] {
	return &native[Unit]{
		what: "Send",
		ch:   reflect.ValueOf(ch).Pointer(),
		try: func() (u Unit, done bool) {
			select {
			case ch <- v:
				return u, true
			default:
				return u, false
			}
		},
		wait: func(quit <-chan struct{}) (u Unit) {
			select {
			case ch <- v:
			case <-quit:
			}
			return u
		},
	}
}

// native is an operation on a native channel as a future. If it has to wait, a goroutine waits.
type native[T any] struct {
	what string
	ch   uintptr // the channel
	try  func() (T, bool)
	wait func(quit <-chan struct{}) T

	quit chan struct{} // closed when it is cancelled; nil: no goroutine yet
	done bool
	sim  *task.Sim // it looks, in place of the goroutine

	mu    sync.Mutex // guards what follows, which the goroutine writes
	ended bool
	value T
	panic any
	waker Waker
	task.Claim
}

// Own implements owned.
func (n *native[T]) Own(by string) { n.Take(n.what, by) }

// Poll implements [Future].
func (n *native[T]) Poll(cx *Context) (v T, ready bool, err error) {
	if n.done {
		task.Misused(n.what, "polled", task.AfterReady)
	}
	task.NeedContext(cx, n.what)
	if n.quit == nil {
		if v, n.done = n.try(); n.done {
			return v, true, nil
		}
		n.quit, n.waker = make(chan struct{}), cx.Waker()
		if n.sim = task.EngineOf(cx).Sim; n.sim != nil {
			n.sim.Watch(n)
		} else {
			go n.run()
		}
		return v, false, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.ended {
		n.waker = cx.Waker()
		return v, false, nil
	}
	n.done = true
	if n.panic != nil {
		panic(n.panic)
	}
	return n.value, true, nil
}

// run is the goroutine.
func (n *native[T]) run() {
	var v T
	defer func() {
		p := recover() // a send on a closed channel
		n.mu.Lock()
		n.value, n.panic, n.ended = v, p, true
		w := n.waker
		n.mu.Unlock()
		w.Wake()
	}()
	v = n.wait(n.quit)
}

// Look implements outsider.
func (n *native[T]) Look() (over bool) {
	defer func() {
		if p := recover(); p != nil { // a send on a closed channel
			n.panic, n.ended, over = p, true, true
			n.waker.Wake()
		}
	}()
	if n.value, n.ended = n.try(); n.ended {
		n.waker.Wake()
	}
	return n.ended
}

// MayComeAlone implements outsider.
func (n *native[T]) MayComeAlone() bool { return false }

// Sends implements NativeWait.
func (n *native[T]) Sends() (ch uintptr, sends bool) { return n.ch, n.what == "Send" }

// Meet implements NativeWait.
func (n *native[T]) Meet(sender task.NativeWait) (met bool) {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		sender.Finish()
	}()
	defer func() { <-sent }()
	for over := false; !over; runtime.Gosched() {
		if n.Look() {
			return true
		}
		select {
		case <-sent:
			over = true // a goroutine has got it before us
		default:
		}
	}
	return false
}

// Finish implements NativeWait.
func (n *native[T]) Finish() {
	n.value, n.ended = n.wait(n.quit), true
	n.waker.Wake()
}

// Cancel implements [Canceler]: the goroutine ends.
func (n *native[T]) Cancel() {
	if n.quit != nil && !n.done {
		n.done = true
		close(n.quit)
		if n.sim != nil {
			n.sim.Forget(n)
		}
	}
}
