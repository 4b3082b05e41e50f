package rtnet_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
	"github.com/asyncgen/asyncgen/rt/rttest"
)

// buffered is a socket with buffers in the kernel.
type buffered interface {
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
	Close() error
}

// sockets are one of each kind.
func sockets(t *testing.T) map[string]buffered {
	t.Helper()
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := rtnet.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p, err := rtnet.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]buffered{"Conn": c, "PacketConn": p}
}

// Linux gives twice what is asked for, and what stands in for it may give that itself.
func TestBuffers(t *testing.T) {
	const read, write = 8 << 10, 16 << 10
	for name, s := range sockets(t) {
		t.Run(name, func(t *testing.T) {
			defer s.Close()
			if err := errors.Join(s.SetReadBuffer(read), s.SetWriteBuffer(write)); err != nil {
				t.Fatal(err)
			}
			raw, err := s.(syscall.Conn).SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			err = raw.Control(func(fd uintptr) {
				for option, want := range map[int]int{syscall.SO_RCVBUF: 2 * read, syscall.SO_SNDBUF: 2 * write} {
					if got, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, option); got != want && got != want/2 || err != nil {
						t.Errorf("%d, want %d; %v", got, want, err)
					}
				}
			})
			if err != nil {
				t.Error(err)
			}
			closedHasNoBuffers(t, s)
		})
	}
}

// A simulated socket takes what it is told.
func TestBuffersSimulated(t *testing.T) {
	rttest.Run(t, rt.AsyncFunc(func() error {
		for _, s := range sockets(t) {
			if err := errors.Join(s.SetReadBuffer(1), s.SetWriteBuffer(1)); err != nil {
				t.Error(err)
			}
			closedHasNoBuffers(t, s)
		}
		return nil
	}), rttest.Network(rttest.Faults{}))
}

func closedHasNoBuffers(t *testing.T, s buffered) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if r, w := s.SetReadBuffer(1), s.SetWriteBuffer(1); !errors.Is(r, net.ErrClosed) || !errors.Is(w, net.ErrClosed) {
		t.Errorf("closed: %v, %v", r, w)
	}
}
