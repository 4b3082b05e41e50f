// Package simnet is a network that is simulated: sockets of streams, between which bytes take time, come in pieces, and
// sometimes do not come at all, and sockets of packets, which are lost, doubled and overtaken (packets.go). Package rtnet takes its sockets in place of those of the system, inside of a simulation of
// package rttest; nothing here runs but in turns of that, one at a time, and chance is the simulation's.
//
//	rtnet.Conn ─ Socket.Write ─▶ segment ─ after its latency ─▶ Socket.in of the peer ─ notify ─▶ rtnet.Conn
package simnet

import (
	"fmt"
	"net/netip"
	"syscall"
	"time"
)

// World is the simulation.
type World interface {
	// Time is its time.
	Time() time.Time
	// After has f called when d has passed, unless it is stopped before.
	After(d time.Duration, f func()) (stop func())
	// Random gives a number from 0 to n-1.
	Random(n int) int
}

// Faults says what goes wrong.
type Faults struct {
	// MinLatency and MaxLatency are between which how long bytes take is drawn, for each write: connections overtake each
	// other.
	MinLatency, MaxLatency time.Duration
	// Partial has reads and writes take a part of what they could.
	Partial bool
	// Reset is how often a write breaks its connection off: once in so many. 0: never.
	Reset int
	// Loss and Duplicate are how often a packet of UDP is lost, and how often it arrives twice: once in so many. 0: never.
	Loss, Duplicate int
}

// Network is all of it.
type Network struct {
	World
	Faults    Faults
	listeners map[string]*Socket
	mail      map[string]*Socket // those of packets, by their addresses
	hosts     map[string]netip.Addr
	cut       map[netip.Addr]bool // those that no other host reaches
	held      []held              // what waits for the end of a cut
	port      uint16
}

// held is something that is to arrive.
type held struct {
	from, to netip.Addr
	do       func()
}

// New makes a network.
func New(w World, f Faults) *Network {
	return &Network{World: w, Faults: f, listeners: map[string]*Socket{}, mail: map[string]*Socket{}, hosts: map[string]netip.Addr{}, cut: map[netip.Addr]bool{}, port: 32768}
}

// Host is the address of a host by its name. Each name is a host of its own.
func (n *Network) Host(name string) netip.Addr {
	if name == "localhost" {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	a, ok := n.hosts[name]
	if !ok {
		i := len(n.hosts) + 1
		a = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		n.hosts[name] = a
	}
	return a
}

// Cut cuts hosts off from all others: what they send, and what is sent to them, does not arrive before Heal.
func (n *Network) Cut(hosts ...string) {
	for _, h := range hosts {
		n.cut[n.address(h)] = true
	}
}

// Heal ends what Cut has begun, for these hosts, or for all if none is named.
func (n *Network) Heal(hosts ...string) {
	for _, h := range hosts {
		delete(n.cut, n.address(h))
	}
	if len(hosts) == 0 {
		clear(n.cut)
	}
	all := n.held
	n.held = nil
	for _, h := range all {
		n.arrive(h)
	}
}

func (n *Network) address(host string) netip.Addr {
	if a, err := netip.ParseAddr(host); err == nil {
		return a
	}
	return n.Host(host)
}

// reaches reports whether something that is sent from a arrives at b.
func (n *Network) reaches(a, b netip.Addr) bool { return a == b || !n.cut[a] && !n.cut[b] }

// arrive has h arrive, or holds it.
func (n *Network) arrive(h held) {
	if n.reaches(h.from, h.to) {
		h.do()
		return
	}
	n.held = append(n.held, h)
}

// latency draws one.
func (n *Network) latency() time.Duration {
	d := n.Faults.MinLatency
	if more := int(n.Faults.MaxLatency-d) / int(time.Millisecond); more > 0 {
		d += time.Duration(n.Random(more+1)) * time.Millisecond
	}
	return d
}

// part draws how much of most bytes are read or written.
func (n *Network) part(most int) int {
	if !n.Faults.Partial || most < 2 {
		return most
	}
	return 1 + n.Random(most)
}

// Addr is an address of a socket.
type Addr struct {
	IP   netip.AddrPort
	Path string // of a Unix socket
}

// host is what a cut is about. All Unix sockets are on one.
func (a Addr) host() netip.Addr { return a.IP.Addr() }

func (a Addr) String() string {
	if a.Path != "" || !a.IP.IsValid() {
		return "unix:" + a.Path
	}
	return a.IP.String()
}

// anyPort is a port that nobody has had.
func (n *Network) anyPort() uint16 {
	n.port++
	return n.port
}

// Listen makes a listener at an address. Port 0 is replaced.
func (n *Network) Listen(at Addr) (*Socket, error) {
	if at.IP.IsValid() && at.IP.Port() == 0 {
		at.IP = netip.AddrPortFrom(at.IP.Addr(), n.anyPort())
	}
	if n.listeners[at.String()] != nil {
		return nil, syscall.EADDRINUSE
	}
	s := &Socket{n: n, Local: at, listens: true}
	n.listeners[at.String()] = s
	return s, nil
}

// listener is who listens at an address.
func (n *Network) listener(at Addr) *Socket {
	if l := n.listeners[at.String()]; l != nil || !at.IP.IsValid() {
		return l
	}
	for _, all := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		if l := n.listeners[netip.AddrPortFrom(all, at.IP.Port()).String()]; l != nil {
			return l
		}
	}
	return nil
}

// backlog is how many connections wait for an Accept at most.
const backlog = 128

// Dial begins to connect: see [Socket.Connected]. local may have no address.
func (n *Network) Dial(local, remote Addr) *Socket {
	if remote.IP.IsValid() {
		local = n.localFor(local, remote)
	}
	s := &Socket{n: n, Local: local, Remote: remote, connecting: true}
	s.send(remote, func() {
		switch l := n.listener(remote); {
		case s.closed:
		case l == nil:
			s.send(local, func() { s.fail(syscall.ECONNREFUSED) })
		default:
			l.take(s)
		}
	})
	return s
}

// localFor is local with what it lacks for sending to remote.
func (n *Network) localFor(local, remote Addr) Addr {
	ip, port := local.host(), local.IP.Port()
	if !ip.IsValid() || ip.IsUnspecified() {
		ip = remote.host() // from the same host
	}
	if port == 0 {
		port = n.anyPort()
	}
	return Addr{IP: netip.AddrPortFrom(ip, port)}
}

// take takes a connection that s begins, when there is room for it.
func (l *Socket) take(s *Socket) {
	if len(l.queue) >= backlog {
		l.n.After(time.Second, func() {
			if !s.closed && !l.closed {
				l.take(s)
			}
		})
		return
	}
	t := &Socket{n: l.n, Local: s.Remote, Remote: s.Local, peer: s}
	s.peer = t
	l.queue = append(l.queue, t)
	l.tell(In)
	t.send(s.Local, func() {
		if s.connecting {
			s.connecting = false
			s.tell(Out)
		}
	})
}

// String says what it is, for people.
func (s *Socket) String() string { return fmt.Sprintf("%v → %v", s.Local, s.Remote) }
