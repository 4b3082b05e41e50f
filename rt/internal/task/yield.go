package task

import "runtime"

// YieldHere is Yield in ordinary code.
func YieldHere() {
	s := Current()
	if s == nil { // a goroutine of its own: the others are goroutines too
		runtime.Gosched()
		return
	}
	if b, ok := s.block.(*blockRunner); ok {
		b.yield()
		return
	}
	_, _ = AwaitHere[void](NewYield())
}

// yield is awaitIn of a Yield, without one.
func (r *blockRunner) yield() {
	begun := r.mayWait() && r.enter().Spend()
	for ; r.mayWait(); begun = true {
		if begun {
			NextTurn(r.enter())
		}
		r.waitsFor(yieldInBlock)
		if !r.pause() {
			break
		}
		if begun {
			return
		}
	}
	r.leave()
}

// yieldInBlock is what a block waits for in yield, for others to see.
var yieldInBlock = func() *Box[void] {
	b := NewYield()
	Head(b.t.Leaf).state = yielded
	b.t.State.Store(uint32(StateStarted))
	return b
}()

// NewYield is a call of Yield that has not begun.
func NewYield() *Box[void] {
	b := new(struct {
		Box[void]
		YieldFrame
	})
	return b.Init(&b.YieldFrame)
}

// YieldOnce is a call of Yield.
func YieldOnce(cx *Context) Machine {
	NextTurn(cx)
	return yielding
}

// yielding stands for every call of Yield that waits. It has nothing to do when it is resumed and no
// result, so it needs no frame: Suspend makes whoever waits for it the leaf.
var yielding Machine = &YieldFrame{Frame{state: yielded, flags: flagShared}}

// standIn is w as the leaf of a task where w is the tail await of the leaf that was resumed: then it
// needs a frame all the same.
func standIn(cx *Context, w Machine) Machine {
	if Head(w).flags&flagShared == 0 {
		return w
	}
	m := NewFrame[YieldFrame, *YieldFrame](cx)
	m.state = yielded
	cx.leaf = m
	return m
}

// NextTurn has the task polled again when the others have had their turn.
func NextTurn(cx *Context) {
	if cx.own != nil && cx.own == cx.waker.t {
		cx.yields = true // whoever polls gives the others a turn, and polls again
	} else {
		cx.waker.Wake()
	}
}

// YieldFrame is a call of Yield that waits for its next turn.
type YieldFrame struct{ Frame }

const (
	yieldStart = iota
	yielded
)

var yieldFunc = Func{Name: "rt.Yield", Inner: true, States: []State{{Name: "start"}, {Name: "yielded"}}}

// Func implements [Machine].
func (m *YieldFrame) Func() *Func { return &yieldFunc }

// Reset implements [Machine].
func (m *YieldFrame) Reset() { *m = YieldFrame{} }

// Resume implements [Machine].
func (m *YieldFrame) Resume(cx *Context) Machine {
	if m.state == yielded {
		return nil
	}
	m.state = yielded
	NextTurn(cx)
	cx.leaf = m
	return m
}
