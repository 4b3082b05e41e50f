//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"context"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Listener takes connections. All methods may be called at the same time; those who wait in Accept are served in
// the order in which they came.
type Listener struct {
	d      desc
	addr   net.Addr
	file   string // the path of a Unix socket, to be removed; "": none
	patron patron
}

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
	// ReusePort lets several sockets, of several processes maybe, listen on one port: the kernel spreads the
	// connections.
	ReusePort bool
}

// Listen is [Listen] with this configuration.
func (lc ListenConfig) Listen(network, addr string) (*Listener, error) {
	if !isStream(network) {
		return nil, &net.OpError{Op: "listen", Net: network, Err: net.UnknownNetworkError(network)}
	}
	if n := simulation(); n != nil {
		return listenSimulated(n, network, addr)
	}
	plain := net.ListenConfig{Control: lc.control}
	plain.SetMultipathTCP(false) // its connections would not have the options of the listener
	nl, err := plain.Listen(context.Background(), network, addr)
	if err != nil {
		return nil, err
	}
	defer nl.Close() //nolint:errcheck // ours is a duplicate
	l := &Listener{addr: nl.Addr()}
	if ul, ok := nl.(*net.UnixListener); ok {
		ul.SetUnlinkOnClose(false)
		if name := nl.Addr().String(); name != "" && name[0] != '@' {
			l.file = name
		}
	}
	fd, err := duplicate(nl.(syscall.Conn))
	if err == nil && l.file == "" && !isUnix(network) {
		// A connection has these from its listener.
		config := lc.KeepAlive
		config.Enable = !lc.NoKeepAlive
		if err = setKeepAlive(fd, config); err == nil {
			err = os.NewSyscallError("setsockopt", syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1))
		}
		if err != nil {
			_ = syscall.Close(fd)
		}
	}
	if err == nil {
		err = l.d.open(fd, true)
	}
	if err != nil {
		l.unlink()
		return nil, &net.OpError{Op: "listen", Net: network, Addr: l.addr, Err: err}
	}
	keepReserve()
	return l, nil
}

// control sets what has to be set before a socket is bound.
func (lc ListenConfig) control(network, address string, c syscall.RawConn) error {
	if lc.ReusePort {
		var err error
		if e := c.Control(func(fd uintptr) {
			err = os.NewSyscallError("setsockopt", syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soReusePort, 1))
		}); e != nil || err != nil {
			return firstOf(e, err)
		}
	}
	if lc.Control != nil {
		return lc.Control(network, address, c)
	}
	return nil
}

// firstOf is the first error.
func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// duplicate is a descriptor of our own for the socket of c, which is to be closed then. It does not block.
func duplicate(c syscall.Conn) (fd int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	e := raw.Control(func(old uintptr) {
		fd, err = dup(old)
	})
	if err = firstOf(e, err); err != nil {
		return -1, err
	}
	return fd, nil
}

// Addr is the address that it listens on.
func (l *Listener) Addr() net.Addr { return l.addr }

// Close ends it: those who wait in Accept get an error that is [net.ErrClosed]. Connections that were taken are
// not affected. The path of a Unix socket is removed.
func (l *Listener) Close() error {
	err := l.d.close()
	if err == nil {
		l.patron.close()
		l.unlink()
	}
	return l.failed("close", err)
}

func (l *Listener) unlink() {
	if l.file != "" {
		_ = syscall.Unlink(l.file)
	}
}

// SetDeadline sets the time at which Accept ends with [os.ErrDeadlineExceeded]; the zero time is none.
func (l *Listener) SetDeadline(t time.Time) error { return l.failed("set", l.d.setLimit(&l.d.r, t)) }

// SyscallConn gives access to the descriptor. It does not block, and must stay so.
func (l *Listener) SyscallConn() (syscall.RawConn, error) {
	return rawConn{&l.d, func(err error) error { return l.failed("raw-control", err) }}, nil
}

func (l *Listener) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: err}
}

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
// process has no descriptor left it waits, and tries again from time to time; after a second it begins to turn
// connections away, one at each try, so that a peer is told instead of hanging.
//
// It is cancel-safe: a cancelled Accept has taken no connection.
func (l *Listener) Accept() (*Conn, error) { return rt.Await(l.AcceptAsync()) }

