package rt

import (
	"io"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// paced is what the streams have in common that look at the time: a source, and one alarm.
type paced[T any] struct {
	src   Stream[T]
	alarm Future[Unit] // nil: none
	end   error        // of the source, to be given when what came before has been
}

// after sets the alarm to d from now.
func (p *paced[T]) after(d time.Duration) { p.alarm = SleepAsync(d) }

// rings reports whether the alarm has gone off, and clears it then. Without one it has not.
func (p *paced[T]) rings(cx *Context) bool {
	if p.alarm == nil {
		return false
	}
	if _, rung, _ := p.alarm.Poll(cx); !rung {
		return false
	}
	p.alarm = nil
	return true
}

// silence takes the alarm back.
func (p *paced[T]) silence(cx *Context) {
	if p.alarm != nil {
		task.Cancelling(cx, p.alarm) // a sleep has no cleanup that waits
		p.alarm = nil
	}
}

// stop implements producer.
func (p *paced[T]) stop(cx *Context) bool {
	p.silence(cx)
	return task.Cancelling(cx, p.src)
}

// needPositive panics about a duration that makes no sense.
func needPositive(what string, d time.Duration) {
	if d <= 0 {
		panic(task.Misuse(what, "with the duration "+d.String(), "it has to be positive"))
	}
}

// sourceFor is s for the function what, which needs one.
func sourceFor[T any](what string, s Stream[T]) Stream[T] {
	if s == nil {
		panic(task.NilStream(what))
	}
	return task.SourceOf(s)
}

// Chunks collects the values of s: each value of the result has n of them, or those that have come within d
// of the first, or the last ones. With d zero or negative it waits for n. s is passed on. An error of s
// comes after what came before it.
func Chunks[T any](n int, d time.Duration, s Stream[T]) Stream[[]T] {
	if n < 1 {
		panic(task.Misuse("Chunks", "of no values", "n is how many make a chunk: at least 1"))
	}
	c := &chunks[T]{paced: paced[T]{src: sourceFor("Chunks", s)}, n: n, d: d}
	task.Produce(&c.streamCore, c)
	return c
}

type chunks[T any] struct {
	stream[[]T]
	paced[T]
	n     int
	d     time.Duration
	chunk []T
}

func (c *chunks[T]) Produce(cx *Context) ([]T, bool, error) {
	for c.end == nil {
		v, ready, err := c.src.PollNext(cx)
		switch {
		case !ready && c.rings(cx):
			return c.take(cx), true, nil
		case !ready:
			return nil, false, nil
		case err != nil:
			c.end = err
		default:
			if c.chunk = append(c.chunk, v); len(c.chunk) == c.n {
				return c.take(cx), true, nil
			}
			if len(c.chunk) == 1 && c.d > 0 {
				c.after(c.d)
			}
			if !cx.Spend() {
				return nil, false, nil
			}
		}
	}
	if len(c.chunk) > 0 {
		return c.take(cx), true, nil
	}
	return nil, true, c.end
}

// take gives what has been collected.
func (c *chunks[T]) take(cx *Context) []T {
	c.silence(cx)
	chunk := c.chunk
	c.chunk = nil
	return chunk
}

func (c *chunks[T]) Halt(cx *Context) bool {
	c.chunk = nil
	return c.paced.stop(cx)
}

// RateLimit gives the values of s at least d apart: it asks s for the next one only when it may give it. No
// value is lost. s is passed on.
func RateLimit[T any](d time.Duration, s Stream[T]) Stream[T] {
	needPositive("RateLimit", d)
	r := &rateLimit[T]{paced: paced[T]{src: sourceFor("RateLimit", s)}, d: d}
	task.Produce(&r.streamCore, r)
	return r
}

type rateLimit[T any] struct {
	stream[T]
	paced[T]
	d time.Duration
}

func (r *rateLimit[T]) Produce(cx *Context) (v T, ready bool, err error) {
	if r.alarm != nil && !r.rings(cx) {
		return v, false, nil
	}
	if v, ready, err = r.src.PollNext(cx); ready && err == nil {
		r.after(r.d)
	}
	return v, ready, err
}

func (r *rateLimit[T]) Halt(cx *Context) bool { return r.paced.stop(cx) }

// Throttle gives a value of s, and drops those that come within d of it. s is passed on.
func Throttle[T any](d time.Duration, s Stream[T]) Stream[T] {
	needPositive("Throttle", d)
	t := &throttle[T]{paced: paced[T]{src: sourceFor("Throttle", s)}, d: d}
	task.Produce(&t.streamCore, t)
	return t
}

type throttle[T any] struct {
	stream[T]
	paced[T]
	d time.Duration
}

func (t *throttle[T]) Produce(cx *Context) (v T, ready bool, err error) {
	for {
		open := t.alarm == nil || t.rings(cx)
		v, ready, err = t.src.PollNext(cx)
		if !ready || err != nil {
			return v, ready, err
		}
		if open {
			t.after(t.d)
			return v, true, nil
		}
		if !cx.Spend() {
			return v, false, nil
		}
	}
}

func (t *throttle[T]) Halt(cx *Context) bool { return t.paced.stop(cx) }

// Debounce gives a value of s when no other has come for d, and drops those that another follows sooner. The
// last value comes when s ends. s is passed on.
func Debounce[T any](d time.Duration, s Stream[T]) Stream[T] {
	needPositive("Debounce", d)
	b := &debounce[T]{paced: paced[T]{src: sourceFor("Debounce", s)}, d: d}
	task.Produce(&b.streamCore, b)
	return b
}

type debounce[T any] struct {
	stream[T]
	paced[T]
	d    time.Duration
	last T
	held bool // there is one
}

func (b *debounce[T]) Produce(cx *Context) (T, bool, error) {
	var zero T
	for b.end == nil {
		v, ready, err := b.src.PollNext(cx)
		switch {
		case ready && err != nil:
			b.silence(cx)
			b.end = err
		case ready:
			b.silence(cx)
			b.last, b.held = v, true
			b.after(b.d)
			if !cx.Spend() {
				return zero, false, nil
			}
		case b.rings(cx):
			return b.take(), true, nil
		default:
			return zero, false, nil
		}
	}
	if b.held && b.end == io.EOF {
		return b.take(), true, nil
	}
	return zero, true, b.end
}

func (b *debounce[T]) take() T {
	var zero T
	v := b.last
	b.last, b.held = zero, false
	return v
}

func (b *debounce[T]) Halt(cx *Context) bool {
	b.take()
	return b.paced.stop(cx)
}

// TimeoutEach is s, but fails with [ErrTimeout] when a value takes longer than d from when it was asked for.
// s is cancelled then, and its cleanup has ended. s is passed on.
func TimeoutEach[T any](d time.Duration, s Stream[T]) Stream[T] {
	t := &timeoutEach[T]{paced: paced[T]{src: sourceFor("TimeoutEach", s)}, d: d}
	task.Produce(&t.streamCore, t)
	return t
}

type timeoutEach[T any] struct {
	stream[T]
	paced[T]
	d time.Duration
}

func (t *timeoutEach[T]) Produce(cx *Context) (v T, ready bool, err error) {
	if t.end == nil {
		if v, ready, err = t.src.PollNext(cx); ready {
			t.silence(cx)
			return v, true, err
		}
		if t.alarm == nil {
			t.after(t.d)
		}
		if !t.rings(cx) {
			return v, false, nil
		}
		t.end = ErrTimeout
	}
	return v, task.Cancelling(cx, t.src), t.end
}

func (t *timeoutEach[T]) Halt(cx *Context) bool { return t.paced.stop(cx) }
