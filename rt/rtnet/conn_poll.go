//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Conn is a connection: a TCP connection, one over a Unix socket, or a socket of packets that has a peer. In its
// blocking form it is a [net.Conn], with the errors of package net. All methods may be called at the same time.
//
// Reads are served in the order in which they came, and so are writes.
type Conn struct {
	d       desc
	addrs   atomic.Pointer[addresses] // nil: none known, but what comes next
	peer4   [4]byte                   // with port: the address of the peer, if hasPeer
	port    uint16
	network kind
	hasPeer bool
}

// addresses are those of a connection. Of most it is nil: few ask.
type addresses struct {
	local, remote net.Addr       // nil: not asked for yet
	peer          netip.AddrPort // what remote is to be; invalid: not known
}

// newConn makes a connection of the descriptor fd, which it owns. connected says that it is one already.
func newConn(fd int, network string, connected bool) (*Conn, error) {
	c := &Conn{network: kindOf(network)}
	c.d.stream = isStream(network)
	return c, c.d.open(fd, connected)
}

// kind is a network, in a byte.
type kind uint8

var kinds = [...]string{"tcp", "udp", "unix", "unixgram", "file"}

// kindOf is the kind with that name.
func kindOf(network string) kind { return kind(slices.Index(kinds[:], network)) }

// String is the name of the network.
func (k kind) String() string { return kinds[k] }

// setPeer notes what the kernel has said about the peer.
func (c *Conn) setPeer(sa syscall.Sockaddr) {
	switch peer := addrPort(sa); {
	case peer.Addr().Is4():
		c.peer4, c.port, c.hasPeer = peer.Addr().As4(), peer.Port(), true
	case peer.IsValid():
		c.addrs.Store(&addresses{peer: peer})
	default:
		c.keepAddrs(nil, toAddr(c.network.String(), sa))
	}
}

// peer is what is known of the peer without asking; it is invalid if that is nothing.
func (c *Conn) peer() netip.AddrPort {
	if c.hasPeer {
		return netip.AddrPortFrom(netip.AddrFrom4(c.peer4), c.port)
	}
	if a := c.addrs.Load(); a != nil {
		return a.peer
	}
	return netip.AddrPort{}
}

// keepAddrs keeps those that are not nil.
func (c *Conn) keepAddrs(local, remote net.Addr) {
	for {
		old := c.addrs.Load()
		var a addresses
		if old != nil {
			a = *old
		}
		if local != nil {
			a.local = local
		}
		if remote != nil {
			a.remote = remote
		}
		if c.addrs.CompareAndSwap(old, &a) {
			return
		}
	}
}

// addrOf asks the kernel for an address. It is nil where there is none (any more).
func (c *Conn) addrOf(ask func(fd int) (syscall.Sockaddr, error)) net.Addr {
	var addr net.Addr
	_ = c.d.control(func(fd int) error {
		sa, err := ask(fd)
		if err == nil {
			addr = toAddr(c.network.String(), sa)
		}
		return err
	})
	return addr
}

// LocalAddr is the address of this end.
func (c *Conn) LocalAddr() net.Addr {
	if a := c.addrs.Load(); a != nil && a.local != nil {
		return a.local
	}
	addr := c.addrOf(syscall.Getsockname)
	if addr != nil {
		c.keepAddrs(addr, nil)
	}
	return addr
}

// RemoteAddr is the address of the other end.
func (c *Conn) RemoteAddr() net.Addr {
	if a := c.addrs.Load(); a != nil && a.remote != nil {
		return a.remote
	}
	if peer := c.peer(); peer.IsValid() {
		return ipAddr(c.network.String(), peer)
	}
	addr := c.addrOf(syscall.Getpeername)
	if addr != nil {
		c.keepAddrs(nil, addr)
	}
	return addr
}

