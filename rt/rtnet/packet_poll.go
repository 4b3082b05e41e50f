//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"context"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// PacketConn is a socket for packets: UDP, or a Unix socket of packets. In its blocking form it is a
// [net.PacketConn], with the errors of package net. All methods may be called at the same time.
type PacketConn struct {
	d     desc
	addr  net.Addr
	file  string        // the path of a Unix socket, to be removed; "": none
	six   bool          // addresses are those of IPv6
	pause time.Duration // guarded by d.w.mu; see pace
}

// ListenPacket makes a socket for packets at an address: on "udp", "udp4", "udp6" or "unixgram", with the
// addresses of package net. A name in addr is resolved on the spot.
func ListenPacket(network, addr string) (*PacketConn, error) {
	return ListenConfig{}.ListenPacket(network, addr)
}

// ListenPacket is [ListenPacket] with this configuration.
func (lc ListenConfig) ListenPacket(network, addr string) (*PacketConn, error) {
	if network != "unixgram" && !strings.HasPrefix(network, "udp") {
		return nil, &net.OpError{Op: "listen", Net: network, Err: net.UnknownNetworkError(network)}
	}
	if n := simulation(); n != nil {
		return listenPacketSimulated(n, network, addr)
	}
	plain := net.ListenConfig{Control: lc.control}
	np, err := plain.ListenPacket(context.Background(), network, addr)
	if err != nil {
		return nil, err
	}
	defer np.Close() //nolint:errcheck // ours is a duplicate
	c := &PacketConn{addr: np.LocalAddr()}
	if isUnix(network) && addr != "" && addr[0] != '@' {
		c.file = addr
	}
	fd, err := duplicate(np.(syscall.Conn))
	if err == nil {
		if sa, e := syscall.Getsockname(fd); e == nil {
			_, c.six = sa.(*syscall.SockaddrInet6)
		}
		c.d.paced = isUnix(network)
		err = c.d.open(fd, true)
	}
	if err != nil {
		c.unlink()
		return nil, &net.OpError{Op: "listen", Net: network, Addr: c.addr, Err: err}
	}
	return c, nil
}

// LocalAddr is the address of the socket.
func (c *PacketConn) LocalAddr() net.Addr { return c.addr }

// Close closes the socket. Operations that wait end with an error that is [net.ErrClosed]. The path of a Unix
// socket is removed.
func (c *PacketConn) Close() error {
	err := c.d.close()
	if err == nil {
		c.unlink()
	}
	return c.failed("close", nil, err)
}

func (c *PacketConn) unlink() {
	if c.file != "" {
		_ = syscall.Unlink(c.file)
	}
}

// SetDeadline sets the time at which reads and writes end with [os.ErrDeadlineExceeded]: those that wait, and
// later ones. The zero time is none.
func (c *PacketConn) SetDeadline(t time.Time) error { return c.failed("set", nil, c.d.setLimits(t)) }

// SetReadDeadline is SetDeadline for reads.
func (c *PacketConn) SetReadDeadline(t time.Time) error {
	return c.failed("set", nil, c.d.setLimit(&c.d.r, t))
}

// SetWriteDeadline is SetDeadline for writes.
func (c *PacketConn) SetWriteDeadline(t time.Time) error {
	return c.failed("set", nil, c.d.setLimit(&c.d.w, t))
}

// SetReadBuffer sets how many bytes of packets the system keeps that were not read; what comes when it is full is lost.
func (c *PacketConn) SetReadBuffer(bytes int) error {
	return c.failed("set", nil, c.d.setOption(syscall.SOL_SOCKET, syscall.SO_RCVBUF, bytes))
}

// SetWriteBuffer sets how many bytes of packets the system keeps that were not sent.
func (c *PacketConn) SetWriteBuffer(bytes int) error {
	return c.failed("set", nil, c.d.setOption(syscall.SOL_SOCKET, syscall.SO_SNDBUF, bytes))
}

// SyscallConn gives access to the descriptor. It does not block, and must stay so.
func (c *PacketConn) SyscallConn() (syscall.RawConn, error) {
	return rawConn{&c.d, func(err error) error { return c.failed("raw-control", nil, err) }}, nil
}

