package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// upper is a backend: when a client has said all, it gives its name and that in capitals.
func upper(t *testing.T, name, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				text, err := io.ReadAll(c)
				if err == nil && len(text) > 0 {
					fmt.Fprintf(c, "%s %s", name, strings.ToUpper(string(text)))
				}
			}()
		}
	}()
	return l
}

// running is a proxy in a test.
type running struct {
	*proxy
	addr, metrics string
}

func start(t *testing.T, c config, backends ...string) *running {
	t.Helper()
	p := newProxy(c, backends)
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tasks := []*rt.JoinHandle[rt.Unit]{rt.Spawn(p.serveAsync(l)), rt.Spawn(p.serveMetricsAsync(m)), rt.Spawn(p.checkAllAsync())}
	t.Cleanup(func() {
		for _, h := range tasks {
			h.Abort()
			_, _ = rt.Await(h)
		}
		for _, b := range p.backends {
			if n := b.open.Load(); n != 0 {
				t.Errorf("%d connections to %s are left", n, b.addr)
			}
		}
	})
	return &running{p, l.Addr().String(), "http://" + m.Addr().String()}
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// ask says something, ends its half of the connection, and gives the answer.
func ask(t *testing.T, addr, text string) string {
	t.Helper()
	c := dial(t, addr)
	defer c.Close()
	_, _ = io.WriteString(c, text)
	_ = c.CloseWrite()
	answer, _ := io.ReadAll(c)
	return string(answer)
}

// get gives what there is at a path of the metrics.
func (r *running) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(r.metrics + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// until waits for a line of the metrics.
func (r *running) until(t *testing.T, line string) {
	t.Helper()
	for {
		if _, text := r.get(t, "/metrics"); strings.Contains(text, line+"\n") {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

var usual = config{dial: 10 * time.Second, idle: time.Hour, check: 5 * time.Millisecond, conns: 1000}

// TestBalance has connections spread, with their halves closed one by one.
func TestBalance(t *testing.T) {
	a, b := upper(t, "a", "127.0.0.1:0"), upper(t, "b", "127.0.0.1:0")
	r := start(t, usual, a.Addr().String(), b.Addr().String())
	var held []*net.TCPConn // each of these goes to the one with fewer
	for range 10 {
		c := dial(t, r.addr)
		_, _ = io.WriteString(c, "x")
		held = append(held, c)
		r.until(t, fmt.Sprintf("proxy_bytes_from_clients_total %d", len(held)))
	}
	r.until(t, fmt.Sprintf("proxy_backend_open{backend=%q} 5", a.Addr()))
	r.until(t, fmt.Sprintf("proxy_backend_open{backend=%q} 5", b.Addr()))
	count := map[string]int{}
	for _, c := range held {
		_ = c.CloseWrite()
		text, err := io.ReadAll(c)
		if err != nil {
			t.Fatal(err)
		}
		count[string(text)]++
	}
	if count["a X"] != 5 || count["b X"] != 5 {
		t.Errorf("the answers are %v", count)
	}
	r.until(t, fmt.Sprintf("proxy_backend_open{backend=%q} 0", a.Addr()))
	r.until(t, fmt.Sprintf("proxy_backend_open{backend=%q} 0", b.Addr()))
	r.until(t, "proxy_accepted_total 10")
	r.until(t, "proxy_bytes_from_backends_total 30")
	if status, _ := r.get(t, "/nothing"); status != 404 {
		t.Errorf("status %d", status)
	}
}

// TestMuch sends what fits into no buffer, in both directions.
func TestMuch(t *testing.T) {
	a := upper(t, "a", "127.0.0.1:0")
	r := start(t, usual, a.Addr().String())
	text := strings.Repeat("much ", 400_000)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if got := ask(t, r.addr, text); got != "a "+strings.ToUpper(text) {
				t.Errorf("%d bytes come back as %d", len(text), len(got))
			}
		})
	}
	all.Wait()
}

// TestDown has backends go, and come back.
func TestDown(t *testing.T) {
	a, b := upper(t, "a", "127.0.0.1:0"), upper(t, "b", "127.0.0.1:0")
	addrs := []string{a.Addr().String(), b.Addr().String()}
	r := start(t, usual, addrs...)
	a.Close()
	for range 4 { // whether it was noticed before or not
		if got := ask(t, r.addr, "x"); got != "b X" {
			t.Errorf("%q", got)
		}
	}
	r.until(t, fmt.Sprintf("proxy_backend_up{backend=%q} 0", addrs[0]))
	b.Close()
	r.until(t, fmt.Sprintf("proxy_backend_up{backend=%q} 0", addrs[1]))
	if status, text := r.get(t, "/healthz"); status != 503 || text != "no backend is up\n" {
		t.Errorf("%d %q", status, text)
	}
	if c, err := net.Dial("tcp", r.addr); err == nil { // the reset may come before Dial has seen that there is a connection
		if text, _ := io.ReadAll(c); len(text) > 0 {
			t.Errorf("%q", text)
		}
		c.Close()
	}
	r.until(t, "proxy_refused_total 1")
	upper(t, "c", addrs[0])
	r.until(t, fmt.Sprintf("proxy_backend_up{backend=%q} 1", addrs[0]))
	if got := ask(t, r.addr, "x"); got != "c X" {
		t.Errorf("%q", got)
	}
	if status, text := r.get(t, "/healthz"); status != 200 || text != "ok\n" {
		t.Errorf("%d %q", status, text)
	}
}

// TestLimits has one connection too many, and one that is silent.
func TestLimits(t *testing.T) {
	a := upper(t, "a", "127.0.0.1:0")
	c := usual
	c.conns = 1
	r := start(t, c, a.Addr().String())
	first, second := dial(t, r.addr), dial(t, r.addr)
	_, _ = io.WriteString(first, "1")
	_, _ = io.WriteString(second, "2")
	_ = second.CloseWrite()
	r.until(t, "proxy_bytes_from_clients_total 1")
	r.until(t, "proxy_accepted_total 1")
	_ = first.CloseWrite()
	for i, c := range []*net.TCPConn{first, second} {
		if text, err := io.ReadAll(c); string(text) != fmt.Sprintf("a %d", i+1) || err != nil {
			t.Errorf("%q, %v", text, err)
		}
	}

	c = usual
	c.idle = 20 * time.Millisecond
	r = start(t, c, a.Addr().String())
	silent := dial(t, r.addr)
	if text, _ := io.ReadAll(silent); len(text) > 0 {
		t.Errorf("%q", text)
	}
	r.until(t, "proxy_idled_total 1")
}

// TestHTTP has net/http on both sides, with connections that are used again.
func TestHTTP(t *testing.T) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	defer h.Close()
	r := start(t, usual, h.Listener.Addr().String())
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for i := range 20 {
		resp, err := client.Get(fmt.Sprintf("http://%s/%d", r.addr, i))
		if err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(resp.Body).ReadString('\n')
		if resp.Body.Close(); line != fmt.Sprintf("/%d", i) {
			t.Errorf("%q", line)
		}
	}
	r.until(t, "proxy_accepted_total 1")
}
