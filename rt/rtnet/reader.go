package rtnet

import (
	"bytes"
	"errors"
	"io"
)

// Reader reads lines, records and single bytes from a [Source]. It holds a buffer only while that has bytes: a
// task that waits for the next line holds none.
//
// A Reader is for one task at a time. Its operations are cancel-safe, [Reader.ReadFull] apart: what was read for a
// cancelled one is there for the next.
type Reader struct {
	src   Source
	buf   []byte // nil: none
	first int    // the bytes are buf[first:last]
	last  int
	limit int
	err   error // of src, to be given when the bytes are used up
}

// ErrTooLong is the error of a line, or another piece, that is longer than the limit: see [Reader.SetLimit].
var ErrTooLong = errors.New("rtnet: too long")

const (
	readerBuffer = 4 << 10
	readerLimit  = 1 << 20
)

var readerBuffers = NewBuffers(readerBuffer)

// NewReader makes a Reader.
func NewReader(src Source) *Reader { return &Reader{src: src, limit: readerLimit} }

// SetLimit says how many bytes the Reader keeps at most: how long a line may be, for [Reader.ReadLine],
// [Reader.ReadUntil] and [Reader.Peek]. Without it that is 1 MiB.
func (r *Reader) SetLimit(n int) { r.limit = max(n, 1) }

// Buffered is how many bytes are there, which need not be waited for.
func (r *Reader) Buffered() int { return r.last - r.first }

// bytes are those that are there.
func (r *Reader) bytes() []byte { return r.buf[r.first:r.last] }

// skip takes n of them out.
func (r *Reader) skip(n int) {
	if r.first += n; r.first == r.last {
		r.letGo()
	}
}

// letGo gives the buffer back, which is empty.
func (r *Reader) letGo() {
	if len(r.buf) == readerBuffer {
		readerBuffers.Put(r.buf)
	}
	r.buf, r.first, r.last = nil, 0, 0
}

// room makes room for more bytes.
func (r *Reader) room() {
	switch {
	case r.buf == nil:
		r.buf = readerBuffers.Get()
	case r.last < len(r.buf):
	case r.first > 0:
		r.last = copy(r.buf, r.bytes())
		r.first = 0
	default:
		old := *r
		r.buf = make([]byte, 2*len(old.buf))
		r.last = copy(r.buf, old.bytes())
		old.letGo()
	}
}

// fill waits for more bytes.
//
//async:func
func (r *Reader) fill() error {
	if r.err != nil {
		return r.ended()
	}
	if r.Buffered() == 0 {
		if c, ok := r.src.(*Conn); ok {
			return r.lent(c)
		}
		if err := r.src.Readable(); err != nil {
			return err
		}
	}
	r.room()
	defer func() {
		if r.Buffered() == 0 && r.buf != nil {
			r.letGo()
		}
	}()
	n, err := r.src.Read(r.buf[r.last:])
	r.last += n
	if n > 0 {
		r.err = err
		return nil
	}
	return err
}

// lent is fill for a connection, when there are no bytes.
//
//async:func
func (r *Reader) lent(c *Conn) error {
	p, err := c.ReadLent(readerBuffers)
	if err == nil {
		r.buf, r.first, r.last = p[:readerBuffer], 0, len(p)
	}
	return err
}

// ended gives the error that came with bytes; the end comes again by itself.
func (r *Reader) ended() error {
	err := r.err
	r.err = nil
	return err
}

// cutShort is the error of a piece that ends too early.
func cutShort(err error, n int) error {
	if err == io.EOF && n > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Read gives bytes as [Conn.Read] does.
//
//async:func
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.Buffered() == 0 && r.err == nil {
		return r.src.Read(p)
	}
	if r.Buffered() == 0 {
		return 0, r.ended()
	}
	n := copy(p, r.bytes())
	r.skip(n)
	return n, nil
}

// Readable waits until a Read would not have to.
//
//async:func
func (r *Reader) Readable() error {
	if r.Buffered() > 0 || r.err != nil {
		return nil
	}
	return r.src.Readable()
}

// until gives how many bytes there are up to the first delim, and that one.
//
//async:func
func (r *Reader) until(delim byte) (int, error) {
	seen := 0
	for {
		if i := bytes.IndexByte(r.bytes()[seen:], delim); i >= 0 {
			if n := seen + i + 1; n <= r.limit {
				return n, nil
			}
			return 0, ErrTooLong
		}
		if seen = r.Buffered(); seen >= r.limit {
			return 0, ErrTooLong
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// ReadUntil gives the bytes up to the first delim, and that one. If there is none, it gives what is left with
// [io.ErrUnexpectedEOF], or nothing with [io.EOF]. After [ErrTooLong] the bytes are still there.
//
//async:func
func (r *Reader) ReadUntil(delim byte) ([]byte, error) {
	n, err := r.until(delim)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if err != nil {
		n = r.Buffered()
	}
	out := append([]byte(nil), r.bytes()[:n]...)
	r.skip(n)
	return out, cutShort(err, n)
}

// ReadLine gives a line without its end, which is "\n" or "\r\n". A last line without one comes with
// [io.ErrUnexpectedEOF]; after the last one comes [io.EOF].
//
//async:func
func (r *Reader) ReadLine() (string, error) {
	n, err := r.until('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	if err != nil {
		n = r.Buffered()
	}
	line := r.bytes()[:n]
	if err == nil {
		line = bytes.TrimSuffix(line[:n-1], []byte("\r"))
	}
	out := string(line)
	r.skip(n)
	return out, cutShort(err, n)
}

// ReadFull fills p. If the source ends before, it gives how many bytes there were, with [io.ErrUnexpectedEOF], or
// [io.EOF] if there were none.
//
// It is not cancel-safe: what a cancelled one has put into p is taken.
//
//async:func
func (r *Reader) ReadFull(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m, err := r.Read(p[n:])
		if n += m; err != nil && n < len(p) {
			return n, cutShort(err, n)
		}
	}
	return n, nil
}

// Peek gives the next n bytes, and takes none. They are good until the next operation. If there are fewer it
// gives them, with the error.
//
//async:func
func (r *Reader) Peek(n int) ([]byte, error) {
	if n > r.limit {
		return nil, ErrTooLong
	}
	for r.Buffered() < n {
		if err := r.fill(); err != nil {
			return r.bytes(), err
		}
	}
	return r.bytes()[:n], nil
}

// Discard takes n bytes, and gives how many there were.
//
//async:func
func (r *Reader) Discard(n int) (int, error) {
	taken := 0
	for {
		m := min(n-taken, r.Buffered())
		if m > 0 {
			r.skip(m)
		}
		if taken += m; taken >= n {
			return taken, nil
		}
		if err := r.fill(); err != nil {
			return taken, err
		}
	}
}
