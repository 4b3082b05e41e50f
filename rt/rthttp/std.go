package rthttp

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// StdHandler is an [http.Handler] for a Server: see [Std].
type StdHandler struct{ h http.Handler }

// Std lets a Server have its requests handled by h, each on the blocking pool:
//
//	s.Serve(l, rthttp.Std(http.DefaultServeMux).Serve)
//
// A marked handler may pass on requests to one: return std.Serve(w, r). The context of the request ends with the
// handler's task, and when the client closes the connection, if the request has no body and asks for no other protocol.
// The
// [http.ResponseWriter] is an [http.Flusher] and an [http.Hijacker].
func Std(h http.Handler) StdHandler { return StdHandler{h} }

// Serve is the handler for [Server.Serve].
//
//async:func
func (s StdHandler) Serve(w *Response, r *http.Request) error {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	watched := w.body.err == io.EOF && r.Header.Get("Upgrade") == ""
	call := rt.BlockingAsync(ctx, func(ctx context.Context) (rt.Unit, error) {
		s.h.ServeHTTP(&stdWriter{w, watched}, r.WithContext(ctx))
		return rt.Unit{}, nil
	})
	if !watched {
		_, err := rt.Await(call)
		return err
	}
	defer rt.Cancel(call)
	c := rt.Select2(rt.Borrow(call), w.GoneAsync())
	if c.Index == 0 {
		_, err := c.A.Get()
		return err
	}
	cancel() // a client that has only ended its sending direction still gets the response
	_, err := rt.Await(call)
	return err
}

// stdWriter is a Response for ordinary code.
type stdWriter struct {
	w       *Response
	watched bool // somebody reads from the connection, to see its end
}

// Header implements [http.ResponseWriter].
func (s *stdWriter) Header() http.Header { return s.w.Header() }

// WriteHeader implements [http.ResponseWriter].
func (s *stdWriter) WriteHeader(status int) { s.w.WriteHeader(status) }

// Write implements [http.ResponseWriter].
func (s *stdWriter) Write(p []byte) (int, error) { return s.w.Write(p) }

// Flush implements [http.Flusher].
func (s *stdWriter) Flush() { _ = s.w.Flush() }

// FlushError is Flush for [http.ResponseController].
func (s *stdWriter) FlushError() error { return s.w.Flush() }

var errNoUpgrade = fmt.Errorf("rthttp: a request without the field Upgrade: %w", http.ErrNotSupported)

// Hijack implements [http.Hijacker], for a request that has the field Upgrade, or a body.
func (s *stdWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if s.watched {
		return nil, nil, errNoUpgrade
	}
	h, err := s.w.Hijack()
	if err != nil {
		return nil, nil, err
	}
	_ = h.SetDeadline(time.Time{})
	return h, bufio.NewReadWriter(bufio.NewReader(h), bufio.NewWriter(h)), nil
}
