//go:build rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd) && !rtnet_plain

package rtnet

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// System calls that are not the same everywhere. Of SIGPIPE the runtime of Go takes care: a write to a peer that is gone is EPIPE.

const (
	noSignal    = 0
	soReusePort = unix.SO_REUSEPORT
	acceptName  = "accept"
)

// own has what makes a descriptor keep it from children that are forked meanwhile, and not block.
func own(open func() (int, error)) (fd int, err error) {
	syscall.ForkLock.RLock()
	if fd, err = open(); err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// newSocket makes a socket that does not block.
func newSocket(domain, kind int) (fd int, err error) {
	return own(func() (int, error) { return syscall.Socket(domain, kind, 0) })
}

// acceptNow takes a connection. Its descriptor does not block. The listener does not, so the lock is held shortly.
func acceptNow(fd int) (got int, sa syscall.Sockaddr, err error) {
	got, err = own(func() (got int, err error) {
		got, sa, err = syscall.Accept(fd)
		return got, err
	})
	return got, sa, err
}

// dup duplicates a descriptor.
func dup(old uintptr) (fd int, err error) {
	fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0)
	return fd, os.NewSyscallError("fcntl", err)
}

// pollNow is poll(2) of one descriptor, without waiting. An error counts as ready: the call that comes then says what is wrong.
func pollNow(fd int32, events int16) bool {
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: fd, Events: events}}, 0)
		switch err {
		case nil:
			return n > 0
		case unix.EINTR:
		default:
			return true
		}
	}
}

// ended reports whether nothing more will come, as far as kqueue has said so.
func (d *desc) ended() bool { return d.r.word.Load()&bitOver != 0 }

// reopen is a descriptor for the same file that does not block. It has its flags in common with the original, which does not
// block then either: there is no way to open a file again by its descriptor.
func reopen(old int) (fd int, err error) {
	if fd, err = dup(uintptr(old)); err == nil && !regular(fd) {
		err = os.NewSyscallError("setnonblock", syscall.SetNonblock(fd, true))
	}
	return fd, err
}

// readSocket reads what is there.
func readSocket(fd int, p []byte) (int, error) { return syscall.Read(fd, p) }

// sendSocket sends what there is room for.
func sendSocket(fd int, p []byte) (int, error) { return syscall.Write(fd, p) }

// mostBuffers is how many buffers go into one system call.
const mostBuffers = 64

// sendv sends bufs, of whose first skip bytes are left out, with one system call, and gives how many bytes were
// taken. That may be fewer than there are.
func sendv(fd int, bufs [][]byte, skip int) (int, error) {
	var some [mostBuffers][]byte
	n := copy(some[:], bufs)
	some[0] = some[0][skip:]
	for {
		sent, err := unix.SendmsgBuffers(fd, some[:n], nil, nil, 0)
		if err != unix.EINTR {
			return sent, err
		}
	}
}
