//go:build (!linux && !(rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) || rtnet_plain

package rtnet

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Conn is a connection: a TCP connection, one over a Unix socket, or a socket of packets that has a peer. In its
// blocking form it is a [net.Conn], with the errors of package net. All methods may be called at the same time.
type Conn struct {
	nc   net.Conn
	r, w side

	closed atomic.Bool

	// What was read for somebody who did not wait for it, guarded by r.mu.
	kept    []byte
	keptErr error
	empty   bool // a packet of no bytes
}

// readableBuffer is how much a Readable reads: the next Read gets it.
const readableBuffer = 4 << 10

// mostPacket is the size of the largest packet.
const mostPacket = 1 << 16

func newConn(nc net.Conn) *Conn {
	c := &Conn{nc: nc}
	c.r.set, c.w.set = nc.SetReadDeadline, nc.SetWriteDeadline
	return c
}

// LocalAddr is the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// RemoteAddr is the address of the other end.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// Close closes the connection. Operations that wait end with an error that is [net.ErrClosed]. What was written
// is still sent.
func (c *Conn) Close() error {
	c.closed.Store(true)
	return c.nc.Close()
}

// CloseWrite ends the writing direction: the peer reads what was written, and then the end.
func (c *Conn) CloseWrite() error {
	if h, ok := c.nc.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return errors.ErrUnsupported
}

// CloseRead ends the reading direction: Read gives the end.
func (c *Conn) CloseRead() error {
	if h, ok := c.nc.(interface{ CloseRead() error }); ok {
		return h.CloseRead()
	}
	return errors.ErrUnsupported
}

// SetDeadline sets the time at which reads and writes end with [os.ErrDeadlineExceeded]: those that wait, and
// later ones. The zero time is none.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.r.setLimit(t); err != nil {
		return err
	}
	return c.w.setLimit(t)
}

// SetReadDeadline is SetDeadline for reads.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.r.setLimit(t) }

// SetWriteDeadline is SetDeadline for writes.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.w.setLimit(t) }

// SyscallConn gives access to the descriptor. It does not block, and must stay so.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	if s, ok := c.nc.(syscall.Conn); ok {
		return s.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// tcp calls f, if it is a TCP connection.
func (c *Conn) tcp(f func(t *net.TCPConn) error) error {
	if t, ok := c.nc.(*net.TCPConn); ok {
		return f(t)
	}
	return errors.ErrUnsupported
}

// SetNoDelay says whether small writes are sent at once, which is the default, and not put together (TCP).
func (c *Conn) SetNoDelay(noDelay bool) error {
	return c.tcp(func(t *net.TCPConn) error { return t.SetNoDelay(noDelay) })
}

// SetKeepAlive says whether the peer is asked from time to time if it is there, which is the default (TCP).
func (c *Conn) SetKeepAlive(keepAlive bool) error {
	return c.tcp(func(t *net.TCPConn) error { return t.SetKeepAlive(keepAlive) })
}

// SetKeepAliveConfig is SetKeepAlive with the times (TCP). A time or count of 0 is that of package net, one that
// is negative is left as it is.
func (c *Conn) SetKeepAliveConfig(config net.KeepAliveConfig) error {
	return c.tcp(func(t *net.TCPConn) error { return t.SetKeepAliveConfig(config) })
}

// SetLinger says what Close does with what was not sent yet: sec < 0, the default: it is sent; 0: it is thrown
// away, and the peer is told so; more: the system gives it that many seconds.
func (c *Conn) SetLinger(sec int) error {
	return c.tcp(func(t *net.TCPConn) error { return t.SetLinger(sec) })
}

// buffers are the connections with buffers in the system.
type buffers interface {
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
}

// SetReadBuffer sets how many bytes the system keeps that were not read.
func (c *Conn) SetReadBuffer(bytes int) error {
	if b, ok := c.nc.(buffers); ok {
		return b.SetReadBuffer(bytes)
	}
	return errors.ErrUnsupported
}

