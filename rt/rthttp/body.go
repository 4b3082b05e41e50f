package rthttp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"os"
)

// Body is the body of a request: its [http.Request] has it as Body. It is for the handler, as long as that runs.
type Body struct {
	w       *Response
	left    int64 // bytes that come, of the body or of the chunk
	chunked bool
	begun   bool  // something was read
	expect  bool  // the client waits to be told that it may send it
	inChunk bool  // the end of a chunk comes
	most    int64 // how many bytes are taken yet
	err     error // of all later reads; io.EOF: it was read to its end

	extensions int         // bytes of them so far
	announced  http.Header // fields of the trailer
}

const (
	chunkLine    = 256     // how long the line with a size may be, with its extensions
	chunkLines   = 8 << 10 // extensions in all
	trailerBytes = 8 << 10 // what comes after the last chunk
)

// BodyOf gives the body of a request that a Server has read, for the Read of a task. A request without a body has an empty one.
func BodyOf(r *http.Request) *Body {
	if b, ok := r.Body.(*Body); ok {
		return b
	}
	return &Body{err: io.EOF}
}

// ReadAll reads the body of a request to its end.
//
//async:func
func ReadAll(r *http.Request) ([]byte, error) {
	b := BodyOf(r)
	all := make([]byte, 0, min(max(r.ContentLength, 512), 64<<10)) // a client may announce what it likes
	for {
		if len(all) == cap(all) {
			all = append(all, 0)[:len(all)]
		}
		n, err := b.Read(all[len(all):cap(all)])
		all = all[:len(all)+n]
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// Read waits for bytes of the body, and takes as many as there are and p has room for. It gives [io.EOF] at the end.
//
// It is cancel-safe.
//
//async:func
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if !b.begun {
		b.begin()
	}
	n, err := b.read(p)
	if err == io.EOF && !b.w.c.reading.disarm() {
		err = os.ErrDeadlineExceeded
	}
	if err != nil && err != io.EOF {
		err = b.failed(err)
	}
	b.err = err
	return n, err
}

// failed is for an error after which there is no other request.
func (b *Body) failed(err error) error {
	b.w.close = true
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return refusal{http.StatusRequestTimeout, "the body takes too long", err}
	}
	var r refusal
	var long *http.MaxBytesError
	if !errors.As(err, &r) && !errors.As(err, &long) {
		b.w.c.failed = true // the client is gone
	}
	return err
}

// begin starts the time, and lets the client begin that waits for it.
func (b *Body) begin() {
	b.begun = true
	c := b.w.c
	c.reading.arm(c.v, c.v.s.readBodyTimeout())
	if b.expect && b.w.status == 0 {
		c.putString("HTTP/1.1 100 Continue\r\n\r\n")
	}
	b.expect = false
}

//async:func
func (b *Body) read(p []byte) (int, error) {
	if b.left == 0 && b.chunked {
		if err := b.nextChunk(); err != nil {
			return 0, cutShort(err)
		}
	}
	if b.left == 0 {
		return 0, io.EOF
	}
	if b.most == 0 {
		return 0, &http.MaxBytesError{Limit: b.w.c.v.s.maxBodyBytes()}
	}
	p = p[:min(int64(len(p)), b.left, b.most)]
	n, err := b.w.c.take(p)
	b.left -= int64(n)
	b.most -= int64(n)
	return n, cutShort(err)
}

// cutShort is the error of a body that ends too early. The io.EOF of nextChunk is the end of the body.
func cutShort(err error) error {
	switch err {
	case io.EOF:
		return io.ErrUnexpectedEOF
	case errLast:
		return io.EOF
	}
	return err
}

