//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"os"
	"syscall"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Write writes all of p, and waits while the peer takes it too slowly. With an error comes how much was written.
// The bytes of several writes at the same time are not mixed. A peer that is gone is an error, and never a
// SIGPIPE.
//
// It is not cancel-safe: a cancelled Write may have written a part of p, and nobody knows how much. Who goes on
// with the connection must not care; else it has to be closed.
func (c *Conn) Write(p []byte) (int, error) {
	m := freeWrites.get()
	m.to(c, p)
	if m.empty() {
		err := m.Err
		freeWrites.put(m)
		return 0, err
	}
	s := m.s
	s.mu.Lock()
	if s.step(nil, m) {
		s.mu.Unlock()
		n, err := m.Val, m.Err
		freeWrites.put(m)
		return n, err
	}
	b := newWrite(c, p)
	if b.Val = m.Val; m.Val > 0 {
		s.push(&b.w) // what others write must not come between
	}
	s.mu.Unlock()
	freeWrites.put(m)
	defer s.cancel(&b.w) // it may not have been polled
	return rt.Await(b.Init(&b.writeCall))
}

// WriteAsync is the async form of [Conn.Write]. Until it is ready or cancelled, p belongs to it.
func (c *Conn) WriteAsync(p []byte) rt.Future[int] {
	b := newWrite(c, p)
	return b.Init(&b.writeCall)
}

// writeFuture is a Write as a future.
type writeFuture struct {
	machine.Box[int]
	writeCall
}

func newWrite(c *Conn, p []byte) *writeFuture {
	b := new(writeFuture)
	b.to(c, p)
	return b
}

// WriteRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) WriteRun(cx *rt.Context, _ *writeCall, p []byte) (int, error, machine.Machine) {
	m := machine.NewFrame[writeCall](cx)
	m.to(c, p)
	if !m.empty() && m.start(cx, m, m) != nil {
		return 0, nil, m
	}
	n, err := m.Val, m.Err
	machine.Unused(cx, m)
	return n, err, nil
}

// writeCall is the frame of a Write.
type writeCall struct {
	machine.FrameOf[int]
	call
	c    *Conn
	p    []byte
	some bool // not all of p must be written
}

