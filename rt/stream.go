package rt

import (
	"io"
	"iter"

	"github.com/asyncgen/asyncgen/rt/internal/task"
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
		panic(task.NilFunction("StreamFunc"))
	}
	s := &streamFunc[T]{poll: poll}
	task.Produce(&s.streamCore, s)
	return s
}

type streamFunc[T any] struct {
	stream[T]
	poll func(cx *Context) (value T, ready bool, err error)
}

func (s *streamFunc[T]) Produce(cx *Context) (T, bool, error) { return s.poll(cx) }

func (s *streamFunc[T]) Halt(*Context) bool { return true }

// stream is what all streams of this package share.
type stream[T any] struct{ streamCore[T] }

// Next implements [Stream].
func (s *stream[T]) Next() (T, error) { return Await(s.NextAsync()) }

// NextAsync implements [Stream].
func (s *stream[T]) NextAsync() Future[T] { return task.NextIn(&s.streamCore) }

// Each is the values of s, to range over:
//
//	for page, err := range rt.Each(s) { … }
//
// It ends with the stream; an error other than [io.EOF] comes as the last pair. Leaving the loop early,
// in whatever way, cancels the stream and waits for its cleanup. In a marked function each value is
// awaited.
func Each[T any](s Stream[T]) iter.Seq2[T, error] {
	if s == nil {
		panic(task.NilStream("Each"))
	}
	return func(yield func(T, error) bool) {
		s := task.SourceOf(s)
		defer func() { _, _ = Await(CancelAsync(s)) }()
		for {
			v, err := s.Next()
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
		}
	}
}
