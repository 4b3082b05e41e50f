//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"io"
	"os"
	"syscall"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// ReadLent is [Conn.Read] into a buffer of lend, which it takes only when there are bytes, and gives them. Afterwards the
// buffer is to be given back to lend. With an error there is none.
//
// It is cancel-safe: a cancelled ReadLent has taken nothing.
func (c *Conn) ReadLent(lend Lender) ([]byte, error) { return rt.Await(c.ReadLentAsync(lend)) }

// ReadLentAsync is the async form of [Conn.ReadLent].
func (c *Conn) ReadLentAsync(lend Lender) rt.Future[[]byte] {
	b := new(struct {
		machine.Box[[]byte]
		lentCall
	})
	b.to(c, lend)
	return b.Init(&b.lentCall)
}

// ReadLentRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) ReadLentRun(cx *rt.Context, _ *lentCall, lend Lender) ([]byte, error, machine.Machine) {
	m := machine.NewFrame[lentCall](cx)
	m.to(c, lend)
	if m.start(cx, m, m) != nil {
		return nil, nil, m
	}
	p, err := m.Val, m.Err
	machine.Unused(cx, m)
	return p, err, nil
}

// lentCall is the frame of a ReadLent.
type lentCall struct {
	machine.FrameOf[[]byte]
	call
	c    *Conn
	lend Lender
}

var lentFunc = machine.Func{Name: "rtnet.(*Conn).ReadLent", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "ReadLent"}}}

// Func implements [machine.Machine].
func (*lentCall) Func() *machine.Func { return &lentFunc }

// Reset implements [machine.Machine].
func (m *lentCall) Reset() { *m = lentCall{} }

// Resume implements [machine.Machine].
func (m *lentCall) Resume(cx *rt.Context) machine.Machine { return m.goOn(cx, m, m) }

func (m *lentCall) to(c *Conn, lend Lender) { m.c, m.s, m.lend = c, &c.d.r, lend }

func (m *lentCall) attempt(uint32) outcome {
	d := &m.c.d
	p := m.lend.Get()
	n, err := d.read(p)
	if n > 0 || n == 0 && err == nil && !d.stream {
		m.Val = p[:n]
		if n < len(p) && d.short() {
			return drained
		}
		return done
	}
	m.lend.Put(p)
	switch err {
	case syscall.EAGAIN:
		return blocked
	case nil:
		m.Err = io.EOF
	default:
		m.Err = m.c.failed("read", os.NewSyscallError("read", err))
	}
	return done
}

func (m *lentCall) fail(err error) { m.Err = m.c.failed("read", err) }
