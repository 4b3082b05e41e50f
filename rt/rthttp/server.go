package rthttp

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// Server serves HTTP/1.1, and 1.0. The zero Server is ready for use, with the limits that its fields name; a negative
// limit is none. It must not be copied, and its fields not be changed, after its first use.
//
// Times are kept to about an eighth of the shortest of them, and to a second at best where they are long.
type Server struct {
	// ReadHeaderTimeout is how long a header may take, from its first byte on, and a TLS handshake. 0 is 10 s.
	ReadHeaderTimeout time.Duration
	// ReadBodyTimeout is how long a body may take, from the first Read on. 0 is no limit.
	ReadBodyTimeout time.Duration
	// WriteTimeout is how long a client may take for what one write sends. 0 is 30 s.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection may wait for the next request. 0 is 2 minutes.
	IdleTimeout time.Duration

	// MaxHeaderBytes is how long the header of a request may be. 0 is 64 KiB.
	MaxHeaderBytes int
	// MaxBodyBytes is how long the body of a request may be: reading more is a [*http.MaxBytesError]. 0 is no limit.
	MaxBodyBytes int64
	// MaxConns is how many connections there may be at once in a call of Serve; others wait to be accepted. 0 is no limit.
	MaxConns int

	// ErrorLog gets a line for each error and panic of a handler. nil: [log.Default].
	ErrorLog *log.Logger

	closing atomic.Bool      // set by Shutdown, read by connections after they have said that they are idle
	serves  rtsync.WaitGroup // calls of Serve

	mu      sync.Mutex // guards what follows
	serving []*serving
}

// serving is a call of Serve.
type serving struct {
	s     *Server
	l     *rtnet.Listener
	tls   *tls.Config       // nil: no TLS
	slots *rtsync.Semaphore // nil: no limit
	tick  time.Duration     // how often the limits are looked at
	now   atomic.Int64      // the time of the limits, in ns; see look
	http  rtsync.WaitGroup  // connections, until they end or are hijacked

	mu     sync.Mutex // guards what follows, and the links of the connections
	first  *conn
	killed bool
}

// Serve takes connections from l, and has each of them served by a task, until Shutdown, which gives
// [http.ErrServerClosed], or until l fails. It closes l, and returns when all connections have ended. When it is cancelled it
// cancels the handlers.
//
//async:func await=handle
func (s *Server) Serve(l *rtnet.Listener, handle func(w *Response, r *http.Request) error) error {
	return s.serve(&serving{s: s, l: l}, handle)
}

// ServeTLS is Serve with TLS. The config must have a certificate.
//
//async:func await=handle
func (s *Server) ServeTLS(l *rtnet.Listener, config *tls.Config, handle func(w *Response, r *http.Request) error) error {
	if !slices.Contains(config.NextProtos, "http/1.1") {
		config = config.Clone()
		config.NextProtos = append(slices.Clone(config.NextProtos), "http/1.1")
	}
	return s.serve(&serving{s: s, l: l, tls: config}, handle)
}

//async:func await=handle
func (s *Server) serve(v *serving, handle func(w *Response, r *http.Request) error) error {
	if handle == nil {
		panic("rthttp: Serve of a nil handler")
	}
	if !s.begin(v) {
		_ = v.l.Close()
		return http.ErrServerClosed
	}
	defer s.end(v)
	clock := rt.Spawn(rt.AsyncFunc(func() error {
		for last := rt.Now(); ; {
			rt.Sleep(v.tick)
			now := rt.Now()
			v.look(now.Sub(last))
			last = now
		}
	}))
	defer func() {
		clock.Abort()
		_, _ = rt.Await(clock)
	}()
	defer v.kill()
	for {
		if v.slots != nil {
			v.slots.Acquire(1)
		}
		c, err := v.l.Accept()
		if err != nil && s.closing.Load() && errors.Is(err, net.ErrClosed) {
			v.http.Wait()
			return http.ErrServerClosed
		}
		if err != nil {
			return err
		}
		nc := v.add(c)
		v.started(nc, rt.Spawn(rt.AsyncFunc(func() error {
			nc.serve(handle)
			return nil
		})))
	}
}

// begin takes note of v, unless the server is shut down.
func (s *Server) begin(v *serving) bool {
	v.tick = s.tick()
	v.now.Store(1)
	if s.MaxConns > 0 {
		v.slots = rtsync.NewSemaphore(int64(s.MaxConns))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.serving = append(s.serving, v)
	s.serves.Add(1)
	return true
}

func (s *Server) end(v *serving) {
	_ = v.l.Close()
	s.mu.Lock()
	s.serving = slices.DeleteFunc(s.serving, func(o *serving) bool { return o == v })
	s.mu.Unlock()
	s.serves.Done()
}

// calls are the calls of Serve at the moment.
func (s *Server) calls() []*serving {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.serving)
}

// Shutdown ends the server: it takes no more connections, closes those that are idle, and waits until the others have had
// their responses. When ctx is done it cancels the handlers that are left, waits for their cleanup, and gives the cause.
// A handler that has hijacked its connection is not waited for, but cancelled when all others have ended.
//
// A second Shutdown waits, too. A server that is shut down cannot serve again.
//
//async:func
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing.Store(true)
	s.mu.Unlock()
	for _, v := range s.calls() {
		_ = v.l.Close()
		v.reapIdle()
	}
	_, err := rt.WithContext(ctx, s.serves.WaitAsync())
	if err == nil {
		return nil
	}
	for _, v := range s.calls() {
		v.abort()
	}
	s.serves.Wait()
	return err
}

