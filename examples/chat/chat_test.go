package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// start starts a room. It ends with the test.
func start(t testing.TB) (addr string, r *room, end func()) {
	t.Helper()
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r = newRoom()
	var s rthttp.Server
	serving := rt.Spawn(s.ServeAsync(l, r.handleAsync))
	end = sync.OnceFunc(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.Shutdown(ctx)
		_, _ = rt.Await(serving)
		if n := r.members.Load(); n != 0 {
			t.Errorf("%d members are left", n)
		}
	})
	t.Cleanup(end)
	return l.Addr().String(), r, end
}

// client is a member, as a browser is one.
type client struct {
	net.Conn
	r io.Reader
}

func join(t *testing.T, addr, name string) *client {
	t.Helper()
	conn, br, _, err := ws.Dial(t.Context(), "ws://"+addr+"/ws?name="+name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{conn, conn}
	if br != nil {
		c.r = io.MultiReader(io.LimitReader(br, int64(br.Buffered())), conn)
	}
	return c
}

func (c *client) say(t *testing.T, text string) {
	t.Helper()
	if err := wsutil.WriteClientText(c, []byte(text)); err != nil {
		t.Error(err)
	}
}

// hear waits for what somebody says.
func (c *client) hear(t *testing.T) string {
	t.Helper()
	for {
		text, err := wsutil.ReadServerText(struct {
			io.Reader
			io.Writer
		}{c.r, c})
		var m message
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		if err != nil {
			t.Errorf("%q, %v", text, err)
			return ""
		}
		if m.Members == 0 {
			return m.Name + ": " + m.Text
		}
	}
}

// frame reads a frame.
func (c *client) frame() (f ws.Frame, err error) {
	if f.Header, err = ws.ReadHeader(c.r); err != nil {
		return f, err
	}
	f.Payload = make([]byte, f.Header.Length)
	_, err = io.ReadFull(c.r, f.Payload)
	return f, err
}

// TestMembers has many members of whom some talk at once. All hear all of it, in the same order.
func TestMembers(t *testing.T) {
	const members, talk, say = 300, 10, 5
	addr, r, _ := start(t)
	all := make([]*client, members)
	for i := range all {
		all[i] = join(t, addr, fmt.Sprint("m", i))
	}
	for r.members.Load() < members {
		time.Sleep(time.Millisecond)
	}
	heard := make([][]string, members)
	var wait sync.WaitGroup
	for i, c := range all {
		wait.Go(func() {
			for range talk * say {
				heard[i] = append(heard[i], c.hear(t))
			}
		})
		if i%(members/talk) == 0 {
			wait.Go(func() {
				for n := range say {
					c.say(t, fmt.Sprint(n))
				}
			})
		}
	}
	wait.Wait()
	next := map[string]int{}
	for _, line := range heard[0] {
		name, n, _ := strings.Cut(line, ": ")
		if n != fmt.Sprint(next[name]) {
			t.Errorf("%s says %s after %d", name, n, next[name])
		}
		next[name]++
	}
	if len(next) != talk {
		t.Errorf("%d members are heard", len(next))
	}
	for i := range heard {
		if strings.Join(heard[i], " ") != strings.Join(heard[0], " ") {
			t.Fatalf("member %d hears %q, and member 0 %q", i, heard[i], heard[0])
		}
	}
	for _, c := range all[1:] {
		c.Close() // without a word
	}
	for r.members.Load() > 1 {
		time.Sleep(time.Millisecond)
	}
}

// frames are sent, and what has to come back: a frame of this kind, with this payload, or a close with this code.
var frames = map[string]struct {
	send []ws.Frame
	op   ws.OpCode
	want string
	code ws.StatusCode
}{
	"ping":                      {[]ws.Frame{masked(ws.NewPingFrame([]byte("p")))}, ws.OpPong, "p", 0},
	"a pong that nobody wanted": {[]ws.Frame{masked(ws.NewPongFrame(nil)), masked(ws.NewTextFrame([]byte("x")))}, ws.OpText, `{"name":"n","text":"x"}`, 0},
	"in pieces": {[]ws.Frame{masked(ws.NewFrame(ws.OpText, false, []byte("o"))), masked(ws.NewPingFrame(nil)), masked(ws.NewFrame(ws.OpContinuation, true, []byte("k")))},
		ws.OpText, `{"name":"n","text":"ok"}`, 0},
	"close":                  {[]ws.Frame{masked(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, "bye")))}, ws.OpClose, "", ws.StatusNormalClosure},
	"close without a code":   {[]ws.Frame{masked(ws.NewCloseFrame(nil))}, ws.OpClose, "", ws.StatusNormalClosure},
	"close with half a code": {[]ws.Frame{masked(ws.NewFrame(ws.OpClose, true, []byte("x")))}, ws.OpClose, "", ws.StatusProtocolError},
	"no mask":                {[]ws.Frame{ws.NewTextFrame([]byte("x"))}, ws.OpClose, "", ws.StatusProtocolError},
	"too long":               {[]ws.Frame{masked(ws.NewTextFrame(make([]byte, mostOfMessage+1)))}, ws.OpClose, "", ws.StatusMessageTooBig},
	"too long in pieces":     {[]ws.Frame{masked(ws.NewFrame(ws.OpText, false, make([]byte, mostOfMessage))), masked(ws.NewFrame(ws.OpContinuation, true, []byte("x")))}, ws.OpClose, "", ws.StatusMessageTooBig},
	"binary":                 {[]ws.Frame{masked(ws.NewBinaryFrame([]byte("x")))}, ws.OpClose, "", ws.StatusUnsupportedData},
	"no UTF-8":               {[]ws.Frame{masked(ws.NewTextFrame([]byte("\xff")))}, ws.OpClose, "", ws.StatusInvalidFramePayloadData},
	"a long ping":            {[]ws.Frame{masked(ws.NewPingFrame(make([]byte, 126)))}, ws.OpClose, "", ws.StatusProtocolError},
	"a piece of a ping":      {[]ws.Frame{masked(ws.NewFrame(ws.OpPing, false, nil))}, ws.OpClose, "", ws.StatusProtocolError},
	"an unknown kind":        {[]ws.Frame{masked(ws.NewFrame(3, true, nil))}, ws.OpClose, "", ws.StatusProtocolError},
	"a piece of nothing":     {[]ws.Frame{masked(ws.NewFrame(ws.OpContinuation, true, nil))}, ws.OpClose, "", ws.StatusProtocolError},
}