// SetWriteBuffer sets how many bytes the system keeps that were not sent.
func (c *Conn) SetWriteBuffer(bytes int) error {
	if b, ok := c.nc.(buffers); ok {
		return b.SetWriteBuffer(bytes)
	}
	return errors.ErrUnsupported
}

// stream reports whether it is a stream of bytes.
func (c *Conn) stream() bool {
	switch network := c.nc.LocalAddr().Network(); network {
	case "tcp", "unix", "file":
		return true
	}
	return false
}

// nothing is a call for which there is nothing to do.
func (c *Conn) nothing(op string) rt.Future[int] {
	if !c.closed.Load() {
		return rt.Ready(0)
	}
	addr := c.nc.LocalAddr()
	return rt.Fail[int](&net.OpError{Op: op, Net: addr.Network(), Source: addr, Addr: c.nc.RemoteAddr(), Err: net.ErrClosed})
}

// Read waits for bytes, and takes as many as there are and p has room for. At the end of the connection it gives
// [io.EOF], and goes on doing so; first come the bytes that were sent before. With an empty p it does not wait.
//
// It is cancel-safe: a cancelled Read has taken nothing.
func (c *Conn) Read(p []byte) (int, error) { return rt.Await(c.ReadAsync(p)) }

// TryRead is [Conn.Read] for who does not wait: ready is false, and nothing was taken, if a Read would have to wait, be it for
// bytes or for other reads, which come first. With an empty p it tells nothing but whether the connection is closed here.
//
// There is nothing to cancel: what it has taken it gives. On this system it may take a moment: package net has no read that does
// not wait.
func (c *Conn) TryRead(p []byte) (n int, ready bool, err error) {
	if len(p) == 0 && c.stream() {
		n, err = rt.Await(c.nothing("read"))
		return n, true, err
	}
	ready = c.r.now(func() { n, err = c.read(p) })
	if ready && c.r.inVain(err) {
		return 0, false, nil
	}
	return n, ready, err
}

// ReadAsync is the async form of [Conn.Read]. Until it is ready or cancelled, p belongs to it.
func (c *Conn) ReadAsync(p []byte) rt.Future[int] {
	if len(p) == 0 && c.stream() {
		return c.nothing("read")
	}
	r := new(waiting[int])
	r.do = func(cut *cut) (n int, err error) {
		r.began = c.r.call(cut, func() { n, err = c.read(p) })
		return n, err
	}
	r.keep = func(n int, err error) { c.keepBytes(&r.cut, r.began, p[:n], err) }
	return r
}

// read reads, first what is kept. It is called under r.mu.
func (c *Conn) read(p []byte) (n int, err error) {
	if len(c.kept) == 0 && c.keptErr == nil && !c.empty {
		return c.nc.Read(p)
	}
	n = copy(p, c.kept)
	if c.empty = false; !c.stream() {
		c.kept = c.kept[:n]
	}
	if c.kept = c.kept[n:]; len(c.kept) == 0 {
		err, c.keptErr = c.keptErr, nil
		if n > 0 && err == io.EOF {
			err = nil // it comes again
		}
	}
	return n, err
}

// ReadRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) ReadRun(cx *rt.Context, _ *machine.Frame, p []byte) (int, error, machine.Machine) {
	return machine.AwaitFuture(cx, c.ReadAsync(p))
}

// ReadLent is [Conn.Read] into a buffer of lend, and gives the bytes. Afterwards the buffer is to be given back to lend. With
// an error there is none.
//
// It is cancel-safe: a cancelled ReadLent has taken nothing.
func (c *Conn) ReadLent(lend Lender) ([]byte, error) { return rt.Await(c.ReadLentAsync(lend)) }

// ReadLentAsync is the async form of [Conn.ReadLent].
func (c *Conn) ReadLentAsync(lend Lender) rt.Future[[]byte] {
	r := new(waiting[[]byte])
	r.do = func(cut *cut) (p []byte, err error) {
		r.began = c.r.call(cut, func() {
			buf := lend.Get()
			n := 0
			if n, err = c.read(buf); n > 0 || err == nil {
				p, err = buf[:n], nil // an error comes again
				return
			}
			lend.Put(buf)
		})
		return p, err
	}
	r.keep = func(p []byte, err error) {
		if c.keepBytes(&r.cut, r.began, p, err); p != nil {
			lend.Put(p)
		}
	}
	return r
}

