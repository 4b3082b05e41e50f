//go:build !rtnet_plain

package rtnet_test

import (
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// TestTLSIdle has many connections that wait for bytes: none has a goroutine.
func TestTLSIdle(t *testing.T) {
	const n = 100
	var tasks rt.Set[rt.Unit]
	var clients []*rtnet.TLSConn
	for range n {
		client, server := tlsPipe(t, "tcp", "127.0.0.1:0")
		clients = append(clients, client)
		tasks.Spawn(echoTLSAsync(server))
	}
	round := func() {
		t.Helper()
		for _, c := range clients {
			buf := make([]byte, 5)
			if _, err := c.Write([]byte("hello")); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "hello" {
				t.Fatalf("%q, %v", buf, err)
			}
		}
	}
	round()
	for begin := time.Now(); runtime.NumGoroutine() > n/2; { // those of the handshakes are about to end
		if time.Since(begin) > 5*time.Minute {
			t.Fatalf("%d goroutines for %d connections", runtime.NumGoroutine(), n)
		}
		runtime.Gosched()
	}
	round()
	for _, c := range clients {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range n {
		if r, _ := tasks.Next(); r.Err != nil {
			t.Error(r.Err)
		}
	}
}

//async:func
func echoTLS(c *rtnet.TLSConn) error {
	_, err := rtnet.Copy(c, c)
	return err
}
