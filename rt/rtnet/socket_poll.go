//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// connecting is a socket that is to be connected.
type connecting struct {
	network string // tcp, udp, unix or unixgram
	local   net.Addr
	remote  net.Addr
	dialer  *Dialer
}

// failed is err as package net says it.
func (x *connecting) failed(err error) error {
	return &net.OpError{Op: "dial", Net: x.network, Source: x.local, Addr: x.remote, Err: err}
}

// open makes the socket.
func (x *connecting) open() (fd int, err error) {
	kind := syscall.SOCK_STREAM
	if !isStream(x.network) {
		kind = syscall.SOCK_DGRAM
	}
	domain := family(x.remote)
	fd, err = newSocket(domain, kind)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := x.prepare(domain, fd); err != nil {
		_ = syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// prepare sets what is set before the socket is connected.
func (x *connecting) prepare(domain, fd int) error {
	if x.network == "tcp" {
		if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
		config := x.dialer.KeepAlive
		config.Enable = !x.dialer.NoKeepAlive
		if err := setKeepAlive(fd, config); err != nil {
			return err
		}
	}
	if x.network == "udp" && domain != syscall.AF_UNIX {
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_BROADCAST, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	if x.dialer.Control != nil {
		if err := x.dialer.Control(x.network, x.remote.String(), plainConn(fd)); err != nil {
			return err
		}
	}
	if x.local == nil {
		return nil
	}
	sa, err := toSockaddr(domain, x.local)
	if err != nil {
		return err
	}
	return os.NewSyscallError("bind", syscall.Bind(fd, sa))
}

// errBacklog says that a Unix socket has no room for another connection now.
var errBacklog = errors.New("the backlog is full")

// begin begins to connect. wait says that it goes on: the connection is there when it is writable.
func (x *connecting) begin() (c *Conn, wait bool, err error) {
	if n := simulation(); n != nil {
		return x.beginSimulated(n)
	}
	fd, err := x.open()
	if err != nil {
		return nil, false, x.failed(err)
	}
	sa, err := toSockaddr(family(x.remote), x.remote)
	if err == nil {
		err = syscall.Connect(fd, sa)
	}
	switch err {
	case nil, syscall.EISCONN:
	case syscall.EINPROGRESS, syscall.EALREADY, syscall.EINTR:
		wait = true
	default:
		_ = syscall.Close(fd)
		if err == syscall.EAGAIN && x.network == "unix" {
			return nil, false, errBacklog
		}
		if errno, ok := err.(syscall.Errno); ok {
			err = os.NewSyscallError("connect", errno)
		}
		return nil, false, x.failed(err)
	}
	c, err = newConn(fd, x.network, !wait)
	if err != nil {
		return nil, false, x.failed(err)
	}
	c.keepAddrs(nil, x.remote)
	return c, wait, nil
}

// connected reports whether c, whose socket has become writable, is connected now.
func (x *connecting) connected(c *Conn) (yes bool, err error) {
	if s := c.d.sim; s != nil {
		if yes, err = s.Connected(); err != nil {
			err = x.failed(os.NewSyscallError("connect", err))
		}
		return yes, err
	}
	err = c.d.control(func(fd int) error {
		n, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
		if err != nil {
			return os.NewSyscallError("getsockopt", err)
		}
		switch e := syscall.Errno(n); e {
		case syscall.EINPROGRESS, syscall.EALREADY, syscall.EINTR:
			return nil
		case syscall.EISCONN:
			yes = true
			return nil
		case 0:
			_, err := syscall.Getpeername(fd)
			yes = err == nil
			return nil
		default:
			return os.NewSyscallError("connect", e)
		}
	})
	if err != nil {
		return false, x.failed(err)
	}
	return yes, nil
}

// toItself reports whether c is connected to itself, which happens where nobody listens on a port from which the
// kernel chooses for the local end.
func (x *connecting) toItself(c *Conn) bool {
	if x.network != "tcp" || x.local != nil || c.d.sim != nil {
		return false
	}
	l, ok := c.LocalAddr().(*net.TCPAddr)
	r, _ := c.RemoteAddr().(*net.TCPAddr)
	return ok && r != nil && l.Port == r.Port && l.IP.Equal(r.IP)
}

// plainConn is a socket for Dialer.Control.
type plainConn int

// Control implements [syscall.RawConn].
func (c plainConn) Control(f func(fd uintptr)) error { f(uintptr(c)); return nil }

// Read implements [syscall.RawConn].
func (c plainConn) Read(func(fd uintptr) bool) error { return syscall.ENOTCONN }

// Write implements [syscall.RawConn].
func (c plainConn) Write(func(fd uintptr) bool) error { return syscall.ENOTCONN }
