//go:build !rtnet_plain

package rtnet_test

import (
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// TestPacketNoRoom sends to a Unix socket that others have filled. The kernel calls the sender writable all the time, and
// that is no reason to try again all the time; yet the packet gets there when there is room.
func TestPacketNoRoom(t *testing.T) {
	dir := t.TempDir()
	listen := func(name string) *rtnet.PacketConn {
		c, err := rtnet.ListenPacket("unixgram", filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	full, other, c := listen("full"), listen("other"), listen("c")
	undo := rtnet.SetPauses(time.Hour)
	fill := rt.Spawn(rt.AsyncFunc(func() error {
		for {
			if _, err := rt.Await(other.WriteToAsync([]byte("x"), full.LocalAddr())); err != nil {
				return err
			}
		}
	}))
	until(other.Blocked)
	fill.Abort()
	<-fill.Done()

	write := rt.Spawn(c.WriteToAsync([]byte("y"), full.LocalAddr()))
	until(c.Blocked)
	for range 100 {
		if c.SayWritable(); !c.Blocked() {
			t.Fatal("it tries again because the kernel calls it writable")
		}
	}
	write.Abort()
	<-write.Done()
	undo()

	c = listen("again")
	write = rt.Spawn(c.WriteToAsync([]byte("z"), full.LocalAddr()))
	until(c.Blocked)
	for p := make([]byte, 1); p[0] != 'z'; {
		if _, _, err := full.ReadFrom(p); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := rt.Await(write); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// until waits until f gives true.
func until(f func() bool) {
	for !f() {
		runtime.Gosched()
	}
}
