//go:build (386 || s390x) && !rtnet_plain

package rtnet

import "syscall"

// sendv sends the first of bufs, of which skip bytes are left out: these systems have no system call of its own
// for a message.
func sendv(fd int, bufs [][]byte, skip int) (int, error) {
	flags := syscall.MSG_NOSIGNAL
	if len(bufs) > 1 {
		flags |= syscall.MSG_MORE
	}
	p := bufs[0][skip:]
	for {
		n, err := syscall.SendmsgN(fd, p[:min(len(p), mostBytes)], nil, nil, flags)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
