//lint:file-ignore SA1019 net/http of Go 1.26 has HTTP/2 over a *tls.Conn only; x/net has it over what has a ConnectionState

package rtnet_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"

	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// page is how large an answer is: more than a record of TLS.
const page = 20_000

// silent is for what a server says of clients that go away: wrk does so in the middle of a handshake.
var silent = log.New(io.Discard, "", 0)

// loaded counts its requests, by their protocols.
type loaded struct{ one, two atomic.Int64 }

// ServeHTTP implements [http.Handler].
func (h *loaded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 2 {
		h.two.Add(1)
	} else {
		h.one.Add(1)
	}
	if r.TLS == nil || r.TLS.NegotiatedProtocol == "h2" != (r.ProtoMajor == 2) {
		http.Error(w, fmt.Sprintf("%v over %+v", r.Proto, r.TLS), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(page))
	_, _ = w.Write(make([]byte, page))
}

// TestLoad has the load generators h2load and wrk, where they are there, and the client of net/http ask a server that was written
// for package net, over TLS: net/http over NetListener, which puts crypto/tls over it itself, and net/http with HTTP/2 over a
// TLSConn, whose ConnectionState says what was negotiated.
func TestLoad(t *testing.T) {
	for _, server := range []struct {
		name  string
		serve func(t *testing.T, l *rtnet.Listener, config *tls.Config, h http.Handler)
	}{
		{"NetListener", serveNetListener},
		{"TLSConn", serveTLSConn},
	} {
		t.Run(server.name, func(t *testing.T) {
			l, err := rtnet.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s, c := configs()
			s, h := s.Clone(), new(loaded)
			s.NextProtos = []string{"h2", "http/1.1"}
			server.serve(t, l, s, h)
			url := "https://" + l.Addr().String() + "/"
			for _, two := range []bool{false, true} {
				client := &http.Client{Transport: &http.Transport{TLSClientConfig: c.Clone(), ForceAttemptHTTP2: two}}
				resp, err := client.Get(url)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || len(got) != page || (resp.ProtoMajor == 2) != two {
					t.Errorf("%s: %d bytes, %v: %.200s", resp.Proto, len(got), err, got)
				}
				client.CloseIdleConnections()
			}
			t.Run("h2load", func(t *testing.T) { h2load(t, url, h) })
			t.Run("wrk", func(t *testing.T) { wrk(t, url, h) })
		})
	}
}

func serveNetListener(t *testing.T, l *rtnet.Listener, config *tls.Config, h http.Handler) {
	srv := &http.Server{Handler: h, TLSConfig: config, ErrorLog: silent}
	ended := make(chan error, 1)
	go func() { ended <- srv.ServeTLS(l.NetListener(), "", "") }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != http.ErrServerClosed {
			t.Error(err)
		}
	})
}

func serveTLSConn(t *testing.T, l *rtnet.Listener, config *tls.Config, h http.Handler) {
	one, two := &http.Server{Handler: h, ErrorLog: silent}, new(http2.Server)
	conns := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() { ended <- one.Serve(chanListener{conns, l}) }()
	var taken sync.WaitGroup
	go func() {
		defer close(conns)
		defer taken.Wait()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			taken.Go(func() {
				c := rtnet.TLSServer(c, config)
				if c.Handshake() != nil {
					_ = c.Close()
				} else if c.ConnectionState().NegotiatedProtocol == http2.NextProtoTLS {
					two.ServeConn(c, &http2.ServeConnOpts{Handler: h, BaseConfig: one})
				} else {
					conns <- c
				}
			})
		}
	}()
	t.Cleanup(func() {
		if err := one.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != http.ErrServerClosed {
			t.Error(err)
		}
	})
}

// chanListener takes connections from a channel.
type chanListener struct {
	conns chan net.Conn
	*rtnet.Listener
}

// Accept implements [net.Listener]. It ends with the Listener.
func (l chanListener) Accept() (net.Conn, error) {
	if c, ok := <-l.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

// h2load asks for a number of pages over HTTP/2, each of which has to come.
func h2load(t *testing.T, url string, h *loaded) {
	program, err := exec.LookPath("h2load")
	if err != nil {
		t.Skip("there is no h2load here: ", err)
	}
	const requests = 2000
	before := h.two.Load()
	out, err := exec.Command(program, "-n", strconv.Itoa(requests), "-c", "20", "-m", "10", "-t", "2", url).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := fmt.Sprintf("requests: %d total, %[1]d started, %[1]d done, %[1]d succeeded, 0 failed, 0 errored, 0 timeout", requests)
	if !regexp.MustCompile(regexp.QuoteMeta(want)).Match(out) || h.two.Load()-before != requests {
		t.Errorf("%d requests have come. h2load says:\n%s", h.two.Load()-before, out)
	}
}

// wrk asks for pages over HTTP/1.1 for a second.
func wrk(t *testing.T, url string, h *loaded) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		t.Skip("there is no wrk here: ", err)
	}
	before := h.one.Load()
	out, err := exec.Command(program, "-t", "2", "-c", "20", "-d", "1s", "--timeout", "60s", url).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if regexp.MustCompile("Socket errors|Non-2xx").Match(out) || h.one.Load() == before {
		t.Errorf("%d requests have come. wrk says:\n%s", h.one.Load()-before, out)
	}
}
