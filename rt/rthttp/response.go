package rthttp

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// Response is the response to a request. In its blocking form it is an [http.ResponseWriter]. It is for the handler and
// what runs in its task, as long as the handler runs.
type Response struct {
	c      *conn
	req    *http.Request // until the handler has it
	body   Body          // of the request
	minor  int           // of the version of the request
	head   bool          // the request is a HEAD
	close  bool          // the connection ends after it
	ended  bool          // the handler has returned
	header http.Header

	status   int    // 0: not decided
	start    int    // where in the connection's out it begins
	length   int64  // of the body, as the handler says; -1: it does not
	typed    bool   // the handler has said a Content-Type, or that there is none
	sent     bool   // a part of it, at least, was sent
	framed   bool   // the header is complete
	chunked  bool   // the body comes in chunks
	written  int64  // bytes of the body
	out      []byte // bytes of the body that are not in the connection's out; nil: none
	trailers []string
}

// takeRequest is the request, for the handler: we do not keep it while that runs.
func (w *Response) takeRequest() *http.Request {
	r := w.req
	w.req = nil
	return r
}

// Header is the header, for changes before the first Write or WriteHeader. As with net/http, fields whose name begins
// with [http.TrailerPrefix], or that the field "Trailer" has announced, are sent after a body that comes in chunks.
func (w *Response) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header, 2)
	}
	return w.header
}

// WriteHeader decides the status, and takes the header. It sends nothing yet. A status of 100 to 199, but for 101, is a response that comes
// before the one that counts, sent with the next Flush.
func (w *Response) WriteHeader(status int) {
	switch {
	case w.status != 0 || w.ended || w.c == nil:
		return
	case status < 100 || status > 999:
		panic("rthttp: WriteHeader of " + strconv.Itoa(status))
	case status < 200 && status != http.StatusSwitchingProtocols:
		w.c.putStatus(w.minor, status)
		w.c.putFields(w.header, nil)
		w.c.put(crlf)
		return
	}
	c := w.c
	w.status, w.start, w.length = status, len(c.out), -1
	c.partial = true
	c.putStatus(w.minor, status)
	if len(w.header) > 0 {
		w.takeHeader()
	}
	if _, ok := w.header["Date"]; !ok {
		c.putString("Date: ")
		c.putString(date(rt.Now()))
		c.put(crlf)
	}
}

// takeHeader takes from the header what matters to us, and appends all of it but what frames the body.
func (w *Response) takeHeader() {
	h := w.header
	_, w.typed = h["Content-Type"]
	if _, ok := h["Content-Encoding"]; ok {
		w.typed = true
	}
	if value := h.Get("Content-Length"); value != "" {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
			w.length = n
		}
	}
	for _, value := range h["Connection"] {
		if strings.EqualFold(value, "close") {
			w.close = true
		}
	}
	for _, value := range h["Trailer"] {
		for name := range strings.SplitSeq(value, ",") {
			w.trailers = append(w.trailers, http.CanonicalHeaderKey(strings.TrimSpace(name)))
		}
	}
	w.c.putFields(h, w.leftOut)
}

// leftOut reports whether a field does not come with the handler's header: it frames the body, or comes after it.
func (w *Response) leftOut(name string) bool {
	switch name {
	case "Content-Length", "Transfer-Encoding":
		return true
	case "Connection":
		return w.status != http.StatusSwitchingProtocols
	}
	return slices.Contains(w.trailers, name) || strings.HasPrefix(name, http.TrailerPrefix)
}

// putStatus appends a status line.
func (c *conn) putStatus(minor, status int) {
	if status == http.StatusOK && minor == 1 {
		c.putString("HTTP/1.1 200 OK\r\n")
		return
	}
	c.putString("HTTP/1.")
	c.putString(strconv.Itoa(minor))
	c.putString(" ")
	c.putString(strconv.Itoa(status))
	c.putString(" ")
	c.putString(http.StatusText(status))
	c.put(crlf)
}

