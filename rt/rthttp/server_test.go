package rthttp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// server is a Server under test.
type server struct {
	*rthttp.Server
	*site
	addr   string
	client *http.Client
	log    *buffer
	ended  chan error // what Serve gives
}

// buffer is a log.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// both runs a test with each form of the server: as tasks, and as goroutines.
func both(t *testing.T, f func(t *testing.T, start func(s *rthttp.Server) *server)) {
	for _, form := range []string{"tasks", "goroutines"} {
		t.Run(form, func(t *testing.T) {
			f(t, func(s *rthttp.Server) *server { return start(t, form, s) })
		})
	}
}

// start starts s. It is shut down when the test ends.
func start(t testing.TB, form string, s *rthttp.Server) *server {
	t.Helper()
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &server{Server: s, site: newSite(), addr: l.Addr().String(), log: new(buffer), ended: make(chan error, 1)}
	s.ErrorLog = log.New(v.log, "", 0)
	v.client = &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	go func() {
		if form == "tasks" {
			_, err := rt.BlockOn(rt.Spawn(s.ServeAsync(l, v.site.handleAsync)))
			v.ended <- err
		} else {
			v.ended <- s.Serve(l, v.site.handle)
		}
	}()
	t.Cleanup(func() {
		v.client.CloseIdleConnections()
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what is not idle is cancelled
		_ = s.Shutdown(ctx)
		if err := <-v.ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve gives %v", err)
		}
	})
	return v
}

// do makes a request.
func (s *server) do(t *testing.T, method, path string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+s.addr+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := s.client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, string(text)
}

// raw is a connection of which we write each byte.
type raw struct {
	net.Conn
	r *bufio.Reader
	t *testing.T
}

func (s *server) raw(t *testing.T) *raw {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &raw{c, bufio.NewReader(c), t}
}

func (r *raw) say(text string) {
	r.t.Helper()
	if _, err := io.WriteString(r, text); err != nil {
		r.t.Fatal(err)
	}
}

// response reads a response to a request of the method.
func (r *raw) response(method string) (*http.Response, string) {
	r.t.Helper()
	resp, err := http.ReadResponse(r.r, &http.Request{Method: method})
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(body)
}

// rest is all until the server closes the connection.
func (r *raw) rest() string {
	text, _ := io.ReadAll(r.r)
	return string(text)
}

func TestClient(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		resp, text := s.do(t, "GET", "/hello", nil)
		if text != "hello" || resp.ContentLength != 5 || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || resp.Header.Get("Date") == "" {
			t.Errorf("%q %v", text, resp)
		}
		resp, text = s.do(t, "HEAD", "/hello", nil)
		if text != "" || resp.ContentLength != 5 || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("HEAD: %q %v", text, resp)
		}
		for _, size := range []int{0, 1, 5000, 300_000} {
			data := strings.Repeat("a", size)
			resp, text = s.do(t, "POST", "/echo", strings.NewReader(data))
			if text != data || resp.Header.Get("X-Method") != "POST" {
				t.Errorf("%d bytes come back as %d", size, len(text))
			}
			_, text = s.do(t, "PUT", "/echo", io.MultiReader(strings.NewReader(data))) // in chunks
			if text != data {
				t.Errorf("%d bytes in chunks come back as %d", size, len(text))
			}
			_, text = s.do(t, "GET", fmt.Sprintf("/big?%d", size), nil)
			if strings.Count(text, "x") != size || len(text) != size {
				t.Errorf("%d bytes of %d", len(text), size)
			}
		}
		for _, status := range []string{"204", "304", "201", "299", "500"} {
			resp, text = s.do(t, "GET", "/status?"+status, nil)
			if text != "" || !strings.HasPrefix(resp.Status, status) || resp.Close {
				t.Errorf("%s: %q %v", status, text, resp)
			}
		}
		if resp, text = s.do(t, "GET", "/refuse", nil); resp.StatusCode != 418 || text != "a teapot\n" {
			t.Errorf("%q %v", text, resp)
		}
		if resp, _ = s.do(t, "GET", "/nothing", nil); resp.StatusCode != 404 {
			t.Errorf("%v", resp)
		}
		if text := s.log.String(); text != "" {
			t.Errorf("the log has %q", text)
		}
	})
}

