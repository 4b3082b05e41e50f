package rtsync

import (
	"io"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Recv waits for a value and takes it. When the channel is closed and empty it gives [ErrClosed].
func (c *Chan[T]) Recv() (T, error) {
	if v, ok := c.TryRecv(); ok {
		return v, nil
	}
	return rt.Await(c.RecvAsync())
}

// RecvAsync is the async form of [Chan.Recv].
func (c *Chan[T]) RecvAsync() rt.Future[T] {
	b := new(struct {
		machine.Box[T]
		recvCall[T]
	})
	b.c = c
	return b.Init(&b.recvCall)
}

// RecvRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Chan[T]) RecvRun(cx *rt.Context, _ *recvCall[T]) (v T, err error, w machine.Machine) {
	m := (*recvCall[T])(nil)
	if cx.Spend() {
		var ws wakes
		c.mu.Lock()
		if c.receivers.n == 0 {
			var over bool
			if v, err, over = c.receive(&ws); over {
				c.mu.Unlock()
				ws.wake()
				return v, err, nil
			}
		}
		m = machine.NewFrame[recvCall[T]](cx)
		m.c = c
		m.begin(cx, &ws)
		c.mu.Unlock()
		ws.wake()
	} else {
		m = machine.NewFrame[recvCall[T]](cx)
		m.c = c
	}
	return v, nil, machine.Leaf(cx, m)
}

// receive takes a value for who may, or gives the end.
func (c *Chan[T]) receive(ws *wakes) (v T, err error, over bool) {
	switch {
	case c.values.n > 0:
		v = c.values.pop()
		c.settle(ws)
		return v, nil, true
	case c.ended():
		return v, ErrClosed, true
	}
	return v, nil, false
}

// receiving is a receive that may wait.
type receiving[T any] struct {
	c     *Chan[T]
	w     waiter
	begun bool
}

// poll begins to wait or goes on.
func (r *receiving[T]) poll(cx *rt.Context) (v T, err error, over bool) {
	c := r.c
	var ws wakes
	c.mu.Lock()
	switch {
	case r.begun && r.w.granted:
		c.receivers.remove(&r.w) // first, for in a rendezvous it makes room
		if v, err, over = c.receive(&ws); over && err != nil {
			c.settle(&ws)
		}
	case !r.begun && c.receivers.n == 0:
		v, err, over = c.receive(&ws)
	}
	switch {
	case over:
		r.begun, r.w = false, waiter{}
	case r.begun:
		r.w.waker = cx.Waker()
	default:
		r.begin(cx, &ws)
	}
	c.mu.Unlock()
	ws.wake()
	return v, err, over
}

// begin begins to wait. The caller has the lock.
func (r *receiving[T]) begin(cx *rt.Context, ws *wakes) {
	r.begun, r.w.waker = true, cx.Waker()
	r.c.receivers.push(&r.w)
	r.c.settle(ws)
}

// cancel ends the wait: what it was granted is granted to the next one.
func (r *receiving[T]) cancel() {
	if !r.begun {
		return
	}
	c := r.c
	var ws wakes
	c.mu.Lock()
	c.receivers.remove(&r.w)
	r.begun, r.w = false, waiter{}
	c.settle(&ws)
	c.mu.Unlock()
	ws.wake()
}

// recvCall is the frame of a Recv.
type recvCall[T any] struct {
	machine.FrameOf[T]
	receiving[T]
}

var recvFunc = machine.Func{Name: "rtsync.(*Chan).Recv", Defers: true, Inner: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Recv"}}}

// Func implements [machine.Machine].
func (*recvCall[T]) Func() *machine.Func { return &recvFunc }

// Reset implements [machine.Machine].
func (m *recvCall[T]) Reset() { *m = recvCall[T]{} }

// Resume implements [machine.Machine].
func (m *recvCall[T]) Resume(cx *rt.Context) machine.Machine {
	if cx.Unwind() {
		m.cancel()
		return nil
	}
	v, err, over := m.poll(cx)
	if !over {
		return machine.Leaf(cx, m)
	}
	m.Val, m.Err = v, err
	return nil
}

// Stream is the values of the channel for one who takes them one by one: each of several that share the
// channel has a stream of its own, as with [rt.Each]. Cancelling it leaves the channel as it is.
func (c *Chan[T]) Stream() rt.Stream[T] { return &cursor[T]{receiving: receiving[T]{c: c}} }

// PollNext implements [rt.Stream], for one who polls at a time: see [Chan.Stream].
func (c *Chan[T]) PollNext(cx *rt.Context) (T, bool, error) { return c.own().PollNext(cx) }

// Next implements [rt.Stream]: it is Recv, but its end is [io.EOF].
func (c *Chan[T]) Next() (T, error) { return rt.Await(c.NextAsync()) }

// NextAsync is the async form of [Chan.Next].
func (c *Chan[T]) NextAsync() rt.Future[T] { return &nextValue[T]{f: c.RecvAsync()} }

// Cancel implements [rt.Stream]: it ends a wait of PollNext, and leaves the channel as it is.
func (c *Chan[T]) Cancel() { c.own().Cancel() }

// own is the cursor of PollNext.
func (c *Chan[T]) own() *cursor[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cursor == nil {
		c.cursor = &cursor[T]{receiving: receiving[T]{c: c}}
	}
	return c.cursor
}

// cursor is the values of a channel as a stream.
type cursor[T any] struct{ receiving[T] }

// PollNext implements [rt.Stream].
func (s *cursor[T]) PollNext(cx *rt.Context) (v T, ready bool, err error) {
	if cx == nil {
		panic("rtsync: Chan.PollNext with a nil Context: rt.NewContext makes one to poll by hand, Next needs none")
	}
	if !cx.Spend() {
		return v, false, nil
	}
	v, err, ready = s.poll(cx)
	return v, ready, end(err)
}

// Inspect implements task.Inspectable.
func (s *cursor[T]) Inspect(i *task.Inspection) { i.Function, i.Inner = recvFunc.Name, true }

// Next implements [rt.Stream].
func (s *cursor[T]) Next() (T, error) { return s.c.Next() }

// NextAsync implements [rt.Stream].
func (s *cursor[T]) NextAsync() rt.Future[T] { return s.c.NextAsync() }

// Cancel implements [rt.Stream].
func (s *cursor[T]) Cancel() { s.cancel() }

// end is err as a stream says it.
func end(err error) error {
	if err == ErrClosed {
		return io.EOF
	}
	return err
}

// nextValue is a Recv as NextAsync gives it.
type nextValue[T any] struct{ f rt.Future[T] }

// Poll implements [rt.Future].
func (n *nextValue[T]) Poll(cx *rt.Context) (v T, ready bool, err error) {
	v, ready, err = n.f.Poll(cx)
	return v, ready, end(err)
}

// Inspect implements task.Inspectable.
func (n *nextValue[T]) Inspect(i *task.Inspection) { i.On = n.f }

// Cancel implements [rt.Canceler]. It has no cleanup that waits.
func (n *nextValue[T]) Cancel() { n.f.(rt.Canceler).Cancel() }
