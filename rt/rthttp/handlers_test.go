package rthttp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

// site has the handlers of the tests, and what they are to wait for and tell.
type site struct {
	arrived *rtsync.Chan[string] // the names of requests that wait
	let     rtsync.Notify        // lets one go on
	left    *rtsync.Chan[string] // what the cleanup of handlers says
}

func newSite() *site {
	return &site{arrived: rtsync.NewChan[string](100), left: rtsync.NewChan[string](100)}
}

// handle does what the path says.
//
//async:func
func (s *site) handle(w *rthttp.Response, r *http.Request) error {
	switch r.URL.Path {
	case "/hello":
		_, err := io.WriteString(w, "hello")
		return err
	case "/echo":
		return echo(w, r)
	case "/pass":
		return pass(w, r)
	case "/big":
		return big(w, r)
	case "/wait":
		defer s.left.TrySend("wait")
		if err := s.arrived.Send(r.URL.RawQuery); err != nil {
			return err
		}
		s.let.Wait()
		_, err := io.WriteString(w, "waited")
		return err
	case "/status":
		code, _ := strconv.Atoi(r.URL.RawQuery)
		w.WriteHeader(code)
		return nil
	case "/refuse":
		return fmt.Errorf("so: %w", &rthttp.StatusError{Status: 418, Text: "a teapot"})
	case "/events":
		return s.events(w)
	case "/early":
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("X-After", "1")
		_, err := io.WriteString(w, "late")
		return err
	case "/flood":
		defer s.left.TrySend("flood")
		return big(w, r)
	case "/upgrade":
		return s.upgrade(w, r)
	}
	return trouble(w, r)
}

// trouble has handlers that go wrong.
//
//async:func
func trouble(w *rthttp.Response, r *http.Request) error {
	rt.Yield()
	switch r.URL.Path {
	case "/panic":
		_, _ = io.WriteString(w, "never seen")
		panic("a test")
	case "/abort":
		panic(http.ErrAbortHandler)
	case "/goexit":
		runtime.Goexit()
	case "/error":
		w.WriteHeader(http.StatusOK)
		return errors.New("an error")
	case "/lateerror":
		_, _ = io.WriteString(w, "a part")
		_ = w.Flush()
		return errors.New("an error after a part")
	case "/short":
		w.Header().Set("Content-Length", "10")
		_, err := io.WriteString(w, "short")
		return err
	case "/long":
		w.Header().Set("Content-Length", "3")
		_, err := io.WriteString(w, "too long")
		if !errors.Is(err, http.ErrContentLength) {
			return fmt.Errorf("too much: %v", err)
		}
		_, err = io.WriteString(w, "fit")
		return err
	case "/inject":
		w.Header().Set("X-One", "1\r\nX-Two: 2")
		w.Header()["X Bad"] = []string{"3"}
		return nil
	}
	return &rthttp.StatusError{Status: http.StatusNotFound}
}

// echo answers with the body, read as a whole.
//
//async:func
func echo(w *rthttp.Response, r *http.Request) error {
	body, err := rthttp.ReadAll(r)
	if err != nil {
		return err
	}
	for name, values := range r.Trailer {
		w.Header()["X-Had-"+name] = values
	}
	w.Header().Set("X-Method", r.Method)
	_, err = w.Write(body)
	return err
}

// pass answers with the body, piece by piece, and with a trailer.
//
//async:func
func pass(w *rthttp.Response, r *http.Request) error {
	w.Header().Set("Trailer", "X-Sum")
	body := rthttp.BodyOf(r)
	p := make([]byte, 1000)
	sum := 0
	for {
		n, err := body.Read(p)
		sum += n
		if _, err := w.Write(p[:n]); err != nil {
			return err
		}
		if err == io.EOF {
			w.Header().Set("X-Sum", strconv.Itoa(sum))
			w.Header().Set(http.TrailerPrefix+"X-More", "more")
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
}

// big answers with as many bytes as the query says, in pieces of 3000 and 40000.
//
//async:func
func big(w *rthttp.Response, r *http.Request) error {
	n, err := strconv.Atoi(r.URL.RawQuery)
	if err != nil {
		return &rthttp.StatusError{Status: http.StatusBadRequest, Text: err.Error()}
	}
	for size := 3000; n > 0; size = 43000 - size {
		piece := bytes.Repeat([]byte{'x'}, min(size, n))
		if _, err := w.Write(piece); err != nil {
			return err
		}
		n -= len(piece)
	}
	return nil
}

// events sends an event for each time that it is let go on, until the client has gone.
//
//async:func
func (s *site) events(w *rthttp.Response) error {
	defer s.left.TrySend("events")
	for i := 0; ; i++ {
		err := w.Send(rthttp.Event{ID: strconv.Itoa(i), Name: "tick", Data: "one\ntwo"})
		if err != nil {
			return err
		}
		c := rt.Select2(s.let.WaitAsync(), w.GoneAsync())
		if c.Index == 1 {
			_, err := c.B.Get()
			return err
		}
	}
}

// upgrade is capitals, and tells when it ends.
//
//async:func
func (s *site) upgrade(w *rthttp.Response, r *http.Request) error {
	defer s.left.TrySend("upgrade")
	return capitals(w, r)
}

// capitals takes the connection over, and answers what comes in capitals. For another path it says hello.
//
//async:func
func capitals(w *rthttp.Response, r *http.Request) error {
	if r.URL.Path != "/upgrade" {
		_, err := io.WriteString(w, "hello")
		return err
	}
	w.Header().Set("Upgrade", "capitals")
	w.Header().Set("Connection", "Upgrade")
	w.WriteHeader(http.StatusSwitchingProtocols)
	c, err := w.Hijack()
	if err != nil {
		return err
	}
	defer c.Close()
	for c.Readable() == nil { // waits without a buffer
		p := make([]byte, 100)
		n, err := c.Read(p)
		if err != nil {
			return nil
		}
		if _, err := c.Write(bytes.ToUpper(p[:n])); err != nil {
			return nil
		}
	}
	return nil
}