// take reads into p: large pieces past the buffer.
//
//async:func
func (c *conn) take(p []byte) (int, error) {
	if c.buffered() == 0 {
		if len(p) >= bufferSize && len(c.out) == 0 {
			return c.read(p)
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.bytes())
	c.skip(n)
	return n, nil
}

// errLast says that there are no more chunks.
var errLast = errors.New("rthttp: the last chunk")

// nextChunk reads up to the bytes of the next chunk:
//
//	\r\n        of the one before
//	1a;x=y\r\n
//
//async:func
func (b *Body) nextChunk() error {
	c := b.w.c
	if b.inChunk {
		n, err := c.line(len(crlf))
		if err != nil {
			return err
		}
		if n != 0 {
			return bad("a chunk that is longer than its size")
		}
		c.skip(len(crlf))
		b.inChunk = false
	}
	n, err := c.line(chunkLine)
	if err != nil {
		return err
	}
	size, extension, ok := chunkSize(c.bytes()[:n])
	if !ok {
		return bad("a malformed size of a chunk")
	}
	c.skip(n + len(crlf))
	if b.extensions += extension; b.extensions > chunkLines {
		return bad("too many extensions of chunks")
	}
	if size == 0 {
		if err := b.trailer(); err != nil {
			return err
		}
		return errLast
	}
	b.left, b.inChunk = size, true
	return nil
}

// chunkSize reads the size of a chunk, and gives how long its extensions are.
func chunkSize(line []byte) (size int64, extension int, ok bool) {
	digits, after, found := bytes.Cut(line, []byte(";"))
	if found {
		extension = len(after) + 1
		digits = bytes.TrimRight(digits, " \t")
	}
	if len(digits) == 0 || len(digits) > 15 {
		return 0, 0, false
	}
	for _, d := range digits {
		switch {
		case d >= '0' && d <= '9':
			d -= '0'
		case d >= 'a' && d <= 'f':
			d -= 'a' - 10
		case d >= 'A' && d <= 'F':
			d -= 'A' - 10
		default:
			return 0, 0, false
		}
		size = size<<4 | int64(d)
	}
	return size, extension, true
}

// line waits for a line of most bytes, its end included, and gives how long it is without that. It takes nothing.
//
//async:func
func (c *conn) line(most int) (int, error) {
	for {
		text := c.bytes()
		i := bytes.IndexByte(text, '\n')
		switch {
		case i >= most, i < 0 && len(text) >= most:
			return 0, bad("a line of a chunk that is too long")
		case i == 0, i > 0 && text[i-1] != '\r', i > 0 && bytes.IndexByte(text[:i-1], '\r') >= 0:
			return 0, bad("a line of a chunk that does not end as it has to")
		case i > 0:
			return i - 1, nil
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
}

// trailer reads what comes after the last chunk. Fields that the header has announced are put into the request.
//
//async:func
func (b *Body) trailer() error {
	c := b.w.c
	var text []byte
	for {
		n, err := c.line(trailerBytes)
		if err != nil {
			return err
		}
		line := c.bytes()[:n]
		if n > 0 {
			var h head
			if err := h.line(line); err != nil || h != (head{}) || len(text)+n > trailerBytes {
				return bad("a malformed trailer")
			}
		}
		text = append(append(text, line...), crlf...)
		c.skip(n + len(crlf))
		if n == 0 {
			break
		}
	}
	if len(text) == len(crlf) || b.announced == nil {
		return nil
	}
	fields, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(text))).ReadMIMEHeader()
	if err != nil {
		return bad("a malformed trailer")
	}
	for name := range b.announced {
		if values, ok := fields[name]; ok {
			b.announced[name] = values
		}
	}
	return nil
}

// Close implements [io.Closer]. What was not read is left to the server.
func (b *Body) Close() error {
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
	}
	return nil
}

// discarded is how many bytes of a body a server reads that its handler has not.
const discarded = 256 << 10

// unread reports whether the client may still send some of the body.
func (b *Body) unread() bool { return b.err == nil || b.err == http.ErrBodyReadAfterClose }

// tooMuch reports whether it is not worth while to read the rest: the connection is closed then. So it is where the client
// waits to be told to go on, and may send the body, or not.
func (b *Body) tooMuch() bool {
	return b.unread() && (b.expect || b.left > discarded)
}

// discard reads what the handler has not, and reports whether the next request comes after it.
//
//async:func
func (b *Body) discard() bool {
	if !b.unread() {
		return b.err == io.EOF
	}
	c := b.w.c
	b.err, b.begun = nil, true
	c.reading.arm(c.v, c.v.s.readHeaderTimeout())
	b.most = min(b.most, discarded)
	box := buffers.Get()
	defer putBuffer(box)
	for {
		if _, err := b.Read(box); err != nil {
			return err == io.EOF
		}
	}
}
