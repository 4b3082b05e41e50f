//go:build !386 && !s390x && !rtnet_plain

package rtnet

import (
	"runtime"
	"syscall"
	"unsafe"
)

// sendv sends bufs, of whose first skip bytes are left out, with one system call, and gives how many bytes were
// taken. That may be fewer than there are.
func sendv(fd int, bufs [][]byte, skip int) (int, error) {
	var vec [64]syscall.Iovec
	n := 0
	for _, b := range bufs {
		if b = b[skip:]; len(b) > 0 {
			vec[n].Base = &b[0]
			vec[n].SetLen(min(len(b), mostBytes/len(vec)))
			if n++; n == len(vec) || len(b) > mostBytes/len(vec) {
				break
			}
		}
		skip = 0
	}
	hdr := syscall.Msghdr{Iov: &vec[0]}
	setIovlen(&hdr, n)
	for {
		sent, _, errno := syscall.Syscall(syscall.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&hdr)), syscall.MSG_NOSIGNAL)
		runtime.KeepAlive(bufs)
		switch errno {
		case 0:
			return int(sent), nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// setIovlen sets a field whose type is not the same everywhere.
func setIovlen(hdr *syscall.Msghdr, n int) { set(&hdr.Iovlen, n) }

func set[T uint32 | uint64](to *T, n int) { *to = T(n) }
