package rtnet_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// configs are those of a server, with a certificate of its own, and of a client that trusts it.
var configs = sync.OnceValues(func() (server, client *tls.Config) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"test"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(crand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return server, &tls.Config{RootCAs: roots, ServerName: "test"}
})

// tlsPipe is two ends of a TLS connection, which have not shaken hands.
func tlsPipe(t testing.TB, network, addr string) (client, server *rtnet.TLSConn) {
	t.Helper()
	l, a, b := pipe(t, network, addr)
	s, c := configs()
	client, server = rtnet.TLSClient(a, c), rtnet.TLSServer(b, s)
	t.Cleanup(func() {
		for _, c := range []io.Closer{client, server, l} {
			_ = c.Close()
		}
	})
	return client, server
}

// TestTLSConformance is package nettest's suite for the blocking form of TLS.
func TestTLSConformance(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		l, a, b := pipe(t, "unix", filepath.Join(t.TempDir(), "s"))
		s, c := configs()
		client, server := rtnet.TLSClient(a, c), rtnet.TLSServer(b, s)
		// The suite sets deadlines at once: a handshake that ends by one is the last.
		_, err = rt.BlockOn(rt.Join2Async(client.HandshakeAsync(), server.HandshakeAsync()))
		return client, server, func() {
			for _, c := range []io.Closer{client, server, l} {
				_ = c.Close()
			}
		}, err
	})
}

// TestTLSPeers has crypto/tls at one end, in all versions, and sends in both directions what does not fit into the buffers
// of the system. The bytes of the peer come a few at a time.
func TestTLSPeers(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 50_000)
	for name, version := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
		for _, ours := range []string{"client", "server"} {
			t.Run(name+" "+ours, func(t *testing.T) {
				_, a, b := pipe(t, "tcp", "127.0.0.1:0")
				s, c := configs()
				s, c = s.Clone(), c.Clone()
				s.MaxVersion, c.MaxVersion = version, version
				var our *rtnet.TLSConn
				var their *tls.Conn
				if ours == "client" {
					our, their = rtnet.TLSClient(a, c), tls.Server(dribble{b}, s)
				} else {
					our, their = rtnet.TLSServer(a, s), tls.Client(dribble{b}, c)
				}
				done := make(chan error, 2)
				var got []byte
				go func() {
					var err error
					got, err = io.ReadAll(their)
					done <- err
				}()
				go func() {
					_, err := their.Write(data)
					done <- errors.Join(err, their.CloseWrite())
				}()
				sum, err := rt.BlockOn(rt.Spawn(tlsExchangeAsync(our, data)))
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if err := <-done; err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(sum, data) || !bytes.Equal(got, data) {
					t.Errorf("%d and %d of %d bytes have come, or others", len(sum), len(got), len(data))
				}
				if v := our.ConnectionState().Version; v != version {
					t.Errorf("version %x", v)
				}
			})
		}
	}
}

// dribble writes a few bytes at a time.
type dribble struct{ net.Conn }

func (d dribble) Write(p []byte) (n int, err error) {
	for n < len(p) {
		k := min(len(p)-n, 7+n%1500)
		if _, err := d.Conn.Write(p[n : n+k]); err != nil {
			return n, err
		}
		n += k
	}
	return n, nil
}

// tlsExchange writes data and closes that direction, and beside that reads to the end.
//
//async:func
func tlsExchange(c *rtnet.TLSConn, data []byte) ([]byte, error) {
	var got bytes.Buffer
	_, _, err := rt.Join2(
		rt.AsyncFunc(func() error {
			if _, err := c.Writev([][]byte{data[:10], nil, data[10:]}); err != nil {
				return err
			}
			return c.CloseWrite()
		}),
		rt.AsyncFunc(func() error {
			_, err := rtnet.Copy(sink{&got}, c)
			return err
		}),
	)
	return got.Bytes(), err
}

// sink is a buffer that never waits.
type sink struct{ b *bytes.Buffer }

func (s sink) Write(p []byte) (int, error)        { return s.b.Write(p) }
func (s sink) WriteAsync(p []byte) rt.Future[int] { return rt.Settled(s.b.Write(p)) }

// TestTLSCancel cancels reads that wait: they have taken nothing. A cancelled handshake closes the connection.
func TestTLSCancel(t *testing.T) {
	client, server := tlsPipe(t, "tcp", "127.0.0.1:0")
	go func() { _ = server.Handshake() }()
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		buf := make([]byte, 3)
		f := rt.Select2BiasedAsync(client.ReadAsync(buf), client.ReadableAsync())
		if _, ready, _ := f.Poll(rt.NewContext(rt.Waker{})); ready {
			t.Fatal("there is nothing to read")
		}
		rt.Cancel(f)
		want := []byte{byte(i), 1, 2}
		if _, err := server.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := client.Readable(); err != nil {
			t.Fatal(err)
		}
		if n, err := client.Read(buf); n != 3 || err != nil || !bytes.Equal(buf, want) {
			t.Fatalf("%d bytes, %v, %v", n, buf, err)
		}
	}

	client, server = tlsPipe(t, "tcp", "127.0.0.1:0")
	h := rt.Spawn(client.HandshakeAsync())
	if err := server.NetConn().Readable(); err != nil { // its hello
		t.Fatal(err)
	}
	h.Abort()
	if _, err := rt.BlockOn(h); !errors.Is(err, rt.ErrAborted) {
		t.Fatal(err)
	}
	if err := client.Handshake(); err == nil {
		t.Error("another handshake after one that was cancelled")
	}
	if err := server.Handshake(); err == nil {
		t.Error("a handshake with nobody")
	}
}

// TestTLSEnds tells an end that was announced, or at least comes between records, from one within a record.
func TestTLSEnds(t *testing.T) {
	for _, announced := range []bool{true, false} {
		client, server := tlsPipe(t, "tcp", "127.0.0.1:0")
		go func() {
			_, _ = server.Write([]byte("x"))
			if announced {
				_ = server.Close()
			} else {
				_, _ = server.NetConn().Write([]byte{23, 3})
				_ = server.NetConn().Close()
			}
		}()
		got, err := io.ReadAll(client)
		if string(got) != "x" || (err == nil) != announced || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("announced %v: %q, %v", announced, got, err)
		}
	}
}

// TestTLSHTTP has net/http serve over it.
func TestTLSHTTP(t *testing.T) {
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, c := configs()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	})}
	go func() { _ = srv.Serve(tlsListener{l.NetListener(), s}) }()
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: c}}
	defer client.CloseIdleConnections()
	for range 3 {
		resp, err := client.Post("https://"+l.Addr().String(), "text/plain", bytes.NewReader(make([]byte, 100_000)))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || len(body) != 100_000 {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
	}
}

type tlsListener struct {
	net.Listener
	config *tls.Config
}

func (l tlsListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return rtnet.TLSServer(c.(*rtnet.Conn), l.config), nil
}
