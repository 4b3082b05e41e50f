//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// isStream reports whether the sockets of a network are streams of bytes.
func isStream(network string) bool { return strings.HasPrefix(network, "tcp") || network == "unix" }

// isUnix reports whether the addresses of a network are paths.
func isUnix(network string) bool { return strings.HasPrefix(network, "unix") }

// addrPort is an address of IP as the kernel gives it.
func addrPort(sa syscall.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *syscall.SockaddrInet6:
		a := netip.AddrFrom16(sa.Addr)
		if a.Is4In6() {
			a = a.Unmap()
		}
		return netip.AddrPortFrom(a.WithZone(zoneName(sa.ZoneId)), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// ipAddr is an address as package net has it.
func ipAddr(network string, a netip.AddrPort) net.Addr {
	if strings.HasPrefix(network, "tcp") {
		return net.TCPAddrFromAddrPort(a)
	}
	return net.UDPAddrFromAddrPort(a)
}

// toAddr is an address that the kernel gives as package net has it.
func toAddr(network string, sa syscall.Sockaddr) net.Addr {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4, *syscall.SockaddrInet6:
		return ipAddr(network, addrPort(sa))
	case *syscall.SockaddrUnix:
		return &net.UnixAddr{Name: sa.Name, Net: network}
	}
	if isUnix(network) { // one without a name
		return &net.UnixAddr{Net: network}
	}
	return nil
}

// toSockaddr is an address for a socket of the family.
func toSockaddr(family int, addr net.Addr) (syscall.Sockaddr, error) {
	var a netip.AddrPort
	switch addr := addr.(type) {
	case *net.UnixAddr:
		return &syscall.SockaddrUnix{Name: addr.Name}, nil
	case *net.TCPAddr:
		a = addr.AddrPort()
	case *net.UDPAddr:
		a = addr.AddrPort()
	case nil:
		return nil, &net.AddrError{Err: "no address"}
	default:
		return nil, &net.AddrError{Err: "unexpected type of address", Addr: addr.String()}
	}
	ip := a.Addr()
	switch family {
	case syscall.AF_INET:
		if ip = ip.Unmap(); !ip.IsValid() {
			ip = netip.IPv4Unspecified()
		}
		if !ip.Is4() {
			return nil, &net.AddrError{Err: "non-IPv4 address", Addr: addr.String()}
		}
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: ip.As4()}, nil
	default:
		if !ip.IsValid() {
			ip = netip.IPv6Unspecified()
		}
		return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: ip.As16(), ZoneId: zoneID(ip.Zone())}, nil
	}
}

// family is the family of a socket for addr.
func family(addr net.Addr) int {
	var ip net.IP
	switch addr := addr.(type) {
	case *net.UnixAddr:
		return syscall.AF_UNIX
	case *net.TCPAddr:
		ip = addr.IP
	case *net.UDPAddr:
		ip = addr.IP
	}
	if ip == nil || ip.To4() != nil {
		return syscall.AF_INET
	}
	return syscall.AF_INET6
}

func zoneName(id uint32) string {
	if id == 0 {
		return ""
	}
	if ifi, err := net.InterfaceByIndex(int(id)); err == nil {
		return ifi.Name
	}
	return strconv.Itoa(int(id))
}

func zoneID(name string) uint32 {
	if name == "" {
		return 0
	}
	if ifi, err := net.InterfaceByName(name); err == nil {
		return uint32(ifi.Index)
	}
	n, _ := strconv.ParseUint(name, 10, 32)
	return uint32(n)
}

// The times of package net.
const (
	keepIdle     = 15 // seconds
	keepInterval = 15
	keepCount    = 9
)

// setKeepAlive sets what config says for a TCP socket.
func setKeepAlive(fd int, config net.KeepAliveConfig) error {
	set := func(level, option, value int) error {
		return os.NewSyscallError("setsockopt", syscall.SetsockoptInt(fd, level, option, value))
	}
	if err := set(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, number[int](config.Enable)); err != nil || !config.Enable {
		return err
	}
	for i, o := range []struct{ value, standard int }{
		{seconds(config.Idle) * keepUnit, keepIdle * keepUnit},
		{seconds(config.Interval) * keepUnit, keepInterval * keepUnit},
		{config.Count, keepCount},
	} {
		if o.value < 0 || len(keepOptions) == 0 {
			continue
		}
		if o.value == 0 {
			o.value = o.standard
		}
		if err := set(syscall.IPPROTO_TCP, keepOptions[i], o.value); err != nil {
			return err
		}
	}
	return nil
}

// seconds is d in seconds, rounded up.
func seconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	return int((d + time.Second - 1) / time.Second)
}
