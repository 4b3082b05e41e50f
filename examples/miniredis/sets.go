package main

import (
	"math/rand/v2"
	"slices"
)

var setCommands = map[string]command{
	"SADD":        {arity: -3, flags: write, run: sadd},
	"SREM":        {arity: -3, flags: write, run: srem},
	"SISMEMBER":   {arity: 3, run: sismember},
	"SMISMEMBER":  {arity: -3, run: smismember},
	"SMEMBERS":    {arity: 2, run: smembers},
	"SCARD":       {arity: 2, run: scard},
	"SPOP":        {arity: -2, flags: write, run: spop},
	"SRANDMEMBER": {arity: -2, run: srandMember},
	"SMOVE":       {arity: 4, flags: write, run: smove},
}

func sadd(c *client, args [][]byte) {
	e, s, ok := made[set](c, args[1])
	if !ok {
		return
	}
	n := int64(0)
	for _, name := range args[2:] {
		if _, fresh := s.put(name); fresh {
			n++
		}
	}
	if n > 0 {
		c.s.db.changed(e.key)
	}
	c.out.int(n)
}

func srem(c *client, args [][]byte) {
	e, s, ok := typed[set](c, args[1])
	if !ok {
		return
	}
	n := int64(0)
	if e != nil {
		for _, name := range args[2:] {
			if s.del(name) {
				n++
			}
		}
	}
	if n > 0 {
		c.s.db.shrunk(e, s.len())
	}
	c.out.int(n)
}

func sismember(c *client, args [][]byte) {
	if e, s, ok := typed[set](c, args[1]); ok {
		c.out.yes(e != nil && s.get(args[2]) != nil)
	}
}

func smismember(c *client, args [][]byte) {
	e, s, ok := typed[set](c, args[1])
	if !ok {
		return
	}
	c.out.array(len(args) - 2)
	for _, name := range args[2:] {
		c.out.yes(e != nil && s.get(name) != nil)
	}
}

func smembers(c *client, args [][]byte) {
	e, s, ok := typed[set](c, args[1])
	if !ok {
		return
	}
	if e == nil {
		s = new(set)
	}
	c.out.setOf(s.len())
	for _, it := range s.entries {
		c.out.text(it.key)
	}
}

func scard(c *client, args [][]byte) {
	e, s, ok := typed[set](c, args[1])
	switch {
	case !ok:
	case e == nil:
		c.out.int(0)
	default:
		c.out.int(int64(s.len()))
	}
}

// spop takes members by chance; the log has which ones.
func spop(c *client, args [][]byte) {
	if len(args) > 3 {
		c.out.fail(badSyntax)
		return
	}
	count, many := int64(1), len(args) == 3
	if many {
		var ok bool
		if count, ok = parseInt(args[2]); !ok || count < 0 {
			c.out.fail(mustBePos)
			return
		}
	}
	e, s, ok := typed[set](c, args[1])
	if !ok {
		return
	}
	if e == nil {
		if many {
			c.out.setOf(0)
		} else {
			c.out.null()
		}
		return
	}
	n := int(min(count, int64(s.len())))
	if many {
		c.out.setOf(n)
	}
	gone := [][]byte{[]byte("SREM"), args[1]}
	for range n {
		it := s.random()
		s.remove(it)
		c.out.text(it.key)
		gone = append(gone, []byte(it.key))
	}
	if n > 0 {
		c.s.db.shrunk(e, s.len())
		c.logAs(gone...)
	}
}

// srandMember is SRANDMEMBER key [count]: a negative count may give a member more than once.
func srandMember(c *client, args [][]byte) {
	if len(args) > 3 {
		c.out.fail(badSyntax)
		return
	}
	count, many := int64(1), len(args) == 3
	if many {
		var ok bool
		if count, ok = parseInt(args[2]); !ok {
			c.out.fail(notInteger)
			return
		}
		if count < -1<<20 {
			c.out.fail("ERR value is out of range")
			return
		}
	}
	e, s, ok := typed[set](c, args[1])
	switch {
	case !ok:
	case e == nil && many:
		c.out.array(0)
	case e == nil:
		c.out.null()
	case !many:
		c.out.text(s.random().key)
	case count < 0:
		c.out.array(int(-count))
		for range -count {
			c.out.text(s.random().key)
		}
	default:
		all := slices.Clone(s.entries)
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:min(count, int64(len(all)))]
		c.out.array(len(all))
		for _, it := range all {
			c.out.text(it.key)
		}
	}
}

func smove(c *client, args [][]byte) {
	from, s, ok := typed[set](c, args[1])
	if !ok {
		return
	}
	if from == nil {
		c.out.int(0)
		return
	}
	to, _, ok := typed[set](c, args[2])
	if !ok {
		return
	}
	if from == to || s.get(args[3]) == nil {
		c.out.yes(s.get(args[3]) != nil)
		return
	}
	s.del(args[3])
	c.s.db.shrunk(from, s.len())
	to, t, _ := made[set](c, args[2])
	t.put(args[3])
	c.s.db.changed(to.key)
	c.out.int(1)
}
