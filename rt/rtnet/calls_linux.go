//go:build !rtnet_plain

package rtnet

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// System calls that are not the same everywhere.

const (
	noSignal    = syscall.MSG_NOSIGNAL
	soReusePort = 0xf // package syscall does not have it everywhere
	acceptName  = "accept4"
)

// keepOptions are those for the times of keep-alive: before the first probe, between them, and how many. The times are in units
// of which a second has keepUnit.
var keepOptions = []int{syscall.TCP_KEEPIDLE, syscall.TCP_KEEPINTVL, syscall.TCP_KEEPCNT}

const keepUnit = 1

// newSocket makes a socket that does not block.
func newSocket(domain, kind int) (fd int, err error) {
	return syscall.Socket(domain, kind|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
}

// acceptNow takes a connection. Its descriptor does not block.
func acceptNow(fd int) (int, syscall.Sockaddr, error) {
	return syscall.Accept4(fd, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
}

// dup duplicates a descriptor.
func dup(old uintptr) (fd int, err error) {
	n, _, errno := syscall.Syscall(syscall.SYS_FCNTL, old, syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return -1, os.NewSyscallError("fcntl", errno)
	}
	return int(n), nil
}

// pollNow is poll(2) of one descriptor, without waiting. An error counts as ready: the call that comes then says what is wrong.
func pollNow(fd int32, events int16) bool {
	p := struct {
		fd              int32
		events, revents int16
	}{fd, events, 0}
	var zero syscall.Timespec
	for {
		n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&zero)), 0, 0, 0)
		switch {
		case errno == syscall.EINTR:
			continue
		case errno != 0:
			return true
		}
		return n > 0
	}
}

// pollHup is the event of poll(2) for the end of what is to be read.
const pollHup = 0x2000

// ended asks the kernel whether nothing more will come.
func (d *desc) ended() bool { return pollNow(d.fd, pollHup) }

// reopen is a descriptor for the same file that does not block. A duplicate would have the flags in common with the
// original, which others may have too: a shell has that of our standard input.
func reopen(old int) (fd int, err error) {
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(old), syscall.F_GETFL, 0)
	if errno != 0 {
		return -1, os.NewSyscallError("fcntl", errno)
	}
	if flags&syscall.O_NONBLOCK == 0 {
		mode := int(flags) & (syscall.O_ACCMODE | syscall.O_APPEND)
		fd, err = syscall.Open("/proc/self/fd/"+strconv.Itoa(old), mode|syscall.O_NONBLOCK|syscall.O_CLOEXEC|syscall.O_NOCTTY, 0)
		if err == nil && !regular(fd) {
			return fd, nil
		}
		if err == nil { // it has a position in the file, which the new one has not
			_ = syscall.Close(fd)
		}
	}
	if fd, err = dup(uintptr(old)); err == nil && !regular(fd) {
		err = os.NewSyscallError("setnonblock", syscall.SetNonblock(fd, true))
	}
	return fd, err
}
