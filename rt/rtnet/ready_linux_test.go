//go:build !rtnet_plain

package rtnet_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// TestReadableIsTrue has many connections on which pieces of all sizes come and are read in others: after each Readable
// the kernel has bytes, or the end.
func TestReadableIsTrue(t *testing.T) {
	seed := newSeed(t)
	var pairs []rt.Future[rt.Unit]
	for i := range 16 {
		_, a, b := pipe(t, "tcp", "127.0.0.1:0")
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		pairs = append(pairs, rt.Spawn(readTrulyAsync(a, r.Uint64())), rt.Spawn(writePiecesAsync(b, r.Uint64())))
	}
	if _, err := rt.JoinAll(pairs...); err != nil {
		t.Error(err)
	}
}

//async:func
func readTruly(c *rtnet.Conn, seed uint64) error {
	defer c.Close()
	r := rand.New(rand.NewPCG(seed, 1))
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		if err := c.Readable(); err != nil {
			return err
		}
		var peeked error
		if err := raw.Control(func(fd uintptr) {
			_, _, peeked = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		}); err != nil {
			return err
		}
		if peeked != nil {
			return fmt.Errorf("Readable %d was not true: %w", i, peeked)
		}
		if _, err := c.Read(make([]byte, 1+r.IntN(30))); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

//async:func
func writePieces(c *rtnet.Conn, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 2))
	for range 500 {
		if _, err := c.Write(make([]byte, 1+r.IntN(60))); err != nil {
			return err
		}
		if r.IntN(2) == 0 {
			rt.Yield()
		}
	}
	return errors.Join(c.CloseWrite(), c.Close())
}
