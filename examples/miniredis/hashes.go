package main

import (
	"math"
	"strconv"
)

var hashCommands = map[string]command{
	"HSET":         {arity: -4, flags: write, run: hset},
	"HMSET":        {arity: -4, flags: write, run: hset},
	"HSETNX":       {arity: 4, flags: write, run: hsetNX},
	"HGET":         {arity: 3, run: hget},
	"HMGET":        {arity: -3, run: hmget},
	"HDEL":         {arity: -3, flags: write, run: hdel},
	"HLEN":         {arity: 2, run: hlen},
	"HEXISTS":      {arity: 3, run: hexists},
	"HSTRLEN":      {arity: 3, run: hstrlen},
	"HGETALL":      {arity: 2, run: hgetAll},
	"HKEYS":        {arity: 2, run: hkeys},
	"HVALS":        {arity: 2, run: hvals},
	"HINCRBY":      {arity: 4, flags: write, run: hincrBy},
	"HINCRBYFLOAT": {arity: 4, flags: write, run: hincrByFloat},
}

func hset(c *client, args [][]byte) {
	old := is(args[0], "HMSET")
	if len(args)%2 != 0 {
		c.out.fail("ERR wrong number of arguments for '" + c.last.name + "' command")
		return
	}
	e, h, ok := made[hash](c, args[1])
	if !ok {
		return
	}
	n := int64(0)
	for i := 2; i < len(args); i += 2 {
		it, fresh := h.put(args[i])
		it.val = append(it.val[:0], args[i+1]...)
		if fresh {
			n++
		}
	}
	c.s.db.changed(e.key)
	if old {
		c.out.ok()
	} else {
		c.out.int(n)
	}
}

func hsetNX(c *client, args [][]byte) {
	e, h, ok := made[hash](c, args[1])
	if !ok {
		return
	}
	it, fresh := h.put(args[2])
	if fresh {
		it.val = append(it.val, args[3]...)
		c.s.db.changed(e.key)
	}
	c.out.yes(fresh)
}

// field gives a field of a hash; nil if there is none.
func field(c *client, key, name []byte) (it *item[[]byte], ok bool) {
	e, h, ok := typed[hash](c, key)
	if e == nil || !ok {
		return nil, ok
	}
	return h.get(name), true
}

func hget(c *client, args [][]byte) {
	it, ok := field(c, args[1], args[2])
	switch {
	case !ok:
	case it == nil:
		c.out.null()
	default:
		c.out.bulk(it.val)
	}
}

func hmget(c *client, args [][]byte) {
	e, h, ok := typed[hash](c, args[1])
	if !ok {
		return
	}
	c.out.array(len(args) - 2)
	for _, name := range args[2:] {
		if e == nil || h.get(name) == nil {
			c.out.null()
		} else {
			c.out.bulk(h.get(name).val)
		}
	}
}

func hdel(c *client, args [][]byte) {
	e, h, ok := typed[hash](c, args[1])
	if !ok {
		return
	}
	n := int64(0)
	if e != nil {
		for _, name := range args[2:] {
			if h.del(name) {
				n++
			}
		}
	}
	if n > 0 {
		c.s.db.shrunk(e, h.len())
	}
	c.out.int(n)
}

func hlen(c *client, args [][]byte) {
	e, h, ok := typed[hash](c, args[1])
	switch {
	case !ok:
	case e == nil:
		c.out.int(0)
	default:
		c.out.int(int64(h.len()))
	}
}

func hexists(c *client, args [][]byte) {
	if it, ok := field(c, args[1], args[2]); ok {
		c.out.yes(it != nil)
	}
}

func hstrlen(c *client, args [][]byte) {
	it, ok := field(c, args[1], args[2])
	switch {
	case !ok:
	case it == nil:
		c.out.int(0)
	default:
		c.out.int(int64(len(it.val)))
	}
}

// fields gives all fields of a hash.
func fields(c *client, key []byte) ([]*item[[]byte], bool) {
	e, h, ok := typed[hash](c, key)
	if e == nil || !ok {
		return nil, ok
	}
	return h.entries, true
}

func hgetAll(c *client, args [][]byte) {
	all, ok := fields(c, args[1])
	if !ok {
		return
	}
	c.out.mapOf(len(all))
	for _, it := range all {
		c.out.text(it.key)
		c.out.bulk(it.val)
	}
}

func hkeys(c *client, args [][]byte) {
	all, ok := fields(c, args[1])
	if !ok {
		return
	}
	c.out.array(len(all))
	for _, it := range all {
		c.out.text(it.key)
	}
}

func hvals(c *client, args [][]byte) {
	all, ok := fields(c, args[1])
	if !ok {
		return
	}
	c.out.array(len(all))
	for _, it := range all {
		c.out.bulk(it.val)
	}
}

func hincrBy(c *client, args [][]byte) {
	by, ok := parseInt(args[3])
	if !ok {
		c.out.fail(notInteger)
		return
	}
	it, ok := field(c, args[1], args[2])
	if !ok {
		return
	}
	n := int64(0)
	if it != nil {
		if n, ok = parseInt(it.val); !ok {
			c.out.fail("ERR hash value is not an integer")
			return
		}
	}
	if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
		c.out.fail("ERR increment or decrement would overflow")
		return
	}
	c.setField(args[1], args[2], strconv.AppendInt(nil, n+by, 10))
	c.out.int(n + by)
}

func hincrByFloat(c *client, args [][]byte) {
	switch f, ok := parseFloat(args[3]); {
	case !ok:
		c.out.fail(notFloat)
		return
	case math.IsInf(f, 0):
		c.out.fail("ERR value is NaN or Infinity")
		return
	}
	it, ok := field(c, args[1], args[2])
	if !ok {
		return
	}
	old := []byte("0")
	if it != nil {
		old = it.val
	}
	sum, wrong := addFloat(old, args[3], "ERR hash value is not a float")
	if wrong != "" {
		c.out.fail(wrong)
		return
	}
	c.setField(args[1], args[2], []byte(sum))
	c.out.text(sum)
	c.logAs([]byte("HSET"), args[1], args[2], []byte(sum))
}

// setField sets a field of what is a hash, or is not there.
func (c *client) setField(key, name, s []byte) {
	e, h, _ := made[hash](c, key)
	it, _ := h.put(name)
	it.val = append(it.val[:0], s...)
	c.s.db.changed(e.key)
}
