//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"io"
	"os"
	"syscall"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Read waits for bytes, and takes as many as there are and p has room for. At the end of the connection it gives
// [io.EOF], and goes on doing so; first come the bytes that were sent before. With an empty p it does not wait.
//
// It is cancel-safe: a cancelled Read has taken nothing.
func (c *Conn) Read(p []byte) (int, error) {
	m := freeReads.get()
	m.to(c, p)
	if m.empty() || m.s.try(m) {
		n, err := m.Val, m.Err
		freeReads.put(m)
		return n, err
	}
	freeReads.put(m)
	return rt.Await(c.ReadAsync(p))
}

// TryRead is [Conn.Read] for who does not wait: ready is false, and nothing was taken, if a Read would have to wait, be it for
// bytes or for other reads, which come first. With an empty p it tells nothing but whether the connection is closed here.
//
// There is nothing to cancel: what it has taken it gives.
func (c *Conn) TryRead(p []byte) (n int, ready bool, err error) {
	m := freeReads.get()
	m.to(c, p)
	ready = m.empty() || m.s.now(m)
	n, err = m.Val, m.Err
	freeReads.put(m)
	return n, ready, err
}

// ReadAsync is the async form of [Conn.Read]. Until it is ready or cancelled, p belongs to it.
func (c *Conn) ReadAsync(p []byte) rt.Future[int] {
	b := new(struct {
		machine.Box[int]
		readCall
	})
	b.to(c, p)
	return b.Init(&b.readCall)
}

// ReadRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) ReadRun(cx *rt.Context, _ *readCall, p []byte) (int, error, machine.Machine) {
	m := machine.NewFrame[readCall](cx)
	m.to(c, p)
	if !m.empty() && m.start(cx, m, m) != nil {
		return 0, nil, m
	}
	n, err := m.Val, m.Err
	machine.Unused(cx, m)
	return n, err, nil
}

// readCall is the frame of a Read.
type readCall struct {
	machine.FrameOf[int]
	call
	c *Conn
	p []byte
}

var (
	readFunc  = machine.Func{Name: "rtnet.(*Conn).Read", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Read"}}}
	freeReads free[readCall, *readCall]
)

// Func implements [machine.Machine].
func (*readCall) Func() *machine.Func { return &readFunc }

// Reset implements [machine.Machine].
func (m *readCall) Reset() { *m = readCall{} }

// Resume implements [machine.Machine].
func (m *readCall) Resume(cx *rt.Context) machine.Machine {
	if m.empty() {
		return nil
	}
	return m.goOn(cx, m, m)
}

// empty makes a Read for which there is nothing to do, and reports whether it is one.
func (m *readCall) empty() bool {
	if len(m.p) > 0 || !m.c.d.stream {
		return false
	}
	m.Err = m.c.failed("read", m.c.d.check())
	return true
}

func (m *readCall) to(c *Conn, p []byte) { m.c, m.s, m.p = c, &c.d.r, p }

func (m *readCall) attempt(uint32) outcome {
	d := &m.c.d
	n, err := d.read(m.p)
	switch {
	case err == syscall.EAGAIN:
		return blocked
	case err != nil:
		m.Err = m.c.failed("read", os.NewSyscallError("read", err))
		return done
	case n == 0 && d.stream:
		m.Err = io.EOF
		return done
	}
	m.Val = n
	if n < len(m.p) && d.short() {
		return drained
	}
	return done
}

func (m *readCall) fail(err error) { m.Err = m.c.failed("read", err) }

// mostBytes is how many bytes a system call reads or writes at most: what the kernel takes is limited.
const mostBytes = 1 << 30

// short reports whether a short read means that all was read.
func (d *desc) short() bool { return d.stream && (d.sim == nil || !d.sim.More()) }

// read reads what is there.
func (d *desc) read(p []byte) (n int, err error) {
	if d.sim != nil {
		return d.sim.Read(p)
	}
	p = p[:min(len(p), mostBytes)]
	for {
		if d.file { // it may block for a while, if it is a regular one
			n, err = syscall.Read(int(d.fd), p)
		} else {
			n, err = readSocket(int(d.fd), p)
		}
		if err != syscall.EINTR {
			return n, err
		}
	}
}