func (c *PacketConn) failed(op string, to net.Addr, err error) error {
	if err == nil {
		return nil
	}
	e := &net.OpError{Op: op, Net: c.addr.Network(), Source: c.addr, Addr: to, Err: err}
	if to == nil {
		e.Source, e.Addr = nil, c.addr
	}
	return e
}

// ReadFrom waits for a packet, and gives its length and sender. What p has no room for is lost. A packet of no
// bytes is one, too.
//
// It is cancel-safe: a cancelled ReadFrom has taken no packet.
func (c *PacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	got, err := rt.Await(c.ReadFromAsync(p))
	return got.A, got.B, err
}

// TryReadFrom is [PacketConn.ReadFrom] for who does not wait: ready is false, and nothing was taken, if a ReadFrom would have
// to wait, be it for a packet or for other reads, which come first.
//
// There is nothing to cancel: what it has taken it gives.
func (c *PacketConn) TryReadFrom(p []byte) (n int, from net.Addr, ready bool, err error) {
	m := new(readFromCall)
	m.to(c, p)
	ready = m.s.now(m)
	return m.Val.A, m.Val.B, ready, m.Err
}

// ReadFromAsync is the async form of [PacketConn.ReadFrom]. Until it is ready or cancelled, p belongs to it.
func (c *PacketConn) ReadFromAsync(p []byte) rt.Future[rt.Pair[int, net.Addr]] {
	b := new(struct {
		machine.Box[rt.Pair[int, net.Addr]]
		readFromCall
	})
	b.to(c, p)
	return b.Init(&b.readFromCall)
}

// ReadFromRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *PacketConn) ReadFromRun(cx *rt.Context, _ *readFromCall, p []byte) (int, net.Addr, error, machine.Machine) {
	m := machine.NewFrame[readFromCall](cx)
	m.to(c, p)
	if m.start(cx, m, m) != nil {
		return 0, nil, nil, m
	}
	got, err := m.Val, m.Err
	machine.Unused(cx, m)
	return got.A, got.B, err, nil
}

// readFromCall is the frame of a ReadFrom.
type readFromCall struct {
	machine.FrameOf[rt.Pair[int, net.Addr]]
	call
	c *PacketConn
	p []byte
}

var readFromFunc = machine.Func{Name: "rtnet.(*PacketConn).ReadFrom", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "ReadFrom"}}}

// Func implements [machine.Machine].
func (*readFromCall) Func() *machine.Func { return &readFromFunc }

// Reset implements [machine.Machine].
func (m *readFromCall) Reset() { *m = readFromCall{} }

// Resume implements [machine.Machine].
func (m *readFromCall) Resume(cx *rt.Context) machine.Machine { return m.goOn(cx, m, m) }

func (m *readFromCall) to(c *PacketConn, p []byte) { m.c, m.s, m.p = c, &c.d.r, p }

func (m *readFromCall) attempt(uint32) outcome {
	n, from, err := m.c.d.readFrom(m.c.addr.Network(), m.p)
	switch err {
	case nil:
		m.Val = rt.PairOf(n, from)
	case syscall.EAGAIN:
		return blocked
	default:
		m.Err = m.c.failed("read", nil, os.NewSyscallError("recvfrom", err))
	}
	return done
}

// readFrom takes a packet that is there.
func (d *desc) readFrom(network string, p []byte) (int, net.Addr, error) {
	if d.sim != nil {
		n, from, err := d.sim.ReadFrom(p)
		return n, simAddr(network, from), err
	}
	for {
		n, sa, err := syscall.Recvfrom(int(d.fd), p, 0)
		if err != syscall.EINTR {
			return n, toAddr(network, sa), err
		}
	}
}

func (m *readFromCall) fail(err error) { m.Err = m.c.failed("read", nil, err) }

// WriteTo sends p as one packet.
//
// It is cancel-safe: a cancelled WriteTo has sent nothing.
func (c *PacketConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	return rt.Await(c.WriteToAsync(p, addr))
}

