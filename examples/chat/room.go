package main

import (
	"encoding/json"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// room has members who hear each other.
type room struct {
	messages *rtsync.Broadcast[[]byte] // frames as they are sent: each is made once, for all
	members  atomic.Int64
}

// behind is how many messages a slow member may be behind before it misses some.
const behind = 256

func newRoom() *room { return &room{messages: rtsync.NewBroadcast[[]byte](behind)} }

// message is what goes to the page, as JSON.
type message struct {
	Name    string `json:"name,omitempty"`
	Text    string `json:"text,omitempty"`
	Members int64  `json:"members,omitempty"`
	Missed  uint64 `json:"missed,omitempty"`
}

// frame is a message as it is sent.
func (m message) frame() []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers can be encoded
	}
	return ws.MustCompileFrame(ws.NewTextFrame(text))
}

// join has a member take part until one side ends it. It is one task: while it waits it has no buffer, and what it reads and
// writes runs in turn.
//
//async:func
func (r *room) join(c *socket, name string) error {
	defer c.close(ws.StatusGoingAway)
	heard := r.messages.Subscribe()
	defer heard.Close()
	r.members.Add(1)
	defer r.members.Add(-1)
	over := rt.Select2(r.listenAsync(c, name), tellAsync(c, heard))
	if over.Index == 0 && over.A.Err != nil {
		return c.fail(over.A.Err)
	}
	return nil
}

// listen gives what a member says to all. It returns nil when the member has left.
//
//async:func
func (r *room) listen(c *socket, name string) error {
	for {
		text, err := c.readText()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		r.messages.Send(message{Name: name, Text: string(text)}.frame())
	}
}

// tell tells a member what all say.
//
//async:func
func tell(c *socket, heard *rtsync.Receiver[[]byte]) error {
	for {
		frame, err := heard.Recv()
		var lagged *rtsync.LaggedError
		if errors.As(err, &lagged) {
			frame, err = message{Missed: uint64(lagged.Missed)}.frame(), nil
		}
		if err != nil {
			return err
		}
		if err := c.write(frame); err != nil {
			return err
		}
	}
}

// countMembers tells all how many they are, once in a second if that has changed. A message for each who comes would be a million
// of them for a thousand members.
//
//async:func
func (r *room) countMembers() error {
	told := int64(0)
	for t := rt.NewTicker(time.Second); ; t.Tick() {
		if n := r.members.Load(); n != told {
			r.messages.Send(message{Members: n}.frame())
			told = n
		}
	}
}
