package rtnet

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// wire is what crypto/tls takes for the connection. Only in the handshake it waits, on a goroutine of that. Later a read
// gives what is there, and an error that lets crypto/tls go on another time; a write keeps what is
// written, as crypto/tls takes no error of a write but as the last one.
//
//	Conn.Read ──▶ in ──▶ crypto/tls ──▶ plain text
//	Conn.Write ◀── out ◀── crypto/tls ◀── plain text
type wire struct {
	conn  *Conn
	waits atomic.Bool // in the handshake

	// What was read; it belongs to the reader.
	in    []byte
	inBuf []byte // of records
	end   error  // comes after in

	mu  sync.Mutex
	out []byte // guarded by mu
}

// nothing is the error of a read that would have to wait.
type nothing struct{}

// Error implements error.
func (nothing) Error() string { return "rtnet: nothing to be read" }

// Timeout implements [net.Error].
func (nothing) Timeout() bool { return false }

// Temporary implements [net.Error]: crypto/tls forgets an error that is temporary.
func (nothing) Temporary() bool { return true }

var (
	errNothing error = nothing{}
	errEarly         = errors.New("rtnet: CloseWrite before the handshake is complete")
)

// Read implements [net.Conn].
func (w *wire) Read(p []byte) (int, error) {
	switch {
	case len(w.in) > 0:
	case w.waits.Load():
		return w.conn.Read(p)
	case w.end != nil:
		return 0, w.end
	default:
		return 0, errNothing
	}
	n := copy(p, w.in)
	if w.in = w.in[n:]; len(w.in) == 0 {
		records.Put(w.inBuf)
		w.in, w.inBuf = nil, nil
	}
	return n, nil
}

// put has the next reads give buf, which is one of records, and then end.
func (w *wire) put(buf []byte, end error) { w.in, w.inBuf, w.end = buf, buf, end }

// Write implements [net.Conn].
func (w *wire) Write(p []byte) (int, error) {
	if w.waits.Load() {
		return w.conn.Write(p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = append(w.out, p...)
	return len(p), nil
}

// hasOut reports whether something was written.
func (w *wire) hasOut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.out) > 0
}

// unsent is what was written and is to be sent. It stays there until sent says that it is, and more may come after it.
func (w *wire) unsent() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out
}

// sent takes the first n bytes out of what was written. The caller has the lock of writes, or has lost it with a cancel.
func (w *wire) sent(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out = w.out[n:]; len(w.out) == 0 {
		w.out = nil
	}
}

// Close implements [net.Conn]. crypto/tls calls it when a handshake is cancelled.
func (w *wire) Close() error { return w.conn.Close() }

// LocalAddr implements [net.Conn].
func (w *wire) LocalAddr() net.Addr { return w.conn.LocalAddr() }

// RemoteAddr implements [net.Conn].
func (w *wire) RemoteAddr() net.Addr { return w.conn.RemoteAddr() }

// The deadlines are those of the connection: crypto/tls sets none on its own account but for a CloseWrite, which does not
// wait here.

// SetDeadline implements [net.Conn].
func (w *wire) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements [net.Conn].
func (w *wire) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements [net.Conn].
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
