package main

import "math"

var zsetCommands = map[string]command{
	"ZADD":      {arity: -4, flags: write, run: zadd},
	"ZINCRBY":   {arity: 4, flags: write, run: zincrBy},
	"ZREM":      {arity: -3, flags: write, run: zrem},
	"ZSCORE":    {arity: 3, run: zscore},
	"ZMSCORE":   {arity: -3, run: zmscore},
	"ZCARD":     {arity: 2, run: zcard},
	"ZRANK":     {arity: 3, run: func(c *client, a [][]byte) { zrank(c, a, false) }},
	"ZREVRANK":  {arity: 3, run: func(c *client, a [][]byte) { zrank(c, a, true) }},
	"ZPOPMIN":   {arity: -2, flags: write, run: func(c *client, a [][]byte) { zpop(c, a, false) }},
	"ZPOPMAX":   {arity: -2, flags: write, run: func(c *client, a [][]byte) { zpop(c, a, true) }},
	"ZCOUNT":    {arity: 4, run: zcount},
	"ZLEXCOUNT": {arity: 4, run: zcount},
}

// zaddOptions are those of ZADD.
type zaddOptions struct{ nx, xx, gt, lt, ch, incr bool }

func (o *zaddOptions) read(arg []byte) bool {
	switch {
	case is(arg, "NX"):
		o.nx = true
	case is(arg, "XX"):
		o.xx = true
	case is(arg, "GT"):
		o.gt = true
	case is(arg, "LT"):
		o.lt = true
	case is(arg, "CH"):
		o.ch = true
	case is(arg, "INCR"):
		o.incr = true
	default:
		return false
	}
	return true
}

// wrong says what does not go together.
func (o *zaddOptions) wrong(pairs [][]byte) string {
	switch {
	case len(pairs) == 0 || len(pairs)%2 != 0:
		return badSyntax
	case o.nx && o.xx:
		return "ERR XX and NX options at the same time are not compatible"
	case o.gt && o.nx || o.lt && o.nx || o.gt && o.lt:
		return "ERR GT, LT, and/or NX options at the same time are not compatible"
	case o.incr && len(pairs) > 2:
		return "ERR INCR option supports a single increment-element pair"
	}
	return ""
}

// zadd is ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member …
func zadd(c *client, args [][]byte) {
	var o zaddOptions
	pairs := args[2:]
	for len(pairs) > 0 && o.read(pairs[0]) {
		pairs = pairs[1:]
	}
	if wrong := o.wrong(pairs); wrong != "" {
		c.out.fail(wrong)
		return
	}
	scores := make([]float64, len(pairs)/2)
	for i := range scores {
		var ok bool
		if scores[i], ok = parseFloat(pairs[2*i]); !ok {
			c.out.fail(notFloat)
			return
		}
	}
	e, z, ok := typed[zset](c, args[1])
	if !ok {
		return
	}
	if e == nil {
		if o.xx {
			if o.incr {
				c.out.null()
			} else {
				c.out.int(0)
			}
			return
		}
		e, z, _ = made[zset](c, args[1])
	}
	var score float64
	var n [zAdded + 1]int // how often each outcome was
	for i, by := range scores {
		var what zoutcome
		score, what = z.add(pairs[2*i+1], by, o)
		n[what]++
	}
	if n[zChanged]+n[zAdded] > 0 {
		c.s.db.pushed(e)
	}
	switch {
	case n[zNaN] > 0:
		c.out.fail("ERR resulting score is not a number (NaN)")
	case o.incr && n[zRefused] > 0:
		c.out.null()
	case o.incr:
		c.out.double(score)
	case o.ch:
		c.out.int(int64(n[zChanged] + n[zAdded]))
	default:
		c.out.int(int64(n[zAdded]))
	}
}

// zoutcome is what has come of a member with a score.
type zoutcome int

const (
	zRefused zoutcome = iota // by the options
	zNaN                     // it has no sum
	zSame                    // it has had that score
	zChanged
	zAdded
)

