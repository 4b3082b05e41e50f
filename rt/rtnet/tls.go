package rtnet

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// TLSConn is TLS over a [Conn]: [TLSServer] and [TLSClient] make one. In its blocking form it is a [net.Conn], with
// the errors of crypto/tls and of package net. All methods may be called at the same time.
//
// While nothing is there to be read it holds no buffer and no goroutine, only the state of crypto/tls. The
// handshake comes with the first operation that needs it; it has a goroutine for as long as it takes, and
// of those there are [mostHandshakes] at most. A deadline is the way to bound it.
type TLSConn struct {
	conn *Conn
	tls  *tls.Conn
	wire wire

	handshakes rtsync.Mutex
	shaken     atomic.Bool // the handshake has succeeded
	failed     error       // why it has not; guarded by handshakes

	reads rtsync.Mutex
	plain []byte // was decrypted for a Readable; guarded by reads
	box   []byte

	writes rtsync.Mutex
	until  atomic.Int64 // the deadline of writes, in ns since 1970; 0: none

	closed atomic.Bool
}

// record is how much plain text there is in a record of TLS at most.
const record = 16 << 10

var records = NewBuffers(record)

// TLSServer is the server's side of TLS over c, which it takes over. The config must have a certificate.
func TLSServer(c *Conn, config *tls.Config) *TLSConn { return newTLS(c, config, tls.Server) }

// TLSClient is the client's side of TLS over c, which it takes over. The config must have the name of the server, or
// InsecureSkipVerify.
func TLSClient(c *Conn, config *tls.Config) *TLSConn { return newTLS(c, config, tls.Client) }

func newTLS(c *Conn, config *tls.Config, side func(net.Conn, *tls.Config) *tls.Conn) *TLSConn {
	t := &TLSConn{conn: c, wire: wire{conn: c}}
	t.tls = side(&t.wire, config)
	return t
}

// mostHandshakes is how many handshakes run at once in the process.
const mostHandshakes = 1000

// handshaking is the only state of the process here: handshakes are bounded in all of it, as each has a goroutine.
var handshaking = rtsync.NewSemaphore(mostHandshakes)

// Handshake runs the handshake, unless that has been done. Read, Write and Readable do so by themselves.
//
// A cancelled Handshake closes the connection.
//
//async:func
func (t *TLSConn) Handshake() error {
	if t.shaken.Load() {
		return nil
	}
	t.handshakes.Lock()
	defer t.handshakes.Unlock()
	if t.shaken.Load() || t.failed != nil {
		return t.failed
	}
	handshaking.Acquire(1)
	defer handshaking.Release(1)
	ctx, cancel := context.WithCancel(context.Background())
	t.failed = context.Canceled // unless we hear of the end
	over := t.shake(ctx)
	defer func() {
		cancel()
		_, _ = over.Recv() // of a cancelled one: until its goroutine is gone
	}()
	err, _ := over.Recv()
	if t.failed = err; err == nil {
		t.shaken.Store(true)
	}
	return err
}

// shake runs the handshake on a goroutine of its own: crypto/tls has its state on the stack, and takes no other error
// than a last one.
func (t *TLSConn) shake(ctx context.Context) *rtsync.Oneshot[error] {
	over := new(rtsync.Oneshot[error])
	t.wire.waits.Store(true)
	go func() {
		err := t.tls.HandshakeContext(ctx)
		takeRaw(t.tls, nil)
		t.wire.waits.Store(false)
		over.Send(err)
	}()
	return over
}

// Read waits for bytes, and takes as many as there are in a record and p has room for. At the end, which the peer has to
// announce, it gives io.EOF. As with crypto/tls, an end between two records need not be announced.
//
// It is cancel-safe: a cancelled Read has taken nothing. But if it has run the handshake, that is cancelled, too.
//
//async:func
func (t *TLSConn) Read(p []byte) (int, error) {
	if err := t.Handshake(); err != nil {
		return 0, err
	}
	t.reads.Lock()
	defer t.reads.Unlock()
	if len(t.plain) > 0 {
		return t.takePlain(p), nil
	}
	return t.read(p)
}

// TryRead is [TLSConn.Read] for who does not wait: ready is false, and nothing was taken, if a Read would have to wait, be it
// for the rest of a record, for other reads, which come first, or for the handshake, which it does not begin.
//
// There is nothing to cancel: what it has taken it gives.
func (t *TLSConn) TryRead(p []byte) (n int, ready bool, err error) {
	switch {
	case !t.shaken.Load():
		return t.tryFailed()
	case !t.reads.TryLock():
		return 0, false, nil
	}
	defer t.reads.Unlock()
	if len(t.plain) > 0 {
		return t.takePlain(p), true, nil
	}
	for {
		n, err := t.readTLS(p)
		if err != errNothing || n > 0 {
			return n, true, err
		}
		t.sendNow() // what it cannot send comes with the next read or write that waits
		if ready, err := t.tryFill(); !ready || err != nil {
			return 0, ready, err
		}
	}
}

