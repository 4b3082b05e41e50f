//go:build !rtnet_plain

package rtnet_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// TestSplice copies from a connection where much is ready at once: the kernel does it. A reader that is slow has the pipe
// wait in the middle.
func TestSplice(t *testing.T) {
	defer leak(t)()
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	m, c, d := pipe(t, "tcp", "127.0.0.1:0")
	text := make([]byte, 8<<20)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(text)
	sent := rt.Spawn(a.WriteAsync(text))
	if err := b.Readable(); err != nil {
		t.Fatal(err)
	}
	before := rtnet.Spliced()
	copied := rt.Spawn(rtnet.CopyAsync(c, b))
	got := make([]byte, len(text))
	if _, err := io.ReadFull(d, got); err != nil || !bytes.Equal(got, text) {
		t.Errorf("other bytes have come, or %v", err)
	}
	if n, err := rt.BlockOn(sent); n != len(text) || err != nil {
		t.Error(n, err)
	}
	if rtnet.Spliced() == before {
		t.Error("nothing was spliced")
	}
	again := rt.Spawn(a.WriteAsync(text))
	if _, err := io.ReadFull(d, got[:1000]); err != nil {
		t.Fatal(err)
	}
	_ = c.Close() // beside a splice
	if _, err := rt.BlockOn(copied); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	_ = b.Close()
	if _, err := rt.BlockOn(again); err != nil && !broken(err) { // nil: the system has kept it all
		t.Error(err)
	}
	for _, c := range []io.Closer{a, d, l, m} {
		_ = c.Close()
	}
}
