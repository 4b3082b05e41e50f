package rt

import (
	"io"
	"sync"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Merge is the values of all streams, in the order in which they come; of those that are there at the
// same time each stream has its turn. It ends when all have ended. The first error cancels the others,
// and comes when their cleanup has ended. A nil stream is left out. The streams are passed on.
func Merge[T any](streams ...Stream[T]) Stream[T] {
	m := &merged[T]{open: make([]Stream[T], 0, len(streams))}
	for _, s := range streams {
		if s != nil {
			m.open = append(m.open, task.SourceOf(s))
		}
	}
	task.Produce(&m.streamCore, m)
	return m
}

type merged[T any] struct {
	stream[T]
	open    []Stream[T]
	turn    int               // who is asked first
	err     error             // why the others are being cancelled
	closing task.PollCanceler // the cancel of the others
}

func (m *merged[T]) Produce(cx *Context) (value T, ready bool, err error) {
	for i := 0; m.err == nil && i < len(m.open); {
		at := (m.turn + i) % len(m.open)
		v, ready, err := m.open[at].PollNext(cx)
		switch {
		case !ready:
			i++
		case err == nil:
			m.turn = at + 1
			return v, true, nil
		default:
			m.open = append(m.open[:at], m.open[at+1:]...)
			if err != io.EOF {
				m.err = err
			}
			if at < m.turn {
				m.turn--
			}
		}
	}
	switch {
	case m.err != nil && m.Halt(cx):
		return value, true, m.err
	case m.err == nil && len(m.open) == 0:
		return value, true, io.EOF
	}
	return value, false, nil
}

// Halt cancels the streams that are left, side by side.
func (m *merged[T]) Halt(cx *Context) bool {
	if m.closing == nil {
		m.closing = stopAll(m.open)
		m.open = nil
	}
	return m.closing.PollCancel(cx)
}

// stopAll is a verb whose cancel is that of the streams.
func stopAll[T any](streams []Stream[T]) task.PollCanceler {
	fs := make([]Future[Unit], len(streams))
	for i, s := range streams {
		fs[i] = &task.CancelFuture{F: s, Begun: true}
	}
	return JoinAllAsync(fs...).(task.PollCanceler)
}

// Flatten is the values of the streams that s gives, one stream after the other. An error of any of
// them ends it. s is passed on.
func Flatten[T any](s Stream[Stream[T]]) Stream[T] {
	f := &flattened[T]{outer: sourceFor("Flatten", s)}
	task.Produce(&f.streamCore, f)
	return f
}

type flattened[T any] struct {
	stream[T]
	outer Stream[Stream[T]]
	inner Stream[T] // nil: the next is to be asked for
	err   error     // of the inner stream: the outer one is being cancelled

	closing task.PollCanceler // the cancel of both
}

func (f *flattened[T]) Produce(cx *Context) (value T, ready bool, err error) {
	for f.err == nil {
		if f.inner == nil {
			if f.inner, ready, err = f.outer.PollNext(cx); !ready || err != nil {
				return value, ready, err
			}
			if f.inner == nil {
				panic(task.Misuse("Flatten", "has got a nil stream from its source", "Merge() is an empty one"))
			}
			f.inner = task.SourceOf(f.inner)
		}
		value, ready, err = f.inner.PollNext(cx)
		switch {
		case !ready || err == nil:
			return value, ready, nil
		case err != io.EOF:
			f.err = err
		}
		if f.inner = nil; f.err == nil && !cx.Spend() {
			return value, false, nil
		}
	}
	return value, f.Halt(cx), f.err
}

// Halt cancels the inner stream, and then the outer one.
func (f *flattened[T]) Halt(cx *Context) bool {
	if f.closing == nil {
		first := &task.CancelFuture{Begun: true}
		if f.inner != nil {
			first.F = f.inner
		}
		then := &cancelAfter{CancelFuture: task.CancelFuture{F: f.outer, Begun: true}}
		j := Join2Async[Unit, Unit](first, then).(*join2[Unit, Unit])
		then.first, f.closing = &j.a, j
	}
	return f.closing.PollCancel(cx)
}

// cancelAfter is a cancel that begins when another arm is over.
type cancelAfter struct {
	task.CancelFuture
	first arm
}

// PollCancel is that of CancelFuture, when its time has come. Until then the other arm wakes.
func (c *cancelAfter) PollCancel(cx *Context) bool {
	return !c.first.live() && c.CancelFuture.PollCancel(cx)
}

// Buffer lets s run ahead of its consumer by up to n values, in a task of its own, which starts when the
// first value is asked for. s is passed on. Cancelling the result ends the task, and with it s.
func Buffer[T any](n int, s Stream[T]) Stream[T] {
	if n < 1 {
		panic(task.Misuse("Buffer", "of no values", "n is how many may be ahead: at least 1"))
	}
	b := &buffered[T]{src: sourceFor("Buffer", s), room: n}
	task.Produce(&b.streamCore, b)
	return b
}

type buffered[T any] struct {
	stream[T]
	src  Stream[T]
	room int
	task *JoinHandle[Unit] // the consumer's: nil until it starts

	mu       sync.Mutex
	values   []T
	err      error // why src is over
	consumer Waker
	pump     Waker // who waits for room
}

func (b *buffered[T]) Produce(cx *Context) (value T, ready bool, err error) {
	if b.task == nil {
		b.task = Spawn[Unit](&pump[T]{b: b}, On(runtimeOf(task.EngineOf(cx))))
	}
	b.mu.Lock()
	switch {
	case len(b.values) > 0:
		value, b.values[0] = b.values[0], value // the slot is reused late, or never
		b.values = b.values[1:]
		pump := b.pump
		b.mu.Unlock()
		pump.Wake() // not under the lock: a waker may be anybody's code
		return value, true, nil
	case b.err != nil:
		b.mu.Unlock()
		return value, true, b.err
	}
	b.consumer = cx.Waker()
	b.mu.Unlock()
	switch _, ended, err := b.task.Poll(cx); {
	case !ended:
		return value, false, nil
	case err == nil: // it has ended since we looked
		return b.Produce(cx)
	default: // by a panic, or with its runtime
		if p := task.TaskOf(&b.task.handle).Panicked(); p != nil {
			task.Raise(cx, p)
		}
		return value, true, err
	}
}

func (b *buffered[T]) Halt(cx *Context) bool {
	if b.task == nil {
		return task.Cancelling(cx, b.src)
	}
	b.task.Abort()
	_, ended, _ := b.task.Poll(cx)
	if !ended {
		return false
	}
	b.forgetAll()
	if p := task.TaskOf(&b.task.handle).Panicked(); p != nil {
		task.Raise(cx, p)
	}
	return true
}

// forgetAll drops what nobody will ask for any more.
func (b *buffered[T]) forgetAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.values, b.consumer, b.pump = nil, Waker{}, Waker{}
}

// pump is the task of a buffer.
type pump[T any] struct{ b *buffered[T] }

// Poll implements [Future].
func (p *pump[T]) Poll(cx *Context) (Unit, bool, error) {
	b := p.b
	for {
		b.mu.Lock()
		if full := len(b.values) >= b.room; full {
			b.pump = cx.Waker()
			b.mu.Unlock()
			return Unit{}, false, nil
		}
		b.mu.Unlock()
		v, ready, err := b.src.PollNext(cx)
		if !ready {
			return Unit{}, false, nil
		}
		b.mu.Lock()
		if err != nil {
			b.err = err
		} else {
			b.values = append(b.values, v)
		}
		w := b.consumer
		b.mu.Unlock()
		w.Wake()
		if err != nil {
			return Unit{}, true, nil
		}
		if !cx.Spend() {
			return Unit{}, false, nil
		}
	}
}

// PollCancel cancels the source.
func (p *pump[T]) PollCancel(cx *Context) bool { return task.Cancelling(cx, p.b.src) }
