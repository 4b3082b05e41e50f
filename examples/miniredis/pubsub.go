package main

import (
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

var pubsubCommands = map[string]command{
	"SUBSCRIBE":    {arity: -2, flags: subOK | noTx, run: func(c *client, a [][]byte) { subscribe(c, a[1:], false) }},
	"PSUBSCRIBE":   {arity: -2, flags: subOK | noTx, run: func(c *client, a [][]byte) { subscribe(c, a[1:], true) }},
	"UNSUBSCRIBE":  {arity: -1, flags: subOK | noTx, run: func(c *client, a [][]byte) { unsubscribe(c, a[1:], false) }},
	"PUNSUBSCRIBE": {arity: -1, flags: subOK | noTx, run: func(c *client, a [][]byte) { unsubscribe(c, a[1:], true) }},
	"PUBLISH":      {arity: 3, run: publish},
	"PUBSUB":       {arity: -2, flags: parent},

	"PUBSUB|CHANNELS": {arity: -2, run: pubsubChannels},
	"PUBSUB|NUMSUB":   {arity: -2, run: pubsubNumSub},
	"PUBSUB|NUMPAT":   {arity: 2, run: func(c *client, _ [][]byte) { c.out.int(int64(len(c.s.db.subs.patterns))) }},
}

// topics says who listens to what.
type topics struct {
	channels, patterns map[string]map[*client]struct{}
}

// subscriber is what a client listens to, and what has come for it. Who publishes does not wait for who listens:
// a client that does not take its messages is closed when there are too many.
type subscriber struct {
	channels, patterns map[string]struct{}
	pending            []byte
	more               rtsync.Notify // there is something in pending
}

func (s *subscriber) count() int { return len(s.channels) + len(s.patterns) }

// of gives the table, and the client's own, of channels or of patterns.
func (c *client) topics(patterns bool) (map[string]map[*client]struct{}, map[string]struct{}) {
	if patterns {
		return c.s.db.subs.patterns, c.sub.patterns
	}
	return c.s.db.subs.channels, c.sub.channels
}

// verb is the name of a message about channels or patterns.
func verb(name string, patterns bool) string {
	if patterns {
		return "p" + name
	}
	return name
}

func subscribe(c *client, names [][]byte, patterns bool) {
	if c.sub == nil {
		c.sub = &subscriber{channels: map[string]struct{}{}, patterns: map[string]struct{}{}}
	}
	all, own := c.topics(patterns)
	for _, name := range names {
		if all[string(name)] == nil {
			all[string(name)] = map[*client]struct{}{}
		}
		all[string(name)][c] = struct{}{}
		own[string(name)] = struct{}{}
		c.out.push(3)
		c.out.text(verb("subscribe", patterns))
		c.out.bulk(name)
		c.out.int(int64(c.sub.count()))
	}
	c.out.n += len(names) - 1
}

// unsubscribe ends what a client listens to: all of it where no names are given.
func unsubscribe(c *client, names [][]byte, patterns bool) {
	if c.sub == nil {
		c.sub = &subscriber{}
	}
	_, own := c.topics(patterns)
	if len(names) == 0 {
		for name := range own {
			names = append(names, []byte(name))
		}
	}
	for _, name := range names {
		c.unlisten(string(name), patterns)
		c.out.push(3)
		c.out.text(verb("unsubscribe", patterns))
		c.out.bulk(name)
		c.out.int(int64(c.sub.count()))
	}
	if len(names) == 0 {
		c.out.push(3)
		c.out.text(verb("unsubscribe", patterns))
		c.out.null()
		c.out.int(int64(c.sub.count()))
	}
	c.out.n += max(len(names)-1, 0)
	if c.sub.count() == 0 {
		c.sub = nil
	}
}

// unlisten takes a client off a channel or a pattern.
func (c *client) unlisten(name string, patterns bool) {
	all, own := c.topics(patterns)
	if delete(all[name], c); len(all[name]) == 0 {
		delete(all, name)
	}
	delete(own, name)
}

// unlistenAll takes a client off everything.
func (c *client) unlistenAll() {
	if c.sub == nil {
		return
	}
	for name := range c.sub.channels {
		c.unlisten(name, false)
	}
	for name := range c.sub.patterns {
		c.unlisten(name, true)
	}
	c.sub = nil
}

func publish(c *client, args [][]byte) {
	n := int64(0)
	for to := range c.s.db.subs.channels[string(args[1])] {
		to.send("message", args[1:])
		n++
	}
	for pattern, all := range c.s.db.subs.patterns {
		if !match(pattern, string(args[1])) {
			continue
		}
		for to := range all {
			to.send("pmessage", [][]byte{[]byte(pattern), args[1], args[2]})
			n++
		}
	}
	c.out.int(n)
}

// send leaves a message for a client.
func (c *client) send(kind string, parts [][]byte) {
	out := reply{buf: c.sub.pending, resp3: c.out.resp3}
	out.push(1 + len(parts))
	out.text(kind)
	for _, p := range parts {
		out.bulk(p)
	}
	if len(out.buf) > c.s.maxPending {
		c.sub.pending = nil
		_ = c.conn.Close() // its task sees that
		return
	}
	c.sub.pending = out.buf
	c.sub.more.NotifyOne()
}

// takePushes puts the messages that have come for a client before the answer that follows.
func (c *client) takePushes() {
	if c.sub != nil && len(c.sub.pending) > 0 {
		c.out.buf = append(c.out.buf, c.sub.pending...)
		c.sub.pending = c.sub.pending[:0]
	}
}

// takePending is takePushes for who does not have the lock. It says whether there are any.
func (c *client) takePending() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if len(c.sub.pending) == 0 {
		return false
	}
	c.hold()
	c.takePushes()
	if cap(c.sub.pending) > bufferSize {
		c.sub.pending = nil
	}
	return true
}

func pubsubChannels(c *client, args [][]byte) {
	var names []string
	for name := range c.s.db.subs.channels {
		if len(args) == 2 || match(string(args[2]), name) {
			names = append(names, name)
		}
	}
	c.out.texts(names)
}

func pubsubNumSub(c *client, args [][]byte) {
	c.out.array(2 * (len(args) - 2))
	for _, name := range args[2:] {
		c.out.bulk(name)
		c.out.int(int64(len(c.s.db.subs.channels[string(name)])))
	}
}