// tryFailed gives why the handshake has failed, if it has.
func (t *TLSConn) tryFailed() (n int, ready bool, err error) {
	if !t.handshakes.TryLock() {
		return 0, false, nil
	}
	defer t.handshakes.Unlock()
	return 0, t.failed != nil, t.failed
}

// tryFill is fill for who does not wait.
func (t *TLSConn) tryFill() (ready bool, err error) {
	buf := records.Get()
	n, ready, err := t.conn.TryRead(buf)
	switch {
	case n > 0:
		t.wire.put(buf[:n], nil)
		return true, nil
	case err == io.EOF:
		t.wire.put(nil, err)
		err = nil
	}
	records.Put(buf)
	return ready, err
}

// PeerClosed is [Conn.PeerClosed] of the connection below. That the peer has ended its direction within TLS only a read
// sees.
func (t *TLSConn) PeerClosed() bool { return t.conn.PeerClosed() }

// Readable waits until a Read would not have to, and takes nothing.
//
// It is cancel-safe.
//
//async:func
func (t *TLSConn) Readable() error {
	if err := t.Handshake(); err != nil {
		return err
	}
	t.reads.Lock()
	defer t.reads.Unlock()
	if len(t.plain) > 0 {
		return nil
	}
	for !t.decrypt() {
		if err := t.fill(); err != nil {
			return err
		}
	}
	return nil
}

// decrypt fills plain. It is done if there is something in it then, or nothing more will come, which Read is to say.
func (t *TLSConn) decrypt() (done bool) {
	box := records.Get()
	n, err := t.readTLS(box)
	if n > 0 {
		t.plain, t.box = box[:n], box
		return true
	}
	records.Put(box)
	return err != errNothing
}

// readTLS reads from crypto/tls, which has no buffer afterwards if it has nothing to keep in it.
func (t *TLSConn) readTLS(p []byte) (int, error) {
	buf := lendRaw(t.tls)
	n, err := t.tls.Read(p)
	takeRaw(t.tls, buf)
	return n, err
}

// takePlain takes from plain.
func (t *TLSConn) takePlain(p []byte) int {
	n := copy(p, t.plain)
	if t.plain = t.plain[n:]; len(t.plain) == 0 {
		records.Put(t.box)
		t.plain, t.box = nil, nil
	}
	return n
}

// read reads and decrypts.
//
//async:func
func (t *TLSConn) read(p []byte) (int, error) {
	for {
		n, err := t.readTLS(p)
		if err != errNothing || n > 0 {
			return n, err
		}
		if err := t.fill(); err != nil {
			return 0, err
		}
	}
}

// answer sends what crypto/tls has to say to what it has read: that it has new keys, say.
//
//async:func
func (t *TLSConn) answer() error {
	if !t.wire.hasOut() {
		return nil
	}
	t.writes.Lock()
	defer t.writes.Unlock()
	return t.send()
}

// fill answers what was read so far, waits for more bytes and reads them.
//
//async:func
func (t *TLSConn) fill() error {
	if err := t.answer(); err != nil {
		return err
	}
	buf, err := t.conn.ReadLent(records)
	if err == nil || err == io.EOF {
		t.wire.put(buf, err)
		return nil
	}
	return err
}

// Write writes all of p, and waits while the peer takes it too slowly. With an error comes how much was certainly
// written; after a deadline the rest of a record that was begun is sent with the next write.
//
// It is not cancel-safe: a cancelled Write may have written a part of p, and nobody knows how much. What comes next, be it
// another Write or what a Read has to answer, sends the rest of the record that was begun.
//
//async:func
func (t *TLSConn) Write(p []byte) (int, error) {
	if err := t.Handshake(); err != nil {
		return 0, err
	}
	t.writes.Lock()
	defer t.writes.Unlock()
	return t.write(p)
}

// Writev writes all of bufs, one after the other; it leaves them as they are.
//
// It is not cancel-safe: see [TLSConn.Write].
//
//async:func
func (t *TLSConn) Writev(bufs [][]byte) (int64, error) {
	if err := t.Handshake(); err != nil {
		return 0, err
	}
	t.writes.Lock()
	defer t.writes.Unlock()
	total := int64(0)
	for _, p := range bufs {
		n, err := t.write(p)
		if total += int64(n); err != nil {
			return total, err
		}
	}
	return total, nil
}