// TestTrailers sends and gets fields after bodies in chunks.
func TestTrailers(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		r, _ := http.NewRequest("POST", "http://"+s.addr+"/pass", io.MultiReader(strings.NewReader(strings.Repeat("y", 10_000))))
		resp, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if len(body) != 10_000 || err != nil || resp.Trailer.Get("X-Sum") != "10000" || resp.Trailer.Get("X-More") != "more" {
			t.Errorf("%d bytes, %v, %v", len(body), err, resp.Trailer)
		}
		r, _ = http.NewRequest("POST", "http://"+s.addr+"/echo", io.MultiReader(strings.NewReader("z")))
		r.Trailer = http.Header{"X-Check": {"17"}}
		resp, err = s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("X-Had-X-Check"); got != "17" {
			t.Errorf("the trailer of the request is %q", got)
		}
	})
}

// TestKeepAlive makes requests of all kinds on one connection.
func TestKeepAlive(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		conns := 0
		trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
			if !i.Reused {
				conns++
			}
		}}
		for i := range 30 {
			path := []string{"/hello", "/big?10000", "/refuse", "/status?204", "/status?304", "/inject", "/long"}[i%7]
			body := []io.Reader{http.NoBody, strings.NewReader("not read by the handler")}[i%2]
			r, _ := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), []string{"GET", "POST"}[i%2], "http://"+s.addr+path, body)
			resp, err := s.client.Do(r)
			if err != nil {
				t.Fatal(i, path, err)
			}
			text, err := io.ReadAll(resp.Body)
			if resp.Body.Close(); err != nil {
				t.Fatal(i, path, err)
			}
			if path == "/long" && string(text) != "fit" || path == "/inject" && (resp.Header.Get("X-Two") != "" || resp.Header.Get("X-One") != "1  X-Two: 2") {
				t.Errorf("%s: %q, %v", path, text, resp)
			}
		}
		if conns != 1 {
			t.Errorf("%d connections", conns)
		}
	})
}

// TestTrouble has handlers that fail in all ways. The server lives on.
func TestTrouble(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		resp, text := s.do(t, "GET", "/panic", nil)
		if resp.StatusCode != 500 || text != "Internal Server Error\n" {
			t.Errorf("%v %q", resp, text)
		}
		resp, text = s.do(t, "GET", "/error", nil)
		if resp.StatusCode != 500 || text != "Internal Server Error\n" {
			t.Errorf("%v %q", resp, text)
		}
		for _, path := range []string{"/abort", "/goexit", "/lateerror", "/short"} {
			c := s.raw(t)
			c.say("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
			text := c.rest() // it comes to an end
			if path == "/lateerror" && (!strings.Contains(text, "a part") || strings.HasSuffix(text, "0\r\n\r\n")) || (path == "/abort" || path == "/goexit") && text != "" {
				t.Errorf("%s: %q", path, text)
			}
		}
		log := s.log.String()
		for _, want := range []string{"a test", "trouble", "an error", "an error after a part"} {
			if !strings.Contains(log, want) {
				t.Errorf("the log has no %q:\n%s", want, log)
			}
		}
		if _, text := s.do(t, "GET", "/hello", nil); text != "hello" {
			t.Errorf("%q", text)
		}
	})
}

func TestPipelining(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		c := s.raw(t)
		c.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" +
			"PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nde\r\n01\r\nf\r\n0\r\n\r\n" +
			"HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /hello HTTP/1.1\r\n")
		for i, want := range []string{"hello", "abc", "def", "", "hello"} {
			resp, text := c.response([]string{"GET", "POST", "PUT", "HEAD", "GET"}[i])
			if text != want || resp.StatusCode != 200 || resp.Close != (i == 4) {
				t.Errorf("%d: %q %v", i, text, resp)
			}
		}
		if text := c.rest(); text != "" {
			t.Errorf("after the last one: %q", text)
		}
	})
}

func TestHTTP10(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		c := s.raw(t)
		c.say("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
		if resp, text := c.response("GET"); text != "hello" || resp.Close || resp.Header.Get("Connection") != "keep-alive" {
			t.Errorf("%q %v", text, resp)
		}
		c.say("GET /big?100000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
		resp, text := c.response("GET")
		if len(text) != 100_000 || len(resp.TransferEncoding) > 0 || !resp.Close {
			t.Errorf("%d bytes, %v", len(text), resp)
		}
		c = s.raw(t)
		c.say("GET /hello HTTP/1.0\r\n\r\n")
		if text := c.rest(); !strings.HasSuffix(text, "\r\n\r\nhello") {
			t.Errorf("%q", text)
		}
	})
}

