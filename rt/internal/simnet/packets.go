package simnet

import (
	"net/netip"
	"slices"
	"syscall"
)

// mail is what a socket of packets has beside. UDP loses packets where there is no room for them, and what else Faults say;
// packets of Unix sockets are neither lost nor reordered, and who sends waits for room.
type mail struct {
	unix     bool
	queue    []packet                      // have arrived
	cost     int                           // of queue, and for Unix of what is on the way
	waiting  []*Socket                     // those that are to be told when there is room, without doubles
	answered map[netip.AddrPort]netip.Addr // of a UDP socket on all hosts: on which one each sender reached it
}

// packet is one packet.
type packet struct {
	from Addr
	text []byte
}

// What Linux has room for.
const (
	mostUDP      = 65507   // bytes in a packet
	mostUnix     = 212_960 // also bytes in a packet
	roomUDP      = 212_992 // bytes in a receive buffer, and each packet costs perPacket beside
	perPacket    = 768
	mostUnixMail = 10 // packets
)

// chance reports whether something happens that happens once in so many times; 0: never.
func (n *Network) chance(once int) bool { return once > 0 && n.Random(once) == 0 }

// ListenPacket makes a socket of packets at an address, whose port 0 is replaced.
func (n *Network) ListenPacket(at Addr) (*Socket, error) {
	m := &mail{unix: !at.IP.IsValid()}
	if !m.unix && at.IP.Port() == 0 {
		at.IP = netip.AddrPortFrom(at.IP.Addr(), n.anyPort())
	}
	s := &Socket{n: n, Local: at, mail: m}
	if m.unix && at.Path == "" {
		return s, nil // nobody can send to it
	}
	if n.mail[at.String()] != nil {
		return nil, syscall.EADDRINUSE
	}
	n.mail[at.String()] = s
	return s, nil
}

// DialPacket makes a socket of packets that has a peer. local may have no address.
func (n *Network) DialPacket(local, remote Addr) (*Socket, error) {
	if remote.IP.IsValid() {
		local = n.localFor(local, remote)
	} else if n.mail[remote.String()] == nil {
		return nil, syscall.ENOENT
	}
	s, err := n.ListenPacket(local)
	if err == nil {
		s.Remote, s.peer, s.connected = remote, n.mail[remote.String()], true
	}
	return s, err
}

// receiver is who gets what is sent by UDP.
func (n *Network) receiver(from, to Addr) *Socket {
	for _, ip := range []netip.Addr{to.host(), netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		t := n.mail[netip.AddrPortFrom(ip, to.IP.Port()).String()]
		if t != nil && (!t.connected || t.Remote == from) {
			return t
		}
	}
	return nil
}

// Stream reports whether it is a socket of a stream: not of packets.
func (s *Socket) Stream() bool { return s.mail == nil }

// pending takes the error that s has got.
func (s *Socket) pending() error {
	err := s.err
	s.err = nil
	return err
}

// ReadFrom takes a packet. What p has no room for is lost.
func (s *Socket) ReadFrom(p []byte) (int, Addr, error) {
	m := s.mail
	switch {
	case s.err != nil:
		return 0, Addr{}, s.pending()
	case len(m.queue) > 0:
	case s.shutRead:
		return 0, Addr{}, nil
	default:
		return 0, Addr{}, syscall.EAGAIN
	}
	got := m.queue[0]
	m.queue = m.queue[1:]
	m.cost -= m.costOf(got.text)
	waiting := m.waiting
	m.waiting = nil
	for _, t := range waiting {
		t.tell(Out)
	}
	return copy(p, got.text), got.from, nil
}

// costOf is what a packet takes of the room.
func (m *mail) costOf(text []byte) int {
	if m.unix {
		return 1
	}
	return perPacket + len(text)
}