// write writes p. The caller has the lock of writes.
//
//async:func
func (t *TLSConn) write(p []byte) (int, error) {
	n := 0
	for {
		if err := t.mayWrite(); err != nil {
			return n, err
		}
		if err := t.send(); err != nil { // the rest of an earlier one
			return n, err
		}
		m, err := t.tls.Write(p[n:min(len(p), n+record)])
		if err != nil {
			return n, err
		}
		if err := t.send(); err != nil {
			return n, err
		}
		if n += m; n == len(p) {
			return n, nil
		}
	}
}

// mayWrite looks whether a write would be in vain, before there is a record of it.
func (t *TLSConn) mayWrite() error {
	if at := t.until.Load(); at != 0 && time.Now().UnixNano() >= at {
		return t.failure("write", os.ErrDeadlineExceeded)
	}
	return nil
}

func (t *TLSConn) failure(op string, err error) error {
	return &net.OpError{Op: op, Net: t.LocalAddr().Network(), Source: t.LocalAddr(), Addr: t.RemoteAddr(), Err: err}
}

// send sends what crypto/tls has written. The caller has the lock of writes. If it is cancelled, what was not sent is sent
// the next time: half a record must not be followed by another one.
//
//async:func
func (t *TLSConn) send() error {
	for {
		out := t.wire.unsent()
		if len(out) == 0 {
			return nil
		}
		n, err := t.conn.writeSome(out, t.wire.sent)
		if t.wire.sent(n); err != nil {
			return err
		}
	}
}

// CloseWrite tells the peer that nothing more will be written. It does not wait: what cannot be sent at once is sent by
// a task.
func (t *TLSConn) CloseWrite() error {
	if !t.shaken.Load() {
		return errEarly
	}
	if err := t.tls.CloseWrite(); err != nil {
		return err
	}
	if !t.sendNow() {
		rt.Go(t.answerAsync())
	}
	return nil
}

// Close closes the connection, and tells the peer so before, as far as that can be done without waiting. Operations that
// wait end with an error that is [net.ErrClosed], and so does a second Close.
func (t *TLSConn) Close() error {
	if t.closed.Swap(true) {
		return t.failure("close", net.ErrClosed)
	}
	if t.shaken.Load() {
		_ = t.tls.CloseWrite() // it may have been said before
		t.sendNow()
	}
	return t.conn.Close()
}

// sendNow sends what can be sent without waiting, and reports whether that was all. While somebody else writes it is not.
func (t *TLSConn) sendNow() (all bool) {
	if !t.writes.TryLock() {
		return false
	}
	defer t.writes.Unlock()
	out := t.wire.unsent()
	n, err := t.conn.writeNow(out)
	t.wire.sent(n)
	return n == len(out) || err != nil
}

// CloseRead ends the reading direction of the connection below: Read gives an error that is io.ErrUnexpectedEOF, unless the peer has
// ended its direction.
func (t *TLSConn) CloseRead() error { return t.conn.CloseRead() }

// ConnectionState is what the handshake has come to; before that it is mostly empty. By it net/http sees that a connection
// is one of TLS.
func (t *TLSConn) ConnectionState() tls.ConnectionState { return t.tls.ConnectionState() }

// NetConn is the connection below, for its options. What it reads and writes is not plain text.
func (t *TLSConn) NetConn() *Conn { return t.conn }

// LocalAddr is the address of this end.
func (t *TLSConn) LocalAddr() net.Addr { return t.conn.LocalAddr() }

// RemoteAddr is the address of the other end.
func (t *TLSConn) RemoteAddr() net.Addr { return t.conn.RemoteAddr() }

// SyscallConn gives access to the descriptor: see [Conn.SyscallConn].
func (t *TLSConn) SyscallConn() (syscall.RawConn, error) { return t.conn.SyscallConn() }

// SetDeadline sets the time at which reads and writes, and the handshake, end with [os.ErrDeadlineExceeded]: those that
// wait, and later ones. The zero time is none. A handshake that has ended so is not taken up again.
func (t *TLSConn) SetDeadline(at time.Time) error {
	t.noteDeadline(at)
	return t.conn.SetDeadline(at)
}

// SetReadDeadline is [TLSConn.SetDeadline] for reads.
func (t *TLSConn) SetReadDeadline(at time.Time) error { return t.conn.SetReadDeadline(at) }

// SetWriteDeadline is [TLSConn.SetDeadline] for writes.
func (t *TLSConn) SetWriteDeadline(at time.Time) error {
	t.noteDeadline(at)
	return t.conn.SetWriteDeadline(at)
}

func (t *TLSConn) noteDeadline(at time.Time) {
	ns := int64(0)
	if !at.IsZero() {
		ns = max(1, at.UnixNano())
	}
	t.until.Store(ns)
}
