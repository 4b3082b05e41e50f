package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// client is a connection. Its task alone uses what stands above the line; what is below is guarded by the lock of the
// server.
type client struct {
	s       *server
	conn    *rtnet.Conn
	id      int64
	since   time.Time
	in      input
	out     reply
	seen    int64  // so much of the log has to be safe before the answers go out
	wrote   bool   // a command of those that are not answered has changed something
	closing bool   // the connection ends when they are answered
	args    *[]arg // nil: none
	active  atomic.Int64

	// ----

	name    string
	last    *command
	logged  [][][]byte   // what stands in the log for the command that runs; nil: the command itself
	tx      *transaction // nil: none
	sub     *subscriber  // nil: it is none; its task alone sets this, and what follows
	waiting *blocked     // the command that waits; nil: none
}

// arg is an argument.
type arg = []byte

var argLists = sync.Pool{New: func() any { return new([]arg) }}

// flushAt is how many bytes of answers are collected.
const flushAt = 64 << 10

// serve answers the commands of a client, until it or the server ends that.
//
//async:func
func (c *client) serve() {
	defer c.leave()
	for !c.closing && !c.s.draining.Load() {
		if err := c.idle(); err != nil {
			return
		}
		if err := c.turn(); err != nil {
			return
		}
	}
}

// idle waits until there is something to do. The client holds no buffer meanwhile, unless a part of a command is
// there.
//
//async:func
func (c *client) idle() error {
	if c.sub == nil {
		return c.conn.Readable()
	}
	for {
		r := rt.Select2(c.conn.ReadableAsync(), c.sub.more.WaitAsync())
		if r.Index == 0 {
			return r.A.Err
		}
		if err := c.flush(); err != nil {
			return err
		}
		c.free()
	}
}

// turn reads what is there, and runs and answers the commands in it.
//
//async:func
func (c *client) turn() error {
	if err := c.in.fill(c.conn); err != nil {
		return err
	}
	c.active.Store(time.Now().UnixNano())
	c.hold()
	for !c.closing {
		cmd, err := c.in.next(&c.s.limits)
		if len(cmd) == 0 && err == nil {
			break
		}
		if err == nil {
			*c.args, err = split(cmd, *c.args)
		}
		if err != nil {
			c.out.n++
			c.out.fail(err.Error())
			c.closing = true
			break
		}
		if len(*c.args) == 0 {
			continue
		}
		c.execute(*c.args)
		if c.waiting != nil {
			if err := c.wait(); err != nil {
				return err
			}
			c.hold()
		}
		if len(c.out.buf) >= flushAt {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	if err := c.flush(); err != nil {
		return err
	}
	c.free()
	return nil
}

// hold has c have what it needs for commands and answers. See free.
func (c *client) hold() {
	if c.out.buf == nil {
		c.out.buf = newBuffer()[:0]
	}
	if c.args == nil {
		c.args = argLists.Get().(*[]arg)
	}
}

// leave ends a client.
func (c *client) leave() {
	_ = c.conn.Close()
	c.in.drop()
	c.free()
	c.s.forget(c)
}

// free lets go of what c holds, but for bytes that it has not used.
func (c *client) free() {
	c.in.free()
	if c.out.buf != nil {
		freeBuffer(c.out.buf)
		c.out.buf = nil
	}
	if c.args != nil {
		argLists.Put(c.args)
		c.args = nil
	}
}

// flush sends the answers, when the log is as safe as it has to be, and what was published.
//
//async:func
func (c *client) flush() error {
	if c.s.log != nil {
		if err := c.s.log.settle(c.seen); err != nil && c.wrote {
			c.refuse(err)
		}
	}
	c.wrote, c.out.n = false, 0
	if len(c.out.buf) > 0 {
		if _, err := c.conn.Write(c.out.buf); err != nil {
			return err
		}
		c.out.buf = c.out.buf[:0]
	}
	for c.sub != nil && c.takePending() {
		_, err := c.conn.Write(c.out.buf)
		if c.out.buf = c.out.buf[:0]; err != nil {
			return err
		}
	}
	return nil
}

// refuse makes errors of the answers: what was written is not safe.
func (c *client) refuse(err error) {
	n := c.out.n
	c.out.buf = c.out.buf[:0]
	for range n {
		c.out.fail(misconf + err.Error())
	}
}
