package rtnet_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// trier is a connection with reads that do not wait.
type trier interface {
	net.Conn
	TryRead(p []byte) (n int, ready bool, err error)
	ReadAsync(p []byte) rt.Future[int]
	PeerClosed() bool
}

// tryPairs are the ends of a connection of each kind.
var tryPairs = map[string]func(t *testing.T) (a, b trier){
	"tcp": func(t *testing.T) (a, b trier) {
		_, c, d := pipe(t, "tcp", "127.0.0.1:0")
		return c, d
	},
	"unix": func(t *testing.T) (a, b trier) {
		_, c, d := pipe(t, "unix", filepath.Join(t.TempDir(), "s"))
		return c, d
	},
	"tls": func(t *testing.T) (a, b trier) {
		c, d := tlsPipe(t, "tcp", "127.0.0.1:0")
		if n, ready, err := c.TryRead(make([]byte, 1)); n != 0 || ready || err != nil {
			t.Errorf("before the handshake: %d, %t, %v", n, ready, err)
		}
		shake(t, c, d)
		return c, d
	},
}

// shake has both ends shake hands.
func shake(t *testing.T, a, b *rtnet.TLSConn) {
	t.Helper()
	if _, _, err := rt.Join2(rt.Spawn(a.HandshakeAsync()), rt.Spawn(b.HandshakeAsync())); err != nil {
		t.Fatal(err)
	}
}

// tryUntil tries until something comes.
func tryUntil(c trier, p []byte) (int, error) {
	for {
		if n, ready, err := c.TryRead(p); ready {
			return n, err
		}
		runtime.Gosched()
	}
}

func TestTryRead(t *testing.T) {
	for name, pair := range tryPairs {
		t.Run(name, func(t *testing.T) {
			if name == "unix" && runtime.GOOS == "windows" {
				t.Skip("no Unix sockets")
			}
			a, b := pair(t)
			p := make([]byte, 3)
			if n, ready, err := a.TryRead(p); n != 0 || ready || err != nil {
				t.Errorf("nothing has come: %d, %t, %v", n, ready, err)
			}
			if n, ready, err := a.TryRead(nil); n != 0 || !ready || err != nil {
				t.Errorf("no room: %d, %t, %v", n, ready, err)
			}
			if a.PeerClosed() {
				t.Error("the peer is there")
			}
			if _, err := b.Write([]byte("hello")); err != nil {
				t.Fatal(err)
			}
			for got := ""; got != "hello"; {
				n, err := tryUntil(a, p)
				if got += string(p[:n]); err != nil || n == 0 || !bytes.HasPrefix([]byte("hello"), []byte(got)) {
					t.Fatalf("%q, %v", got, err)
				}
			}
			tryBehind(t, a, b)
			tryEnds(t, a, b)
		})
	}
}

// tryBehind tries while somebody else waits, who comes first.
func tryBehind(t *testing.T, a, b trier) {
	p, q := make([]byte, 1), make([]byte, 1)
	read := a.ReadAsync(p)
	if _, ready, err := read.Poll(rt.NewContext(rt.NewWaker(func() {}))); ready {
		t.Fatalf("nothing has come: %v", err)
	}
	if n, ready, err := a.TryRead(q); n != 0 || ready || err != nil {
		t.Errorf("before who waits: %d, %t, %v", n, ready, err)
	}
	if _, err := b.Write([]byte("12")); err != nil {
		t.Fatal(err)
	}
	if n, err := rt.Await(read); n != 1 || err != nil || p[0] != '1' {
		t.Errorf("who waits has got %q, %v", p[:n], err)
	}
	if n, err := tryUntil(a, q); n != 1 || err != nil || q[0] != '2' {
		t.Errorf("after it: %q, %v", q[:n], err)
	}
}

// tryEnds has deadlines and ends.
func tryEnds(t *testing.T, a, b trier) {
	p := make([]byte, 3)
	_ = a.SetReadDeadline(time.Unix(1, 0))
	if _, ready, err := a.TryRead(p); !ready || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %t, %v", ready, err)
	}
	if a.PeerClosed() {
		t.Error("a deadline is no end")
	}
	_ = a.SetReadDeadline(time.Time{})
	if _, err := b.Write([]byte("bye")); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for !a.PeerClosed() {
		runtime.Gosched()
	}
	if n, err := tryUntil(a, p); n != 3 || err != nil || string(p) != "bye" {
		t.Errorf("what was sent before the end: %q, %v", p[:n], err)
	}
	for range 2 {
		if n, err := tryUntil(a, p); n != 0 || err != io.EOF {
			t.Errorf("the end: %d, %v", n, err)
		}
	}
	_ = a.Close()
	_, tls := a.(*rtnet.TLSConn) // crypto/tls goes on giving the end that it has seen
	if _, ready, err := a.TryRead(p); !ready || !errors.Is(err, net.ErrClosed) && !(tls && err == io.EOF) {
		t.Errorf("after Close: %t, %v", ready, err)
	}
	if !a.PeerClosed() {
		t.Error("a connection that is closed goes on")
	}
}

func TestTryReadFrom(t *testing.T) {
	a, err := rtnet.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c, err := rtnet.Dial("udp4", a.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := make([]byte, 10)
	if n, from, ready, err := a.TryReadFrom(p); n != 0 || from != nil || ready || err != nil {
		t.Errorf("nothing has come: %d, %v, %t, %v", n, from, ready, err)
	}
	for _, text := range []string{"one", ""} {
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		for {
			n, from, ready, err := a.TryReadFrom(p)
			if !ready {
				runtime.Gosched()
				continue
			}
			if string(p[:n]) != text || from.String() != c.LocalAddr().String() || err != nil {
				t.Errorf("%q from %v, %v", p[:n], from, err)
			}
			break
		}
	}
	if c.PeerClosed() {
		t.Error("a socket of packets has no end")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, ready, err := a.TryReadFrom(p); !ready || !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %t, %v", ready, err)
	}
}

// drain takes what is there each time that there is something, and gives how many bytes that was in all.
//
//async:func
func drain(c *rtnet.Conn) (int, error) {
	total := 0
	for p := make([]byte, 7); ; {
		if err := c.Readable(); err != nil {
			return total, err
		}
		for {
			n, ready, err := c.TryRead(p)
			if total += n; err == io.EOF {
				return total, nil
			}
			if err != nil {
				return total, err
			}
			if !ready {
				break
			}
		}
	}
}

// pieces writes in pieces.
//
//async:func
func pieces(c *rtnet.Conn, n int) error {
	defer c.Close()
	for i := range n {
		if _, err := c.Write(make([]byte, i%20+1)); err != nil {
			return err
		}
		if i%3 == 0 {
			rt.Yield()
		}
	}
	return nil
}

// TestTryReadable takes without waiting what others write meanwhile: no wake-up is lost, and no byte.
func TestTryReadable(t *testing.T) {
	const n = 2000
	_, a, b := pipe(t, "tcp", "127.0.0.1:0")
	defer a.Close()
	got := rt.Spawn(drainAsync(a))
	if _, err := rt.BlockOn(piecesAsync(b, n)); err != nil {
		t.Error(err)
	}
	if got, err := rt.Await(got); got != n/20*210 || err != nil {
		t.Errorf("%d bytes, %v", got, err)
	}
}
