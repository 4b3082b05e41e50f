//go:build !rtnet_plain

package rtnet_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// TestAcceptAborted has connections that are broken off before Accept has them, and a kernel that has no room now and then: Accept
// gives the next one all the same.
func TestAcceptAborted(t *testing.T) {
	defer leak(t)()
	defer rtnet.SetWaits(time.Millisecond, time.Hour)()
	for _, errs := range [][]syscall.Errno{
		{syscall.ECONNABORTED},
		{syscall.ECONNABORTED, syscall.EINTR, syscall.ECONNABORTED},
		{syscall.EMFILE}, {syscall.ENFILE}, {syscall.ENOBUFS}, {syscall.ENOMEM},
		{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.EMFILE},
	} {
		func() {
			l, a, b := pipe(t, "tcp", "127.0.0.1:0")
			defer l.Close()
			defer a.Close()
			defer b.Close()
			left, undo := rtnet.FailAccepts(errs...)
			defer undo()
			h := rt.Spawn(l.AcceptAsync())
			c, err := rtnet.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			d, err := rt.Await(h)
			if err != nil {
				t.Fatalf("after %v: %v", errs, err)
			}
			defer d.Close()
			if _, err := c.Write([]byte("x")); err != nil {
				t.Error(err)
			}
			if n, err := d.Read(make([]byte, 2)); n != 1 || err != nil {
				t.Errorf("after %v: %d, %v", errs, n, err)
			}
			if n := left(); n != 0 {
				t.Errorf("%d of %v have not come", n, errs)
			}
		}()
	}
}

// TestAcceptFails has an error that is none of the connection: Accept gives it.
func TestAcceptFails(t *testing.T) {
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	defer l.Close()
	defer a.Close()
	defer b.Close()
	_, undo := rtnet.FailAccepts(syscall.EINVAL)
	defer undo()
	c, err := rtnet.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := l.Accept(); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Accept: %v", err)
	}
	d, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = d.Close()
}

// TestNoSIGPIPE writes to peers that are gone, in all ways: that is an error, and no signal.
func TestNoSIGPIPE(t *testing.T) {
	got := make(chan os.Signal, 64)
	signal.Notify(got, syscall.SIGPIPE)
	defer signal.Stop(got)
	some := bytes.Repeat([]byte("x"), 1000)
	for name, write := range map[string]func(c, _ *rtnet.Conn) error{
		"Write":  func(c, _ *rtnet.Conn) error { _, err := c.Write(some); return err },
		"Writev": func(c, _ *rtnet.Conn) error { _, err := c.Writev([][]byte{some, some}); return err },
		"a task": func(c, _ *rtnet.Conn) error { _, err := rt.BlockOn(rt.Spawn(c.WriteAsync(some))); return err },
		"Copy":   func(c, from *rtnet.Conn) error { _, err := rtnet.Copy(c, from); return err },
	} {
		each(t, func(t *testing.T, network, addr string) {
			l, a, b := pipe(t, network, addr)
			defer l.Close()
			defer a.Close()
			l2, c, d := pipe(t, network, sibling(addr))
			defer l2.Close()
			defer c.Close()
			defer d.Close()
			ended := make(chan struct{})
			go func() { // for Copy; as much as it takes
				defer close(ended)
				for {
					if _, err := c.Write(some); err != nil {
						return
					}
				}
			}()
			_ = b.Close()
			var err error
			for err == nil {
				err = write(a, d)
			}
			if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s: %v", name, err)
			}
			_ = d.Close()
			<-ended
		})
	}
	// A signal that this process has sent to itself comes after all others.
	if err := syscall.Kill(os.Getpid(), syscall.SIGPIPE); err != nil {
		t.Fatal(err)
	}
	<-got
	select {
	case <-got:
		t.Error("there was a SIGPIPE")
	default:
	}
}

// sibling is another address to listen on.
func sibling(addr string) string {
	if addr[0] == '/' {
		return addr + "2"
	}
	return addr
}

// TestHangUpWithUnreadData has a peer that sends much and closes, before anything is read: all of it comes, and then the end.
func TestHangUpWithUnreadData(t *testing.T) {
	defer leak(t)()
	sent := bytes.Repeat([]byte("0123456789"), 3000)
	each(t, func(t *testing.T, network, addr string) {
		for name, read := range map[string]func(c *rtnet.Conn) ([]byte, error){
			"Read": func(c *rtnet.Conn) ([]byte, error) { return io.ReadAll(c) },
			"ReadUntil": func(c *rtnet.Conn) ([]byte, error) {
				p, err := rtnet.NewReader(c).ReadUntil('\n')
				if err == io.ErrUnexpectedEOF {
					err = nil
				}
				return p, err
			},
			"ReadLent": func(c *rtnet.Conn) (all []byte, err error) {
				few := rtnet.NewBuffers(7)
				for {
					p, err := c.ReadLent(few)
					if err == io.EOF {
						return all, nil
					} else if err != nil {
						return all, err
					}
					all = append(all, p...)
					few.Put(p)
				}
			},
		} {
			l, a, b := pipe(t, network, addr)
			if _, err := a.Write(sent); err != nil {
				t.Fatal(err)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			if err := b.Readable(); err != nil {
				t.Error(err)
			}
			if got, err := read(b); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(sent), err)
			}
			if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("%s, the end: %d, %v", name, n, err)
			}
			_ = b.Close()
			_ = l.Close()
		}
	})
}

// TestHalfOpen has peers of which nothing is heard any more: who waits for them ends by a deadline, and other connections are not
// affected. (The system asks by itself, with keep-alive, which TestOptions looks at.)
func TestHalfOpen(t *testing.T) {
	defer leak(t)()
	each(t, func(t *testing.T, network, addr string) {
		l, silent, server := pipe(t, network, addr)
		defer l.Close()
		defer silent.Close()
		l2, other, server2 := pipe(t, network, sibling(addr))
		defer l2.Close()
		defer other.Close()
		defer server2.Close()
		if err := server.SetDeadline(time.Now().Add(5 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		read := rt.Spawn(server.ReadAsync(make([]byte, 1)))
		written := rt.Spawn(server.WriteAsync(make([]byte, 16<<20))) // nobody takes it
		if _, err := other.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		if n, err := server2.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("another connection: %d, %v", n, err)
		}
		if _, err := rt.Await(read); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a read: %v", err)
		}
		if _, err := rt.Await(written); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a write: %v", err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
}
