package rthttp

import (
	"strconv"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// Event is a server-sent event.
type Event struct {
	ID    string        // empty: none
	Name  string        // the type of the event; empty: message
	Data  string        // may have several lines
	Retry time.Duration // how long the client waits before it connects again; 0: nothing is said
}

// Send sends an event. The first one is preceded by the header of a stream of events. To see that the client has gone while
// there is nothing to be sent, wait for [Response.Gone] beside.
//
//async:func
func (w *Response) Send(e Event) error {
	if w.status == 0 {
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-cache")
	}
	if _, err := w.Write(e.text()); err != nil {
		return err
	}
	return w.Flush()
}

// text is the event as it is sent.
func (e Event) text() []byte {
	var out []byte
	field := func(name, value string) { out = append(append(append(append(out, name...), ": "...), value...), '\n') }
	if e.ID != "" {
		field("id", oneLine.Replace(e.ID))
	}
	if e.Name != "" {
		field("event", oneLine.Replace(e.Name))
	}
	if e.Retry > 0 {
		field("retry", strconv.FormatInt(e.Retry.Milliseconds(), 10))
	}
	for line := range strings.SplitSeq(lines.Replace(e.Data), "\n") {
		field("data", line)
	}
	return append(out, '\n')
}

// lines makes all that ends a line of an event a line feed.
var lines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Gone waits until the client has closed the connection, or its sending direction, or the connection has failed. Beside it the handler
// may write, but not read the body, which should have been read before.
//
// It is cancel-safe.
//
//async:func
func (w *Response) Gone() error {
	c := w.c
	if w.ended || c == nil {
		return errLate
	}
	for c.buffered() < bufferSize {
		if c.buffered() == 0 {
			var err error
			if c.tls != nil {
				err = c.tls.Readable()
			} else {
				err = c.plain.Readable()
			}
			if err != nil {
				return nil
			}
		}
		n, err := c.read(c.room())
		c.got(n)
		if err != nil {
			return nil
		}
	}
	// The client has sent other requests, and what comes after them is not looked at.
	_, err := rt.Await(rt.Never[rt.Unit]())
	return err
}