// AcceptAsync is the async form of [Listener.Accept].
func (l *Listener) AcceptAsync() rt.Future[*Conn] {
	b := new(struct {
		machine.Box[*Conn]
		acceptCall
	})
	b.to(l)
	return b.Init(&b.acceptCall)
}

// AcceptRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (l *Listener) AcceptRun(cx *rt.Context, _ *acceptCall) (*Conn, error, machine.Machine) {
	m := machine.NewFrame[acceptCall](cx)
	m.to(l)
	if m.start(cx, m, m) != nil {
		return nil, nil, m
	}
	c, err := m.Val, m.Err
	machine.Unused(cx, m)
	return c, err, nil
}

// acceptCall is the frame of an Accept.
type acceptCall struct {
	machine.FrameOf[*Conn]
	call
	l *Listener
}

var acceptFunc = machine.Func{Name: "rtnet.(*Listener).Accept", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Accept"}}}

// Func implements [machine.Machine].
func (*acceptCall) Func() *machine.Func { return &acceptFunc }

// Reset implements [machine.Machine].
func (m *acceptCall) Reset() { *m = acceptCall{} }

// Resume implements [machine.Machine].
func (m *acceptCall) Resume(cx *rt.Context) machine.Machine { return m.goOn(cx, m, m) }

func (m *acceptCall) to(l *Listener) { m.l, m.s = l, &l.d.r }

func (m *acceptCall) attempt(uint32) outcome {
	l := m.l
	if s := l.d.sim; s != nil {
		return m.simulated(s)
	}
	for {
		fd, sa, err := (*accept.Load())(int(l.d.fd))
		switch err {
		case nil:
			l.patron.served()
			m.Val, m.Err = accepted(fd, l.addr.Network(), sa)
			m.Err = l.failed("accept", m.Err)
			return done
		case syscall.EINTR, syscall.ECONNABORTED:
			continue
		case syscall.EAGAIN:
			return blocked
		case syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM:
			l.patron.full(l)
			return blocked
		default:
			m.Err = l.failed("accept", os.NewSyscallError(acceptName, err))
			return done
		}
	}
}

func (m *acceptCall) fail(err error) { m.Err = m.l.failed("accept", err) }

// accepted makes a connection of a descriptor that a listener has given.
func accepted(fd int, network string, sa syscall.Sockaddr) (*Conn, error) {
	c, err := newConn(fd, network, true)
	if err != nil {
		return nil, err
	}
	c.setPeer(sa)
	return c, nil
}

// accept is the system call. Tests have another one, which fails as the kernel does only now and then.
var accept atomic.Pointer[func(fd int) (int, syscall.Sockaddr, error)]

func init() {
	call := acceptNow
	accept.Store(&call)
}

// patron is how a listener bears that the process has no descriptors left. It is used under the lock of the
// listener's reading side.
type patron struct {
	wait  time.Duration // before the next try; 0: all is well
	timer *time.Timer
}

// The first and the longest wait. A listener that has come to the longest turns connections away.
var shortWait, longWait = 5 * time.Millisecond, time.Second

// full has l try again after a while.
func (p *patron) full(l *Listener) {
	if p.wait >= longWait {
		turnAway(int(l.d.fd))
	}
	p.wait = min(max(2*p.wait, shortWait), longWait)
	if p.timer == nil {
		p.timer = time.AfterFunc(p.wait, func() { l.d.r.notify(bitReady, 0) })
	} else {
		p.timer.Reset(p.wait)
	}
}

func (p *patron) served() { p.wait = 0 }

// close stops the timer: nobody calls full any more.
func (p *patron) close() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// reserve is a descriptor for the time when there are none left.
var reserve = struct {
	mu sync.Mutex
	fd int
}{fd: -1}

// keepReserve makes sure that there is a reserve, if there can be one.
func keepReserve() {
	reserve.mu.Lock()
	defer reserve.mu.Unlock()
	openReserve()
}

func openReserve() {
	if reserve.fd >= 0 {
		return
	}
	if fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err == nil {
		reserve.fd = fd
	}
}

// turnAway takes the first connection of the listener fd, with the descriptor of the reserve, and closes it.
func turnAway(fd int) {
	reserve.mu.Lock()
	defer reserve.mu.Unlock()
	if reserve.fd >= 0 {
		_ = syscall.Close(reserve.fd)
		reserve.fd = -1
	}
	if c, _, err := acceptNow(fd); err == nil {
		_ = syscall.Close(c)
	}
	openReserve()
}
