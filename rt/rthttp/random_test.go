package rthttp_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/rt/rthttp"
)

// descriptors is how many this process has open; 0 where that cannot be told.
func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// pieces are what random requests are made of, besides random bytes.
var pieces = []string{
	"GET ", "POST ", "/hello", "/echo", "/big?100000", " HTTP/1.1", " HTTP/1.0", "\r\n", "\r\n\r\n", "\n", "Host: a", "Content-Length: ", "5", "99999999999",
	"Transfer-Encoding: chunked", "0\r\n\r\n", "1\r\na\r\n", "Expect: 100-continue", "Connection: close", ":", " ", "\x00", "\xff", ";",
}

// TestRandom has many connections that send random bytes, or what is almost a request, and end at any moment: by a close or a reset.
// A client that behaves is served meanwhile, and in the end nothing is left.
func TestRandom(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		before := descriptors()
		s := start(&rthttp.Server{MaxBodyBytes: 1 << 20})
		const clients, each = 10, 50
		var wait sync.WaitGroup
		for i := range clients {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			wait.Go(func() {
				for range each {
					if err := nonsense(s.addr, r); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 20 {
			if _, text := s.do(t, "GET", "/hello", nil); text != "hello" {
				t.Errorf("%q", text)
			}
		}
		wait.Wait()
		s.client.CloseIdleConnections()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if after := descriptors(); after > before+4 { // the poller of the process may be new
			t.Errorf("%d descriptors are open, and %d were", after, before)
		}
	})
}

// nonsense is one such connection.
func nonsense(addr string, r *rand.Rand) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return fmt.Errorf("the server takes no connection: %w", err)
	}
	defer c.Close()
	var text []byte
	for range r.IntN(30) {
		if r.IntN(4) > 0 {
			text = append(text, pieces[r.IntN(len(pieces))]...)
			continue
		}
		for range r.IntN(20) {
			text = append(text, byte(r.Uint32()))
		}
	}
	_, _ = c.Write(text)
	switch r.IntN(3) {
	case 0: // what was not read is a reset
	case 1:
		_ = c.(*net.TCPConn).SetLinger(0)
	case 2:
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	}
	return nil
}
