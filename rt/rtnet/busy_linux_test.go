//go:build !rtnet_plain

package rtnet_test

import (
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// busy never waits, but gives way again and again, until c has got something.
//
//async:func
func busy(read *rt.JoinHandle[int]) int {
	turns := 0
	for !read.Finished() {
		rt.Yield()
		turns++
	}
	return turns
}

// TestBusyWorkers has all workers busy with tasks that are always ready: they look at the network themselves, as nobody else
// does. The poller's own goroutine is kept out.
func TestBusyWorkers(t *testing.T) {
	r := rt.New(rt.Workers(1))
	defer r.Shutdown(t.Context())
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	for _, c := range []interface{ Close() error }{a, b, l} {
		defer c.Close()
	}
	defer rtnet.NoLoop()()
	read := rt.Spawn(a.ReadAsync(make([]byte, 1)), rt.On(r))
	hog := rt.Spawn(busyAsync(read), rt.On(r))
	if _, err := b.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := rt.BlockOn(read); n != 1 || err != nil {
		t.Error(n, err)
	}
	if _, err := rt.BlockOn(hog); err != nil {
		t.Error(err)
	}
}
