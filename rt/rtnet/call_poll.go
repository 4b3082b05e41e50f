//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// call is the part of a call's frame that waits at a side of a descriptor.
type call struct {
	w waiter
	s *side
}

// start begins the call op whose frame is self, in generated code. It gives nil if the call is over, and its
// results are in the frame then.
func (c *call) start(cx *rt.Context, self machine.Machine, op operation) machine.Machine {
	if cx.Spend() && c.s.poll(cx, &c.w, op) {
		return nil
	}
	return machine.Leaf(cx, self)
}

// goOn is Resume for the call op whose frame is self.
func (c *call) goOn(cx *rt.Context, self machine.Machine, op operation) machine.Machine {
	if cx.Unwind() {
		c.s.cancel(&c.w)
		return nil
	}
	if c.s.poll(cx, &c.w, op) {
		return nil
	}
	return machine.Leaf(cx, self)
}

// failer gives an error its place.
type failer interface{ readFailed(err error) error }

// readyCall is a call that waits until a direction of a descriptor is ready, and takes nothing. It is Readable.
type readyCall struct {
	machine.FrameErr
	call
	d      *desc
	events int16
	at     failer // nil: the error is as it is
}

var readyFunc = machine.Func{Name: "rtnet.Readable", Defers: true, Result: machine.ResultErr, States: []machine.State{{Name: "Readable"}}}

// Func implements [machine.Machine].
func (*readyCall) Func() *machine.Func { return &readyFunc }

// Reset implements [machine.Machine].
func (m *readyCall) Reset() { *m = readyCall{} }

// Resume implements [machine.Machine].
func (m *readyCall) Resume(cx *rt.Context) machine.Machine { return m.goOn(cx, m, m) }

func (m *readyCall) attempt(uint32) outcome {
	if m.s.sure(&m.w) || m.d.isReady(m.events) {
		return done
	}
	return blocked
}

func (m *readyCall) fail(err error) {
	if m.at != nil {
		err = m.at.readFailed(err)
	}
	m.Err = err
}

func (m *readyCall) to(d *desc, s *side, events int16, at failer) {
	m.d, m.s, m.events, m.at = d, s, events, at
}

// ready waits until the side s of d is ready for events, in a marked function.
func ready(d *desc, s *side, events int16) error {
	_, err := rt.Await(readyAsync(d, s, events))
	return err
}

func readyAsync(d *desc, s *side, events int16) rt.Future[rt.Unit] {
	return readyFuture(d, s, events, nil)
}

func readyFuture(d *desc, s *side, events int16, at failer) rt.Future[rt.Unit] {
	b := new(struct {
		machine.Box[rt.Unit]
		readyCall
	})
	b.to(d, s, events, at)
	return b.Init(&b.readyCall)
}

// readyRun is ready for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func readyRun(cx *rt.Context, _ *readyCall, d *desc, s *side, events int16) (error, machine.Machine) {
	return readyStart(cx, d, s, events, nil)
}

// readyStart begins a readyCall.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func readyStart(cx *rt.Context, d *desc, s *side, events int16, at failer) (error, machine.Machine) {
	m := machine.NewFrame[readyCall](cx)
	m.to(d, s, events, at)
	if m.start(cx, m, m) != nil {
		return nil, m
	}
	err := m.Err
	machine.Unused(cx, m)
	return err, nil
}

// free has frames for blocking forms that need not wait.
type free[M any, P interface {
	*M
	machine.Machine
}] struct{ pool sync.Pool }

func (f *free[M, P]) get() P {
	if m, ok := f.pool.Get().(P); ok {
		return m
	}
	return new(M)
}

func (f *free[M, P]) put(m P) {
	m.Reset()
	f.pool.Put(m)
}
