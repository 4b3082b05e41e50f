package rthttp

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// conn is a connection. All of it but the limits and the links is its task's; a handler that runs on the blocking pool
// stands in for the task.
type conn struct {
	v     *serving
	plain *rtnet.Conn
	tls   *rtnet.TLSConn          // over plain; nil: no TLS
	task  *rt.JoinHandle[rt.Unit] // guarded by v.mu

	next, prev *conn // guarded by v.mu
	removed    bool  // guarded by v.mu

	response *Response // to the request that is being handled: frames do not keep it, so that it can go when it is hijacked
	hijacked bool
	idle     atomic.Bool // it waits for a request: whoever shuts the server down may end it
	reading  limit
	writing  limit

	failed  bool   // nothing more can be sent
	partial bool   // out ends with a part of a header
	in      *input // what was read and not used; nil: nothing
	out     []byte // is to be sent before we wait for the client; nil: nothing
	remote  string // address; empty: not asked for yet
}

// bufferSize is that of the buffers for one direction of a connection that is busy.
const bufferSize = 4 << 10

var buffers = rtnet.NewBuffers(bufferSize)

// putBuffer takes a buffer back. One that has grown is left to the garbage collector.
func putBuffer(b []byte) {
	if cap(b) == bufferSize {
		buffers.Put(b)
	}
}

// serve serves the connection to its end.
//
//async:func await=handle
func (c *conn) serve(handle func(w *Response, r *http.Request) error) {
	defer c.close()
	if !c.handshake() {
		return
	}
	for c.waitForRequest() {
		if err := c.readRequest(); err != nil {
			c.refuse(err)
			return
		}
		if err := c.call(handle); c.hijacked || !c.answer(err) {
			return
		}
	}
}

// handshake reports whether there is a connection.
//
//async:func
func (c *conn) handshake() bool {
	if c.tls == nil {
		return true
	}
	c.reading.arm(c.v, c.v.s.readHeaderTimeout())
	err := c.tls.Handshake()
	return c.reading.disarm() && err == nil
}

// close closes it. It is called when the task ends, also by a cancel.
func (c *conn) close() {
	if !c.hijacked {
		_ = c.closeStream()
		c.letGo()
	}
	c.v.remove(c)
}

func (c *conn) closeStream() error {
	if c.tls != nil {
		return c.tls.Close()
	}
	return c.plain.Close()
}

func (c *conn) closeWrite() error {
	if c.tls != nil {
		return c.tls.CloseWrite()
	}
	return c.plain.CloseWrite()
}

// letGo gives the buffers back.
func (c *conn) letGo() {
	if c.in != nil {
		c.skip(c.buffered())
	}
	putBuffer(c.out)
	c.out = nil
}

//async:func
func (c *conn) read(p []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Read(p)
	}
	return c.plain.Read(p)
}

// input is what was read from a connection and not used: buf[first:last].
type input struct {
	buf         []byte
	first, last int
}

var inputs = sync.Pool{New: func() any { return new(input) }}

// buffered is how many bytes were read and not used.
func (c *conn) buffered() int {
	if c.in == nil {
		return 0
	}
	return c.in.last - c.in.first
}

// bytes are those that were read and not used.
func (c *conn) bytes() []byte {
	if c.in == nil {
		return nil
	}
	return c.in.buf[c.in.first:c.in.last]
}

// skip uses n of them.
func (c *conn) skip(n int) {
	in := c.in
	if n == 0 && in == nil {
		return
	}
	if in.first += n; in.first < in.last {
		return
	}
	putBuffer(in.buf)
	c.in, *in = nil, input{}
	inputs.Put(in)
}

// keep takes a buffer of bytes that were read. There are no others.
func (c *conn) keep(p []byte) {
	c.in = inputs.Get().(*input)
	c.in.buf, c.in.last = p[:cap(p)], len(p)
}

