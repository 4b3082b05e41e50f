//go:build !rtnet_plain && (race || 386 || s390x)

package rtnet

import "syscall"

// The race detector knows of these calls that what was sent happens before what is read. 386 and s390x have no system call of
// its own for sendto.

// readSocket reads what is there.
func readSocket(fd int, p []byte) (int, error) { return syscall.Read(fd, p) }

// sendSocket sends what there is room for, without a SIGPIPE.
func sendSocket(fd int, p []byte) (int, error) {
	return syscall.SendmsgN(fd, p, nil, nil, syscall.MSG_NOSIGNAL)
}
