package rt

import (
	"io"
	"iter"
)

// Stream is a sequence of values, each of which may have to be waited for. The end is [io.EOF]; after
// any error, the end included, the stream is over and gives the same error again.
//
// A stream has one owner, who asks for one value at a time. Nothing of it runs between two calls. A
// function marked //async:stream makes one:
//
//	//async:stream
//	func pages(url string, yield func(Page) bool) error { … }
//
// gives pagesStream(url) rt.Stream[Page].
type Stream[T any] interface {
	// PollNext asks for the next value. Pending is ready == false; the contract is that of
	// [Future.Poll], but that one may ask again.
	PollNext(cx *Context) (value T, ready bool, err error)

	// Next waits for the next value.
	Next() (T, error)

	// NextAsync is the next value as a future. Dropping it unfinished loses no value and leaves the
	// stream as it is.
	NextAsync() Future[T]

	// Cancel ends the stream early: its deferred calls run, and those of the streams that it takes from.
	// Cleanup that has to wait goes on as a task of its own; [CancelAsync] waits for it.
	Cancel()
}

// StreamFunc makes a stream of a function that has the contract of [Stream.PollNext]. Cancelling it
// does nothing but end it.
func StreamFunc[T any](poll func(cx *Context) (value T, ready bool, err error)) Stream[T] {
	if poll == nil {
		panic(nilFunction("StreamFunc"))
	}
	s := &streamFunc[T]{poll: poll}
	s.self = s
	return s
}

type streamFunc[T any] struct {
	stream[T]
	poll func(cx *Context) (value T, ready bool, err error)
}

func (s *streamFunc[T]) next(cx *Context) (T, bool, error) { return s.poll(cx) }
func (s *streamFunc[T]) stop(*Context) bool                { return true }

// producer is where a stream takes its values from.
type producer[T any] interface {
	next(cx *Context) (value T, ready bool, err error)
	stop(cx *Context) (over bool) // as PollCancel
}

// stream is what all streams share: once over, they stay over.
type stream[T any] struct {
	self     producer[T]
	over     bool
	stopping bool  // with over: it was cancelled, and its cleanup has not ended
	err      error // why it is over
	handing
}

// PollNext implements [Stream].
func (s *stream[T]) PollNext(cx *Context) (value T, ready bool, err error) {
	cx.need("Stream")
	if s.over {
		return value, true, s.err
	}
	value, ready, err = s.self.next(cx)
	if ready && err != nil {
		s.over, s.err = true, err
		var zero T
		return zero, true, err
	}
	return value, ready, err
}

// Next implements [Stream].
func (s *stream[T]) Next() (T, error) { return Await(s.NextAsync()) }

// NextAsync implements [Stream].
func (s *stream[T]) NextAsync() Future[T] { return &nextOf[T]{s: s} }

// PollCancel ends the stream, and says whether all of its cleanup has run.
func (s *stream[T]) PollCancel(cx *Context) bool { return s.goOn(cx, s.pollCancel) }

func (s *stream[T]) pollCancel(cx *Context) bool {
	if s.over && !s.stopping {
		return true
	}
	if !s.over {
		s.over, s.stopping, s.err = true, true, io.EOF
	}
	if !s.self.stop(cx) {
		return false
	}
	s.stopping = false
	return true
}

// Cancel implements [Stream].
func (s *stream[T]) Cancel() {
	if s.handed == nil && (!s.over || s.stopping) {
		s.dismiss(s.pollCancel)
	}
}

// nextOf is what NextAsync makes. It is no [Canceler]: dropping it leaves the stream alone.
type nextOf[T any] struct {
	s    *stream[T]
	done bool
	claim
}

// own implements owned.
func (n *nextOf[T]) own(by string) { n.take("Stream.Next", by) }

// Poll implements [Future].
func (n *nextOf[T]) Poll(cx *Context) (value T, ready bool, err error) {
	if n.done {
		misused("Stream.Next", "polled", afterReady)
	}
	cx.need("Stream.Next")
	value, ready, err = n.s.PollNext(cx)
	n.done = ready
	return value, ready, err
}

// StreamBox is the [Box] of a function marked //async:stream. It is for generated code.
type StreamBox[T any] struct {
	stream[T]
	box Box[Unit]
	y   Yielder[T]
}

// Init makes root, the frame in the same object, the call to start.
func (b *StreamBox[T]) Init(root Machine) Stream[T] {
	b.box.Init(root)
	b.self = b
	return b
}

