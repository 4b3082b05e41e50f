//go:build !rtnet_plain

package rthttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
	"github.com/asyncgen/asyncgen/rt/rttest"
)

// repeats answers with the body that it gets, some times, in pieces between which it waits.
//
//async:func
func repeats(w *rthttp.Response, r *http.Request) error {
	body, err := rthttp.ReadAll(r)
	if err != nil {
		return err
	}
	times, err := strconv.Atoi(r.URL.Query().Get("times"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Length", strconv.Itoa(times*len(body)))
	for range times {
		if _, err := w.Write(body); err != nil {
			return err
		}
		rt.Sleep(time.Millisecond)
	}
	return nil
}

// ask sends a request on a connection, and checks the answer.
//
//async:func
func ask(c *rtnet.Conn, in *rtnet.Reader, body string, times int) error {
	request := fmt.Sprintf("POST /?times=%d HTTP/1.1\r\nHost: web\r\nContent-Length: %d\r\n\r\n%s", times, len(body), body)
	if _, err := c.Write([]byte(request)); err != nil {
		return err
	}
	status, err := in.ReadLine()
	if err != nil {
		return err
	}
	size := -1
	for {
		line, err := in.ReadLine()
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		if rest, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if size, err = strconv.Atoi(rest); err != nil {
				return err
			}
		}
	}
	want := strings.Repeat(body, times)
	if status != "HTTP/1.1 200 OK" || size != len(want) {
		return fmt.Errorf("%w: %q, %d bytes", errWrong, status, size)
	}
	got := make([]byte, size)
	if _, err := in.ReadFull(got); err != nil {
		return err
	}
	if string(got) != want {
		return fmt.Errorf("%w: %q, want %q", errWrong, got, want)
	}
	return nil
}

var errWrong = errors.New("a wrong answer")

// lost reports whether err says that the connection was broken off, which a client tries again after.
func lost(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// visitor makes requests, on one connection as long as that holds.
//
//async:func
func visitor(id, requests int) error {
	var c *rtnet.Conn
	var in *rtnet.Reader
	defer func() {
		if c != nil {
			_ = c.Close()
		}
	}()
	from := rtnet.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(10, 9, 0, byte(id))}}
	for i := 0; i < requests; {
		if c == nil {
			var err error
			if c, err = from.Dial("tcp", "web:80"); err != nil {
				return err
			}
			in = rtnet.NewReader(c)
		}
		switch err := ask(c, in, fmt.Sprintf("<%d of %d>", i, id), 1+i%5); {
		case err == nil:
			i++
		case lost(err):
			_ = c.Close()
			c = nil
		default:
			return err
		}
	}
	return nil
}

// website serves visitors of several hosts, and is shut down.
//
//async:func
func website(visitors, requests int) error {
	l, err := rtnet.Listen("tcp", "web:80")
	if err != nil {
		return err
	}
	var s rthttp.Server
	serving := rt.Spawn(s.ServeAsync(l, repeatsAsync))
	var all rt.Group
	for id := range visitors {
		all.Go(func() error { return visitor(id+1, requests) })
	}
	if err := all.Wait(); err != nil {
		return err
	}
	if err := s.Shutdown(context.Background()); err != nil {
		return err
	}
	if _, err := rt.Await(serving); err != http.ErrServerClosed {
		return fmt.Errorf("Serve: %w", err)
	}
	return nil
}

// TestSimulated serves over the network of a simulation, by seed: bytes take time, come in pieces, and connections break off. A
// client gets a whole answer, and its own, or its connection is gone.
func TestSimulated(t *testing.T) {
	body := func() rt.Future[rt.Unit] { return websiteAsync(4, 6) }
	rttest.Explore(t, 20, body)
	rough := rttest.Faults{MaxLatency: 30 * time.Millisecond, Partial: true}
	rttest.Explore(t, 30, body, rttest.Network(rough))
	rough.Reset = 30
	rttest.Explore(t, 30, body, rttest.Network(rough))
}

// apart has a client that is cut off in the middle of a request, and one that is not.
//
//async:func
func apart() error {
	l, err := rtnet.Listen("tcp", "web:80")
	if err != nil {
		return err
	}
	s := rthttp.Server{ReadHeaderTimeout: time.Minute}
	serving := rt.Spawn(s.ServeAsync(l, repeatsAsync))
	from := rtnet.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(10, 9, 9, 9)}}
	c, err := from.Dial("tcp", "web:80")
	if err != nil {
		return err
	}
	defer c.Close()
	in := rtnet.NewReader(c)
	if err := ask(c, in, "before", 2); err != nil {
		return err
	}
	if _, err := c.Write([]byte("POST / HTTP/1.1\r\nHo")); err != nil {
		return err
	}
	rt.Sleep(time.Second)
	rttest.Cut("10.9.9.9")
	begin := rt.Now()
	if err := visitor(1, 5); err != nil {
		return fmt.Errorf("another client: %w", err)
	}
	if took := rt.Since(begin); took > 30*time.Second {
		return fmt.Errorf("another client waits %v", took)
	}
	rt.Sleep(2 * time.Minute) // the server has given up
	rttest.Heal()
	if _, err := in.ReadLine(); err == nil {
		_, err = c.Write([]byte("st: web\r\n\r\n"))
		for err == nil { // an answer that says so, and the end
			_, err = in.ReadLine()
		}
		if !lost(err) {
			return fmt.Errorf("after the time for the header: %w", err)
		}
	} else if !lost(err) {
		return fmt.Errorf("after the time for the header: %w", err)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		return err
	}
	if _, err := rt.Await(serving); err != http.ErrServerClosed {
		return fmt.Errorf("Serve: %w", err)
	}
	return nil
}

// TestSimulatedCut cuts a client off: the server ends its connection after the time for a header, and others are not affected.
func TestSimulatedCut(t *testing.T) {
	rttest.Explore(t, 20, apartAsync)
	rttest.Explore(t, 20, apartAsync, rttest.Network(rttest.Faults{MinLatency: time.Millisecond, MaxLatency: 30 * time.Millisecond, Partial: true}))
}
