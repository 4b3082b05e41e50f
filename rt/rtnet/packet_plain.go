//go:build (!linux && !(rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) || rtnet_plain

package rtnet

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// PacketConn is a socket for packets: UDP, or a Unix socket of packets. In its blocking form it is a
// [net.PacketConn], with the errors of package net. All methods may be called at the same time.
type PacketConn struct {
	np   net.PacketConn
	file string // the path of a Unix socket, to be removed; "": none
	r, w side
	kept []packet // taken for somebody who did not wait for them; guarded by r.mu
}

type packet struct {
	bytes []byte
	from  net.Addr
}

// ListenPacket makes a socket for packets at an address: on "udp", "udp4", "udp6" or "unixgram", with the
// addresses of package net. A name in addr is resolved on the spot.
func ListenPacket(network, addr string) (*PacketConn, error) {
	return ListenConfig{}.ListenPacket(network, addr)
}

// ListenPacket is [ListenPacket] with this configuration.
func (lc ListenConfig) ListenPacket(network, addr string) (*PacketConn, error) {
	if lc.ReusePort {
		return nil, &net.OpError{Op: "listen", Net: network, Err: errors.ErrUnsupported}
	}
	if network != "unixgram" && !strings.HasPrefix(network, "udp") {
		return nil, &net.OpError{Op: "listen", Net: network, Err: net.UnknownNetworkError(network)}
	}
	np, err := lc.plain().ListenPacket(context.Background(), network, addr)
	if err != nil {
		return nil, err
	}
	c := &PacketConn{np: np}
	if network == "unixgram" && addr != "" && addr[0] != '@' {
		c.file = addr
	}
	c.r.set, c.w.set = np.SetReadDeadline, np.SetWriteDeadline
	return c, nil
}

// LocalAddr is the address of the socket.
func (c *PacketConn) LocalAddr() net.Addr { return c.np.LocalAddr() }

// Close closes the socket. Operations that wait end with an error that is [net.ErrClosed]. The path of a Unix
// socket is removed.
func (c *PacketConn) Close() error {
	err := c.np.Close()
	if err == nil && c.file != "" {
		_ = syscall.Unlink(c.file)
	}
	return err
}

// SetDeadline sets the time at which reads and writes end with [os.ErrDeadlineExceeded]: those that wait, and
// later ones. The zero time is none.
func (c *PacketConn) SetDeadline(t time.Time) error {
	if err := c.r.setLimit(t); err != nil {
		return err
	}
	return c.w.setLimit(t)
}

// SetReadDeadline is SetDeadline for reads.
func (c *PacketConn) SetReadDeadline(t time.Time) error { return c.r.setLimit(t) }

// SetWriteDeadline is SetDeadline for writes.
func (c *PacketConn) SetWriteDeadline(t time.Time) error { return c.w.setLimit(t) }

// SetReadBuffer sets how many bytes of packets the system keeps that were not read; what comes when it is full is lost.
func (c *PacketConn) SetReadBuffer(bytes int) error {
	return c.np.(buffers).SetReadBuffer(bytes)
}

// SetWriteBuffer sets how many bytes of packets the system keeps that were not sent.
func (c *PacketConn) SetWriteBuffer(bytes int) error {
	return c.np.(buffers).SetWriteBuffer(bytes)
}

// SyscallConn gives access to the descriptor. It does not block, and must stay so.
func (c *PacketConn) SyscallConn() (syscall.RawConn, error) { return c.np.(syscall.Conn).SyscallConn() }

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
// There is nothing to cancel: what it has taken it gives. On this system it may take a moment: package net has no read that does
// not wait.
func (c *PacketConn) TryReadFrom(p []byte) (n int, from net.Addr, ready bool, err error) {
	ready = c.r.now(func() { n, from, err = c.read(p) })
	if ready && c.r.inVain(err) {
		return 0, nil, false, nil
	}
	return n, from, ready, err
}

// read reads, first what is kept. It is called under r.mu.
func (c *PacketConn) read(p []byte) (int, net.Addr, error) {
	if len(c.kept) > 0 {
		got := c.kept[0]
		c.kept = c.kept[1:]
		return copy(p, got.bytes), got.from, nil
	}
	return c.np.ReadFrom(p)
}

// ReadFromAsync is the async form of [PacketConn.ReadFrom]. Until it is ready or cancelled, p belongs to it.
func (c *PacketConn) ReadFromAsync(p []byte) rt.Future[rt.Pair[int, net.Addr]] {
	return &waiting[rt.Pair[int, net.Addr]]{
		do: func(cut *cut) (got rt.Pair[int, net.Addr], err error) {
			c.r.call(cut, func() { got.A, got.B, err = c.read(p) })
			return got, err
		},
		keep: func(got rt.Pair[int, net.Addr], err error) {
			if err == nil && got.B != nil {
				c.r.mu.Lock()
				defer c.r.mu.Unlock()
				c.kept = append(c.kept, packet{append([]byte(nil), p[:got.A]...), got.B})
			}
		},
	}
}

// ReadFromRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *PacketConn) ReadFromRun(cx *rt.Context, _ *machine.Frame, p []byte) (int, net.Addr, error, machine.Machine) {
	got, err, w := machine.AwaitFuture(cx, c.ReadFromAsync(p))
	return got.A, got.B, err, w
}

// WriteTo sends p as one packet.
//
// It is cancel-safe: a cancelled WriteTo has sent nothing, or all.
func (c *PacketConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	return rt.Await(c.WriteToAsync(p, addr))
}

// WriteToAsync is the async form of [PacketConn.WriteTo]. Until it is ready or cancelled, p belongs to it.
func (c *PacketConn) WriteToAsync(p []byte, addr net.Addr) rt.Future[int] {
	return &waiting[int]{do: func(cut *cut) (n int, err error) {
		c.w.call(cut, func() { n, err = c.np.WriteTo(p, addr) })
		return n, err
	}}
}

// WriteToRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *PacketConn) WriteToRun(cx *rt.Context, _ *machine.Frame, p []byte, addr net.Addr) (int, error, machine.Machine) {
	return machine.AwaitFuture(cx, c.WriteToAsync(p, addr))
}

// Readable waits until a ReadFrom would not have to, and takes nothing. It is cancel-safe.
func (c *PacketConn) Readable() error {
	_, err := rt.Await(c.ReadableAsync())
	return err
}

// ReadableAsync is the async form of [PacketConn.Readable].
func (c *PacketConn) ReadableAsync() rt.Future[rt.Unit] {
	return &waiting[rt.Unit]{do: func(cut *cut) (u rt.Unit, err error) {
		c.r.call(cut, func() {
			if len(c.kept) > 0 {
				return
			}
			p := make([]byte, mostPacket)
			var n int
			var from net.Addr
			if n, from, err = c.np.ReadFrom(p); err == nil {
				c.kept = append(c.kept, packet{append([]byte(nil), p[:n]...), from})
			}
		})
		return u, err
	}}
}

// ReadableRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (c *PacketConn) ReadableRun(cx *rt.Context, _ *machine.Frame) (error, machine.Machine) {
	_, err, w := machine.AwaitFuture(cx, c.ReadableAsync())
	return err, w
}
