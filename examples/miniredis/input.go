package main

import (
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// input has the bytes of a client that were read and not used. Without any it has no buffer.
type input struct {
	buf         []byte // nil: none
	first, last int    // the bytes are buf[first:last]
	frame       framer // how far the command at first was looked at
}

// bufferSize is the size of the buffers for bytes that come and go.
const bufferSize = 16 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// held is how many buffers all clients have.
var held atomic.Int64

func newBuffer() []byte {
	held.Add(1)
	return buffers.Get().(*[bufferSize]byte)[:]
}

// freeBuffer gives a buffer back, also one that has taken the place of one that was too small.
func freeBuffer(p []byte) {
	held.Add(-1)
	if cap(p) == bufferSize {
		buffers.Put((*[bufferSize]byte)(p[:bufferSize]))
	}
}

func (in *input) len() int { return in.last - in.first }

// fill waits for bytes. The end is an error.
//
//async:func
func (in *input) fill(conn *rtnet.Conn) error {
	in.room()
	n, err := conn.Read(in.buf[in.last:])
	in.last += n
	if n > 0 {
		return nil
	}
	return err
}

// room makes room for more bytes. The buffer grows with what has come, and not with what was announced.
func (in *input) room() {
	switch {
	case in.buf == nil:
		in.buf = newBuffer()
	case in.last < len(in.buf):
	case in.first > 0:
		in.last = copy(in.buf, in.buf[in.first:in.last])
		in.first = 0
	default:
		old := in.buf
		in.buf = make([]byte, 2*len(old))
		copy(in.buf, old)
		held.Add(1)
		freeBuffer(old)
	}
}

// next takes the next command, if all of it is there. It is good until the next fill or free.
func (in *input) next(lim *limits) ([]byte, error) {
	p := in.buf[in.first:in.last]
	n, err := in.frame.scan(p, lim)
	in.first += n
	return p[:n], err
}

// free lets the buffer go if it is empty.
func (in *input) free() {
	if in.len() == 0 {
		in.drop()
	}
}

// drop lets the buffer go.
func (in *input) drop() {
	if in.buf != nil {
		freeBuffer(in.buf)
	}
	in.buf, in.first, in.last = nil, 0, 0
}