func masked(f ws.Frame) ws.Frame { return ws.MaskFrame(f) }

func TestFrames(t *testing.T) {
	addr, _, _ := start(t)
	for name, f := range frames {
		t.Run(name, func(t *testing.T) {
			c := join(t, addr, "n")
			for _, frame := range f.send {
				if err := ws.WriteFrame(c, frame); err != nil {
					t.Fatal(err)
				}
			}
			got, err := c.frame()
			for err == nil && got.Header.OpCode == ws.OpPong && f.op != ws.OpPong {
				got, err = c.frame()
			}
			if err != nil || got.Header.OpCode != f.op {
				t.Fatalf("%v, %v", got, err)
			}
			if code, _ := ws.ParseCloseFrameData(got.Payload); f.op == ws.OpClose && code != f.code || f.op != ws.OpClose && string(got.Payload) != f.want {
				t.Errorf("%v %q", code, got.Payload)
			}
			if f.op == ws.OpClose {
				if rest, err := io.ReadAll(c.r); len(rest) > 0 || err != nil {
					t.Errorf("after the end: %q, %v", rest, err)
				}
			}
		})
	}
}

// TestUpgrade has requests that are not for a member.
func TestUpgrade(t *testing.T) {
	addr, _, _ := start(t)
	const good = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for _, c := range []struct {
		request string
		status  int
	}{
		{"GET /ws?name=a HTTP/1.1\r\nHost: h\r\n" + good, 101},
		{"GET /ws?name=a HTTP/1.1\r\nHost: h\r\nOrigin: http://h\r\n" + good, 101},
		{"GET /ws?name=a HTTP/1.1\r\nHost: h\r\nOrigin: http://elsewhere\r\n" + good, 403},
		{"GET /ws?name= HTTP/1.1\r\nHost: h\r\n" + good, 400},
		{"GET /ws?name=a HTTP/1.1\r\nHost: h\r\n", 400},
		{"POST /ws?name=a HTTP/1.1\r\nHost: h\r\n" + good, 400},
		{"GET /ws?name=a HTTP/1.1\r\nHost: h\r\n" + strings.Replace(good, "==", "", 1), 400},
		{"GET /ws?name=a HTTP/1.1\r\nHost: h\r\n" + strings.Replace(good, "13", "8", 1), 426},
		{"GET / HTTP/1.1\r\nHost: h\r\n", 200},
		{"GET /members HTTP/1.1\r\nHost: h\r\n", 200},
		{"GET /nothing HTTP/1.1\r\nHost: h\r\n", 404},
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, c.request+"\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != c.status {
			t.Errorf("%q: %v, %v", c.request, resp, err)
		} else if c.status == 101 && resp.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" { // from RFC 6455
			t.Error(resp.Header)
		}
		conn.Close()
	}
}

// TestEnd has members told when the server ends.
func TestEnd(t *testing.T) {
	addr, r, end := start(t)
	a, b := join(t, addr, "a"), join(t, addr, "b")
	for r.members.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	var wait sync.WaitGroup
	for _, c := range []*client{a, b} {
		wait.Go(func() {
			defer c.Close()
			f, err := c.frame()
			if code, _ := ws.ParseCloseFrameData(f.Payload); err != nil || f.Header.OpCode != ws.OpClose || code != ws.StatusGoingAway {
				t.Errorf("%v, %v", f, err)
			}
		})
	}
	end()
	wait.Wait()
}
