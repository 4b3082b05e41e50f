//go:build !rtnet_plain

package rthttp_test

import (
	"bytes"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// dialRaw makes a connection for which nothing is kept in this process but a descriptor.
func dialRaw(t *testing.T, addr string) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(os.NewSyscallError("socket", err))
	}
	at := netip.MustParseAddrPort(addr)
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
		t.Fatal(os.NewSyscallError("connect", err))
	}
	return fd
}

// inUse are the bytes that this process has in use: of the heap and of stacks.
func inUse() int64 {
	for range 3 { // a sync.Pool lives through two
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// TestIdleMemory measures connections that have had a response and wait for the next request, and such that were hijacked and wait for
// bytes, as WebSockets do.
func TestIdleMemory(t *testing.T) {
	for name, c := range map[string]struct{ say, want string }{
		"keep-alive": {"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", "hello"},
		"hijacked":   {"GET /upgrade HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: capitals\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\nabcde", "ABCDE"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := rtnet.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var s rthttp.Server
			serving := rt.Spawn(s.ServeAsync(l, capitalsAsync))
			defer func() {
				if err := s.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				_, _ = rt.Await(serving)
			}()
			const n = 500
			fds := make([]int, 0, 3*n+100)
			defer func() {
				for _, fd := range fds {
					_ = syscall.Close(fd)
				}
			}()
			p := make([]byte, 1000)
			open := func(n int) {
				for range n {
					fd := dialRaw(t, l.Addr().String())
					fds = append(fds, fd)
					if _, err := syscall.Write(fd, []byte(c.say)); err != nil {
						t.Fatal(err)
					}
					for got := 0; !bytes.HasSuffix(p[:got], []byte(c.want)); {
						m, err := syscall.Read(fd, p[got:])
						if err != nil || m == 0 {
							t.Fatalf("%q, %v", p[:got], err)
						}
						got += m
					}
				}
			}
			open(100)
			goroutines, each := runtime.NumGoroutine(), int64(1<<62)
			for range 3 { // other things in the process take memory, too, from time to time
				before := inUse()
				open(n)
				each = min(each, (inUse()-before)/n)
			}
			t.Logf("%d bytes for each connection", each)
			if each > 1024 {
				t.Errorf("%d bytes for a connection", each)
			}
			if more := runtime.NumGoroutine() - goroutines; more > n {
				t.Errorf("%d goroutines for %d connections", more, 3*n)
			}
		})
	}
}
