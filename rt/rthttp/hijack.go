package rthttp

import (
	"net"
	"net/http"
	"time"
)

// Hijacked is a connection that its handler has taken over, for another protocol. In its blocking form it is a
// [net.Conn]. It begins with the bytes that the server has read already.
type Hijacked struct{ c *conn }

// Hijack takes the connection over: the server does nothing more with it, and its limits are gone. If WriteHeader was
// called, with [http.StatusSwitchingProtocols] say, the response is sent before. The handler has to close it; the
// handler may go on with it as long as it likes. It must not use the Response, nor the body of the request, any more.
//
//async:func
func (w *Response) Hijack() (*Hijacked, error) {
	switch {
	case w.ended || w.c == nil:
		return nil, errLate
	case w.body.unread():
		return nil, errUnread
	}
	c := w.c
	if w.status != 0 {
		w.frame(false, nil)
		if err := w.emit(nil); err != nil {
			return nil, err
		}
	}
	if !c.reading.disarm() || !c.writing.disarm() {
		return nil, net.ErrClosed
	}
	w.ended, w.c, w.header, c.response = true, nil, nil, nil
	c.remote = ""
	c.v.hijack(c)
	return &Hijacked{c}, nil
}

var errUnread = &StatusError{Status: http.StatusBadRequest, Text: "rthttp: a request with a body cannot be hijacked before that was read"}

// hijack lets a Shutdown not wait for c any more.
func (v *serving) hijack(c *conn) {
	c.hijacked = true
	v.http.Done()
}

// Read waits for bytes, as [rtnet.Conn.Read] does.
//
//async:func
func (h *Hijacked) Read(p []byte) (int, error) {
	c := h.c
	if c.buffered() == 0 && c.tls == nil { // not by way of c.read: that would be a frame more for a connection that is idle
		return c.plain.Read(p)
	}
	if c.buffered() == 0 {
		return c.tls.Read(p)
	}
	n := copy(p, c.bytes())
	c.skip(n)
	return n, nil
}

// Readable waits until a Read would not have to, and takes nothing.
//
//async:func
func (h *Hijacked) Readable() error {
	if h.c.buffered() > 0 {
		return nil
	}
	if h.c.tls != nil {
		return h.c.tls.Readable()
	}
	return h.c.plain.Readable()
}

// Write writes all of p, as [rtnet.Conn.Write] does.
//
//async:func
func (h *Hijacked) Write(p []byte) (int, error) {
	if h.c.tls != nil {
		return h.c.tls.Write(p)
	}
	return h.c.plain.Write(p)
}

// CloseWrite ends the writing direction.
func (h *Hijacked) CloseWrite() error { return h.c.closeWrite() }

// Close closes the connection. Operations that wait end with [net.ErrClosed].
func (h *Hijacked) Close() error { return h.c.closeStream() }

// LocalAddr is the address of this end.
func (h *Hijacked) LocalAddr() net.Addr { return h.c.plain.LocalAddr() }

// RemoteAddr is the address of the other end.
func (h *Hijacked) RemoteAddr() net.Addr { return h.c.plain.RemoteAddr() }

// SetDeadline sets the time at which reads and writes end with [os.ErrDeadlineExceeded]. The zero time is none.
func (h *Hijacked) SetDeadline(t time.Time) error {
	if h.c.tls != nil {
		return h.c.tls.SetDeadline(t)
	}
	return h.c.plain.SetDeadline(t)
}

// SetReadDeadline is SetDeadline for reads.
func (h *Hijacked) SetReadDeadline(t time.Time) error { return h.c.plain.SetReadDeadline(t) }

// SetWriteDeadline is SetDeadline for writes.
func (h *Hijacked) SetWriteDeadline(t time.Time) error {
	if h.c.tls != nil {
		return h.c.tls.SetWriteDeadline(t)
	}
	return h.c.plain.SetWriteDeadline(t)
}