// add gives a member the score that the options ask for, unless they keep it from doing so.
func (z *zset) add(name []byte, score float64, o zaddOptions) (float64, zoutcome) {
	it := z.get(name)
	switch {
	case it == nil && o.xx:
		return 0, zRefused
	case it == nil:
		z.set(name, score)
		return score, zAdded
	case o.nx:
		return 0, zRefused
	case o.incr:
		score += it.val
	}
	switch {
	case math.IsNaN(score):
		return 0, zNaN
	case o.gt && score <= it.val, o.lt && score >= it.val:
		return 0, zRefused
	case score == it.val:
		return score, zSame
	}
	z.set(name, score)
	return score, zChanged
}

func zincrBy(c *client, args [][]byte) {
	zadd(c, [][]byte{args[0], args[1], []byte("INCR"), args[2], args[3]})
}

func zrem(c *client, args [][]byte) {
	e, z, ok := typed[zset](c, args[1])
	if !ok {
		return
	}
	n := int64(0)
	if e != nil {
		for _, name := range args[2:] {
			if z.drop(name) {
				n++
			}
		}
	}
	if n > 0 {
		c.s.db.shrunk(e, z.len())
	}
	c.out.int(n)
}

func zscore(c *client, args [][]byte) {
	e, z, ok := typed[zset](c, args[1])
	if !ok {
		return
	}
	if e == nil || z.get(args[2]) == nil {
		c.out.null()
		return
	}
	c.out.double(z.get(args[2]).val)
}

func zmscore(c *client, args [][]byte) {
	e, z, ok := typed[zset](c, args[1])
	if !ok {
		return
	}
	c.out.array(len(args) - 2)
	for _, name := range args[2:] {
		if e == nil || z.get(name) == nil {
			c.out.null()
		} else {
			c.out.double(z.get(name).val)
		}
	}
}

func zcard(c *client, args [][]byte) {
	e, z, ok := typed[zset](c, args[1])
	switch {
	case !ok:
	case e == nil:
		c.out.int(0)
	default:
		c.out.int(int64(z.len()))
	}
}

func zrank(c *client, args [][]byte, reverse bool) {
	e, z, ok := typed[zset](c, args[1])
	if !ok {
		return
	}
	if e == nil || z.get(args[2]) == nil {
		c.out.null()
		return
	}
	m := member{string(args[2]), z.get(args[2]).val}
	i := z.order.count(func(o member) bool { return o.before(m) })
	if reverse {
		i = z.len() - 1 - i
	}
	c.out.int(int64(i))
}

// zpop is ZPOPMIN key [count] and ZPOPMAX.
func zpop(c *client, args [][]byte, reverse bool) {
	count, many := int64(1), len(args) == 3
	if len(args) > 3 {
		c.out.fail(badSyntax)
		return
	}
	if many {
		var ok bool
		if count, ok = parseInt(args[2]); !ok || count < 0 {
			c.out.fail(mustBePos)
			return
		}
	}
	e, z, ok := typed[zset](c, args[1])
	if !ok {
		return
	}
	var all []member
	if e != nil {
		all = z.slice(0, int(min(count, int64(z.len()))), reverse)
	}
	for _, m := range all {
		z.drop([]byte(m.name))
	}
	if len(all) > 0 {
		c.s.db.shrunk(e, z.len())
	}
	c.members(all, true, many)
}

// members answers with members, and with their scores where that is asked for, in pairs where RESP3 is to have pairs.
func (c *client) members(all []member, scores, pairs bool) {
	pairs = pairs && scores && c.out.resp3
	if scores && !pairs {
		c.out.array(2 * len(all))
	} else {
		c.out.array(len(all))
	}
	for _, m := range all {
		if pairs {
			c.out.array(2)
		}
		c.out.text(m.name)
		if scores {
			c.out.double(m.score)
		}
	}
}

func zcount(c *client, args [][]byte) {
	r, ok := c.zrangeBy(args[2], args[3], c.last.name == "zlexcount")
	if !ok {
		return
	}
	e, z, ok := typed[zset](c, args[1])
	if !ok {
		return
	}
	from, to := 0, 0
	if e != nil {
		from, to = r.places(z)
	}
	c.out.int(int64(max(to-from, 0)))
}
