package rtnet

import (
	"net"
	"syscall"
	"time"
)

// Dialer has what one may wish of a connection. The zero Dialer is that of [Dial].
type Dialer struct {
	// Timeout is how long a Dial may take, with its names and all addresses. 0 is no limit of ours.
	Timeout time.Duration
	// LocalAddr is the address of this end. nil: the system chooses.
	LocalAddr net.Addr
	// FallbackDelay is how long addresses of the first family (IPv6 or IPv4, as the resolver has it) are tried
	// before those of the other one are tried beside them. 0 is 300 ms; less: one after the other.
	FallbackDelay time.Duration
	// KeepAlive has the times of keep-alive: see [Conn.SetKeepAliveConfig]. It is enabled in any case.
	KeepAlive net.KeepAliveConfig
	// NoKeepAlive turns keep-alive off.
	NoKeepAlive bool
	// Resolver resolves names. nil: [net.DefaultResolver].
	Resolver *net.Resolver
	// Control is called with the socket before it is connected.
	Control func(network, address string, c syscall.RawConn) error
}

func (d *Dialer) resolver() *net.Resolver {
	if d.Resolver != nil {
		return d.Resolver
	}
	return net.DefaultResolver
}

// fileAddr is the name of a file as an address.
type fileAddr string

// Network implements [net.Addr].
func (fileAddr) Network() string { return "file" }

// String implements [net.Addr].
func (a fileAddr) String() string { return string(a) }
