package task

import "io"

// producer is where a stream takes its values from.
type producer[T any] interface {
	Produce(cx *Context) (value T, ready bool, err error)
	Halt(cx *Context) (over bool) // as PollCancel
}

// StreamCore is what all streams share: once over, they stay over.
type StreamCore[T any] struct {
	self     producer[T]
	over     bool
	stopping bool  // with over: it was cancelled, and its cleanup has not ended
	err      error // why it is over
	rest     Handing
}

// PollNext implements Stream.
func (s *StreamCore[T]) PollNext(cx *Context) (value T, ready bool, err error) {
	NeedContext(cx, "Stream")
	if s.over {
		return value, true, s.err
	}
	value, ready, err = s.self.Produce(cx)
	if ready && err != nil {
		s.over, s.err = true, err
		var zero T
		return zero, true, err
	}
	return value, ready, err
}

// PollCancel ends the stream, and reports whether all of its cleanup has run.
func (s *StreamCore[T]) PollCancel(cx *Context) bool { return s.rest.GoOn(cx, s.pollCancel) }

func (s *StreamCore[T]) pollCancel(cx *Context) bool {
	if s.over && !s.stopping {
		return true
	}
	if !s.over {
		s.over, s.stopping, s.err = true, true, io.EOF
	}
	if !s.self.Halt(cx) {
		return false
	}
	s.stopping = false
	return true
}

// Cancel implements Stream.
func (s *StreamCore[T]) Cancel() {
	if s.rest.Handed == nil && (!s.over || s.stopping) {
		s.rest.Dismiss(s.pollCancel)
	}
}

// source implements streamed.
func (s *StreamCore[T]) source() any { return s.self }

// Produce has the values of s come from p.
func Produce[T any](s *StreamCore[T], p producer[T]) { s.self = p }

// NextIn is the next value of s as a future.
func NextIn[T any](s *StreamCore[T]) *nextOf[T] { return &nextOf[T]{s: s} }

// nextOf is what NextAsync makes. It is no Canceler: dropping it leaves the stream alone.
type nextOf[T any] struct {
	s    *StreamCore[T]
	done bool
	Claim
}

// Own implements owned.
func (n *nextOf[T]) Own(by string) { n.Take("Stream.Next", by) }

// Poll implements Future.
func (n *nextOf[T]) Poll(cx *Context) (value T, ready bool, err error) {
	if n.done {
		Misused("Stream.Next", "polled", AfterReady)
	}
	NeedContext(cx, "Stream.Next")
	value, ready, err = n.s.PollNext(cx)
	n.done = ready
	return value, ready, err
}

// SourceOf is s as a source for one who takes from it. Several may take from some streams, such as a
// channel; of those each has a stream of its own.
func SourceOf[S any](s S) S {
	if shared, ok := any(s).(interface{ Stream() S }); ok {
		return shared.Stream()
	}
	return s
}