// add makes a connection of c.
func (v *serving) add(c *rtnet.Conn) *conn {
	nc := &conn{v: v, plain: c}
	if v.tls != nil {
		nc.tls = rtnet.TLSServer(c, v.tls)
	}
	v.http.Add(1)
	v.mu.Lock()
	defer v.mu.Unlock()
	if nc.next = v.first; nc.next != nil {
		nc.next.prev = nc
	}
	v.first = nc
	return nc
}

// started notes the task of c.
func (v *serving) started(c *conn, task *rt.JoinHandle[rt.Unit]) {
	v.mu.Lock()
	c.task = task
	killed := v.killed
	v.mu.Unlock()
	if killed {
		task.Abort()
	}
}

// remove is for the end of a connection. A second one does nothing.
func (v *serving) remove(c *conn) {
	v.mu.Lock()
	if c.removed {
		v.mu.Unlock()
		return
	}
	c.removed = true
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		v.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.next, c.prev = nil, nil
	v.mu.Unlock()
	if !c.hijacked {
		v.http.Done()
	}
	if v.slots != nil {
		v.slots.Release(1)
	}
}

// abort asks for the end of all tasks, also of those to come.
func (v *serving) abort() (conns []*conn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.killed = true
	for c := v.first; c != nil; c = c.next {
		conns = append(conns, c)
		if c.task != nil {
			c.task.Abort()
		}
	}
	return conns
}

// kill ends all tasks, and waits for them.
//
//async:func
func (v *serving) kill() {
	for _, c := range v.abort() {
		if c.task != nil {
			_, _ = rt.Await(c.task)
		}
		c.close() // one that has never run
	}
}

// orElse is a limit as a field of Server has it: 0 is the default, and a negative one none.
func orElse[T int | int64 | time.Duration](limit, otherwise, none T) T {
	switch {
	case limit == 0:
		return otherwise
	case limit < 0:
		return none
	}
	return limit
}

func (s *Server) readHeaderTimeout() time.Duration {
	return orElse(s.ReadHeaderTimeout, 10*time.Second, 0)
}
func (s *Server) readBodyTimeout() time.Duration { return orElse(s.ReadBodyTimeout, 0, 0) }
func (s *Server) writeTimeout() time.Duration    { return orElse(s.WriteTimeout, 30*time.Second, 0) }
func (s *Server) idleTimeout() time.Duration     { return orElse(s.IdleTimeout, 2*time.Minute, 0) }
func (s *Server) maxHeaderBytes() int            { return orElse(s.MaxHeaderBytes, 64<<10, 1<<30) }
func (s *Server) maxBodyBytes() int64            { return orElse(s.MaxBodyBytes, 1<<63-1, 1<<63-1) }

// tick is how often the limits are looked at.
func (s *Server) tick() time.Duration {
	tick := time.Second
	for _, d := range []time.Duration{s.readHeaderTimeout(), s.readBodyTimeout(), s.writeTimeout(), s.idleTimeout()} {
		if d > 0 {
			tick = min(tick, d/8)
		}
	}
	return max(tick, 5*time.Millisecond)
}

// look ends what takes too long, where so much time has passed since the last look. Limits have a time of their own, which goes on
// here, and not by more than two ticks: where looks come late, a limit that was set just before this one has not expired.
func (v *serving) look(passed time.Duration) {
	at := v.now.Add(int64(min(passed, 2*v.tick)))
	v.mu.Lock()
	defer v.mu.Unlock()
	for c := v.first; c != nil; c = c.next {
		if c.reading.expire(at) {
			_ = c.plain.SetReadDeadline(past)
		}
		if c.writing.expire(at) {
			_ = c.plain.SetDeadline(past)
		}
	}
}

// reapIdle ends connections that wait for a request.
func (v *serving) reapIdle() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for c := v.first; c != nil; c = c.next {
		if c.idle.Load() && c.reading.expire(never) {
			_ = c.plain.SetReadDeadline(past)
		}
	}
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// limit is the time at which a direction of a connection has taken too long. A timer for each would cost more than
// the connection: they are looked at in turn.
//
//	connection                         clock
//	arm: 0 → at
//	                                   expire: at → late, and the deadline of the connection is moved into the past
//	disarm: at → 0, and late stays: the operation has failed, also if it was just over
type limit struct{ at atomic.Int64 }

const (
	late  = -1
	never = 1<<63 - 1
)

// arm starts the time. A limit that has expired stays so. 0 is no limit.
func (l *limit) arm(v *serving, d time.Duration) {
	at := int64(never)
	if d > 0 {
		at = v.now.Load() + int64(d+2*v.tick)
	}
	for old := l.at.Load(); old != late && !l.at.CompareAndSwap(old, at); old = l.at.Load() { // pairs with expire
	}
}

// disarm reports whether the time was not over.
func (l *limit) disarm() bool {
	for {
		old := l.at.Load()
		if old == late {
			return false
		}
		if l.at.CompareAndSwap(old, 0) { // pairs with expire
			return true
		}
	}
}

// expire reports whether it is armed, and over at now; it is late from then on.
func (l *limit) expire(now int64) bool {
	at := l.at.Load()
	return at > 0 && at <= now && l.at.CompareAndSwap(at, late) // pairs with arm and disarm
}

func (s *Server) logf(format string, args ...any) {
	l := s.ErrorLog
	if l == nil {
		l = log.Default()
	}
	l.Printf("rthttp: "+format, args...)
}
