//go:build !rtnet_plain

package rtnet_test

import (
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// busy gives way again and again, and never waits, until c has got something.
//
//async:func
func busy(c, peer *rtnet.Conn) error {
	read := rt.Spawn(c.ReadAsync(make([]byte, 1)))
	rt.Yield() // it waits now
	defer rtnet.NoLoop()()
	if _, err := peer.Write([]byte("x")); err != nil {
		return err
	}
	for !read.Finished() {
		rt.Yield()
	}
	_, err := rt.Await(read)
	return err
}

// TestA6_86_BusyWorkers has a worker busy with a task that is always ready: it looks at the network itself, as nobody else does. The
// poller's own goroutine is kept out, and there is no other worker.
func TestA6_86_BusyWorkers(t *testing.T) {
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	for _, c := range []interface{ Close() error }{a, b, l} {
		defer c.Close()
	}
	r := rt.New(rt.CurrentThread())
	defer r.Shutdown(t.Context())
	task := rt.Spawn(busyAsync(a, b), rt.On(r)) // a task runs on the worker, not in BlockOn
	if _, err := rt.BlockOn(task, rt.On(r)); err != nil {
		t.Fatal(err)
	}
}