// WriteToAsync is the async form of [PacketConn.WriteTo]. Until it is ready or cancelled, p belongs to it.
func (c *PacketConn) WriteToAsync(p []byte, addr net.Addr) rt.Future[int] {
	b := new(struct {
		machine.Box[int]
		writeToCall
	})
	b.to(c, p, addr)
	return b.Init(&b.writeToCall)
}

// WriteToRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *PacketConn) WriteToRun(cx *rt.Context, _ *writeToCall, p []byte, addr net.Addr) (int, error, machine.Machine) {
	m := machine.NewFrame[writeToCall](cx)
	m.to(c, p, addr)
	if m.start(cx, m, m) != nil {
		return 0, nil, m
	}
	n, err := m.Val, m.Err
	machine.Unused(cx, m)
	return n, err, nil
}

// writeToCall is the frame of a WriteTo.
type writeToCall struct {
	machine.FrameOf[int]
	call
	c    *PacketConn
	p    []byte
	addr net.Addr
}

var writeToFunc = machine.Func{Name: "rtnet.(*PacketConn).WriteTo", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "WriteTo"}}}

// Func implements [machine.Machine].
func (*writeToCall) Func() *machine.Func { return &writeToFunc }

// Reset implements [machine.Machine].
func (m *writeToCall) Reset() { *m = writeToCall{} }

// Resume implements [machine.Machine].
func (m *writeToCall) Resume(cx *rt.Context) machine.Machine { return m.goOn(cx, m, m) }

func (m *writeToCall) to(c *PacketConn, p []byte, addr net.Addr) {
	m.c, m.s, m.p, m.addr = c, &c.d.w, p, addr
}

func (m *writeToCall) attempt(uint32) outcome {
	domain := syscall.AF_INET
	if m.c.six {
		domain = syscall.AF_INET6
	}
	sa, err := toSockaddr(domain, m.addr)
	if err != nil {
		m.Err = m.c.failed("write", m.addr, err)
		return done
	}
	switch err := m.c.d.writeTo(m.p, sa, m.addr); err {
	case nil:
		m.Val, m.c.pause = len(m.p), 0
	case syscall.EAGAIN:
		m.c.pace()
		return blocked
	default:
		m.Err = m.c.failed("write", m.addr, os.NewSyscallError("sendto", err))
	}
	return done
}

// The pauses between attempts to send where the kernel does not say when there is room.
var minPause, maxPause = time.Millisecond, 20 * time.Millisecond

// pace has a send that found no room made once more after a while. Of a Unix socket of packets without a peer the kernel
// does not know whose room it is: it calls the socket writable all the time, and says so anew after each attempt.
func (c *PacketConn) pace() {
	if c.d.paced {
		c.pause = min(max(2*c.pause, minPause), maxPause)
		time.AfterFunc(c.pause, func() { c.d.w.notify(bitReady, 0) })
	}
}

// writeTo sends a packet to an address, which is sa for the system.
func (d *desc) writeTo(p []byte, sa syscall.Sockaddr, addr net.Addr) error {
	if d.sim != nil {
		_, err := d.sim.WriteTo(p, toSimAddr(addr))
		return err
	}
	for {
		if err := syscall.Sendto(int(d.fd), p, noSignal, sa); err != syscall.EINTR {
			return err
		}
	}
}

func (m *writeToCall) fail(err error) { m.Err = m.c.failed("write", m.addr, err) }

// readFailed is failed for Readable.
func (c *PacketConn) readFailed(err error) error { return c.failed("read", nil, err) }

// Readable waits until a ReadFrom would not have to, and takes nothing. It is cancel-safe.
func (c *PacketConn) Readable() error {
	_, err := rt.Await(c.ReadableAsync())
	return err
}

// ReadableAsync is the async form of [PacketConn.Readable].
func (c *PacketConn) ReadableAsync() rt.Future[rt.Unit] {
	return readyFuture(&c.d, &c.d.r, pollIn, c)
}

// ReadableRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *PacketConn) ReadableRun(cx *rt.Context, _ *readyCall) (error, machine.Machine) {
	return readyStart(cx, &c.d, &c.d.r, pollIn, c)
}
