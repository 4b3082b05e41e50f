package rtnet

import (
	"errors"
	"io"
)

// Writer puts small writes together: what is written to it goes to its [Sink] when there is enough of it, or with
// [Writer.Flush]. It holds a buffer only while that has bytes.
//
// A Writer is for one task at a time. After an error of its Sink it gives that error for ever. Its operations are not
// cancel-safe: once one that had to wait was cancelled, they give an error, as nobody knows how much was written.
type Writer struct {
	dst Sink
	buf []byte // nil: none
	err error
}

// errCut is the error after a cancel.
var errCut = errors.New("rtnet: a write of this Writer was cancelled")

const writerBuffer = 4 << 10

var writerBuffers = NewBuffers(writerBuffer)

var (
	_ Sink            = (*Writer)(nil)
	_ io.StringWriter = (*Writer)(nil)
)

// NewWriter makes a Writer.
func NewWriter(dst Sink) *Writer { return &Writer{dst: dst} }

// Buffered is how many bytes wait for a Flush.
func (w *Writer) Buffered() int { return len(w.buf) }

// put takes as much of s as it has room for, and gives how much that was.
func put[T string | []byte](w *Writer, s T) int {
	if len(s) == 0 {
		return 0
	}
	if w.buf == nil {
		w.buf = writerBuffers.Get()[:0]
	}
	n := min(len(s), writerBuffer-len(w.buf))
	w.buf = append(w.buf, s[:n]...)
	return n
}

// Write writes all of p. It waits only where there is no room for it. With an error nobody knows how much was written.
//
//async:func
func (w *Writer) Write(p []byte) (int, error) {
	if w.err == nil && len(p) < writerBuffer-len(w.buf) {
		return put(w, p), nil
	}
	if err := w.write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// write is Write for what fills the buffer. What does not fit is written at once, and not copied.
//
//async:func
func (w *Writer) write(p []byte) error {
	if len(w.buf) > 0 {
		p = p[put(w, p):]
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if w.err == nil && len(p) >= writerBuffer {
		return w.send(p)
	}
	if w.err == nil {
		put(w, p)
	}
	return w.err
}

// WriteString is Write for a string.
//
//async:func
func (w *Writer) WriteString(s string) (int, error) {
	n := 0
	for w.err == nil {
		if n += put(w, s[n:]); n == len(s) {
			break
		}
		if err := w.Flush(); err != nil {
			return n, err
		}
	}
	return n, w.err
}

// WriteByte writes one byte.
//
//async:func
func (w *Writer) WriteByte(c byte) error {
	if len(w.buf) == writerBuffer {
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if w.err == nil {
		put(w, []byte{c})
	}
	return w.err
}

// Flush writes what is there.
//
//async:func
func (w *Writer) Flush() error {
	if len(w.buf) == 0 || w.err != nil {
		return w.err
	}
	defer w.letGo()
	return w.send(w.buf)
}

// letGo gives the buffer back.
func (w *Writer) letGo() {
	writerBuffers.Put(w.buf)
	w.buf = nil
}

// send writes p to the Sink.
//
//async:func
func (w *Writer) send(p []byte) error {
	w.err = errCut // if we are cancelled
	_, err := w.dst.Write(p)
	w.err = err
	return err
}

// Reset throws away what is there, and has the Writer write to dst from now on.
func (w *Writer) Reset(dst Sink) {
	if w.buf != nil {
		w.letGo()
	}
	w.dst, w.err = dst, nil
}
