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
	if m == nil {
		m = newFrame[yieldFrame, *yieldFrame](cx)
	}
	return m.Resume(cx)
}

// yieldFrame is a call of Yield that waits for its next turn.
type yieldFrame struct{ Frame }

const (
	yieldStart = iota
	yielded
)

var yieldFunc = Func{Name: "rt.Yield", States: []State{{Name: "start"}, {Name: "yielded"}}}

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
	if cx.own != nil && cx.own == cx.waker.t {
		cx.yields = true // whoever polls gives the others a turn, and polls again
	} else {
		cx.waker.Wake()
	}
	cx.leaf = m
	return m
}
