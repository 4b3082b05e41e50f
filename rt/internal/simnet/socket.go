package simnet

import (
	"syscall"
	"time"
)

// Event is what a socket tells.
type Event uint8

// The events.
const (
	In   Event = 1 << iota // there may be something to be read, or to be accepted
	Out                    // there may be room
	Over                   // the peer has closed, or there is an error
)

// Socket is a socket: a listener, an end of a connection, or one of packets. It does not wait: where it would have to, it gives
// [syscall.EAGAIN], and tells later. A call for one direction never tells its own socket of that direction.
type Socket struct {
	n             *Network
	Local, Remote Addr
	Notify        func(Event) // nil: nobody wants to know

	mail *mail // of a socket of packets; nil: of a stream

	listens bool
	queue   []*Socket // to be accepted

	connecting bool
	connected  bool // of packets, and has a peer
	peer       *Socket
	in         []byte    // has arrived
	onTheWay   int       // bytes that were sent to it and have not arrived
	last       time.Time // when what was sent last arrives: nothing overtakes
	ended      bool      // the peer's end has arrived
	err        error     // the connection is broken off
	shutRead   bool
	shutWrite  bool
	closed     bool
	abrupt     bool // Close breaks it off
}

// capacity is how many bytes there are at most that were sent and not read.
const capacity = 64 << 10

// Network is the network that it belongs to.
func (s *Socket) Network() *Network { return s.n }

func (s *Socket) tell(e Event) {
	if s.Notify != nil && !s.closed {
		s.Notify(e)
	}
}

// send has do called when what s sends now arrives at to.
func (s *Socket) send(to Addr, do func()) {
	h := held{s.Local.host(), to.host(), do}
	now := s.n.Time()
	at := now.Add(s.n.latency())
	if at.Before(s.last) {
		at = s.last
	}
	s.last = at
	if !at.After(now) {
		s.n.arrive(h)
		return
	}
	s.n.After(at.Sub(now), func() { s.n.arrive(h) })
}

// fail breaks s off.
func (s *Socket) fail(err error) {
	if s.err == nil && !s.closed {
		s.err, s.in = err, nil
		s.tell(In | Out | Over)
	}
}

// Connected reports whether the connection is there that was begun.
func (s *Socket) Connected() (bool, error) { return !s.connecting && s.err == nil, s.err }

// Read reads what has arrived. 0 bytes are the end, but for packets.
func (s *Socket) Read(p []byte) (int, error) {
	if !s.Stream() {
		k, _, err := s.ReadFrom(p)
		return k, err
	}
	switch {
	case len(s.in) > 0 && !s.shutRead:
	case s.err != nil:
		return 0, s.err
	case s.ended || s.shutRead:
		return 0, nil
	default:
		return 0, syscall.EAGAIN
	}
	full := s.full()
	k := s.n.part(min(len(p), len(s.in)))
	copy(p, s.in[:k])
	if s.in = s.in[k:]; len(s.in) == 0 {
		s.in = nil
	}
	if full && s.peer != nil {
		s.peer.tell(Out)
	}
	return k, nil
}

// full reports whether the peer cannot send more.
func (s *Socket) full() bool { return len(s.in)+s.onTheWay >= capacity }

// More reports whether a read leaves something.
func (s *Socket) More() bool { return len(s.in) > 0 || s.ended || s.err != nil || s.shutRead }

// Ended reports whether nothing more will arrive.
func (s *Socket) Ended() bool { return s.ended || s.err != nil || s.shutRead }

// Write sends as much of p as there is room for.
func (s *Socket) Write(p []byte) (int, error) {
	if !s.Stream() {
		return s.WriteTo(p, s.Remote)
	}
	t := s.peer
	switch {
	case s.err != nil && s.err != syscall.EPIPE:
		err := s.err
		s.err = syscall.EPIPE // from now on
		return 0, err
	case s.err != nil || s.shutWrite:
		return 0, syscall.EPIPE
	case t.full():
		return 0, syscall.EAGAIN
	case s.n.chance(s.n.Faults.Reset):
		s.err, s.in = syscall.EPIPE, nil
		s.tell(In) // Write has the other direction
		s.send(s.Remote, func() { t.fail(syscall.ECONNRESET) })
		return 0, syscall.ECONNRESET
	}
	k := s.n.part(min(len(p), capacity-len(t.in)-t.onTheWay))
	text := append([]byte(nil), p[:k]...)
	t.onTheWay += k
	s.send(s.Remote, func() { t.arrived(text) })
	return k, nil
}

// arrived has text arrive at s. A socket that is closed breaks the connection off.
func (s *Socket) arrived(text []byte) {
	s.onTheWay -= len(text)
	if s.closed {
		t := s.peer
		s.send(s.Remote, func() { t.fail(syscall.ECONNRESET) })
		return
	}
	if s.err == nil && !s.shutRead {
		s.in = append(s.in, text...)
	}
	s.tell(In)
}

// Ready reports whether a call would not have to wait.
func (s *Socket) Ready(e Event) bool {
	switch {
	case s.listens:
		return len(s.queue) > 0
	case !s.Stream():
		return s.err != nil || e&Out != 0 || len(s.mail.queue) > 0 || s.shutRead
	case e&In != 0:
		return s.More()
	case s.connecting:
		return s.err != nil
	}
	return s.err != nil || s.shutWrite || !s.peer.full()
}

// Accept takes a connection.
func (s *Socket) Accept() (*Socket, error) {
	if len(s.queue) == 0 {
		return nil, syscall.EAGAIN
	}
	t := s.queue[0]
	s.queue = s.queue[1:]
	return t, nil
}

// CloseWrite ends the direction from s to its peer.
func (s *Socket) CloseWrite() error {
	if !s.Stream() {
		s.shutWrite = true
		return nil
	}
	if s.connecting || s.peer == nil || s.err != nil {
		return syscall.ENOTCONN
	}
	if !s.shutWrite {
		s.shutWrite = true
		t := s.peer
		s.send(s.Remote, func() {
			t.ended = true
			t.tell(In | Over)
		})
	}
	return nil
}

// CloseRead ends the direction to s: what arrives is thrown away.
func (s *Socket) CloseRead() error {
	s.shutRead, s.in = true, nil
	s.tell(In)
	return nil
}

// SetAbrupt says that Close breaks off.
func (s *Socket) SetAbrupt(yes bool) { s.abrupt = yes }

// Close closes s. With bytes that were not read, the connection is broken off.
func (s *Socket) Close() {
	if s.closed {
		return
	}
	if !s.Stream() {
		s.closeMail()
		return
	}
	if s.listens {
		delete(s.n.listeners, s.Local.String())
		for _, t := range s.queue {
			t.abrupt = true
			t.Close()
		}
	}
	t := s.peer
	switch {
	case t == nil || s.err != nil:
	case s.abrupt || len(s.in) > 0:
		s.send(s.Remote, func() { t.fail(syscall.ECONNRESET) })
	default:
		_ = s.CloseWrite()
	}
	s.closed, s.in, s.queue = true, nil, nil
}
