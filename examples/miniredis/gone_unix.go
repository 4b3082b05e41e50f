//go:build unix

package main

import "syscall"

// gone asks the system whether the client has closed the connection, or lost it: the runtime may not have been told
// yet. What is not read yet hides that.
func (c *client) gone() (gone bool) {
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Read(func(fd uintptr) bool {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
		gone = n == 0 && err == nil || err != nil && err != syscall.EAGAIN && err != syscall.EINTR
		return true
	})
	return gone || err != nil
}