var (
	writeFunc  = machine.Func{Name: "rtnet.(*Conn).Write", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Write"}}}
	freeWrites free[writeCall, *writeCall]
)

// Func implements [machine.Machine].
func (*writeCall) Func() *machine.Func { return &writeFunc }

// Reset implements [machine.Machine].
func (m *writeCall) Reset() { *m = writeCall{} }

// Resume implements [machine.Machine].
func (m *writeCall) Resume(cx *rt.Context) machine.Machine {
	if m.empty() {
		return nil
	}
	return m.goOn(cx, m, m)
}

// empty makes a Write for which there is nothing to do, and reports whether it is one.
func (m *writeCall) empty() bool {
	if len(m.p) > 0 || !m.c.d.stream {
		return false
	}
	m.Err = m.c.failed("write", m.c.d.check())
	return true
}

func (m *writeCall) to(c *Conn, p []byte) { m.c, m.s, m.p = c, &c.d.w, p }

func (m *writeCall) attempt(uint32) outcome {
	d := &m.c.d
	for {
		n, err := d.write(m.p[m.Val:])
		switch {
		case err == syscall.EAGAIN:
			return blocked
		case err != nil:
			m.Err = m.c.failed("write", os.NewSyscallError("write", err))
			return done
		}
		m.Val += n
		if m.Val == len(m.p) || m.some {
			return done
		}
	}
}

func (m *writeCall) fail(err error) { m.Err = m.c.failed("write", err) }

// send writes to a socket, without a SIGPIPE.
func send(fd int, p []byte) (n int, err error) {
	for {
		n, err = sendSocket(fd, p[:min(len(p), mostBytes)])
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// writeSome waits until it can write something, and gives how much of p that was. A cancelled one has written nothing:
// nobody calls lost.
func (c *Conn) writeSome(p []byte, lost func(n int)) (int, error) {
	return rt.Await(c.writeSomeAsync(p, lost))
}

func (c *Conn) writeSomeAsync(p []byte, _ func(n int)) rt.Future[int] {
	b := newWrite(c, p)
	b.some = true
	return b.Init(&b.writeCall)
}

// write writes as much of p as can be written now.
func (d *desc) write(p []byte) (int, error) {
	if d.sim != nil {
		return d.sim.Write(p)
	}
	if d.file {
		return writeFile(int(d.fd), p)
	}
	return send(int(d.fd), p)
}

// writev is write for several buffers, of whose first skip bytes are left out.
func (d *desc) writev(bufs [][]byte, skip int) (int, error) {
	if d.file || d.sim != nil {
		return d.write(bufs[0][skip:])
	}
	return sendv(int(d.fd), bufs, skip)
}

// Writev writes all of bufs, one after the other, as one Write of all of them would; it leaves them as they are.
//
// It is not cancel-safe: see [Conn.Write].
func (c *Conn) Writev(bufs [][]byte) (int64, error) { return rt.Await(c.WritevAsync(bufs)) }

// WritevAsync is the async form of [Conn.Writev]. Until it is ready or cancelled, the buffers belong to it.
func (c *Conn) WritevAsync(bufs [][]byte) rt.Future[int64] {
	b := new(struct {
		machine.Box[int64]
		writevCall
	})
	b.to(c, bufs)
	return b.Init(&b.writevCall)
}

// WritevRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) WritevRun(cx *rt.Context, _ *writevCall, bufs [][]byte) (int64, error, machine.Machine) {
	m := machine.NewFrame[writevCall](cx)
	m.to(c, bufs)
	if m.start(cx, m, m) != nil {
		return 0, nil, m
	}
	n, err := m.Val, m.Err
	machine.Unused(cx, m)
	return n, err, nil
}

// writevCall is the frame of a Writev.
type writevCall struct {
	machine.FrameOf[int64]
	call
	c    *Conn
	bufs [][]byte // that are not written yet
	skip int      // so much of the first is
}

var writevFunc = machine.Func{Name: "rtnet.(*Conn).Writev", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Writev"}}}

// Func implements [machine.Machine].
func (*writevCall) Func() *machine.Func { return &writevFunc }

// Reset implements [machine.Machine].
func (m *writevCall) Reset() { *m = writevCall{} }

// Resume implements [machine.Machine].
func (m *writevCall) Resume(cx *rt.Context) machine.Machine { return m.goOn(cx, m, m) }

func (m *writevCall) to(c *Conn, bufs [][]byte) { m.c, m.s, m.bufs = c, &c.d.w, bufs }

func (m *writevCall) attempt(uint32) outcome {
	m.take(0)
	for len(m.bufs) > 0 {
		n, err := m.c.d.writev(m.bufs, m.skip)
		switch {
		case err == syscall.EAGAIN:
			return blocked
		case err != nil:
			m.Err = m.c.failed("writev", os.NewSyscallError("writev", err))
			return done
		}
		m.Val += int64(n)
		m.take(n)
	}
	return done
}

// take takes n bytes out of bufs, and empty ones at the start.
func (m *writevCall) take(n int) {
	m.skip += n
	for len(m.bufs) > 0 && m.skip >= len(m.bufs[0]) {
		m.skip -= len(m.bufs[0])
		m.bufs = m.bufs[1:]
	}
}

func (m *writevCall) fail(err error) { m.Err = m.c.failed("writev", err) }

// writeNow writes what can be written without waiting, and gives how much that was.
func (c *Conn) writeNow(p []byte) (int, error) {
	m := freeWrites.get()
	m.to(c, p)
	m.s.try(m)
	n, err := m.Val, m.Err
	freeWrites.put(m)
	return n, err
}