// WriteTo sends p as a packet.
func (s *Socket) WriteTo(p []byte, to Addr) (int, error) {
	if err := s.pending(); err != nil {
		return 0, err
	}
	if s.shutWrite {
		return 0, syscall.EPIPE
	}
	post := s.postUDP
	if s.mail.unix {
		post = s.postUnix
	}
	if err := post(slices.Clone(p), to); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (s *Socket) postUnix(text []byte, to Addr) error {
	t := s.peer
	if !s.connected {
		t = s.n.mail[to.String()]
	}
	switch {
	case to.IP.IsValid() || to.Path == "" && !s.connected:
		return syscall.EINVAL
	case t == nil:
		return syscall.ENOENT
	case t.closed:
		return syscall.ECONNREFUSED
	case t.connected && t.peer != s:
		return syscall.EPERM
	case len(text) > mostUnix:
		return syscall.EMSGSIZE
	case t.mail.cost >= mostUnixMail:
		if !slices.Contains(t.mail.waiting, s) {
			t.mail.waiting = append(t.mail.waiting, s)
		}
		return syscall.EAGAIN
	}
	t.mail.cost++
	s.send(to, func() { t.put(packet{s.Local, text}) })
	return nil
}

func (s *Socket) postUDP(text []byte, to Addr) error {
	if ip := to.host(); !ip.IsValid() || ip.IsUnspecified() { // this system
		if ip = s.Local.host(); ip.IsUnspecified() {
			ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		to.IP = netip.AddrPortFrom(ip, to.IP.Port())
	}
	switch {
	case to.IP.Port() == 0:
		return syscall.EINVAL
	case len(text) > mostUDP:
		return syscall.EMSGSIZE
	case s.n.chance(s.n.Faults.Loss):
		return nil
	}
	from := s.source(to)
	s.n.post(from, to, func() { s.n.deliver(s, from, to, text) })
	if s.n.chance(s.n.Faults.Duplicate) {
		s.n.post(from, to, func() { s.n.deliver(s, from, to, text) })
	}
	return nil
}

// source is the address from which s sends to another one.
func (s *Socket) source(to Addr) Addr {
	ip := s.Local.host()
	if !ip.IsUnspecified() {
		return s.Local
	}
	ip, ok := s.mail.answered[to.IP]
	if !ok {
		ip = to.host() // from the same host
	}
	return Addr{IP: netip.AddrPortFrom(ip, s.Local.IP.Port())}
}

// post has do called when a packet arrives that is sent now. Packets overtake each other, and nobody keeps them for the
// end of a cut.
func (n *Network) post(from, to Addr, do func()) {
	arrive := func() {
		if n.reaches(from.host(), to.host()) {
			do()
		}
	}
	if d := n.latency(); d > 0 {
		n.After(d, arrive)
		return
	}
	arrive()
}

// deliver has a packet arrive that s has sent. If nobody is there, a sender that has a peer is told so.
func (n *Network) deliver(s *Socket, from, to Addr, text []byte) {
	t := n.receiver(from, to)
	if t == nil {
		if s.connected {
			n.post(to, from, func() {
				if !s.closed {
					s.err = syscall.ECONNREFUSED
					s.tell(In)
				}
			})
		}
		return
	}
	m := t.mail
	cost := m.costOf(text)
	if m.cost+cost > roomUDP {
		return
	}
	m.cost += cost
	if t.Local.host().IsUnspecified() {
		if m.answered == nil {
			m.answered = map[netip.AddrPort]netip.Addr{}
		}
		m.answered[from.IP] = to.host()
	}
	t.put(packet{from, text})
}

// put has a packet arrive, for which there is room.
func (s *Socket) put(p packet) {
	if s.closed {
		return
	}
	s.mail.queue = append(s.mail.queue, p)
	s.tell(In)
}

// closeMail is Close for a socket of packets.
func (s *Socket) closeMail() {
	if at := s.Local.String(); s.n.mail[at] == s {
		delete(s.n.mail, at)
	}
	s.closed = true
	for _, t := range s.mail.waiting {
		t.tell(Out)
	}
	s.mail.queue, s.mail.waiting = nil, nil
}
