package rtnet

import (
	"io"

	"github.com/asyncgen/asyncgen/rt"
)

// Source is where bytes come from: a [Conn], say.
type Source interface {
	Read(p []byte) (int, error)
	ReadAsync(p []byte) rt.Future[int]
	Readable() error
	ReadableAsync() rt.Future[rt.Unit]
}

// Sink is where bytes go to: a [Conn], say.
type Sink interface {
	Write(p []byte) (int, error)
	WriteAsync(p []byte) rt.Future[int]
}

// Duplex is both, each of which ends by itself: a [Conn], say.
type Duplex interface {
	Source
	Sink
	CloseWrite() error
}

// copyBuffer is what a Copy reads at once.
const copyBuffer = 32 << 10

var copyBuffers = NewBuffers(copyBuffer)

// Copy writes what it reads until src ends, and gives how many bytes it has written. While it waits for src it
// holds no buffer. From one connection to another much is copied within the kernel, where that can do so (Linux).
//
// It is not cancel-safe: a cancelled Copy may have read what it has not written.
//
//async:func
func Copy(dst Sink, src Source) (int64, error) {
	if d, ok := dst.(*Conn); ok {
		if s, ok := src.(*Conn); ok {
			return copyConn(d, s)
		}
	}
	return copyAny(dst, src)
}

//async:func
func copyAny(dst Sink, src Source) (int64, error) {
	total := int64(0)
	for {
		if err := src.Readable(); err != nil {
			return total, err
		}
		n, end, err := copyReady(dst, src)
		total += int64(n)
		if err != nil || end {
			return total, err
		}
	}
}

// copyReady copies what can be read now. end says that there will be no more.
//
//async:func
func copyReady(dst Sink, src Source) (written int, end bool, err error) {
	buf := copyBuffers.Get()
	defer copyBuffers.Put(buf)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			m, err := dst.Write(buf[:n])
			if written += m; err != nil {
				return written, false, err
			}
		}
		if err == io.EOF {
			return written, true, nil
		}
		if err != nil || n < len(buf) {
			return written, false, err
		}
	}
}

// CopyBoth copies in both directions: what a sends to b, and what b sends to a. Where one of them ends, the other
// one's CloseWrite says so, and the other direction goes on. It gives how many bytes have come from a and from b.
// An error in one direction cancels the other; then neither a nor b is good for anything but Close.
//
//async:func
func CopyBoth(a, b Duplex) (fromA, fromB int64, err error) {
	_, _, err = rt.Join2(
		rt.AsyncFunc(func() error {
			var err error
			fromA, err = copyEnd(b, a)
			return err
		}),
		rt.AsyncFunc(func() error {
			var err error
			fromB, err = copyEnd(a, b)
			return err
		}),
	)
	return fromA, fromB, err
}

//async:func
func copyEnd(dst Duplex, src Source) (int64, error) {
	n, err := Copy(dst, src)
	if err == nil {
		err = dst.CloseWrite()
	}
	return n, err
}
