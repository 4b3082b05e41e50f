//go:build (!linux && !(rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) || rtnet_plain

package rtnet

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Listener takes connections. All methods may be called at the same time.
type Listener struct {
	nl net.Listener
	r  side

	mu   sync.Mutex
	kept []*Conn // taken for somebody who did not wait for them
}

// deadliner is a listener, or a socket, with a deadline.
type deadliner interface{ SetDeadline(t time.Time) error }

// Listen listens: on "tcp", "tcp4", "tcp6" or "unix", with the addresses of package net. A name in addr is
// resolved on the spot.
func Listen(network, addr string) (*Listener, error) {
	return ListenConfig{}.Listen(network, addr)
}

// ListenConfig has what one may wish of a listener, or of a [PacketConn].
type ListenConfig struct {
	// Control is called with the socket before it is bound.
	Control func(network, address string, c syscall.RawConn) error
	// KeepAlive is for the connections: see [Conn.SetKeepAliveConfig]. The zero value is enabled.
	KeepAlive net.KeepAliveConfig
	// NoKeepAlive turns keep-alive off.
	NoKeepAlive bool
	// ReusePort lets several sockets, of several processes maybe, listen on one port: not on this system.
	ReusePort bool
}

func (lc ListenConfig) plain() *net.ListenConfig {
	keep := lc.KeepAlive
	keep.Enable = !lc.NoKeepAlive
	p := &net.ListenConfig{Control: lc.Control, KeepAliveConfig: keep}
	if lc.NoKeepAlive {
		p.KeepAlive = -1
	}
	return p
}

// Listen is [Listen] with this configuration.
func (lc ListenConfig) Listen(network, addr string) (*Listener, error) {
	if lc.ReusePort {
		return nil, &net.OpError{Op: "listen", Net: network, Err: errors.ErrUnsupported}
	}
	if !strings.HasPrefix(network, "tcp") && network != "unix" {
		return nil, &net.OpError{Op: "listen", Net: network, Err: net.UnknownNetworkError(network)}
	}
	nl, err := lc.plain().Listen(context.Background(), network, addr)
	if err != nil {
		return nil, err
	}
	l := &Listener{nl: nl}
	l.r.set = nl.(deadliner).SetDeadline
	return l, nil
}

// Addr is the address that it listens on.
func (l *Listener) Addr() net.Addr { return l.nl.Addr() }

// Close ends it: those who wait in Accept get an error that is [net.ErrClosed]. Connections that were taken are
// not affected. The path of a Unix socket is removed.
func (l *Listener) Close() error {
	err := l.nl.Close()
	for c := l.take(); c != nil; c = l.take() {
		_ = c.Close()
	}
	return err
}

// take gives a connection that is kept.
func (l *Listener) take() (c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) > 0 {
		c, l.kept = l.kept[0], l.kept[1:]
	}
	return c
}

// SetDeadline sets the time at which Accept ends with [os.ErrDeadlineExceeded]; the zero time is none.
func (l *Listener) SetDeadline(t time.Time) error { return l.r.setLimit(t) }

// SyscallConn gives access to the descriptor. It does not block, and must stay so.
func (l *Listener) SyscallConn() (syscall.RawConn, error) { return l.nl.(syscall.Conn).SyscallConn() }

// NetListener is the listener for code that is written for package net: its Accept gives the same connections.
func (l *Listener) NetListener() net.Listener { return netListener{l} }

type netListener struct{ *Listener }

// Accept implements [net.Listener].
func (l netListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Accept waits for a connection, and takes it. A connection that was broken off before is passed over. While the
// process has no descriptor left it waits, and tries again from time to time.
//
// It is cancel-safe: a cancelled Accept has taken no connection.
func (l *Listener) Accept() (*Conn, error) { return rt.Await(l.AcceptAsync()) }

// AcceptAsync is the async form of [Listener.Accept].
func (l *Listener) AcceptAsync() rt.Future[*Conn] {
	return &waiting[*Conn]{
		do: func(cut *cut) (c *Conn, err error) {
			l.r.call(cut, func() {
				for wait := 5 * time.Millisecond; ; wait = min(2*wait, time.Second) {
					if c = l.take(); c != nil {
						return
					}
					var nc net.Conn
					if nc, err = l.nl.Accept(); err == nil {
						c = newConn(nc)
						return
					}
					if !outOfDescriptors(err) {
						return
					}
					time.Sleep(wait)
				}
			})
			return c, err
		},
		keep: func(c *Conn, _ error) {
			if c != nil {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.kept = append(l.kept, c)
			}
		},
	}
}

func outOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// AcceptRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (l *Listener) AcceptRun(cx *rt.Context, _ *machine.Frame) (*Conn, error, machine.Machine) {
	return machine.AwaitFuture(cx, l.AcceptAsync())
}

// Dial connects to addr: on "tcp", "udp" (with 4 or 6 for one family), "unix" or "unixgram", with the addresses
// of package net. See [Dialer.Dial].
func Dial(network, addr string) (*Conn, error) { return rt.Await(DialAsync(network, addr)) }

// DialAsync is the async form of [Dial].
func DialAsync(network, addr string) rt.Future[*Conn] { return new(Dialer).DialAsync(network, addr) }

// Dial is the body of [Dial], for generated code, which passes a nil frame. Where Dial is a marked function it is generated.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (asyncgenBodies) Dial(cx *rt.Context, _ *machine.Frame, network, addr string) (*Conn, error, machine.Machine) {
	return machine.AwaitFuture(cx, DialAsync(network, addr))
}

// Dial connects to addr. If it is a name with several addresses they are tried in turn, and addresses of the
// other family beside them after a while.
//
// It is cancel-safe: a cancelled Dial leaves no connection.
func (d *Dialer) Dial(network, addr string) (*Conn, error) {
	return rt.Await(d.DialAsync(network, addr))
}

// DialAsync is the async form of [Dialer.Dial].
func (d *Dialer) DialAsync(network, addr string) rt.Future[*Conn] {
	keep := d.KeepAlive
	keep.Enable = !d.NoKeepAlive
	nd := &net.Dialer{
		Timeout: d.Timeout, LocalAddr: d.LocalAddr, FallbackDelay: d.FallbackDelay,
		KeepAliveConfig: keep, Resolver: d.resolver(), Control: d.Control,
	}
	if d.NoKeepAlive {
		nd.KeepAlive = -1
	}
	return &waiting[*Conn]{
		do: func(cut *cut) (*Conn, error) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if !cut.during(cancel) {
				return nil, ctx.Err()
			}
			nc, err := nd.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return newConn(nc), nil
		},
		keep: func(c *Conn, _ error) {
			if c != nil {
				_ = c.Close()
			}
		},
	}
}

// DialRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (d *Dialer) DialRun(cx *rt.Context, _ *machine.Frame, network, addr string) (*Conn, error, machine.Machine) {
	return machine.AwaitFuture(cx, d.DialAsync(network, addr))
}
