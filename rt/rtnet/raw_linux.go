//go:build !rtnet_plain && !race && !386 && !s390x

package rtnet

import (
	"syscall"
	"unsafe"
)

// System calls on sockets, which do not block: the scheduler of Go need not know of them.

// readSocket reads what is there. recvfrom takes less time than read.
func readSocket(fd int, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
		0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// sendSocket sends what there is room for, without a SIGPIPE. sendto takes less time than sendmsg.
func sendSocket(fd int, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
		syscall.MSG_NOSIGNAL, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
