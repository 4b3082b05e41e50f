package main

var setAlgebra = map[string]command{
	"SINTER":      {arity: -2, run: func(c *client, a [][]byte) { combine(c, a, intersection) }},
	"SUNION":      {arity: -2, run: func(c *client, a [][]byte) { combine(c, a, union) }},
	"SDIFF":       {arity: -2, run: func(c *client, a [][]byte) { combine(c, a, difference) }},
	"SINTERSTORE": {arity: -3, flags: write, run: func(c *client, a [][]byte) { combineInto(c, a, intersection) }},
	"SUNIONSTORE": {arity: -3, flags: write, run: func(c *client, a [][]byte) { combineInto(c, a, union) }},
	"SDIFFSTORE":  {arity: -3, flags: write, run: func(c *client, a [][]byte) { combineInto(c, a, difference) }},
	"SINTERCARD":  {arity: -3, run: sinterCard},
}

// sets gives the sets of some keys; one that is not there is empty.
func (c *client) sets(keys [][]byte) ([]*set, bool) {
	all := make([]*set, len(keys))
	for i, key := range keys {
		e, s, ok := typed[set](c, key)
		if !ok {
			return nil, false
		}
		if e == nil {
			s = new(set)
		}
		all[i] = s
	}
	return all, true
}

func intersection(all []*set) *set {
	out := new(set)
	for _, it := range all[0].entries {
		if in(it.key, all[1:], len(all)-1) {
			out.put([]byte(it.key))
		}
	}
	return out
}

func union(all []*set) *set {
	out := new(set)
	for _, s := range all {
		for _, it := range s.entries {
			out.put([]byte(it.key))
		}
	}
	return out
}

func difference(all []*set) *set {
	out := new(set)
	for _, it := range all[0].entries {
		if in(it.key, all[1:], 0) {
			out.put([]byte(it.key))
		}
	}
	return out
}

// in says whether so many of the sets have a member.
func in(name string, all []*set, want int) bool {
	n := 0
	for _, s := range all {
		if s.get([]byte(name)) != nil {
			n++
		}
	}
	return n == want
}

func combine(c *client, args [][]byte, f func([]*set) *set) {
	all, ok := c.sets(args[1:])
	if !ok {
		return
	}
	out := f(all)
	c.out.setOf(out.len())
	for _, it := range out.entries {
		c.out.text(it.key)
	}
}

func combineInto(c *client, args [][]byte, f func([]*set) *set) {
	all, ok := c.sets(args[2:])
	if !ok {
		return
	}
	out := f(all)
	c.s.db.setData(args[1], out, out.len())
	c.out.int(int64(out.len()))
}

// sinterCard is SINTERCARD n key… [LIMIT n].
func sinterCard(c *client, args [][]byte) {
	n, ok := parseInt(args[1])
	if !ok || n < 1 {
		c.out.fail("ERR numkeys should be greater than 0")
		return
	}
	if n > int64(len(args)-2) {
		c.out.fail("ERR Number of keys can't be greater than number of args")
		return
	}
	keys, rest := args[2:2+n], args[2+n:]
	limit := int64(0)
	for len(rest) > 0 {
		if len(rest) < 2 || !is(rest[0], "LIMIT") {
			c.out.fail(badSyntax)
			return
		}
		if limit, ok = parseInt(rest[1]); !ok || limit < 0 {
			c.out.fail("ERR LIMIT can't be negative")
			return
		}
		rest = rest[2:]
	}
	all, ok := c.sets(keys)
	if !ok {
		return
	}
	size := int64(intersection(all).len())
	if limit > 0 {
		size = min(size, limit)
	}
	c.out.int(size)
}
