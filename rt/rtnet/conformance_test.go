package rtnet_test

import (
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// pipe is two ends of a connection.
func pipe(t testing.TB, network, addr string) (l *rtnet.Listener, a, b *rtnet.Conn) {
	t.Helper()
	l, err := rtnet.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	a, err = rtnet.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return l, a, b
}

// networks are those of streams, with an address to listen on.
var networks = map[string]func(t testing.TB) (network, addr string){
	"tcp":  func(testing.TB) (string, string) { return "tcp", "127.0.0.1:0" },
	"tcp6": func(testing.TB) (string, string) { return "tcp6", "[::1]:0" },
	"unix": func(t testing.TB) (string, string) { return "unix", filepath.Join(t.TempDir(), "s") },
}

// each runs a test for each network.
func each(t *testing.T, f func(t *testing.T, network, addr string)) {
	for name, of := range networks {
		t.Run(name, func(t *testing.T) {
			if name == "tcp6" && !nettest.SupportsIPv6() {
				t.Skip("no IPv6 here")
			}
			network, addr := of(t)
			f(t, network, addr)
		})
	}
}

// TestConformance is package nettest's suite for the blocking form.
func TestConformance(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
			at := addr
			if network == "unix" {
				at = filepath.Join(t.TempDir(), "s")
			}
			l, a, b := pipe(t, network, at)
			return a, b, func() {
				for _, c := range []interface{ Close() error }{a, b, l} {
					_ = c.Close()
				}
			}, nil
		})
	})
}
