package rthttp_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// startStd starts a server for an http.Handler.
func startStd(t *testing.T, form string, h http.Handler) *server {
	t.Helper()
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &server{Server: new(rthttp.Server), addr: l.Addr().String(), client: &http.Client{Transport: &http.Transport{}}, ended: make(chan error, 1)}
	go func() {
		if form == "tasks" {
			_, err := rt.BlockOn(rt.Spawn(v.ServeAsync(l, rthttp.Std(h).ServeAsync)))
			v.ended <- err
		} else {
			v.ended <- v.Serve(l, rthttp.Std(h).Serve)
		}
	}()
	t.Cleanup(func() {
		v.client.CloseIdleConnections()
		if err := v.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-v.ended
	})
	return v
}

func TestStd(t *testing.T) {
	for _, form := range []string{"tasks", "goroutines"} {
		t.Run(form, func(t *testing.T) {
			gone := make(chan error, 1)
			mux := http.NewServeMux()
			mux.HandleFunc("POST /echo/{name}", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Name", r.PathValue("name"))
				_, _ = io.Copy(w, r.Body)
			})
			mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
				for i := range 3 {
					fmt.Fprintf(w, "%d\n", i)
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
				gone <- r.Context().Err()
			})
			mux.HandleFunc("GET /hijack", func(w http.ResponseWriter, r *http.Request) {
				c, buf, err := w.(http.Hijacker).Hijack()
				if err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				defer c.Close()
				line, _ := buf.ReadString('\n')
				_, _ = buf.WriteString("HTTP/1.1 101 Switching Protocols\r\n\r\n" + strings.ToUpper(line))
				_ = buf.Flush()
			})
			s := startStd(t, form, mux)
			resp, text := s.do(t, "POST", "/echo/x", strings.NewReader(strings.Repeat("a", 100_000)))
			if len(text) != 100_000 || resp.Header.Get("X-Name") != "x" {
				t.Errorf("%d bytes, %v", len(text), resp)
			}
			if resp, _ := s.do(t, "GET", "/nothing", nil); resp.StatusCode != 404 {
				t.Error(resp)
			}
			if resp, _ := s.do(t, "GET", "/hijack", nil); resp.StatusCode != 500 {
				t.Error(resp)
			}
			c := s.raw(t)
			c.say("GET /hijack HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\nline\n")
			if text := c.rest(); text != "HTTP/1.1 101 Switching Protocols\r\n\r\nLINE\n" {
				t.Errorf("%q", text)
			}
			r, err := s.client.Get("http://" + s.addr + "/stream")
			if err != nil {
				t.Fatal(err)
			}
			for lines, i := bufio.NewReader(r.Body), 0; i < 3; i++ {
				if line, err := lines.ReadString('\n'); line != fmt.Sprintln(i) || err != nil {
					t.Errorf("%q, %v", line, err)
				}
			}
			r.Body.Close()
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	both(t, func(t *testing.T, _ func(*rthttp.Server) *server) {
		its := httptest.NewUnstartedServer(nil) // for its certificate
		its.StartTLS()
		its.Close()
		roots := x509.NewCertPool()
		roots.AddCert(its.Certificate())
		l, err := rtnet.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		site := newSite()
		v := &server{Server: new(rthttp.Server), addr: l.Addr().String()}
		served := make(chan error)
		go func() {
			if strings.HasSuffix(t.Name(), "tasks") {
				_, err := rt.BlockOn(rt.Spawn(v.ServeTLSAsync(l, its.TLS, site.handleAsync)))
				served <- err
			} else {
				served <- v.ServeTLS(l, its.TLS, site.handle)
			}
		}()
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
		client := &http.Client{Transport: transport}
		for _, size := range []int{0, 10, 200_000} {
			resp, err := client.Post("https://"+v.addr+"/echo", "text/plain", strings.NewReader(strings.Repeat("a", size)))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || len(body) != size || resp.ProtoMajor != 1 || resp.TLS == nil {
				t.Errorf("%d bytes of %d, %v, %v", len(body), size, err, resp)
			}
		}
		transport.CloseIdleConnections()
		plain := v.raw(t)
		plain.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n") // is no handshake
		plain.rest()
		if err := v.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}
