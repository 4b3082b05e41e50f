package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

var clientCommands = map[string]command{
	"PING":            {arity: -1, flags: subOK, run: ping},
	"ECHO":            {arity: 2, run: func(c *client, a [][]byte) { c.out.bulk(a[1]) }},
	"SELECT":          {arity: 2, run: selectDB},
	"AUTH":            {arity: -2, flags: noTx, run: auth},
	"HELLO":           {arity: -1, flags: noTx, run: hello},
	"CLIENT":          {arity: -2, flags: parent},
	"CLIENT|ID":       {arity: 2, run: func(c *client, _ [][]byte) { c.out.int(c.id) }},
	"CLIENT|GETNAME":  {arity: 2, run: getName},
	"CLIENT|SETNAME":  {arity: 3, run: setName},
	"CLIENT|INFO":     {arity: 2, run: func(c *client, _ [][]byte) { c.out.text(c.describe()) }},
	"CLIENT|LIST":     {arity: 2, run: clientList},
	"CLIENT|KILL":     {arity: -3, run: kill},
	"CLIENT|SETINFO":  {arity: 4, run: func(c *client, _ [][]byte) { c.out.ok() }},
	"CLIENT|NO-EVICT": {arity: 3, run: func(c *client, _ [][]byte) { c.out.ok() }},
	"QUIT":            {arity: -1, flags: subOK | always, run: quit},
	"RESET":           {arity: 1, flags: subOK | always, run: reset},
}

func ping(c *client, args [][]byte) {
	switch {
	case len(args) > 2:
		c.out.fail("ERR wrong number of arguments for 'ping' command")
	case c.sub != nil && !c.out.resp3:
		c.out.array(2)
		c.out.text("pong")
		c.out.bulk(slices.Concat(args[1:]...))
	case len(args) == 2:
		c.out.bulk(args[1])
	default:
		c.out.status("PONG")
	}
}

func selectDB(c *client, args [][]byte) {
	switch n, ok := parseInt(args[1]); {
	case !ok:
		c.out.fail(notInteger)
	case n != 0:
		c.out.fail("ERR DB index is out of range")
	default:
		c.out.ok()
	}
}

func auth(c *client, _ [][]byte) {
	c.out.fail("ERR AUTH <password> called without any password configured for the default user. " +
		"Are you sure your configuration is correct?")
}

// hello is HELLO [2 | 3 [SETNAME name]].
func hello(c *client, args [][]byte) {
	name := c.name
	if len(args) > 1 {
		v, ok := parseInt(args[1])
		if !ok {
			c.out.fail("ERR Protocol version is not an integer or out of range")
			return
		}
		if v != 2 && v != 3 {
			c.out.fail("NOPROTO unsupported protocol version")
			return
		}
		switch rest := args[2:]; {
		case len(rest) == 2 && is(rest[0], "SETNAME") && validName(rest[1]):
			name = string(rest[1])
		case len(rest) > 0:
			c.out.fail("ERR Syntax error in HELLO option '" + string(rest[0]) + "'")
			return
		}
		c.out.resp3 = v == 3
	}
	c.name = name
	c.out.mapOf(7)
	c.out.text("server")
	c.out.text("redis")
	c.out.text("version")
	c.out.text(version)
	c.out.text("proto")
	if c.out.resp3 {
		c.out.int(3)
	} else {
		c.out.int(2)
	}
	c.out.text("id")
	c.out.int(c.id)
	c.out.text("mode")
	c.out.text("standalone")
	c.out.text("role")
	c.out.text("master")
	c.out.text("modules")
	c.out.array(0)
}

func validName(name []byte) bool {
	return !slices.ContainsFunc(name, func(b byte) bool { return b < '!' || b > '~' })
}

func getName(c *client, _ [][]byte) {
	if c.name == "" {
		c.out.null()
	} else {
		c.out.text(c.name)
	}
}

func setName(c *client, args [][]byte) {
	if !validName(args[2]) {
		c.out.fail("ERR Client names cannot contain spaces, newlines or special characters.")
		return
	}
	c.name = string(args[2])
	c.out.ok()
}

func clientList(c *client, _ [][]byte) {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(c.s.clients)) {
		b.WriteString(c.s.clients[id].describe())
	}
	c.out.text(b.String())
}

// describe is a line of CLIENT LIST.
func (c *client) describe() string {
	var flags, cmd string
	if c.sub != nil {
		flags += "P"
	}
	if c.tx != nil && c.tx.open {
		flags += "x"
	}
	if c.waiting != nil {
		flags += "b"
	}
	if flags == "" {
		flags = "N"
	}
	if cmd = "NULL"; c.last != nil {
		cmd = c.last.name
	}
	subs, patterns, queue, resp := 0, 0, -1, 2
	if c.sub != nil {
		subs, patterns = len(c.sub.channels), len(c.sub.patterns)
	}
	if c.tx != nil && c.tx.open {
		queue = len(c.tx.queue)
	}
	if c.out.resp3 {
		resp = 3
	}
	now := time.Now()
	idle := max(now.UnixNano()-c.active.Load(), 0) / int64(time.Second)
	return fmt.Sprintf("id=%d addr=%s laddr=%s name=%s age=%d idle=%d flags=%s db=0 sub=%d psub=%d multi=%d cmd=%s resp=%d\n",
		c.id, c.conn.RemoteAddr(), c.conn.LocalAddr(), c.name, int(now.Sub(c.since).Seconds()), idle, flags,
		subs, patterns, queue, cmd, resp)
}

// kill is CLIENT KILL addr, and CLIENT KILL with filters.
func kill(c *client, args [][]byte) {
	args = args[2:]
	want := func(*client) bool { return true }
	old := len(args) == 1
	if old {
		args = [][]byte{[]byte("ADDR"), args[0], []byte("SKIPME"), []byte("no")}
	}
	skip := true
	for ; len(args) > 0; args = args[2:] {
		before := want
		switch {
		case len(args) < 2:
			c.out.fail(badSyntax)
			return
		case is(args[0], "ADDR"):
			addr := string(args[1])
			want = func(o *client) bool { return before(o) && o.conn.RemoteAddr().String() == addr }
		case is(args[0], "ID"):
			id, _ := parseInt(args[1])
			want = func(o *client) bool { return before(o) && o.id == id }
		case is(args[0], "SKIPME") && (is(args[1], "YES") || is(args[1], "NO")):
			skip = is(args[1], "YES")
		default:
			c.out.fail(badSyntax)
			return
		}
	}
	n := int64(0)
	for _, o := range c.s.clients {
		switch {
		case !want(o) || o == c && skip:
			continue
		case o == c:
			c.closing = true
		default:
			_ = o.conn.Close() // its task sees that
		}
		n++
	}
	switch {
	case !old:
		c.out.int(n)
	case n == 0:
		c.out.fail("ERR No such client")
	default:
		c.out.ok()
	}
}

func quit(c *client, _ [][]byte) {
	c.closing = true
	c.out.ok()
}

func reset(c *client, _ [][]byte) {
	c.forget()
	c.unlistenAll()
	c.name, c.out.resp3 = "", false
	c.out.status("RESET")
}
