package main

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

var keyCommands = map[string]command{
	"DEL":         {arity: -2, flags: write, run: del},
	"UNLINK":      {arity: -2, flags: write, run: del},
	"EXISTS":      {arity: -2, run: exists},
	"TOUCH":       {arity: -2, run: exists},
	"TYPE":        {arity: 2, run: typeOf},
	"EXPIRE":      {arity: -3, flags: write, run: func(c *client, a [][]byte) { expire(c, a, 1000, true) }},
	"PEXPIRE":     {arity: -3, flags: write, run: func(c *client, a [][]byte) { expire(c, a, 1, true) }},
	"EXPIREAT":    {arity: -3, flags: write, run: func(c *client, a [][]byte) { expire(c, a, 1000, false) }},
	"PEXPIREAT":   {arity: -3, flags: write, run: func(c *client, a [][]byte) { expire(c, a, 1, false) }},
	"TTL":         {arity: 2, run: func(c *client, a [][]byte) { ttl(c, a, 1000, true) }},
	"PTTL":        {arity: 2, run: func(c *client, a [][]byte) { ttl(c, a, 1, true) }},
	"EXPIRETIME":  {arity: 2, run: func(c *client, a [][]byte) { ttl(c, a, 1000, false) }},
	"PEXPIRETIME": {arity: 2, run: func(c *client, a [][]byte) { ttl(c, a, 1, false) }},
	"PERSIST":     {arity: 2, flags: write, run: persist},
	"RENAME":      {arity: 3, flags: write, run: func(c *client, a [][]byte) { rename(c, a, false) }},
	"RENAMENX":    {arity: 3, flags: write, run: func(c *client, a [][]byte) { rename(c, a, true) }},
	"RANDOMKEY":   {arity: 1, run: randomKey},
	"KEYS":        {arity: 2, run: keys},
	"DBSIZE":      {arity: 1, run: func(c *client, _ [][]byte) { c.out.int(int64(c.s.db.keys.len())) }},
	"FLUSHDB":     {arity: -1, flags: write, run: flushAll},
	"FLUSHALL":    {arity: -1, flags: write, run: flushAll},
}

func del(c *client, args [][]byte) {
	n := int64(0)
	for _, key := range args[1:] {
		if e := c.s.db.find(key); e != nil {
			c.s.db.delete(e)
			n++
		}
	}
	c.out.int(n)
}

func exists(c *client, args [][]byte) {
	n := int64(0)
	for _, key := range args[1:] {
		if c.s.db.find(key) != nil {
			n++
		}
	}
	c.out.int(n)
}

func typeOf(c *client, args [][]byte) {
	if e := c.s.db.find(args[1]); e != nil {
		c.out.status(e.val.kind())
	} else {
		c.out.status("none")
	}
}

// expireAt sets when a key expires: 0 is never, and one whose time is up goes at once.
func (c *client) expireAt(e *entry, at int64) {
	switch {
	case at == 0:
		c.s.db.keepFor(e, 0)
		c.s.db.changed(e.key)
		c.logAs([]byte("PERSIST"), []byte(e.key))
	case at <= nowMs() && !c.s.db.loading:
		c.s.db.delete(e)
		c.logAs([]byte("DEL"), []byte(e.key))
	default:
		c.s.db.keepFor(e, at)
		c.s.db.changed(e.key)
		c.logAs([]byte("PEXPIREAT"), []byte(e.key), strconv.AppendInt(nil, at, 10))
	}
}

// expire is EXPIRE key time [NX | XX | GT | LT] and the like.
func expire(c *client, args [][]byte, unit int64, relative bool) {
	var nx, xx, gt, lt bool
	for _, arg := range args[3:] {
		switch {
		case is(arg, "NX"):
			nx = true
		case is(arg, "XX"):
			xx = true
		case is(arg, "GT"):
			gt = true
		case is(arg, "LT"):
			lt = true
		default:
			c.out.fail("ERR Unsupported option " + upToNUL(arg))
			return
		}
	}
	if nx && (xx || gt || lt) {
		c.out.fail("ERR NX and XX, GT or LT options at the same time are not compatible")
		return
	}
	if gt && lt {
		c.out.fail("ERR GT and LT options at the same time are not compatible")
		return
	}
	n, ok := parseInt(args[2])
	if !ok {
		c.out.fail(notInteger)
		return
	}
	base := int64(0)
	if relative {
		base = nowMs()
	}
	if n > math.MaxInt64/unit || n < math.MinInt64/unit || n*unit > math.MaxInt64-base {
		c.out.fail("ERR invalid expire time in '" + strings.ToLower(string(args[0])) + "' command")
		return
	}
	e := c.s.db.find(args[1])
	if e == nil {
		c.out.int(0)
		return
	}
	at, old := base+n*unit, e.val.expires
	if nx && old != 0 || xx && old == 0 || gt && (old == 0 || at <= old) || lt && old != 0 && at >= old {
		c.out.int(0)
		return
	}
	if at == 0 {
		at = 1 // 1970, too
	}
	c.expireAt(e, at)
	c.out.int(1)
}

// upToNUL is an argument as Redis prints it.
func upToNUL(arg []byte) string {
	head, _, _ := bytes.Cut(arg, []byte{0})
	return string(head)
}

// ttl answers with the time that a key has, or that it ends at: -1 if it does not expire, -2 if there is none.
func ttl(c *client, args [][]byte, unit int64, relative bool) {
	e := c.s.db.find(args[1])
	switch {
	case e == nil:
		c.out.int(-2)
	case e.val.expires == 0:
		c.out.int(-1)
	case relative:
		c.out.int((max(e.val.expires-nowMs(), 0) + unit/2) / unit)
	default:
		c.out.int(e.val.expires / unit)
	}
}

func persist(c *client, args [][]byte) {
	e := c.s.db.find(args[1])
	if e == nil || e.val.expires == 0 {
		c.out.int(0)
		return
	}
	c.expireAt(e, 0)
	c.out.int(1)
}

func rename(c *client, args [][]byte, nx bool) {
	from := c.s.db.find(args[1])
	if from == nil {
		c.out.fail(notThere)
		return
	}
	to := c.s.db.find(args[2])
	switch {
	case nx && to != nil:
		c.out.int(0)
		return
	case to != from:
		v := from.val
		c.s.db.delete(from)
		if to != nil {
			c.s.db.delete(to)
		}
		e, _ := c.s.db.keys.put(args[2])
		e.val.str, e.val.data = v.str, v.data
		c.s.db.keepFor(e, v.expires)
		c.s.db.pushed(e)
	}
	if nx {
		c.out.int(1)
	} else {
		c.out.ok()
	}
}

func randomKey(c *client, _ [][]byte) {
	for range 100 {
		if c.s.db.keys.len() == 0 {
			break
		}
		if e := c.s.db.find([]byte(c.s.db.keys.random().key)); e != nil {
			c.out.text(e.key)
			return
		}
	}
	c.out.null()
}

func keys(c *client, args [][]byte) {
	pattern := string(args[1])
	var all []string
	now := nowMs()
	for _, e := range c.s.db.keys.entries {
		if (e.val.expires == 0 || e.val.expires > now) && match(pattern, e.key) {
			all = append(all, e.key)
		}
	}
	c.out.texts(all)
}

func flushAll(c *client, args [][]byte) {
	if len(args) > 2 || len(args) == 2 && !is(args[1], "SYNC") && !is(args[1], "ASYNC") {
		c.out.fail(badSyntax)
		return
	}
	c.s.db.flush()
	c.out.ok()
}