// putFields appends the fields of h in the order of their names. A name that is none is left out, and so is what would end
// a line.
func (c *conn) putFields(h http.Header, leftOut func(name string) bool) {
	var few [16]string
	names := few[:0]
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if leftOut != nil && leftOut(name) {
			continue
		}
		for _, value := range h[name] {
			c.putField(name, value)
		}
	}
}

func (c *conn) putField(name, value string) {
	if !isToken([]byte(name)) {
		return
	}
	c.putString(name)
	c.putString(": ")
	if strings.ContainsAny(value, "\r\n\x00") {
		value = oneLine.Replace(value)
	}
	c.putString(value)
	c.put(crlf)
}

var oneLine = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")

// bodiless reports whether a response with the status has no body.
func bodiless(status int) bool {
	return status < 200 || status == http.StatusNoContent || status == http.StatusNotModified
}

// Write writes to the body, after a WriteHeader of 200 if there was none. It waits only while the client takes what is
// sent too slowly.
//
// It is not cancel-safe.
//
//async:func
func (w *Response) Write(p []byte) (int, error) {
	if err := w.mayWrite(len(p)); err != nil {
		return 0, err
	}
	w.written += int64(len(p))
	if w.head {
		if w.out == nil {
			w.out = buffers.Get()[:0] // for the type
		}
		w.out = append(w.out, p[:min(len(p), max(0, 512-len(w.out)))]...)
		return len(p), nil
	}
	if len(w.out)+len(p) <= bufferSize {
		if w.out == nil {
			w.out = buffers.Get()[:0]
		}
		w.out = append(w.out, p...)
		return len(p), nil
	}
	w.frame(false, p)
	if err := w.emit(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// mayWrite begins a Write of n bytes.
func (w *Response) mayWrite(n int) error {
	if w.ended || w.c == nil {
		return errLate
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case bodiless(w.status):
		return http.ErrBodyNotAllowed
	case w.length >= 0 && w.written+int64(n) > w.length:
		return http.ErrContentLength
	}
	return nil
}

var errLate = errors.New("rthttp: a Response is used after its handler has returned, or hijacked it")

// Flush sends what was written.
//
//async:func
func (w *Response) Flush() error {
	if w.ended || w.c == nil {
		return errLate
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.frame(false, nil)
	return w.emit(nil)
}

// frame completes the header, and says how long the body is. last says that all of it is in w.out.
func (w *Response) frame(last bool, p []byte) {
	if w.framed {
		return
	}
	w.framed = true
	c := w.c
	if sample := p; !w.typed && !bodiless(w.status) && w.written > 0 {
		if len(w.out) > 0 {
			sample = w.out
		}
		c.putField("Content-Type", http.DetectContentType(sample))
	}
	switch {
	case w.length >= 0:
		if w.status != http.StatusNoContent && w.status >= 200 {
			c.putLength(w.length)
		}
	case bodiless(w.status):
	case last && (w.written > 0 || !w.head):
		c.putLength(w.written)
	case last: // a HEAD whose handler says nothing of a body
	case w.minor == 1:
		w.chunked = true
		c.putString("Transfer-Encoding: chunked\r\n")
	case !w.head:
		w.close = true // the end of the body is the end of the connection
	}
	w.frameConnection()
	c.put(crlf)
	c.partial = false
}

// frameConnection says whether the connection goes on.
func (w *Response) frameConnection() {
	c := w.c
	if c.v.s.closing.Load() || w.body.tooMuch() {
		w.close = true
	}
	switch {
	case w.status == http.StatusSwitchingProtocols:
	case w.close:
		c.putString("Connection: close\r\n")
	case w.minor == 0:
		c.putString("Connection: keep-alive\r\n")
	}
}

func (c *conn) putLength(n int64) {
	c.putString("Content-Length: ")
	var digits [20]byte
	c.put(strconv.AppendInt(digits[:0], n, 10))
	c.put(crlf)
}

// emit sends all that there is: the header, what was kept of the body, and p.
//
//async:func
func (w *Response) emit(p []byte) error {
	c := w.c
	w.sent = true
	kept := w.out
	w.out = nil
	n := len(kept) + len(p)
	if w.head || n == 0 {
		putBuffer(kept)
		return c.flush()
	}
	var after []byte
	if w.chunked {
		var size [18]byte
		c.put(append(strconv.AppendInt(size[:0], int64(n), 16), crlf...))
		after = crlf
	}
	if len(c.out)+n+len(after) <= 2*bufferSize {
		c.put(kept)
		c.put(p)
		c.put(after)
		putBuffer(kept)
		return c.flush()
	}
	out := c.out
	c.out = nil
	err := c.sendAll([][]byte{out, kept, p, after})
	putBuffer(kept)
	putBuffer(out)
	return err
}

// error makes it the response for an error, unless something was sent.
func (w *Response) error(status *StatusError) {
	c := w.c
	if w.status != 0 {
		c.out = c.out[:w.start]
	}
	putBuffer(w.out)
	w.out, w.written, w.status, w.framed, w.chunked, w.typed, w.trailers = nil, 0, 0, false, false, false, nil
	w.header = http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}
	code := status.Status
	if code < 400 || code > 999 {
		code = http.StatusInternalServerError
	}
	w.WriteHeader(code)
	text := status.text() + "\n"
	w.written = int64(len(text))
	if !w.head {
		w.out = append(buffers.Get()[:0], text...)
	}
}

// fail is for the error of a handler. It reports whether there is a response.
func (w *Response) fail(err error) bool {
	s := w.c.v.s
	if p, ok := errors.AsType[panicError](err); ok {
		if p.value == http.ErrAbortHandler {
			return false
		}
		s.logf("panic serving %s: %v\n%s", w.c.remote, p.value, p.stack)
	} else if statusOf(err).Status == http.StatusInternalServerError && !w.c.failed { // a client that is gone is no news
		s.logf("serving %s: %v", w.c.remote, err)
	}
	if w.sent {
		return false
	}
	w.error(statusOf(err))
	return true
}

// finish ends the response, and the request. An error says that the connection is over.
//
//async:func
func (w *Response) finish() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.frame(true, nil)
	if w.length >= 0 && w.written != w.length && !w.head && !bodiless(w.status) {
		w.close = true
		_ = w.emit(nil)
		return http.ErrContentLength
	}
	w.ended = true
	if w.chunked && !w.head {
		w.lastChunk()
	}
	if err := w.emit(nil); err != nil {
		return err
	}
	if !w.close && !w.body.discard() {
		w.close = true
	}
	return nil
}

// lastChunk puts what is left of the body, and the end of it.
func (w *Response) lastChunk() {
	c := w.c
	if len(w.out) > 0 {
		var size [18]byte
		c.put(append(strconv.AppendInt(size[:0], int64(len(w.out)), 16), crlf...))
		c.put(w.out)
		c.put(crlf)
		putBuffer(w.out)
		w.out = nil
	}
	c.putString("0\r\n")
	for _, name := range w.trailers {
		for _, value := range w.header[name] {
			c.putField(name, value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.header)) {
		if bare, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			for _, value := range w.header[name] {
				c.putField(bare, value)
			}
		}
	}
	c.put(crlf)
}

// dated is the text of a date for its second.
type dated struct {
	second int64
	text   string
}

// lastDate is the state of the process here: the date of the last response.
var lastDate atomic.Pointer[dated]

// date is the time as a header has it.
func date(now time.Time) string {
	second := now.Unix()
	if d := lastDate.Load(); d != nil && d.second == second {
		return d.text
	}
	d := &dated{second, now.UTC().Format(http.TimeFormat)}
	lastDate.Store(d)
	return d.text
}
