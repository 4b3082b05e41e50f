//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"os"
	"syscall"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Copy from one connection to another is a leaf, and no marked function above a Read and a Write: proxies wait in it, with
// very many connections that are idle.
//
//	wait for src ──▶ read into a buffer ──▶ write ──▶ wait for src …
//	                                          │ ▲
//	                                          ▼ │
//	                                      wait for dst
//
// After several buffers in a row that were full it tries to copy within the kernel.

// spliceAfter is how many buffers have to be full for a splice: for less a pipe costs more than it saves.
const spliceAfter = 3

// copyConn is Copy from one connection to another.
func copyConn(dst, src *Conn) (int64, error) { return rt.Await(copyConnAsync(dst, src)) }

func copyConnAsync(dst, src *Conn) rt.Future[int64] {
	b := new(struct {
		machine.Box[int64]
		copyCall
	})
	b.dst, b.src = dst, src
	return b.Init(&b.copyCall)
}

// copyConnRun is copyConn for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func copyConnRun(cx *rt.Context, _ *copyCall, dst, src *Conn) (int64, error, machine.Machine) {
	m := machine.NewFrame[copyCall](cx)
	m.dst, m.src = dst, src
	if w := m.goOn(cx); w != nil {
		return 0, nil, w
	}
	n, err := m.Val, m.Err
	machine.Unused(cx, m)
	return n, err, nil
}

// copyCall is the frame of a copyConn. Idle connections have one each, so it is kept small.
type copyCall struct {
	machine.FrameOf[int64]
	w        waiter // at the side of src that reads, or at that of dst that writes, if there is a buffer
	dst, src *Conn
	buf      *byte  // of copyBuffers, with what was read; nil: none
	from, to uint16 // what of it is not written yet
	row      uint8  // how many buffers were full, one after the other
	over     bool
}

const _ = uint16(copyBuffer) // it counts them

// The states of a copyCall: it waits itself, or for a splice.
const (
	copyWaits = iota
	copySplices
)

var copyCallFunc = machine.Func{Name: "rtnet.Copy", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Copy"}, {Name: "splice"}}}

// Func implements [machine.Machine].
func (*copyCall) Func() *machine.Func { return &copyCallFunc }

// Reset implements [machine.Machine].
func (m *copyCall) Reset() { *m = copyCall{} }

// Resume implements [machine.Machine].
func (m *copyCall) Resume(cx *rt.Context) machine.Machine {
	if cx.Unwind() {
		m.side().cancel(&m.w)
		m.letGo()
		return nil
	}
	if m.State() == copySplices {
		m.spliced(machine.Returned2[int, bool](cx))
	}
	return m.goOn(cx)
}

// side is where it waits.
func (m *copyCall) side() *side {
	if m.buf != nil {
		return &m.dst.d.w
	}
	return &m.src.d.r
}

// goOn copies until it has to wait, or all is over.
func (m *copyCall) goOn(cx *rt.Context) machine.Machine {
	for !m.over {
		switch {
		case !cx.Spend():
			return m.waits(cx)
		case m.buf != nil:
			if !m.dst.d.w.poll(cx, &m.w, (*copyOut)(m)) {
				return m.waits(cx)
			}
			m.letGo()
		case m.row >= spliceAfter:
			m.row = 0
			n, end, err, w := spliceRun(cx, nil, m.dst, m.src)
			if w != nil {
				return machine.Suspend(cx, m, copySplices, w)
			}
			m.spliced(n, end, err)
		case !m.src.d.r.poll(cx, &m.w, m):
			return m.waits(cx)
		}
	}
	return nil
}

// waits says that the task waits here.
func (m *copyCall) waits(cx *rt.Context) machine.Machine {
	if m.State() != copyWaits {
		machine.Park(cx, m, copyWaits)
	}
	return machine.Leaf(cx, m)
}

// spliced takes the results of a splice.
func (m *copyCall) spliced(n int, end bool, err error) {
	m.Val += int64(n)
	if end || err != nil {
		m.end(err)
	}
}

func (m *copyCall) end(err error) { m.Err, m.over = err, true }

// attempt reads into a buffer.
func (m *copyCall) attempt(uint32) outcome {
	d := &m.src.d
	p := copyBuffers.Get()
	n, err := d.read(p)
	if n > 0 || n == 0 && err == nil && !d.stream {
		m.buf, m.to = unsafe.SliceData(p), uint16(n)
		if n == len(p) {
			m.row++
			return done
		}
		m.row = 0
		if d.short() {
			return drained
		}
		return done
	}
	copyBuffers.Put(p)
	switch err {
	case syscall.EAGAIN:
		return blocked
	case nil:
		m.end(nil)
	default:
		m.end(m.src.failed("read", os.NewSyscallError("read", err)))
	}
	return done
}

func (m *copyCall) fail(err error) { m.end(m.src.failed("read", err)) }

// letGo gives the buffer back.
func (m *copyCall) letGo() {
	if m.buf != nil {
		copyBuffers.Put(unsafe.Slice(m.buf, copyBuffer))
		m.buf, m.from, m.to = nil, 0, 0
	}
}

// copyOut is a copyCall that writes what was read.
type copyOut copyCall

func (m *copyOut) attempt(uint32) outcome {
	d := &m.dst.d
	for {
		n, err := d.write(unsafe.Slice(m.buf, m.to)[m.from:])
		switch {
		case err == syscall.EAGAIN:
			return blocked
		case err != nil:
			(*copyCall)(m).end(m.dst.failed("write", os.NewSyscallError("write", err)))
			return done
		}
		m.Val += int64(n)
		if m.from += uint16(n); m.from >= m.to {
			return done
		}
	}
}

func (m *copyOut) fail(err error) { (*copyCall)(m).end(m.dst.failed("write", err)) }

// splice copies what can be read from src now, but within the kernel. Where that is not possible it does nothing.
//
//async:func
func splice(dst, src *Conn) (written int, end bool, err error) {
	p, ok := newTube(dst, src)
	if !ok {
		return 0, false, nil
	}
	defer p.close()
	for {
		switch p.take(); {
		case p.err != nil:
			return written, false, p.err
		case p.full == 0:
			return written, p.end, nil
		}
		for p.full > 0 {
			n, err := tubeOut(p)
			if written += n; err != nil {
				return written, false, err
			}
		}
	}
}