func TestContinue(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		c := s.raw(t)
		const head = " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
		c.say("POST /echo" + head)
		if line, _ := c.r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("%q", line)
		}
		_, _ = c.r.ReadString('\n')
		c.say("abc")
		if _, text := c.response("POST"); text != "abc" {
			t.Errorf("%q", text)
		}
		c.say("POST /hello" + head) // which does not read it: so the client may send it, or not
		if resp, text := c.response("POST"); text != "hello" || !resp.Close {
			t.Errorf("%q %v", text, resp)
		}
		c = s.raw(t)
		c.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: miracles\r\n\r\n")
		if resp, _ := c.response("POST"); resp.StatusCode != 417 {
			t.Error(resp)
		}
		c = s.raw(t)
		c.say("GET /early HTTP/1.1\r\nHost: a\r\n\r\n")
		if line, _ := c.r.ReadString('\n'); line != "HTTP/1.1 103 Early Hints\r\n" {
			t.Fatalf("%q", line)
		}
		_, _ = c.r.ReadString('\n')
		if resp, text := c.response("GET"); text != "late" || resp.Header.Get("X-After") != "1" {
			t.Error(resp)
		}
	})
}

func TestEvents(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		resp, err := s.client.Get("http://" + s.addr + "/events")
		if err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(resp.Body)
		for i := range 3 {
			var lines string
			for range 5 {
				line, err := r.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				lines += line
			}
			if want := fmt.Sprintf("id: %d\nevent: tick\ndata: one\ndata: two\n\n", i); lines != want {
				t.Fatalf("%q", lines)
			}
			s.let.NotifyOne()
		}
		resp.Body.Close() // the client is gone, and the handler sees it
		if v, err := s.left.Recv(); v != "events" || err != nil {
			t.Errorf("%q, %v", v, err)
		}
	})
}

func TestHijack(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		c := s.raw(t)
		c.say("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: capitals\r\n\r\nearly")
		resp, err := http.ReadResponse(c.r, nil)
		if err != nil || resp.StatusCode != 101 || resp.Header.Get("Upgrade") != "capitals" || resp.Header.Get("Connection") != "Upgrade" {
			t.Fatal(resp, err)
		}
		p := make([]byte, 5)
		for _, want := range []string{"EARLY", "LATER"} {
			if _, err := io.ReadFull(c.r, p); err != nil || string(p) != want {
				t.Fatalf("%q, %v", p, err)
			}
			if want == "EARLY" {
				c.say("later")
			}
		}
		// A Shutdown does not wait for it, but ends it.
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if v, err := s.left.Recv(); v != "upgrade" || err != nil {
			t.Errorf("%q, %v", v, err)
		}
		if text := c.rest(); text != "" {
			t.Errorf("%q", text)
		}
	})
}

func TestShutdown(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		idle, fresh, busy := s.raw(t), s.raw(t), s.raw(t)
		idle.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
		idle.response("GET")
		busy.say("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
		if _, err := s.arrived.Recv(); err != nil {
			t.Fatal(err)
		}
		down := make(chan error)
		go func() { down <- s.Shutdown(context.Background()) }()
		if text := idle.rest() + fresh.rest(); text != "" { // these are closed
			t.Errorf("%q", text)
		}
		select {
		case err := <-down:
			t.Fatal("Shutdown has not waited", err)
		default:
		}
		s.let.NotifyOne()
		if resp, text := busy.response("GET"); text != "waited" || !resp.Close {
			t.Errorf("%q %v", text, resp)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
		if c, err := net.Dial("tcp", s.addr); err == nil {
			c.Close()
			t.Error("it is still there")
		}
	})
}

// TestShutdownCancels has a handler that would wait for ever.
func TestShutdownCancels(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		c := s.raw(t)
		c.say("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
		if _, err := s.arrived.Recv(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		reason := errors.New("no time")
		cancel(reason)
		if err := s.Shutdown(ctx); !errors.Is(err, reason) {
			t.Error(err)
		}
		if v, ok := s.left.TryRecv(); v != "wait" || !ok {
			t.Errorf("the cleanup of the handler has not run: %q", v)
		}
		if text := c.rest(); text != "" {
			t.Errorf("%q", text)
		}
	})
}

