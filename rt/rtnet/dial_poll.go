//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// Dial connects to addr: on "tcp", "udp" (with 4 or 6 for one family), "unix" or "unixgram", with the addresses
// of package net. See [Dialer.Dial].
//
//async:func
func Dial(network, addr string) (*Conn, error) { return new(Dialer).Dial(network, addr) }

// Dial connects to addr. A name is resolved on the blocking pool. If it has several addresses they are tried in
// turn, and addresses of the other family beside them after a while.
//
// It is cancel-safe: a cancelled Dial leaves no connection.
//
//async:func
func (d *Dialer) Dial(network, addr string) (*Conn, error) {
	if d.Timeout <= 0 {
		return d.dial(network, addr)
	}
	c, err := rt.Timeout(d.Timeout, d.dialAsync(network, addr))
	if errors.Is(err, rt.ErrTimeout) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errTimeout{}}
	}
	return c, err
}

// errTimeout is the error of a Dial that takes too long, as package net has it.
type errTimeout struct{}

func (errTimeout) Error() string   { return "i/o timeout" }
func (errTimeout) Timeout() bool   { return true }
func (errTimeout) Temporary() bool { return true }
func (errTimeout) Is(err error) bool {
	return err == context.DeadlineExceeded
}

//async:func
func (d *Dialer) dial(network, addr string) (*Conn, error) {
	first, second, err := d.resolve(network, addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	if len(second) == 0 {
		return d.dialEach(network, first)
	}
	if d.FallbackDelay < 0 {
		return d.dialEach(network, append(first, second...))
	}
	return d.dialBoth(network, first, second)
}

// fallbackDelay is what package net takes.
const fallbackDelay = 300 * time.Millisecond

// dialBoth tries the addresses of two families: the second ones after a while, or when the first ones have failed.
//
//async:func
func (d *Dialer) dialBoth(network string, first, second []net.Addr) (*Conn, error) {
	delay := d.FallbackDelay
	if delay == 0 {
		delay = fallbackDelay
	}
	var firstErr error
	var failed rtsync.Notify
	c, err := rt.Any(
		rt.AsyncValue(func() (*Conn, error) {
			c, err := d.dialEach(network, first)
			if err != nil {
				firstErr = err
				failed.NotifyOne()
			}
			return c, err
		}),
		rt.AsyncValue(func() (*Conn, error) {
			rt.Select2(rt.SleepAsync(delay), failed.WaitAsync())
			return d.dialEach(network, second)
		}),
	)
	if err != nil && firstErr != nil {
		return nil, firstErr
	}
	return c, err
}

// dialEach tries addresses in turn. The error is that of the first.
//
//async:func
func (d *Dialer) dialEach(network string, addrs []net.Addr) (*Conn, error) {
	var firstErr error
	for _, addr := range addrs {
		c, err := d.connect(&connecting{network: strings.TrimRight(network, "46"), local: d.LocalAddr, remote: addr, dialer: d})
		if err == nil {
			return c, nil
		}
		if firstErr == nil {
			firstErr = err
		}
	}
	return nil, firstErr
}

// mostSelf is how often we try again where a connection is one to itself.
const mostSelf = 2

// connect connects to one address.
//
//async:func
func (d *Dialer) connect(x *connecting) (*Conn, error) {
	wait := time.Millisecond
	for self := 0; ; {
		c, err := connectOnce(x)
		switch {
		case err == errBacklog: // the kernel does not say when there is room
			rt.Sleep(wait)
			wait = min(2*wait, 100*time.Millisecond)
			continue
		case err != nil:
			return nil, err
		case self < mostSelf && x.toItself(c):
			self++
			_ = c.Close()
			continue
		}
		return c, nil
	}
}

// connectOnce makes one attempt.
//
//async:func
func connectOnce(x *connecting) (_ *Conn, err error) {
	c, wait, err := x.begin()
	if err != nil || !wait {
		return c, err
	}
	connected := false
	defer func() {
		if !connected { // failed, or cancelled
			_ = c.Close()
		}
	}()
	for !connected {
		if err := ready(&c.d, &c.d.w, pollOut); err != nil {
			return nil, x.failed(err)
		}
		if connected, err = x.connected(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// resolve gives the addresses of addr: those of the family that comes first, and the others.
//
//async:func
func (d *Dialer) resolve(network, addr string) (first, second []net.Addr, err error) {
	switch network {
	case "unix", "unixgram":
		return []net.Addr{&net.UnixAddr{Name: addr, Net: network}}, nil, nil
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
	default:
		return nil, nil, net.UnknownNetworkError(network)
	}
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, nil, err
	}
	port, err := d.port(network, service)
	if err != nil {
		return nil, nil, err
	}
	ips, err := d.hosts(network, host)
	if err != nil {
		return nil, nil, err
	}
	var v4 bool
	for i, ip := range ips {
		a := ipAddr(network, netip.AddrPortFrom(ip, uint16(port)))
		if i == 0 {
			v4 = ip.Is4()
		}
		if ip.Is4() == v4 {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	return first, second, nil
}

// port is the number of a port.
//
//async:func
func (d *Dialer) port(network, service string) (int, error) {
	if n, err := strconv.ParseUint(service, 10, 16); err == nil {
		return int(n), nil
	}
	return rt.Blocking(context.Background(), func(ctx context.Context) (int, error) {
		return d.resolver().LookupPort(ctx, network, service)
	})
}

// hosts are the addresses of a host, of which there is at least one.
//
//async:func
func (d *Dialer) hosts(network, host string) ([]netip.Addr, error) {
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "" && strings.HasSuffix(network, "6"):
		ip = netip.IPv6Unspecified()
	case host == "":
		ip = netip.IPv4Unspecified()
	case err != nil && simulation() != nil:
		return ofFamily(network, host, []netip.Addr{simulation().Host(host)}, nil)
	case err != nil:
		ips, err := rt.Blocking(context.Background(), func(ctx context.Context) ([]netip.Addr, error) {
			return d.resolver().LookupNetIP(ctx, family4or6(network), host)
		})
		return ofFamily(network, host, ips, err)
	}
	return ofFamily(network, host, []netip.Addr{local(ip)}, nil)
}

// family4or6 is the network as the resolver has it.
func family4or6(network string) string {
	switch network[len(network)-1] {
	case '4':
		return "ip4"
	case '6':
		return "ip6"
	}
	return "ip"
}

// ofFamily are those of ips that the network may have.
func ofFamily(network, host string, ips []netip.Addr, err error) (fit []netip.Addr, _ error) {
	if err != nil {
		return nil, err
	}
	for _, ip := range ips {
		ip = ip.Unmap()
		switch which := family4or6(network); {
		case which == "ip4" && !ip.Is4(), which == "ip6" && ip.Is4():
		default:
			fit = append(fit, ip)
		}
	}
	if len(fit) == 0 {
		return nil, &net.AddrError{Err: "no suitable address found", Addr: host}
	}
	return fit, nil
}

// local is where one connects to for an address that says: this system.
func local(ip netip.Addr) netip.Addr {
	switch {
	case ip == netip.IPv4Unspecified():
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case ip == netip.IPv6Unspecified():
		return netip.IPv6Loopback()
	}
	return ip
}
