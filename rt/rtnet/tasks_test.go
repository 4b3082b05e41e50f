package rtnet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

// serve has each connection of l served by a task, until l is closed.
//
//async:func
func serve(l *rtnet.Listener, g *rt.Group) error {
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		g.Go(func() error {
			defer c.Close()
			_, err := rtnet.Copy(c, c)
			return err
		})
	}
}

// exchange sends messages to an echo server, and wants them back.
//
//async:func
func exchange(network, addr string, sizes []int) error {
	c, err := rtnet.Dial(network, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for i, size := range sizes {
		message := bytes.Repeat([]byte{byte(i + 1)}, size)
		answer := make([]byte, size)
		r := rtnet.NewReader(c)
		_, _, err := rt.Join2(c.WriteAsync(message), r.ReadFullAsync(answer))
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		if !bytes.Equal(answer, message) {
			return fmt.Errorf("message %d of %d bytes comes back as another one", i, size)
		}
	}
	if err := c.CloseWrite(); err != nil {
		return err
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return fmt.Errorf("at the end: %d, %v", n, err)
	}
	return nil
}

//async:func
func echoes(l *rtnet.Listener, network string, clients int, sizes []int) error {
	var servers, g rt.Group
	servers.Go(func() error { return serve(l, &servers) })
	for range clients {
		g.Go(func() error { return exchange(network, l.Addr().String(), sizes) })
	}
	err := g.Wait()
	if e := l.Close(); err == nil {
		err = e
	}
	if e := servers.Wait(); err == nil {
		err = e
	}
	return err
}

// TestEcho has tasks talk, with small messages, and with such that no buffer of the system has room for; and then
// goroutines, in the blocking forms of the same functions.
func TestEcho(t *testing.T) {
	for _, form := range []string{"tasks", "goroutines"} {
		t.Run(form, func(t *testing.T) {
			each(t, func(t *testing.T, network, addr string) {
				sizes := []int{1, 64, 1, 5000, 1 << 20, 3}
				l, err := rtnet.Listen(network, addr)
				if err != nil {
					t.Fatal(err)
				}
				if form == "tasks" {
					_, err = rt.BlockOn(echoesAsync(l, network, 20, sizes))
				} else {
					err = echoes(l, network, 5, sizes)
				}
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// pingPong sends a byte to and fro, with pauses of random length, so that it comes at any moment of a Read that is
// about to wait.
//
//async:func
func pingPong(c *rtnet.Conn, first bool, rounds int, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 1)
	for i := range rounds {
		if !first || i > 0 {
			if _, err := c.Read(b); err != nil {
				return err
			}
		}
		for range r.IntN(3) {
			rt.Yield()
		}
		for n := r.IntN(300); n > 0; n-- {
			b[0]++
		}
		if _, err := c.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func TestNoWakeIsLost(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		l, a, b := pipe(t, network, addr)
		defer l.Close()
		defer a.Close()
		defer b.Close()
		one, two := rt.Spawn(pingPongAsync(a, true, 20_000, 1)), rt.Spawn(pingPongAsync(b, false, 20_000, 2))
		if _, _, err := rt.Join2(one, two); err != nil {
			t.Error(err)
		}
	})
}

// TestHTTP runs net/http, server and client, over rtnet.
func TestHTTP(t *testing.T) {
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintln(w, r.Method, r.URL.Path, n, err, r.RemoteAddr != "")
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l.NetListener()) }()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		return rt.WithContext(ctx, rtnet.DialAsync(network, addr))
	}}
	client := &http.Client{Transport: transport}
	for i := range 20 {
		body := strings.NewReader(strings.Repeat("x", i*10_000))
		resp, err := client.Post("http://"+l.Addr().String()+"/page", "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if want := fmt.Sprintln("POST /page", i*10_000, nil, true); string(text) != want || err != nil {
			t.Fatalf("answer %q, %v; want %q", text, err, want)
		}
		_ = resp.Body.Close()
	}
	transport.CloseIdleConnections()
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != http.ErrServerClosed {
		t.Error(err)
	}
}

// TestCancel cuts off waits, and then makes the same call again: nothing is lost.
func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		l, a, b := pipe(t, network, addr)
		defer l.Close()
		defer a.Close()
		defer b.Close()
		if _, err := rt.BlockOn(cancelsAsync(l, a, b, network)); err != nil {
			t.Error(err)
		}
	})
}

