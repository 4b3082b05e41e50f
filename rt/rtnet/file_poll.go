//go:build (linux || (rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) && !rtnet_plain

package rtnet

import (
	"os"
	"syscall"
)

// FileConn is a connection of its own over what f has open: a socket, a pipe, a named pipe, a terminal, or the standard
// input. f may be closed then; or it goes on as before, also blocking where it does.
//
// What the poller does not take, like a regular file, is always ready, and a Read of it is done on the spot. What only
// sockets have is an error for others: CloseWrite, CloseRead and options.
func FileConn(f *os.File) (*Conn, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var network string
	e := raw.Control(func(old uintptr) {
		if network = networkOf(int(old)); network == "" {
			fd, err = reopen(int(old))
			return
		}
		fd, err = dup(old)
		if err == nil {
			err = os.NewSyscallError("setnonblock", syscall.SetNonblock(fd, true))
		}
	})
	if err = firstOf(e, err); err != nil {
		return nil, &os.PathError{Op: "open", Path: f.Name(), Err: err}
	}
	if network != "" {
		return newConn(fd, network, true)
	}
	c := &Conn{network: kindOf("file")}
	c.keepAddrs(fileAddr(f.Name()), fileAddr(f.Name()))
	c.d.file, c.d.stream = true, true
	return c, c.d.open(fd, true)
}

// networkOf is the network of a socket; "" for others.
func networkOf(fd int) string {
	kind, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TYPE)
	if err != nil {
		return ""
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		return ""
	}
	_, unix := sa.(*syscall.SockaddrUnix)
	switch {
	case unix && kind == syscall.SOCK_STREAM:
		return "unix"
	case unix:
		return "unixgram"
	case kind == syscall.SOCK_STREAM:
		return "tcp"
	}
	return "udp"
}

// regular reports whether fd is a regular file.
func regular(fd int) bool {
	var s syscall.Stat_t
	return syscall.Fstat(fd, &s) == nil && s.Mode&syscall.S_IFMT == syscall.S_IFREG
}

// writeFile is send for what is no socket.
func writeFile(fd int, p []byte) (n int, err error) {
	for {
		n, err = syscall.Write(fd, p[:min(len(p), mostBytes)])
		if err != syscall.EINTR {
			return n, err
		}
	}
}
