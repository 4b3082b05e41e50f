package rtnet_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"testing"

	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// TestTLSIdleMemory checks that crypto/tls keeps no buffer for what it reads, once all was read. If it fails with a new release
// of Go, look at tls_lend.go.
func TestTLSIdleMemory(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		l, a, b := pipe(t, "tcp", "127.0.0.1:0")
		defer l.Close()
		s, c := configs()
		s = s.Clone()
		s.MaxVersion = version
		client, server := rtnet.TLSClient(a, c), rtnet.TLSServer(b, s)
		defer client.Close()
		defer server.Close()
		pass := func(from, to *rtnet.TLSConn, size int) {
			t.Helper()
			sent := bytes.Repeat([]byte("0123456789"), size/10)
			written := make(chan error, 1)
			go func() {
				_, err := from.Write(sent)
				written <- err
			}()
			got := make([]byte, len(sent))
			if _, err := io.ReadFull(to, got); err != nil || !bytes.Equal(got, sent) {
				t.Fatalf("%d bytes: %v", size, err)
			}
			if err := <-written; err != nil {
				t.Fatal(err)
			}
			if kept := to.Kept(); kept != 0 {
				t.Errorf("%s, %d bytes: %d bytes are kept", tls.VersionName(version), size, kept)
			}
		}
		handshake := make(chan error, 1)
		go func() { handshake <- server.Handshake() }()
		if err := client.Handshake(); err != nil {
			t.Fatal(err)
		}
		if err := <-handshake; err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{10, 10, 16 << 10, 100_000, 10} {
			pass(client, server, size)
			pass(server, client, size)
		}
	}
}