// failed is err as package net says it.
func (c *Conn) failed(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return err
	}
	return &net.OpError{Op: op, Net: c.network.String(), Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// Close closes the connection. Operations that wait end with an error that is [net.ErrClosed]. What was written
// is still sent.
func (c *Conn) Close() error {
	c.LocalAddr() // to be told afterwards, too
	if !c.peer().IsValid() {
		c.RemoteAddr()
	}
	return c.failed("close", c.d.close())
}

// CloseWrite ends the writing direction: the peer reads what was written, and then the end.
func (c *Conn) CloseWrite() error {
	if s := c.d.sim; s != nil {
		return c.simulated("close", s.CloseWrite)
	}
	return c.shutdown(syscall.SHUT_WR)
}

// CloseRead ends the reading direction: Read gives the end.
func (c *Conn) CloseRead() error {
	if s := c.d.sim; s != nil {
		return c.simulated("close", s.CloseRead)
	}
	return c.shutdown(syscall.SHUT_RD)
}

func (c *Conn) shutdown(how int) error {
	return c.failed("close", c.d.control(func(fd int) error {
		return os.NewSyscallError("shutdown", syscall.Shutdown(fd, how))
	}))
}

// SetDeadline sets the time at which reads and writes end with [os.ErrDeadlineExceeded]: those that wait, and
// later ones. The zero time is none.
func (c *Conn) SetDeadline(t time.Time) error { return c.failed("set", c.d.setLimits(t)) }

// SetReadDeadline is SetDeadline for reads.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.failed("set", c.d.setLimit(&c.d.r, t)) }

// SetWriteDeadline is SetDeadline for writes.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.failed("set", c.d.setLimit(&c.d.w, t)) }

// SyscallConn gives access to the descriptor. It does not block, and must stay so.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	return rawConn{&c.d, func(err error) error { return c.failed("raw-control", err) }}, nil
}

func (c *Conn) setOption(level, option, value int) error {
	return c.failed("set", c.d.setOption(level, option, value))
}

// SetNoDelay says whether small writes are sent at once, which is the default, and not put together (TCP).
func (c *Conn) SetNoDelay(noDelay bool) error {
	return c.setOption(syscall.IPPROTO_TCP, syscall.TCP_NODELAY, number[int](noDelay))
}

// SetKeepAlive says whether the peer is asked from time to time if it is there, which is the default (TCP).
func (c *Conn) SetKeepAlive(keepAlive bool) error {
	return c.setOption(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, number[int](keepAlive))
}

// SetKeepAliveConfig is SetKeepAlive with the times (TCP). A time or count of 0 is that of package net, one that
// is negative is left as it is.
func (c *Conn) SetKeepAliveConfig(config net.KeepAliveConfig) error {
	if c.d.sim != nil {
		return c.simulated("set", func() error { return nil })
	}
	return c.failed("set", c.d.control(func(fd int) error { return setKeepAlive(fd, config) }))
}

// SetLinger says what Close does with what was not sent yet: sec < 0, the default: it is sent; 0: it is thrown
// away, and the peer is told so; more: the system gives it that many seconds.
func (c *Conn) SetLinger(sec int) error {
	if s := c.d.sim; s != nil {
		return c.simulated("set", func() error { s.SetAbrupt(sec == 0); return nil })
	}
	l := syscall.Linger{Onoff: number[int32](sec >= 0), Linger: int32(max(sec, 0))}
	return c.failed("set", c.d.control(func(fd int) error {
		return os.NewSyscallError("setsockopt", syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &l))
	}))
}

// SetReadBuffer sets how many bytes the system keeps that were not read.
func (c *Conn) SetReadBuffer(bytes int) error {
	return c.setOption(syscall.SOL_SOCKET, syscall.SO_RCVBUF, bytes)
}

// SetWriteBuffer sets how many bytes the system keeps that were not sent.
func (c *Conn) SetWriteBuffer(bytes int) error {
	return c.setOption(syscall.SOL_SOCKET, syscall.SO_SNDBUF, bytes)
}

func number[T int | int32](yes bool) T {
	if yes {
		return 1
	}
	return 0
}

// PeerClosed reports whether nothing more will come than what has arrived, which may still be there to be read: the peer has
// closed the connection, or its direction of it, or is known to be gone, or the connection is closed here. It takes nothing,
// and does not wait. That a peer is there it cannot say: one that was cut off is found by keep-alive, or by a write.
//
// A socket of packets has no end; there it is false until it is closed.
func (c *Conn) PeerClosed() bool {
	d := &c.d
	if d.pin() != nil {
		return true
	}
	defer d.unpin() //nolint:errcheck // the error of a close that came meanwhile
	switch {
	case !d.stream:
		return false
	case d.sim != nil:
		return d.sim.Ended()
	}
	return d.ended()
}

// readFailed is failed for Readable.
func (c *Conn) readFailed(err error) error { return c.failed("read", err) }

// Readable waits until a Read would not have to, and takes nothing: no buffer is needed while a connection is
// idle. The end of the connection is readable, too, and so is an error.
//
// It is cancel-safe.
func (c *Conn) Readable() error {
	_, err := rt.Await(c.ReadableAsync())
	return err
}

// ReadableAsync is the async form of [Conn.Readable].
func (c *Conn) ReadableAsync() rt.Future[rt.Unit] { return readyFuture(&c.d, &c.d.r, pollIn, c) }

// ReadableRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *Conn) ReadableRun(cx *rt.Context, _ *readyCall) (error, machine.Machine) {
	return readyStart(cx, &c.d, &c.d.r, pollIn, c)
}
