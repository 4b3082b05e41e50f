package main

import (
	"bytes"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
)

// joinRaw makes a member for whom nothing is kept in this process, on his side, but a descriptor.
func joinRaw(t *testing.T, addr string) (fd int) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(os.NewSyscallError("socket", err))
	}
	at := netip.MustParseAddrPort(addr)
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
		t.Fatal(os.NewSyscallError("connect", err))
	}
	const upgrade = "GET /ws?name=ann HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	if _, err := syscall.Write(fd, []byte(upgrade)); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 1000)
	for got := 0; !bytes.HasSuffix(p[:got], []byte("\r\n\r\n")); {
		n, err := syscall.Read(fd, p[got:])
		if err != nil || n == 0 {
			t.Fatalf("%q, %v", p[:got], err)
		}
		got += n
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

// TestIdleMemory measures members of whom none says anything.
func TestIdleMemory(t *testing.T) {
	addr, r, _ := start(t)
	const n = 500
	fds := make([]int, 0, 3*n+100)
	defer func() {
		for _, fd := range fds {
			_ = syscall.Close(fd)
		}
	}()
	open := func(n int) {
		for range n {
			fds = append(fds, joinRaw(t, addr))
		}
		for r.members.Load() < int64(len(fds)) {
			rt.Yield()
		}
	}
	open(100)
	goroutines, each := runtime.NumGoroutine(), int64(1<<62)
	for range 3 { // other things in the process take memory, too, from time to time
		before := inUse()
		open(n)
		each = min(each, (inUse()-before)/n)
	}
	t.Logf("%d bytes for each member", each)
	if each > most {
		t.Errorf("%d bytes for a member", each)
	}
	if more := runtime.NumGoroutine() - goroutines; more > n {
		t.Errorf("%d goroutines for %d members", more, 3*n)
	}
}

// most is what a member may take while nobody says anything.
const most = 3072