// fill sends what is to be sent, and waits for more bytes of the client.
//
//async:func
func (c *conn) fill() error {
	if len(c.out) > 0 && !c.partial {
		if err := c.flush(); err != nil {
			return err
		}
	}
	switch { // we wait without a buffer
	case c.buffered() > 0:
	case c.tls == nil:
		p, err := c.plain.ReadLent(buffers)
		if err == nil {
			c.keep(p)
		}
		return err
	default:
		if err := c.tls.Readable(); err != nil {
			return err
		}
	}
	n, err := c.read(c.room())
	c.got(n)
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

// room gives room for more bytes, and got takes note of how many there were.
func (c *conn) room() []byte {
	if c.in == nil {
		c.keep(buffers.Get()[:0])
	}
	in := c.in
	switch {
	case in.last < len(in.buf):
	case in.first > 0:
		in.last = copy(in.buf, c.bytes())
		in.first = 0
	default:
		more := make([]byte, 2*len(in.buf))
		copy(more, in.buf)
		putBuffer(in.buf)
		in.buf = more
	}
	return in.buf[in.last:]
}

func (c *conn) got(n int) {
	c.in.last += n
	c.skip(0)
}

// send writes p, within the time for that.
//
//async:func
func (c *conn) send(p []byte) error {
	c.writing.arm(c.v, c.v.s.writeTimeout())
	var err error
	if c.tls != nil {
		_, err = c.tls.Write(p)
	} else {
		_, err = c.plain.Write(p)
	}
	return c.wrote(err)
}

// sendAll writes all of bufs, within the time for that.
//
//async:func
func (c *conn) sendAll(bufs [][]byte) error {
	c.writing.arm(c.v, c.v.s.writeTimeout())
	var err error
	if c.tls != nil {
		_, err = c.tls.Writev(bufs)
	} else {
		_, err = c.plain.Writev(bufs)
	}
	return c.wrote(err)
}

// wrote is the end of a write.
func (c *conn) wrote(err error) error {
	if !c.writing.disarm() && err == nil {
		err = os.ErrDeadlineExceeded
	}
	c.failed = c.failed || err != nil
	return err
}

// flush sends what is to be sent.
//
//async:func
func (c *conn) flush() error {
	out := c.out
	c.out = nil
	if len(out) == 0 {
		return nil
	}
	err := c.send(out)
	putBuffer(out)
	return err
}

// put appends to what is to be sent.
func (c *conn) put(p []byte) {
	if c.out == nil {
		c.out = buffers.Get()[:0]
	}
	c.out = append(c.out, p...)
}

func (c *conn) putString(s string) {
	if c.out == nil {
		c.out = buffers.Get()[:0]
	}
	c.out = append(c.out, s...)
}

// waitForRequest waits for the first byte of a request, and reports whether there is one.
//
//async:func
func (c *conn) waitForRequest() bool {
	for {
		for c.buffered() > 0 && (c.bytes()[0] == '\r' || c.bytes()[0] == '\n') { // empty lines before a request are left out
			c.skip(1)
		}
		if c.buffered() > 0 {
			return true
		}
		c.reading.arm(c.v, c.v.s.idleTimeout())
		c.idle.Store(true)
		if c.v.s.closing.Load() { // else reapIdle sees that we are idle
			return false
		}
		var err error
		if c.tls == nil && len(c.out) == 0 { // as fill does it, but without its frame while we wait
			var p []byte
			if p, err = c.plain.ReadLent(buffers); err == nil {
				c.keep(p)
			}
		} else {
			err = c.fill()
		}
		c.idle.Store(false)
		if !c.reading.disarm() || err != nil {
			return false
		}
	}
}

// readRequest reads the header of a request, of which a byte is there, and makes the response. Its error is one that refuse
// knows.
//
//async:func
func (c *conn) readRequest() error {
	most := c.v.s.maxHeaderBytes()
	seen := 0
	for {
		if i := bytes.Index(c.bytes()[seen:], headEnd); i >= 0 {
			n := seen + i + len(headEnd)
			if n > most {
				return refused(http.StatusRequestHeaderFieldsTooLarge, "the header is too long")
			}
			if seen > 0 && !c.reading.disarm() {
				return os.ErrDeadlineExceeded
			}
			w, err := c.parse(c.bytes()[:n])
			c.response = w
			c.skip(n)
			return err
		}
		if c.buffered() > most {
			return refused(http.StatusRequestHeaderFieldsTooLarge, "the header is too long")
		}
		if seen == 0 {
			c.reading.arm(c.v, c.v.s.readHeaderTimeout())
		}
		seen = max(1, c.buffered()-len(headEnd)+1) // 1 says that the time runs
		if err := c.fill(); err != nil {
			return err
		}
	}
}

var headEnd = []byte("\r\n\r\n")

// answer ends the response, whose handler has given err, and reports whether the connection goes on.
//
//async:func
func (c *conn) answer(err error) bool {
	w := c.response
	c.response = nil
	if err != nil && !w.fail(err) {
		return false
	}
	if w.finish() != nil {
		return false
	}
	if w.close && (w.body.unread() || c.buffered() > 0) {
		c.linger()
	}
	return !w.close
}

// call calls the handler. A panic becomes an error.
//
//async:func await=handle
func (c *conn) call(handle func(w *Response, r *http.Request) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError{p, debug.Stack()}
		}
	}()
	return handle(c.response, c.response.takeRequest())
}

// panicError is the panic of a handler.
type panicError struct {
	value any
	stack []byte
}

// Error implements error.
func (panicError) Error() string { return "panic" }

// StatusError is an error of a handler that is a response: a status, with a text for the client. The status should be
// one of 400 and more.
type StatusError struct {
	Status int
	Text   string // empty: the name of the status
}

// Error implements error.
func (e *StatusError) Error() string { return e.text() }

func (e *StatusError) text() string {
	if e.Text == "" {
		return http.StatusText(e.Status)
	}
	return e.Text
}

// statusOf is the status for an error of a handler, and what the client is told.
func statusOf(err error) *StatusError {
	var status *StatusError
	var long *http.MaxBytesError
	var r refusal
	switch {
	case errors.As(err, &status):
		return status
	case errors.As(err, &long):
		return &StatusError{Status: http.StatusRequestEntityTooLarge}
	case errors.As(err, &r):
		return &StatusError{Status: r.status, Text: r.text}
	}
	return &StatusError{Status: http.StatusInternalServerError}
}

// refuse answers what is no request that we serve. Where nothing can be answered it does nothing.
//
//async:func
func (c *conn) refuse(err error) {
	var r refusal
	switch {
	case errors.As(err, &r):
	case errors.Is(err, os.ErrDeadlineExceeded):
		r = refused(http.StatusRequestTimeout, "the header takes too long")
	default:
		return // the client is gone
	}
	w := &Response{c: c, minor: 1, close: true}
	w.error(&StatusError{Status: r.status, Text: r.text})
	if w.finish() == nil {
		c.linger()
	}
}

// How long, and for how many bytes, we listen after a last response: a connection that is closed while there are bytes
// that were not read is reset, and the client may never see the response.
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

// linger ends the connection so that the client sees the last response.
//
//async:func
func (c *conn) linger() {
	if c.closeWrite() != nil {
		return
	}
	_, _ = rt.Timeout(lingerTime, c.drainAsync())
}

//async:func
func (c *conn) drain() error {
	_ = c.plain.SetReadDeadline(time.Time{})
	for total := 0; total < lingerBytes; {
		c.skip(c.buffered())
		if err := c.fill(); err != nil {
			return err
		}
		total += c.buffered()
	}
	return io.ErrShortBuffer
}
