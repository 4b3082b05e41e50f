package rtsync

import (
	"fmt"
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Barrier lets n calls of Wait go on together, again and again. [NewBarrier] makes one.
type Barrier struct {
	mu sync.Mutex
	n  int
	q  queue // those who have arrived
}

// NewBarrier makes a Barrier for n calls. It panics if n is less than 1.
func NewBarrier(n int) *Barrier {
	if n < 1 {
		panic(fmt.Sprintf("rtsync: NewBarrier(%d): must be at least 1", n))
	}
	return &Barrier{n: n}
}

// Wait waits until n calls have arrived. The last of them is the leader, and gives true. A cancelled Wait
// has not arrived, unless all others have meanwhile.
func (b *Barrier) Wait() (leader bool) { return uninterrupted(b.WaitAsync) }

// WaitAsync is the async form of [Barrier.Wait]. It arrives with its first poll.
func (b *Barrier) WaitAsync() rt.Future[bool] {
	x := new(struct {
		machine.Box[bool]
		barrierCall
	})
	x.b = b
	return x.Init(&x.barrierCall)
}

// WaitRun is for generated code, which passes a nil frame.
func (b *Barrier) WaitRun(cx *rt.Context, _ *barrierCall) (leader bool, w machine.Machine) {
	c := machine.NewFrame[barrierCall](cx)
	c.b = b
	if cx.Spend() && c.poll(cx, b) {
		leader = c.leads()
		machine.Unused(cx, c)
		return leader, nil
	}
	return false, machine.Leaf(cx, c)
}

func (b *Barrier) lock() *sync.Mutex { return &b.mu }

func (b *Barrier) enter(w *waiter) bool {
	b.q.push(w)
	if b.q.n < b.n {
		return false
	}
	w.n = leads
	var ws wakes
	for b.q.n > 0 {
		if b.q.first == w {
			b.q.remove(w)
			continue
		}
		b.q.release(&ws)
	}
	w.granted = true
	b.mu.Unlock() // the caller locks for nothing else
	defer b.mu.Lock()
	ws.wake()
	return true
}

// leads is waiter.n of the leader.
const leads = 1

func (b *Barrier) passed(w *waiter) bool { return w.granted }

func (b *Barrier) leave(w *waiter) (none wakes) {
	if !w.granted {
		b.q.remove(w)
	}
	return none
}

// barrierCall is the frame of a Wait.
type barrierCall struct {
	machine.FrameVal[bool]
	wait
	b *Barrier
}

var barrierFunc = machine.Func{Name: "rtsync.(*Barrier).Wait", Defers: true, Inner: true, Result: machine.ResultVal, States: []machine.State{{Name: "Wait"}}}

func (c *barrierCall) leads() bool { return c.w.n == leads }

// Func implements [machine.Machine].
func (*barrierCall) Func() *machine.Func { return &barrierFunc }

// Reset implements [machine.Machine].
func (c *barrierCall) Reset() { *c = barrierCall{} }

// Resume implements [machine.Machine].
func (c *barrierCall) Resume(cx *rt.Context) machine.Machine {
	if over, _ := c.resume(cx, c.b); !over {
		return machine.Leaf(cx, c)
	}
	c.Val = c.leads()
	return nil
}
