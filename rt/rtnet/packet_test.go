package rtnet_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

var _ net.PacketConn = (*rtnet.PacketConn)(nil)

// TestPackets sends packets to and fro, an empty one and one that is too long among them.
func TestPackets(t *testing.T) {
	for network, addr := range map[string]func() string{
		"udp4":     func() string { return "127.0.0.1:0" },
		"unixgram": func() string { return filepath.Join(t.TempDir(), "p") },
	} {
		if network == "unixgram" && runtime.GOOS == "windows" {
			continue
		}
		t.Run(network, func(t *testing.T) {
			a, err := rtnet.ListenPacket(network, addr())
			if err != nil {
				t.Fatal(err)
			}
			b, err := rtnet.ListenPacket(network, addr())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rt.BlockOn(packetsAsync(a, b)); err != nil {
				t.Error(err)
			}
			if err := a.SetReadDeadline(time.Unix(1, 0)); err != nil {
				t.Error(err)
			}
			if _, _, err := a.ReadFrom(nil); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("after the deadline: %v", err)
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
			if _, _, err := a.ReadFrom(nil); !errors.Is(err, net.ErrClosed) {
				t.Errorf("ReadFrom after Close: %v", err)
			}
			if _, err := a.WriteTo(nil, b.LocalAddr()); !errors.Is(err, net.ErrClosed) {
				t.Errorf("WriteTo after Close: %v", err)
			}
			path := b.LocalAddr().String()
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(path); network == "unixgram" && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the path of the socket is still there: %v", err)
			}
		})
	}
}

//async:func
func packets(a, b *rtnet.PacketConn) error {
	p := make([]byte, 5)
	for _, c := range []struct{ send, want string }{{"", ""}, {"one", "one"}, {"too long", "too l"}, {"last", "last"}} {
		if s := rt.Select2(b.ReadableAsync(), rt.YieldAsync()); s.Index != 1 {
			return errors.New("readable too early")
		}
		h := rt.Spawn(b.ReadableAsync())
		if n, err := a.WriteTo([]byte(c.send), b.LocalAddr()); n != len(c.send) || err != nil {
			return err
		}
		if _, err := rt.Await(h); err != nil {
			return err
		}
		n, from, err := b.ReadFrom(p)
		if err != nil {
			return err
		}
		if string(p[:n]) != c.want || from.String() != a.LocalAddr().String() {
			return errors.New("got " + string(p[:n]) + " from " + from.String())
		}
	}
	return nil
}

// TestPacketPeer has a socket with a peer, whose refusal comes as an error, once.
func TestPacketPeer(t *testing.T) {
	l, err := rtnet.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := rtnet.Dial("udp4", l.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 10)
	n, from, err := l.ReadFrom(p)
	if err != nil || string(p[:n]) != "hello" || from.String() != c.LocalAddr().String() {
		t.Fatalf("got %q from %v, %v", p[:n], from, err)
	}
	if _, err := l.WriteTo(nil, from); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(p); n != 0 || err != nil {
		t.Errorf("an empty packet: %d, %v", n, err)
	}
	_ = l.Close()
	if runtime.GOOS != "linux" {
		return
	}
	_, _ = c.Write([]byte("nobody"))
	if _, err := c.Read(p); err == nil {
		t.Error("the refusal is no error")
	}
	if s := rt.Select2(c.ReadAsync(p), rt.SleepAsync(0)); s.Index != 1 {
		t.Errorf("after the refusal: %v", s.A)
	}
}
