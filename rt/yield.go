package rt

import "runtime"

// Yield lets the others run: all that are ready now have their turn before the
// caller goes on.
func Yield() {
	if current() == nil { // a goroutine of its own: the others are goroutines too
		runtime.Gosched()
		return
	}
	_, _ = Await(YieldAsync())
}

// YieldAsync is the async form of [Yield].
func YieldAsync() Future[Unit] {
	b := new(struct {
		Box[Unit]
		yieldFrame
	})
	return b.Init(&b.yieldFrame)
}

// YieldRun is for generated code, which passes a nil m.
func YieldRun(cx *Context, m *yieldFrame) Machine {
	nextTurn(cx)
	return yielding
}

// yielding stands for every call of Yield that waits. It has nothing to do when it is resumed and no
// result, so it needs no frame: Suspend makes whoever waits for it the leaf.
var yielding Machine = &yieldFrame{Frame{state: yielded, flags: flagShared}}

// standIn is w as the leaf of a task where w is the tail await of the leaf that was resumed: then it
// needs a frame all the same.
func standIn(cx *Context, w Machine) Machine {
	if frameOf(w).flags&flagShared == 0 {
		return w
	}
	m := newFrame[yieldFrame, *yieldFrame](cx)
	m.state = yielded
	cx.leaf = m
	return m
}

// nextTurn has the task polled again when the others have had their turn.
func nextTurn(cx *Context) {
	if cx.own != nil && cx.own == cx.waker.t {
		cx.yields = true // whoever polls gives the others a turn, and polls again
	} else {
		cx.waker.Wake()
	}
}

// yieldFrame is a call of Yield that waits for its next turn.
type yieldFrame struct{ Frame }

const (
	yieldStart = iota
	yielded
)

var yieldFunc = Func{Name: "rt.Yield", Inner: true, States: []State{{Name: "start"}, {Name: "yielded"}}}

// Func implements [Machine].
func (m *yieldFrame) Func() *Func { return &yieldFunc }

// Reset implements [Machine].
func (m *yieldFrame) Reset() { *m = yieldFrame{} }

// Resume implements [Machine].
func (m *yieldFrame) Resume(cx *Context) Machine {
	if m.state == yielded {
		return nil
	}
	m.state = yielded
	nextTurn(cx)
	cx.leaf = m
	return m
}
