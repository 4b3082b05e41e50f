package machine

import (
	"io"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// StreamBox is the [Box] of a function marked //async:stream. It is for generated code.
type StreamBox[T any] struct {
	streamCore[T]
	box task.Box[rt.Unit]
	y   Yielder[T]
}

// Init makes root, the frame in the same object, the call to start.
func (b *StreamBox[T]) Init(root Machine) rt.Stream[T] {
	b.box.Init(root)
	task.Produce(&b.streamCore, (*streamCall[T])(b))
	return b
}

// Next implements [Stream].
func (b *StreamBox[T]) Next() (T, error) { return rt.Await(b.NextAsync()) }

// NextAsync implements [Stream].
func (b *StreamBox[T]) NextAsync() rt.Future[T] { return task.NextIn(&b.streamCore) }

// Yielder is what the call yields to.
func (b *StreamBox[T]) Yielder() *Yielder[T] { return &b.y }

// streamCall is a StreamBox as what its values come from.
type streamCall[T any] StreamBox[T]

// Produce runs the call until it yields, waits, or ends.
func (b *streamCall[T]) Produce(cx *rt.Context) (value T, ready bool, err error) {
	_, ready, err = b.box.Poll(cx)
	switch {
	case ready && err == nil:
		return value, true, io.EOF
	case ready:
		return value, true, err
	case b.y.full:
		value = b.y.value
		b.y = Yielder[T]{}
		return value, true, nil
	}
	return value, false, nil
}

func (b *streamCall[T]) Halt(cx *rt.Context) bool { return b.box.PollCancel(cx) }

// Yielder takes the values of a call that is a stream, one at a time. It is for generated code.
type Yielder[T any] struct {
	value T
	full  bool
}

// Run is yield(v) in the async form: it waits until the next value is asked for, and is true then. A
// consumer who is done cancels the call, which leaves it as any await does.
func (y *Yielder[T]) Run(cx *rt.Context, v T) (bool, Machine) {
	y.value, y.full = v, true
	return false, task.Leaf(cx, task.NewFrame[yieldedFrame, *yieldedFrame](cx))
}

// yieldedFrame is the frame of Yielder.Run.
type yieldedFrame struct{ task.FrameVal[bool] }

var yieldedFunc = task.Func{
	Name:   "yield",
	Result: task.ResultVal,
	States: []task.State{{Name: "start"}},
}

// Func implements [Machine].
func (m *yieldedFrame) Func() *task.Func { return &yieldedFunc }

// Reset implements [Machine].
func (m *yieldedFrame) Reset() { *m = yieldedFrame{} }

// Resume implements [Machine].
func (m *yieldedFrame) Resume(*rt.Context) Machine {
	m.Val = true
	return nil
}

// EachIter steps through a stream for a range statement over [Each] in a marked function. It is for
// generated code.
type EachIter[T any] struct {
	s    rt.Stream[T]
	over bool // the last pair has been given
}

// EachOf starts to step through s. It is for generated code.
func EachOf[T any](s rt.Stream[T]) *EachIter[T] {
	if s == nil {
		panic(task.NilStream("Each"))
	}
	return &EachIter[T]{s: task.SourceOf(s)}
}

// Next is the next pair, and whether there is one.
func (it *EachIter[T]) Next() (T, error, bool) { //nolint:staticcheck // the error is a value of the loop
	t := rt.Must(rt.Await(it.NextAsync()))
	return t.A, t.B, t.C
}

// NextAsync is the async form of Next.
func (it *EachIter[T]) NextAsync() rt.Future[rt.Triple[T, error, bool]] { return &eachNext[T]{it: it} }

// Stop ends the loop: it cancels the stream, if that is not over, and waits for its cleanup.
func (it *EachIter[T]) Stop() { rt.Must(rt.Await(it.StopAsync())) }

// StopAsync is the async form of Stop.
func (it *EachIter[T]) StopAsync() rt.Future[rt.Unit] { return rt.CancelAsync(it.s) }

// HeldEach has the stream of a loop that is in another loop, so that one deferred call is enough for all
// of them, one after the other. It is for generated code.
type HeldEach struct {
	It interface{ StopAsync() rt.Future[rt.Unit] } // an [EachIter]; nil: none yet
}

// Stop ends the loop over the stream that h has, if it is not over.
func (h *HeldEach) Stop() { rt.Must(rt.Await(h.StopAsync())) }

// StopAsync is the async form of Stop.
func (h *HeldEach) StopAsync() rt.Future[rt.Unit] {
	if h.It == nil {
		return rt.Ready(rt.Unit{})
	}
	return h.It.StopAsync()
}

type eachNext[T any] struct {
	it   *EachIter[T]
	done bool
	task.Claim
}

// Own implements owned.
func (n *eachNext[T]) Own(by string) { n.Take("Each", by) }

// Poll implements [Future].
func (n *eachNext[T]) Poll(cx *rt.Context) (t rt.Triple[T, error, bool], ready bool, err error) {
	if n.done {
		task.Misused("Each", "polled", task.AfterReady)
	}
	task.NeedContext(cx, "Each")
	if n.it.over {
		n.done = true
		return t, true, nil
	}
	v, ready, err := n.it.s.PollNext(cx)
	n.done = ready
	switch {
	case !ready:
		return t, false, nil
	case err == io.EOF:
		n.it.over = true
		return t, true, nil
	case err != nil:
		n.it.over = true
	}
	return rt.TripleOf(v, err, true), true, nil
}
