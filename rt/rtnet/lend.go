package rtnet

import (
	"sync"
	"unsafe"
)

// Lender lends buffers to reads that want none before there are bytes: see [Conn.ReadLent].
type Lender interface {
	// Get gives a buffer, of at least one byte.
	Get() []byte
	// Put takes one back. p is what ReadLent has given: a part of it, from its beginning.
	Put(p []byte)
}

// Buffers is a [Lender] that has buffers of one size.
type Buffers struct {
	size int
	pool sync.Pool // of pointers to their first bytes
}

// NewBuffers makes one for buffers of so many bytes.
func NewBuffers(size int) *Buffers {
	return &Buffers{size: size, pool: sync.Pool{New: func() any { return unsafe.SliceData(make([]byte, size)) }}}
}

// Get implements [Lender].
func (b *Buffers) Get() []byte { return unsafe.Slice(b.pool.Get().(*byte), b.size) }

// Put implements [Lender].
func (b *Buffers) Put(p []byte) { b.pool.Put(unsafe.SliceData(p)) }