// TestLimits has clients that are too slow, and ones that send too much.
func TestLimits(t *testing.T) {
	const short = 50 * time.Millisecond
	const post = "POST /echo HTTP/1.1\r\nHost: a\r\n"
	for name, c := range map[string]struct {
		s    *rthttp.Server
		say  []string // and then nothing more
		want string   // how the first line of the response begins; empty: there is none
	}{
		"idle":            {&rthttp.Server{IdleTimeout: short}, nil, ""},
		"idle again":      {&rthttp.Server{IdleTimeout: short}, []string{"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"}, "HTTP/1.1 200"},
		"header":          {&rthttp.Server{ReadHeaderTimeout: short}, []string{"GET /hello HTTP"}, "HTTP/1.1 408"},
		"body":            {&rthttp.Server{ReadBodyTimeout: short}, []string{post + "Content-Length: 5\r\n\r\nab"}, "HTTP/1.1 408"},
		"chunks":          {&rthttp.Server{ReadBodyTimeout: short}, []string{post + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"}, "HTTP/1.1 408"},
		"body not read":   {&rthttp.Server{ReadHeaderTimeout: short}, []string{"POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"}, "HTTP/1.1 200"},
		"long header":     {&rthttp.Server{MaxHeaderBytes: 5000}, []string{"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 5000)}, "HTTP/1.1 431"},
		"long whole":      {&rthttp.Server{MaxHeaderBytes: 500}, []string{"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 500) + "\r\n\r\n"}, "HTTP/1.1 431"},
		"long body":       {&rthttp.Server{MaxBodyBytes: 10}, []string{post + "Content-Length: 11\r\n\r\n"}, "HTTP/1.1 413"},
		"long chunks":     {&rthttp.Server{MaxBodyBytes: 10}, []string{post + "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n"}, "HTTP/1.1 413"},
		"long size":       {&rthttp.Server{}, []string{post + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 1000)}, "HTTP/1.1 400"},
		"many extensions": {&rthttp.Server{}, []string{post + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 200)+"\r\na\r\n", 50)}, "HTTP/1.1 400"},
		"long trailer":    {&rthttp.Server{}, []string{post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", 5000)}, "HTTP/1.1 400"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, "tasks", c.s)
			text := ""
			for tries := 0; tries < 100; tries++ {
				conn := s.raw(t)
				for _, text := range c.say {
					_, _ = conn.Write([]byte(text))
				}
				text = conn.rest() // the server closes
				if text != "" || name != "idle again" {
					break // else the machine stood still until the time for the first request was over
				}
			}
			if !strings.HasPrefix(text, c.want) || (c.want == "") != (text == "") {
				t.Errorf("%q", text)
			}
		})
	}
}

// TestSlowLoris sends a byte from time to time: that does not prolong the time for the header.
func TestSlowLoris(t *testing.T) {
	s := start(t, "tasks", &rthttp.Server{ReadHeaderTimeout: 50 * time.Millisecond})
	c := s.raw(t)
	over := make(chan string)
	go func() { over <- c.rest() }()
	for {
		_, _ = c.Write([]byte("G"))
		select {
		case text := <-over:
			if !strings.HasPrefix(text, "HTTP/1.1 408") && text != "" { // a reset may come first
				t.Errorf("%q", text)
			}
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// TestSlowReader takes nothing of what is sent.
func TestSlowReader(t *testing.T) {
	s := start(t, "tasks", &rthttp.Server{WriteTimeout: 50 * time.Millisecond})
	c := s.raw(t)
	c.say("GET /flood?100000000 HTTP/1.1\r\nHost: a\r\n\r\n")
	if v, err := s.left.Recv(); v != "flood" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if n := len(c.rest()); n >= 100_000_000 {
		t.Errorf("all %d bytes have come", n)
	}
}

func TestMaxConns(t *testing.T) {
	s := start(t, "tasks", &rthttp.Server{MaxConns: 2})
	a, b, c := s.raw(t), s.raw(t), s.raw(t)
	for _, r := range []*raw{a, b} {
		r.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
		r.response("GET")
	}
	c.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := c.r.Peek(1); err == nil {
		t.Error("a third connection is served")
	}
	_ = c.SetReadDeadline(time.Time{})
	a.Close()
	if _, text := c.response("GET"); text != "hello" {
		t.Errorf("%q", text)
	}
}
