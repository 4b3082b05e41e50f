//go:build !rtnet_plain

package rtnet_test

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// TestNamedPipe reads from a named pipe until the last writer is gone.
func TestNamedPipe(t *testing.T) {
	defer leak(t)()
	name := filepath.Join(t.TempDir(), "p")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	var conns []*rtnet.Conn
	for _, mode := range []int{os.O_RDONLY | syscall.O_NONBLOCK, os.O_WRONLY} {
		f, err := os.OpenFile(name, mode, 0)
		if err != nil {
			t.Fatal(err)
		}
		c, err := rtnet.FileConn(f)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = f.Close()
		conns = append(conns, c)
	}
	r, w := conns[0], conns[1]
	read := rt.Spawn(r.ReadAsync(make([]byte, 10)))
	rt.Yield()
	if n, err := w.Write([]byte("hello")); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := rt.BlockOn(read); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	read = rt.Spawn(r.ReadAsync(make([]byte, 10)))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := rt.BlockOn(read); n != 0 || err != io.EOF {
		t.Fatal(n, err)
	}
}

// TestPipeWithoutReader writes to a pipe that nobody reads any more: no SIGPIPE.
func TestPipeWithoutReader(t *testing.T) {
	rf, wf, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w, err := rtnet.FileConn(wf)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	_ = wf.Close()
	write := rt.Spawn(w.WriteAsync(make([]byte, 1<<20)))
	if _, err := rf.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = rf.Close()
	if n, err := rt.BlockOn(write); n == 1<<20 || !broken(err) {
		t.Error(n, err)
	}
}

// TestFileConnLeavesFlags has a pipe that blocks, as one from a shell does: it blocks afterwards, too.
func TestFileConnLeavesFlags(t *testing.T) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w := os.NewFile(uintptr(ends[0]), "r"), os.NewFile(uintptr(ends[1]), "w")
	defer r.Close()
	defer w.Close()
	c, err := rtnet.FileConn(r)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(ends[0]), syscall.F_GETFL, 0)
	if errno != 0 || flags&syscall.O_NONBLOCK != 0 {
		t.Errorf("flags %x, %v", flags, errno)
	}
	if _, err := w.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 10)); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// TestRegularFile copies a file, which the poller does not take.
func TestRegularFile(t *testing.T) {
	defer leak(t)()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, make([]byte, 200_000), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(1000, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	c, err := rtnet.FileConn(f)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	copied := rt.Spawn(rtnet.CopyAsync(a, c))
	if _, err := io.ReadFull(b, make([]byte, 199_000)); err != nil {
		t.Error(err)
	}
	if n, err := rt.BlockOn(copied); n != 199_000 || err != nil {
		t.Error(n, err)
	}
	for _, c := range []io.Closer{a, b, c, l} {
		_ = c.Close()
	}
}
