package rtsync

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// gate is a resource that calls wait for: a lock, say. The methods are called with its lock held.
type gate interface {
	// lock is the lock.
	lock() *sync.Mutex
	// enter reports whether the call w need not wait; else it has put w into a queue.
	enter(w *waiter) (over bool)
	// passed reports whether w, which waits, may go on now.
	passed(w *waiter) bool
	// leave takes the call w out, which is cancelled, and passes on what it was given.
	leave(w *waiter) wakes
}

// wait is the part of a call's frame that waits at a gate.
type wait struct {
	w     waiter
	begun bool
}

// poll begins the wait or goes on with it, and reports whether it is over.
func (c *wait) poll(cx *rt.Context, g gate) (over bool) {
	mu := g.lock()
	mu.Lock()
	defer mu.Unlock()
	c.w.waker = cx.Waker()
	if !c.begun {
		c.begun = true
		return g.enter(&c.w)
	}
	return g.passed(&c.w)
}

// cancel ends the wait, if it has begun.
func (c *wait) cancel(g gate) {
	if !c.begun {
		return
	}
	mu := g.lock()
	mu.Lock()
	ws := g.leave(&c.w)
	mu.Unlock()
	ws.wake()
}

// resume is Resume of a call at g whose frame is self, but for its results: over reports that it has ended,
// and then left that it was cancelled.
func (c *wait) resume(cx *rt.Context, g gate) (over, left bool) {
	if cx.Unwind() {
		c.cancel(g)
		return true, true
	}
	return c.poll(cx, g), false
}

// call is the frame of a call without results.
type call struct {
	machine.Frame
	wait
	at gate
}

// goOn is Resume for the frame self, which begins with c.
func (c *call) goOn(cx *rt.Context, self machine.Machine) machine.Machine {
	if over, _ := c.resume(cx, c.at); over {
		return nil
	}
	return machine.Leaf(cx, self)
}

// start begins the call whose frame self begins with c: now, or, where the task has used up its budget, at
// its next turn.
func (c *call) start(cx *rt.Context, self machine.Machine, at gate, n int64, now bool) machine.Machine {
	c.at, c.w.n = at, n
	if now && c.poll(cx, at) {
		machine.Unused(cx, self)
		return nil
	}
	return machine.Leaf(cx, self)
}

// taker is a gate behind which there is a value to be taken. It may be that another one takes it first.
type taker[T any] interface {
	gate
	// take gives the value, or an error, if there is one. It is called without the lock.
	take() (v T, err error, over bool)
}

// takeCall is the frame of a call that waits for a value.
type takeCall[T any] struct {
	machine.FrameOf[T]
	wait
	from taker[T]
}

// poll waits until there is a value, and takes it. If another one has, it waits again.
func (c *takeCall[T]) poll(cx *rt.Context) (v T, err error, over bool) {
	for c.wait.poll(cx, c.from) {
		if v, err, over = c.from.take(); over {
			return v, err, true
		}
		c.wait = wait{}
	}
	return v, nil, false
}

// goOn is Resume for the frame self, which begins with c.
func (c *takeCall[T]) goOn(cx *rt.Context, self machine.Machine) machine.Machine {
	if cx.Unwind() {
		c.cancel(c.from)
		return nil
	}
	v, err, over := c.poll(cx)
	if !over {
		return machine.Leaf(cx, self)
	}
	c.Val, c.Err = v, err
	return nil
}

// start begins the call whose frame self begins with c: now, or, where the task has used up its budget, at its next
// turn.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *takeCall[T]) start(cx *rt.Context, self machine.Machine, from taker[T], now bool) (v T, err error, w machine.Machine) {
	c.from = from
	if now {
		var over bool
		if v, err, over = c.poll(cx); over {
			machine.Unused(cx, self)
			return v, err, nil
		}
	}
	return v, nil, machine.Leaf(cx, self)
}

// atHand is called by a marked function that has what it is for at once: it takes one from the budget of the
// turn, and waits for the next turn if there is none left.
func atHand() {}

// atHandRun is for generated code, which passes a nil frame.
func atHandRun(cx *rt.Context, _ *atHandCall) machine.Machine {
	if cx.Spend() {
		return nil
	}
	return machine.Leaf(cx, machine.NewFrame[atHandCall](cx))
}

// atHandCall is the frame of an atHand that waits for the next turn.
type atHandCall struct{ machine.Frame }

var atHandFunc = machine.Func{Name: "rtsync.atHand", Inner: true, States: []machine.State{{Name: "next turn"}}}

// Func implements [machine.Machine].
func (*atHandCall) Func() *machine.Func { return &atHandFunc }

// Reset implements [machine.Machine].
func (c *atHandCall) Reset() { *c = atHandCall{} }

// Resume implements [machine.Machine].
func (c *atHandCall) Resume(cx *rt.Context) machine.Machine { return nil }

// uninterrupted waits on a goroutine for what has no error that it could give: also when its runtime is
// shut down.
func uninterrupted[T any](async func() rt.Future[T]) T {
	v, err := rt.Await(async())
	if err == nil {
		return v
	}
	token := make(chan struct{}, 1)
	cx := rt.NewContext(rt.NewWaker(func() {
		select {
		case token <- struct{}{}:
		default:
		}
	}))
	f := async()
	for {
		if v, ready, _ := f.Poll(cx); ready {
			return v
		}
		<-token
	}
}
