//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/simnet"
)

// desc is a descriptor that is registered with the poller.
type desc struct {
	fd     int32
	slot   uint32
	pins   atomic.Uint32  // who uses fd outside of the locks, and 1 while it is open: the last one closes it; or pinsOver
	stream bool           // a short read means that all was read; not so for packets
	file   bool           // it is no socket
	paced  bool           // what the poller tells of writes means nothing: see pace
	sim    *simnet.Socket // in place of fd, in a simulation
	r, w   side
}

// pinsOver in desc.pins says that it is closed: there are no more pins.
const pinsOver = 1 << 31

// open registers the descriptor fd, which does not block, and owns it from now on. ready says whether a first
// system call may get somewhere before the poller has told anything.
func (d *desc) open(fd int, ready bool) error {
	d.fd = int32(fd)
	d.pins.Store(1)
	if ready {
		d.r.word.Store(bitReady)
		d.w.word.Store(bitReady)
	}
	if err := poller.add(d); err != nil {
		_ = syscall.Close(fd)
		return err
	}
	return nil
}

// readiness is what the poller tells of a descriptor.
type readiness uint8

const (
	readReady  readiness = 1 << iota // a read would get something, or the end
	writeReady                       // a write would get somewhere
	readOver                         // the peer has closed, or there is an error
	writeOver                        // nobody reads any more, or there is an error
)

// notify passes on what the poller has told, in its look with that number. An error is no promise: a call in the other
// direction may take it.
func (d *desc) notify(what readiness, look uint32) {
	var r, w, canRead, canWrite uint32
	if d.paced {
		what &^= writeReady
	}
	if what&readReady != 0 {
		r, canRead = bitReady, look
	}
	if what&writeReady != 0 {
		w, canWrite = bitReady, look
	}
	if what&readOver != 0 {
		r |= bitReady | bitOver
	}
	if what&writeOver != 0 {
		w |= bitReady | bitOver
	}
	if r != 0 {
		d.r.notify(r, canRead)
	}
	if w != 0 {
		d.w.notify(w, canWrite)
	}
}

// close ends all operations, with net.ErrClosed, and closes the descriptor.
func (d *desc) close() error {
	d.r.mu.Lock()
	d.w.mu.Lock()
	if d.r.word.Load()&bitClosed != 0 {
		d.w.mu.Unlock()
		d.r.mu.Unlock()
		return net.ErrClosed
	}
	d.r.word.Or(bitClosed)
	d.w.word.Or(bitClosed)
	d.r.stop()
	d.w.stop()
	if d.sim == nil {
		poller.remove(d)
	}
	d.pins.Or(pinsOver)
	err := d.unpin()
	ws := append(d.r.all(), d.w.all()...)
	d.w.mu.Unlock()
	d.r.mu.Unlock()
	wakeAll(ws)
	return err
}

// check gives net.ErrClosed, if it is closed.
func (d *desc) check() error {
	if d.pins.Load()&pinsOver != 0 {
		return net.ErrClosed
	}
	return nil
}

// pin keeps the number of the descriptor from being given away, until unpin.
func (d *desc) pin() error {
	for {
		n := d.pins.Load()
		if n&pinsOver != 0 {
			return net.ErrClosed
		}
		if d.pins.CompareAndSwap(n, n+1) { // pairs with the Or in close
			return nil
		}
	}
}

func (d *desc) unpin() error {
	if d.pins.Add(^uint32(0)) != pinsOver {
		return nil
	}
	if d.sim != nil {
		d.sim.Close()
		return nil
	}
	return os.NewSyscallError("close", syscall.Close(int(d.fd)))
}

// control calls f with the descriptor, which stays open meanwhile.
func (d *desc) control(f func(fd int) error) error {
	if err := d.pin(); err != nil {
		return err
	}
	defer d.unpin() //nolint:errcheck // the error of a close that came meanwhile
	if d.sim != nil {
		return errors.ErrUnsupported
	}
	return f(int(d.fd))
}

// setOption sets an option of the socket. A simulated one takes it, and does nothing with it.
func (d *desc) setOption(level, option, value int) error {
	if d.sim != nil {
		return d.check()
	}
	return d.control(func(fd int) error {
		return os.NewSyscallError("setsockopt", syscall.SetsockoptInt(fd, level, option, value))
	})
}

// setLimits sets the deadline of both directions.
func (d *desc) setLimits(t time.Time) error {
	if err := d.setLimit(&d.r, t); err != nil {
		return err
	}
	return d.setLimit(&d.w, t)
}

// isReady asks the kernel whether a call in the direction of events would not have to wait. It takes nothing
// away: neither bytes nor a pending error.
func (d *desc) isReady(events int16) bool {
	if d.sim != nil {
		return d.sim.Ready(simEvents(events))
	}
	return pollNow(d.fd, events)
}

// Events of poll(2).
const (
	pollIn  = 0x1
	pollOut = 0x4
)

// rawConn is a descriptor as [syscall.RawConn].
type rawConn struct {
	d    *desc
	fail func(err error) error // gives an error its place
}

// Control implements [syscall.RawConn].
func (c rawConn) Control(f func(fd uintptr)) error {
	return c.fail(c.d.control(func(fd int) error { f(uintptr(fd)); return nil }))
}

// Read implements [syscall.RawConn].
func (c rawConn) Read(f func(fd uintptr) bool) error { return c.fail(c.until(&c.d.r, pollIn, f)) }

// Write implements [syscall.RawConn].
func (c rawConn) Write(f func(fd uintptr) bool) error { return c.fail(c.until(&c.d.w, pollOut, f)) }

func (c rawConn) until(s *side, events int16, f func(fd uintptr) bool) error {
	for {
		over := false
		if err := c.d.control(func(fd int) error { over = f(uintptr(fd)); return nil }); err != nil || over {
			return err
		}
		if _, err := rt.Await(readyAsync(c.d, s, events)); err != nil {
			return err
		}
	}
}
