package rtnet_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// keyUpdate is the first record that a client of TLS 1.3 sends after the handshake: it has new keys, and the server is to
// take new ones, too, and to say so. The keys are those of a log of crypto/tls.
func keyUpdate(t *testing.T, log string) []byte {
	t.Helper()
	var secret []byte
	for line := range strings.Lines(log) {
		if f := strings.Fields(line); f[0] == "CLIENT_TRAFFIC_SECRET_0" {
			secret, _ = hex.DecodeString(f[2])
		}
	}
	expand := func(label string, n int) []byte {
		label = "tls13 " + label
		info := append([]byte{0, byte(n), byte(len(label))}, label...)
		out, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	block, err := aes.NewCipher(expand("key", 16))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	const handshake, update, requested = 22, 24, 1
	text := []byte{update, 0, 0, 1, requested, handshake}
	header := []byte{23, 3, 3, 0, byte(len(text) + aead.Overhead())}
	return aead.Seal(header, expand("iv", 12), text, header)
}

// TestTLSCancelledWrite cancels a Write in the middle of a record, and has a Read answer then: what comes afterwards is
// still TLS for the peer.
func TestTLSCancelledWrite(t *testing.T) {
	_, a, b := pipe(t, "tcp", "127.0.0.1:0")
	defer a.Close()
	s, c := configs()
	var log bytes.Buffer
	c = c.Clone()
	c.KeyLogWriter = &log
	server, client := rtnet.TLSServer(b, s), tls.Client(a, c)
	defer server.Close()
	shaken := rt.Spawn(server.HandshakeAsync())
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if _, err := rt.BlockOn(shaken); err != nil {
		t.Fatal(err)
	}
	if suite := client.ConnectionState().CipherSuite; suite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skipf("this test has the keys of AES-128 only, not of %s", tls.CipherSuiteName(suite))
	}
	text := bytes.Repeat([]byte("x"), 16<<20) // more than the system keeps
	f := server.WriteAsync(text)
	if _, ready, err := f.Poll(rt.NewContext(rt.Waker{})); ready {
		t.Fatalf("the write does not wait: %v", err)
	}
	rt.Cancel(f)
	if _, err := a.Write(keyUpdate(t, log.String())); err != nil {
		t.Fatal(err)
	}
	if err := b.Readable(); err != nil {
		t.Fatal(err)
	}
	read := rt.Spawn(server.ReadableAsync()) // it has to answer, and waits then
	got := make(chan error, 1)
	go func() {
		p, err := io.ReadAll(client)
		x := bytes.TrimLeft(p, "x")
		if err == nil && (string(x) != "end" || len(p) == len(x) || len(p) > len(text)) {
			err = fmt.Errorf("%d bytes, %.20q", len(p), x)
		}
		got <- err
	}()
	if n, err := server.Write([]byte("end")); n != 3 || err != nil {
		t.Fatalf("a Write after one that was cancelled: %d, %v", n, err)
	}
	if err := server.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
	_ = a.CloseWrite()
	if _, err := rt.BlockOn(read); err != nil {
		t.Error(err)
	}
}