// TestEmpty reads and writes nothing: that does not wait, whoever else does.
func TestEmpty(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		l, a, b := pipe(t, network, addr)
		defer l.Close()
		defer b.Close()
		if c := rt.Select2(a.ReadAsync(make([]byte, 1)), rt.YieldAsync()); c.Index != 1 {
			t.Fatalf("a Read without bytes: %v", c.A)
		}
		h := rt.Spawn(a.ReadAsync(make([]byte, 1)))
		if n, err := a.Read(nil); n != 0 || err != nil {
			t.Errorf("Read of nothing: %d, %v", n, err)
		}
		if n, err := rt.BlockOn(a.ReadAsync(nil)); n != 0 || err != nil {
			t.Errorf("ReadAsync of nothing: %d, %v", n, err)
		}
		if n, err := rt.BlockOn(a.WriteAsync(nil)); n != 0 || err != nil {
			t.Errorf("WriteAsync of nothing: %d, %v", n, err)
		}
		if n, err := a.Writev([][]byte{nil, []byte("one"), {}, []byte("two")}); n != 6 || err != nil {
			t.Errorf("Writev: %d, %v", n, err)
		}
		p := make([]byte, 6)
		if _, err := io.ReadFull(b, p); string(p) != "onetwo" || err != nil {
			t.Errorf("after a Writev comes %q, %v", p, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if _, err := rt.Await(h); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		for _, f := range []func([]byte) (int, error){a.Read, a.Write} {
			if _, err := f(nil); !errors.Is(err, net.ErrClosed) {
				t.Errorf("nothing after Close: %v", err)
			}
		}
	})
}

// TestWritev writes more buffers, and more bytes, than go into one system call.
func TestWritev(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		l, a, b := pipe(t, network, addr)
		defer l.Close()
		defer a.Close()
		defer b.Close()
		r := rand.New(rand.NewPCG(7, 8))
		var bufs [][]byte
		var all []byte
		for i := range 1000 {
			buf := bytes.Repeat([]byte{byte(i)}, r.IntN(5000))
			bufs, all = append(bufs, buf), append(all, buf...)
		}
		h := rt.Spawn(a.WritevAsync(bufs))
		got := make([]byte, len(all))
		if _, err := io.ReadFull(b, got); err != nil || !bytes.Equal(got, all) {
			t.Errorf("other bytes have come, %v", err)
		}
		if n, err := rt.Await(h); n != int64(len(all)) || err != nil {
			t.Errorf("Writev: %d, %v", n, err)
		}
	})
}

//async:func
func cancels(l *rtnet.Listener, a, b *rtnet.Conn, network string) error {
	p := make([]byte, 3)
	for i := range 200 {
		if _, err := rt.Timeout(time.Duration(i%3)*100*time.Microsecond, a.ReadAsync(p)); !errors.Is(err, rt.ErrTimeout) {
			return fmt.Errorf("Timeout of a Read: %v", err)
		}
		if c := rt.Select2(l.AcceptAsync(), rt.YieldAsync()); c.Index != 1 || c.A.Err != rt.ErrNotChosen {
			return fmt.Errorf("Select of an Accept: %v", c)
		}
		if c := rt.Select2(a.ReadableAsync(), rt.YieldAsync()); c.Index != 1 {
			return fmt.Errorf("Select of a Readable: %v", c)
		}
		// What comes while a wait is cut off is there for the next.
		h := rt.Spawn(a.ReadAsync(p))
		rt.Yield()
		if _, err := b.Write([]byte("one")); err != nil {
			return err
		}
		h.Abort()
		n, err := rt.Await(h)
		if errors.Is(err, rt.ErrAborted) {
			n, err = a.Read(p)
		}
		if string(p[:n]) != "one" || err != nil {
			return fmt.Errorf("after a cancel: %q, %v", p[:n], err)
		}
		ha := rt.Spawn(l.AcceptAsync())
		c, err := rtnet.Dial(network, l.Addr().String())
		if err != nil {
			return err
		}
		ha.Abort()
		s, err := rt.Await(ha)
		if errors.Is(err, rt.ErrAborted) {
			s, err = l.Accept()
		}
		if err != nil {
			return err
		}
		_ = s.Close()
		_ = c.Close()
	}
	return nil
}

// TestDialErrors has the errors of package net.
func TestDialErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	_ = l.Close()
	for _, c := range []struct{ network, addr string }{
		{"tcp", free}, {"tcp", "127.0.0.1"}, {"tcp", "127.0.0.1:x-no-service"}, {"nowhere", "x"},
		{"unix", t.TempDir() + "/none"}, {"tcp6", "127.0.0.1:1"},
	} {
		_, err := rtnet.Dial(c.network, c.addr)
		_, want := net.Dial(c.network, c.addr)
		if _, ok := errors.AsType[*net.OpError](err); !ok {
			t.Errorf("%s %s: %v, want a net.OpError as %v", c.network, c.addr, err, want)
		}
		for _, is := range []error{os.ErrNotExist} {
			if errors.Is(want, is) != errors.Is(err, is) {
				t.Errorf("%s %s: %v, want one like %v", c.network, c.addr, err, want)
			}
		}
	}
}

// TestHappyEyeballs dials names, one of which has addresses of both families, of which only one answers.
func TestHappyEyeballs(t *testing.T) {
	l, err := rtnet.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"localhost", "", "0.0.0.0", "127.0.0.1"} {
		c, err := rtnet.Dial("tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Errorf("%q: %v", host, err)
			continue
		}
		_ = c.Close()
	}
	d := rtnet.Dialer{Timeout: time.Nanosecond}
	_, err = d.Dial("tcp", "127.0.0.1:"+port)
	if e, ok := errors.AsType[net.Error](err); err != nil && (!ok || !e.Timeout()) {
		t.Errorf("Dial with a timeout: %v", err)
	}
}
