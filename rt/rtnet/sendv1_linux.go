//go:build (386 || s390x) && !rtnet_plain

package rtnet

import "syscall"

// sendv sends the first of bufs, of which skip bytes are left out: these systems have no system call of its own
// for a message.
func sendv(fd int, bufs [][]byte, skip int) (int, error) {
	flags := 0
	if len(bufs) > 1 {
		flags = syscall.MSG_MORE
	}
	return send(fd, bufs[0][skip:], flags)
}
