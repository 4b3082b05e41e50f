package rtsync

import (
	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Send waits until there is room, and sends v. It gives [ErrClosed] if the channel is closed. A cancelled
// Send has not sent v.
func (c *Chan[T]) Send(v T) error {
	if c.TrySend(v) {
		return nil
	}
	_, err := rt.Await(c.SendAsync(v))
	return err
}

// SendAsync is the async form of [Chan.Send].
func (c *Chan[T]) SendAsync(v T) rt.Future[rt.Unit] {
	b := new(struct {
		machine.Box[rt.Unit]
		sendCall[T]
	})
	b.c, b.v = c, v
	return b.Init(&b.sendCall)
}

// SendRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Chan[T]) SendRun(cx *rt.Context, _ *sendCall[T], v T) (error, machine.Machine) {
	if !cx.Spend() {
		m := machine.NewFrame[sendCall[T]](cx)
		m.c, m.v = c, v
		return nil, machine.Leaf(cx, m)
	}
	var ws wakes
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return ErrClosed, nil
	}
	if c.canSend() {
		c.put(v, &ws)
		c.mu.Unlock()
		ws.wake()
		return nil, nil
	}
	m := machine.NewFrame[sendCall[T]](cx)
	m.c, m.v = c, v
	m.begin(cx)
	c.mu.Unlock()
	return nil, machine.Leaf(cx, m)
}

// Reserve waits until there is room for one value, and keeps it. With the permit the value can be sent at
// any time without waiting, also after Close. It gives [ErrClosed] if the channel is closed. A cancelled
// Reserve has kept nothing.
func (c *Chan[T]) Reserve() (Permit[T], error) { return rt.Await(c.ReserveAsync()) }

// ReserveAsync is the async form of [Chan.Reserve].
func (c *Chan[T]) ReserveAsync() rt.Future[Permit[T]] {
	b := new(struct {
		machine.Box[Permit[T]]
		reserveCall[T]
	})
	b.c, b.reserves = c, true
	return b.Init(&b.reserveCall)
}

// ReserveRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Chan[T]) ReserveRun(cx *rt.Context, _ *reserveCall[T]) (Permit[T], error, machine.Machine) {
	m := machine.NewFrame[reserveCall[T]](cx)
	m.c, m.reserves = c, true
	if cx.Spend() {
		if err, over := m.poll(cx); over {
			p := m.permit(err)
			machine.Unused(cx, m)
			return p, err, nil
		}
	}
	return Permit[T]{}, nil, machine.Leaf(cx, m)
}

// sending is a send, or a reserve, that may wait: for room, which it uses at the poll that finds it.
type sending[T any] struct {
	c        *Chan[T]
	w        waiter
	begun    bool
	reserves bool
	v        T // what it sends, unless it reserves
}

// poll begins to wait or goes on.
func (s *sending[T]) poll(cx *rt.Context) (err error, over bool) {
	c := s.c
	var ws wakes
	c.mu.Lock()
	may := !s.begun && c.canSend() || s.begun && s.w.granted
	switch {
	case c.closed:
		err, over = ErrClosed, true
		s.leave()
	case may:
		over = true
		s.leave()
		s.use(&ws)
	case s.begun:
		s.w.waker = cx.Waker()
	default:
		s.begin(cx)
	}
	c.mu.Unlock()
	ws.wake()
	return err, over
}

// begin begins to wait. The caller has the lock.
func (s *sending[T]) begin(cx *rt.Context) {
	s.begun, s.w.waker = true, cx.Waker()
	s.c.senders.push(&s.w)
}

// use uses the room that it has. The caller has the lock.
func (s *sending[T]) use(ws *wakes) {
	c := s.c
	if s.reserves {
		c.reserved++
		c.settle(ws)
		return
	}
	c.put(s.v, ws)
	var zero T
	s.v = zero
}

// leave takes it out of the queue. The caller has the lock.
func (s *sending[T]) leave() {
	if s.begun {
		s.c.senders.remove(&s.w)
		s.begun, s.w = false, waiter{}
	}
}

// cancel ends the wait: the room that it was granted is granted to the next one.
func (s *sending[T]) cancel() {
	if !s.begun {
		return
	}
	c := s.c
	var ws wakes
	c.mu.Lock()
	s.leave()
	c.settle(&ws)
	c.mu.Unlock()
	ws.wake()
}

// sendCall is the frame of a Send.
type sendCall[T any] struct {
	machine.FrameErr
	sending[T]
}

var sendFunc = machine.Func{Name: "rtsync.(*Chan).Send", Defers: true, Inner: true, Result: machine.ResultErr, States: []machine.State{{Name: "Send"}}}

// Func implements [machine.Machine].
func (*sendCall[T]) Func() *machine.Func { return &sendFunc }

// Reset implements [machine.Machine].
func (m *sendCall[T]) Reset() { *m = sendCall[T]{} }

// Resume implements [machine.Machine].
func (m *sendCall[T]) Resume(cx *rt.Context) machine.Machine {
	if cx.Unwind() {
		m.cancel()
		return nil
	}
	err, over := m.poll(cx)
	if !over {
		return machine.Leaf(cx, m)
	}
	m.Err = err
	return nil
}

// reserveCall is the frame of a Reserve.
type reserveCall[T any] struct {
	machine.FrameOf[Permit[T]]
	sending[T]
}

var reserveFunc = machine.Func{Name: "rtsync.(*Chan).Reserve", Defers: true, Inner: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Reserve"}}}

// permit is the result of a Reserve that has ended with err.
func (m *reserveCall[T]) permit(err error) Permit[T] {
	if err != nil {
		return Permit[T]{}
	}
	return Permit[T]{&permit[T]{c: m.c}}
}

// Func implements [machine.Machine].
func (*reserveCall[T]) Func() *machine.Func { return &reserveFunc }

// Reset implements [machine.Machine].
func (m *reserveCall[T]) Reset() { *m = reserveCall[T]{} }

// Resume implements [machine.Machine].
func (m *reserveCall[T]) Resume(cx *rt.Context) machine.Machine {
	if cx.Unwind() {
		m.cancel()
		return nil
	}
	err, over := m.poll(cx)
	if !over {
		return machine.Leaf(cx, m)
	}
	m.Val, m.Err = m.permit(err), err
	return nil
}