// keepBytes has the next read give what a cancelled one has got.
func (c *Conn) keepBytes(cut *cut, began bool, p []byte, err error) {
	if cutOff(cut, err) || !began || len(p) == 0 && err == nil && c.stream() {
		return
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.empty = len(p) == 0 && err == nil
	c.kept, c.keptErr = append(append([]byte(nil), p...), c.kept...), err
}

// ReadLentRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) ReadLentRun(cx *rt.Context, _ *machine.Frame, lend Lender) ([]byte, error, machine.Machine) {
	return machine.AwaitFuture(cx, c.ReadLentAsync(lend))
}

// PeerClosed reports whether nothing more will come than what has arrived, which may still be there to be read: the peer has
// closed the connection, or its direction of it, or is known to be gone, or the connection is closed here. It takes nothing,
// and does not wait. That a peer is there it cannot say: one that was cut off is found by keep-alive, or by a write.
//
// A socket of packets has no end; there it is false until it is closed. On this system it may take
// a moment, and it sees no end behind more bytes than a few thousand that nobody has read.
func (c *Conn) PeerClosed() bool {
	if c.closed.Load() || !c.stream() {
		return c.closed.Load()
	}
	ended := false
	c.r.now(func() {
		for c.keptErr == nil && len(c.kept) < readableBuffer {
			p := make([]byte, readableBuffer)
			n, err := c.nc.Read(p)
			if c.kept = append(c.kept, p[:n]...); errors.Is(err, os.ErrDeadlineExceeded) {
				break // ours, or that of the user
			}
			c.keptErr = err
		}
		ended = c.keptErr != nil
	})
	return ended
}

// Readable waits until a Read would not have to, and takes nothing. The end of the connection is readable, too,
// and so is an error.
//
// It is cancel-safe.
func (c *Conn) Readable() error {
	_, err := rt.Await(c.ReadableAsync())
	return err
}

// ReadableAsync is the async form of [Conn.Readable].
func (c *Conn) ReadableAsync() rt.Future[rt.Unit] {
	return &waiting[rt.Unit]{do: func(cut *cut) (u rt.Unit, err error) {
		c.r.call(cut, func() {
			if len(c.kept) > 0 || c.keptErr != nil || c.empty {
				return
			}
			p := make([]byte, readableBuffer)
			if !c.stream() {
				p = make([]byte, mostPacket)
			}
			n, e := c.nc.Read(p)
			switch errno := net.Error(nil); {
			case errors.Is(e, net.ErrClosed), errors.As(e, &errno) && errno.Timeout():
				err = e // that of a call that is cut off is given to nobody
			default:
				c.kept, c.keptErr = append(c.kept, p[:n]...), e
				c.empty = n == 0 && e == nil
			}
		})
		return u, err
	}}
}

// ReadableRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) ReadableRun(cx *rt.Context, _ *machine.Frame) (error, machine.Machine) {
	_, err, w := machine.AwaitFuture(cx, c.ReadableAsync())
	return err, w
}

// Write writes all of p, and waits while the peer takes it too slowly. With an error comes how much was written.
// The bytes of several writes at the same time are not mixed. A peer that is gone is an error, and never a
// SIGPIPE.
//
// It is not cancel-safe: a cancelled Write may have written a part of p, and nobody knows how much. Who goes on
// with the connection must not care; else it has to be closed.
func (c *Conn) Write(p []byte) (int, error) { return rt.Await(c.WriteAsync(p)) }

// WriteAsync is the async form of [Conn.Write]. Until it is ready or cancelled, p belongs to it.
func (c *Conn) WriteAsync(p []byte) rt.Future[int] {
	if len(p) == 0 && c.stream() {
		return c.nothing("write")
	}
	return &waiting[int]{do: func(cut *cut) (n int, err error) {
		c.w.call(cut, func() { n, err = c.nc.Write(p) })
		return n, err
	}}
}

// WriteRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) WriteRun(cx *rt.Context, _ *machine.Frame, p []byte) (int, error, machine.Machine) {
	return machine.AwaitFuture(cx, c.WriteAsync(p))
}

// writeSome waits until it can write something, and gives how much of p that was. What a cancelled one has written all the
// same lost is told.
func (c *Conn) writeSome(p []byte, lost func(n int)) (int, error) {
	return rt.Await(c.writeSomeAsync(p, lost))
}

func (c *Conn) writeSomeAsync(p []byte, lost func(n int)) rt.Future[int] {
	return &waiting[int]{
		do: func(cut *cut) (n int, err error) {
			c.w.call(cut, func() { n, err = c.nc.Write(p) })
			return n, err
		},
		keep: func(n int, _ error) { lost(n) },
	}
}

// Writev writes all of bufs, one after the other, as one Write of all of them would; it leaves them as they are.
//
// It is not cancel-safe: see [Conn.Write].
func (c *Conn) Writev(bufs [][]byte) (int64, error) { return rt.Await(c.WritevAsync(bufs)) }

// WritevAsync is the async form of [Conn.Writev]. Until it is ready or cancelled, the buffers belong to it.
func (c *Conn) WritevAsync(bufs [][]byte) rt.Future[int64] {
	return &waiting[int64]{do: func(cut *cut) (n int64, err error) {
		c.w.call(cut, func() {
			vec := append(net.Buffers(nil), bufs...)
			n, err = vec.WriteTo(c.nc)
		})
		return n, err
	}}
}

// WritevRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) WritevRun(cx *rt.Context, _ *machine.Frame, bufs [][]byte) (int64, error, machine.Machine) {
	return machine.AwaitFuture(cx, c.WritevAsync(bufs))
}

// atOnce is how long something may take that is not to wait: package net has no call that does not.
const atOnce = 100 * time.Millisecond

// writeNow writes what can be written without waiting, and gives how much that was.
func (c *Conn) writeNow(p []byte) (int, error) {
	if !c.w.mu.TryLock() {
		return 0, nil
	}
	defer c.w.mu.Unlock()
	_ = c.nc.SetWriteDeadline(time.Now().Add(atOnce))
	n, err := c.nc.Write(p)
	c.w.limits.Lock()
	limit := c.w.limit
	c.w.limits.Unlock()
	_ = c.w.setLimit(limit)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

// FileConn is a connection of its own over what f has open: a socket, a pipe, a named pipe. f may be closed then if it is a
// socket, and belongs to the connection if it is not. What has no deadlines, like a regular file or some terminals, is an error
// that is [errors.ErrUnsupported].
func FileConn(f *os.File) (*Conn, error) {
	if nc, err := net.FileConn(f); err == nil {
		return newConn(nc), nil
	}
	if err := f.SetDeadline(time.Time{}); err != nil {
		return nil, &os.PathError{Op: "open", Path: f.Name(), Err: errors.ErrUnsupported}
	}
	return newConn(fileConn{f}), nil
}

// fileConn is a file as a [net.Conn].
type fileConn struct{ *os.File }

// LocalAddr implements [net.Conn].
func (c fileConn) LocalAddr() net.Addr { return fileAddr(c.Name()) }

// RemoteAddr implements [net.Conn].
func (c fileConn) RemoteAddr() net.Addr { return fileAddr(c.Name()) }

// Read implements [net.Conn].
func (c fileConn) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	return n, c.failed("read", err)
}

// Write implements [net.Conn].
func (c fileConn) Write(p []byte) (int, error) {
	n, err := c.File.Write(p)
	return n, c.failed("write", err)
}

// failed is err as package net says it.
func (c fileConn) failed(op string, err error) error {
	if errors.Is(err, os.ErrClosed) {
		return &net.OpError{Op: op, Net: "file", Addr: c.LocalAddr(), Err: net.ErrClosed}
	}
	return err
}
