//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/simnet"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// In a simulation of package rttest a descriptor is a socket of simnet. All else is as it is: who waits, in which order, the
// deadlines, the errors.

// simulation is the network of the simulation that the caller belongs to, or nil.
func simulation() *simnet.Network {
	n, _ := task.NetworkHere().(*simnet.Network)
	return n
}

// simEvents are the events of poll(2).
func simEvents(events int16) simnet.Event {
	if events == pollIn {
		return simnet.In
	}
	return simnet.Out
}

// simulate makes d the descriptor of s.
func (d *desc) simulate(s *simnet.Socket) {
	d.sim, d.stream = s, s.Stream()
	d.pins.Store(1)
	d.r.word.Store(bitReady)
	d.w.word.Store(bitReady)
	s.Notify = func(e simnet.Event) {
		over := uint32(0)
		if e&simnet.Over != 0 {
			over = bitOver
		}
		if e&simnet.In != 0 {
			d.r.notify(bitReady|over, 0)
		}
		if e&simnet.Out != 0 {
			d.w.notify(bitReady|over, 0)
		}
	}
}

// setLimit sets the deadline of s, a side of d.
func (d *desc) setLimit(s *side, t time.Time) error {
	if d.sim != nil {
		return s.setLimit(simClock{d.sim.Network()}, t)
	}
	return s.setLimit(realClock{}, t)
}

// simClock is the clock of a simulation.
type simClock struct{ n *simnet.Network }

// Now implements clock.
func (c simClock) Now() time.Time { return c.n.Time() }

// AfterFunc implements clock.
func (c simClock) AfterFunc(d time.Duration, f func()) stopper { return simTimer(c.n.After(d, f)) }

// simTimer stops a timer.
type simTimer func()

// Stop implements stopper.
func (t simTimer) Stop() bool { t(); return true }

// newSimulated makes a connection of s.
func newSimulated(s *simnet.Socket, network string) *Conn {
	c := &Conn{network: kindOf(network)}
	c.d.simulate(s)
	c.keepAddrs(simAddr(network, s.Local), simAddr(network, s.Remote))
	return c
}

// simulated calls f, which is for the descriptor op names, unless it is closed.
func (c *Conn) simulated(op string, f func() error) error {
	err := c.d.check()
	if err == nil {
		err = f()
	}
	return c.failed(op, err)
}

// simAddr is an address as package net has it.
func simAddr(network string, a simnet.Addr) net.Addr {
	if isUnix(network) {
		return &net.UnixAddr{Name: a.Path, Net: network}
	}
	return ipAddr(network, a.IP)
}

// toSimAddr is an address as a simulation has it.
func toSimAddr(addr net.Addr) (a simnet.Addr) {
	switch addr := addr.(type) {
	case *net.UnixAddr:
		a.Path = addr.Name
	case *net.TCPAddr:
		ip := addr.AddrPort()
		a.IP = netip.AddrPortFrom(ip.Addr().Unmap(), ip.Port())
	case *net.UDPAddr:
		ip := addr.AddrPort()
		a.IP = netip.AddrPortFrom(ip.Addr().Unmap(), ip.Port())
	}
	return a
}

// bindSimulated makes a socket at an address, in a simulation.
func bindSimulated(n *simnet.Network, network, addr string, bind func(simnet.Addr) (*simnet.Socket, error)) (*simnet.Socket, error) {
	at := simnet.Addr{Path: addr}
	if !isUnix(network) {
		host, service, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, &net.OpError{Op: "listen", Net: network, Err: err}
		}
		port, err := strconv.ParseUint(service, 10, 16)
		if err != nil {
			return nil, &net.OpError{Op: "listen", Net: network, Err: err}
		}
		ip, err := netip.ParseAddr(host)
		switch {
		case host == "":
			ip = netip.IPv4Unspecified()
		case err != nil:
			ip = n.Host(host)
		}
		at = simnet.Addr{IP: netip.AddrPortFrom(ip.Unmap(), uint16(port))}
	}
	s, err := bind(at)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: simAddr(network, at), Err: os.NewSyscallError("bind", err)}
	}
	return s, nil
}

// listenSimulated is Listen in a simulation.
func listenSimulated(n *simnet.Network, network, addr string) (*Listener, error) {
	s, err := bindSimulated(n, network, addr, n.Listen)
	if err != nil {
		return nil, err
	}
	l := &Listener{addr: simAddr(network, s.Local)}
	l.d.simulate(s)
	return l, nil
}

// listenPacketSimulated is ListenPacket in a simulation.
func listenPacketSimulated(n *simnet.Network, network, addr string) (*PacketConn, error) {
	s, err := bindSimulated(n, network, addr, n.ListenPacket)
	if err != nil {
		return nil, err
	}
	c := &PacketConn{addr: simAddr(network, s.Local), six: s.Local.IP.Addr().Is6()}
	c.d.simulate(s)
	return c, nil
}

// simulated is attempt in a simulation.
func (m *acceptCall) simulated(s *simnet.Socket) outcome {
	t, err := s.Accept()
	if err == syscall.EAGAIN {
		return blocked
	}
	m.Val = newSimulated(t, m.l.addr.Network())
	return done
}

// beginSimulated is begin in a simulation.
func (x *connecting) beginSimulated(n *simnet.Network) (c *Conn, wait bool, err error) {
	local := simnet.Addr{}
	if x.local != nil {
		local = toSimAddr(x.local)
	}
	if !isStream(x.network) {
		s, err := n.DialPacket(local, toSimAddr(x.remote))
		if err != nil {
			return nil, false, x.failed(os.NewSyscallError("connect", err))
		}
		return newSimulated(s, x.network), false, nil
	}
	s := n.Dial(local, toSimAddr(x.remote))
	yes, err := s.Connected()
	if err != nil {
		s.Close()
		return nil, false, x.failed(os.NewSyscallError("connect", err))
	}
	return newSimulated(s, x.network), !yes, nil
}
