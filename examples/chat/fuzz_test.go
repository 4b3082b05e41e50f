package main

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// FuzzFrames has a member send any bytes, in two pieces, and then the end. What comes back are whole frames without a mask, of which the
// last is a close; and the member is gone.
func FuzzFrames(f *testing.F) {
	for _, c := range frames {
		var text bytes.Buffer
		for _, frame := range c.send {
			if err := ws.WriteFrame(&text, frame); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(text.Bytes(), 1)
	}
	f.Add([]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, 2)
	addr, r, _ := start(f)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		c := join(t, addr, "n")
		defer c.Close()
		cut = min(max(cut, 0), len(text))
		_, _ = c.Write(text[:cut])
		_, _ = c.Write(text[cut:])
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		closed := false
		for {
			frame, err := c.frame()
			if err == io.EOF {
				break
			}
			switch {
			case err != nil:
				t.Fatalf("%q is answered by %v, %v", text, frame.Header, err)
			case closed:
				t.Fatalf("%q: a frame after the last one: %v", text, frame.Header)
			case frame.Header.Masked || ws.CheckHeader(frame.Header, ws.StateClientSide) != nil:
				t.Fatalf("%q is answered by %v", text, frame.Header)
			}
			closed = frame.Header.OpCode == ws.OpClose
		}
		if !closed {
			t.Errorf("%q: the end comes without a word", text)
		}
		for r.members.Load() > 0 {
			time.Sleep(time.Millisecond)
		}
	})
}