// Yielder is what the call yields to.
func (b *StreamBox[T]) Yielder() *Yielder[T] { return &b.y }

// next runs the call until it yields, waits, or ends.
func (b *StreamBox[T]) next(cx *Context) (value T, ready bool, err error) {
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

func (b *StreamBox[T]) stop(cx *Context) bool { return b.box.PollCancel(cx) }

// Yielder takes the values of a call that is a stream, one at a time. It is for generated code.
type Yielder[T any] struct {
	value T
	full  bool
}

// Run is yield(v) in the async form: it waits until the next value is asked for, and is true then. A
// consumer who is done cancels the call, which leaves it as any await does.
func (y *Yielder[T]) Run(cx *Context, v T) (bool, Machine) {
	y.value, y.full = v, true
	m := newFrame[yieldedFrame, *yieldedFrame](cx)
	cx.leaf = m
	return false, m
}

// yieldedFrame is the frame of Yielder.Run.
type yieldedFrame struct{ FrameVal[bool] }

var yieldedFunc = Func{
	Name:   "yield",
	Result: ResultVal,
	States: []State{{Name: "start"}},
}

// Func implements [Machine].
func (m *yieldedFrame) Func() *Func { return &yieldedFunc }

// Reset implements [Machine].
func (m *yieldedFrame) Reset() { *m = yieldedFrame{} }

// Resume implements [Machine].
func (m *yieldedFrame) Resume(*Context) Machine {
	m.Val = true
	return nil
}

// Each is the values of s, to range over:
//
//	for page, err := range rt.Each(s) { … }
//
// It ends with the stream; an error other than [io.EOF] comes as the last pair. Leaving the loop early,
// in whatever way, cancels the stream and waits for its cleanup. In a marked function each value is
// awaited.
func Each[T any](s Stream[T]) iter.Seq2[T, error] {
	if s == nil {
		panic(nilStream("Each"))
	}
	return func(yield func(T, error) bool) {
		s := sourceOf(s)
		defer func() { _, _ = Await(CancelAsync(s)) }()
		for {
			v, err := s.Next()
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// EachIter steps through a stream for a range statement over [Each] in a marked function. It is for
// generated code.
type EachIter[T any] struct {
	s    Stream[T]
	over bool // the last pair has been given
}

// EachOf starts to step through s. It is for generated code.
func EachOf[T any](s Stream[T]) *EachIter[T] { return &EachIter[T]{s: sourceFor("Each", s)} }

// sourceOf is s as a source for one who takes from it. Several may take from some streams, such as a
// channel; of those each has a stream of its own.
func sourceOf[T any](s Stream[T]) Stream[T] {
	if shared, ok := s.(interface{ Stream() Stream[T] }); ok {
		return shared.Stream()
	}
	return s
}

// Next is the next pair, and whether there is one.
func (it *EachIter[T]) Next() (T, error, bool) { //nolint:staticcheck // the error is a value of the loop
	t := Must(Await(it.NextAsync()))
	return t.A, t.B, t.C
}

// NextAsync is the async form of Next.
func (it *EachIter[T]) NextAsync() Future[Triple[T, error, bool]] { return &eachNext[T]{it: it} }

// Stop ends the loop: it cancels the stream, if that is not over, and waits for its cleanup.
func (it *EachIter[T]) Stop() { Must(Await(it.StopAsync())) }

// StopAsync is the async form of Stop.
func (it *EachIter[T]) StopAsync() Future[Unit] { return CancelAsync(it.s) }

// HeldEach has the stream of a loop that is in another loop, so that one deferred call is enough for all
// of them, one after the other. It is for generated code.
type HeldEach struct {
	It interface{ StopAsync() Future[Unit] } // an [EachIter]; nil: none yet
}

// Stop ends the loop over the stream that h has, if it is not over.
func (h *HeldEach) Stop() { Must(Await(h.StopAsync())) }

// StopAsync is the async form of Stop.
func (h *HeldEach) StopAsync() Future[Unit] {
	if h.It == nil {
		return Ready(Unit{})
	}
	return h.It.StopAsync()
}

type eachNext[T any] struct {
	it   *EachIter[T]
	done bool
	claim
}

// own implements owned.
func (n *eachNext[T]) own(by string) { n.take("Each", by) }

// Poll implements [Future].
func (n *eachNext[T]) Poll(cx *Context) (t Triple[T, error, bool], ready bool, err error) {
	if n.done {
		misused("Each", "polled", afterReady)
	}
	cx.need("Each")
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
	return Triple[T, error, bool]{v, err, true}, true, nil
}
