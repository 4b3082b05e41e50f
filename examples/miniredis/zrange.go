package main

import "bytes"

var zrangeCommands = map[string]command{
	"ZRANGE":           {arity: -4, run: zrange},
	"ZREVRANGE":        {arity: -4, run: func(c *client, a [][]byte) { zrangeOld(c, a, zspec{rev: true}) }},
	"ZRANGEBYSCORE":    {arity: -4, run: func(c *client, a [][]byte) { zrangeOld(c, a, zspec{score: true}) }},
	"ZREVRANGEBYSCORE": {arity: -4, run: func(c *client, a [][]byte) { zrangeOld(c, a, zspec{score: true, rev: true}) }},
	"ZRANGEBYLEX":      {arity: -4, run: func(c *client, a [][]byte) { zrangeOld(c, a, zspec{lex: true}) }},
	"ZREVRANGEBYLEX":   {arity: -4, run: func(c *client, a [][]byte) { zrangeOld(c, a, zspec{lex: true, rev: true}) }},
	"ZREMRANGEBYRANK":  {arity: 4, flags: write, run: func(c *client, a [][]byte) { zremRange(c, a, zspec{}) }},
	"ZREMRANGEBYSCORE": {arity: 4, flags: write, run: func(c *client, a [][]byte) { zremRange(c, a, zspec{score: true}) }},
	"ZREMRANGEBYLEX":   {arity: 4, flags: write, run: func(c *client, a [][]byte) { zremRange(c, a, zspec{lex: true}) }},
}

// zbound is one end of a range.
type zbound struct {
	member
	open bool // without the bound itself
	inf  int  // -1 and 1: there is no bound
}

// zbounds is a range of a sorted set, by score or by name.
type zbounds struct {
	from, to zbound
	lex      bool
}

// zrangeBy reads the bounds of a range.
func (c *client) zrangeBy(from, to []byte, lex bool) (r zbounds, ok bool) {
	r.lex = lex
	if lex {
		if !r.from.readLex(from) || !r.to.readLex(to) {
			c.out.fail("ERR min or max not valid string range item")
			return r, false
		}
	} else if !r.from.readScore(from) || !r.to.readScore(to) {
		c.out.fail("ERR min or max is not a float")
		return r, false
	}
	return r, true
}

func (b *zbound) readScore(arg []byte) (ok bool) {
	arg, b.open = bytes.CutPrefix(arg, []byte("("))
	b.score, ok = parseFloat(arg)
	return ok
}

func (b *zbound) readLex(arg []byte) bool {
	switch {
	case string(arg) == "-":
		b.inf = -1
	case string(arg) == "+":
		b.inf = 1
	case len(arg) > 0 && (arg[0] == '[' || arg[0] == '('):
		b.name, b.open = string(arg[1:]), arg[0] == '('
	default:
		return false
	}
	return true
}

// below says whether m is on the left of the bound, or at it where at says so.
func (b *zbound) below(m member, lex, at bool) bool {
	switch {
	case b.inf != 0:
		return b.inf > 0
	case lex:
		return m.name < b.name || m.name == b.name && at
	}
	return m.score < b.score || m.score == b.score && at
}

// places are those of the members in the range, from ≤ i < to.
func (r *zbounds) places(z *zset) (from, to int) {
	from = z.order.count(func(m member) bool { return r.from.below(m, r.lex, r.from.open) })
	to = z.order.count(func(m member) bool { return r.to.below(m, r.lex, !r.to.open) })
	return from, max(from, to)
}

// zspec says what a range is made of.
type zspec struct {
	score, lex, rev, scores bool
	limited                 bool
	offset, count           int64
}

// read reads the options of a range.
func (s *zspec) read(c *client, args [][]byte, all bool) bool {
	for i := 0; i < len(args); i++ {
		switch {
		case is(args[i], "WITHSCORES"):
			s.scores = true
		case is(args[i], "BYSCORE") && all:
			s.score = true
		case is(args[i], "BYLEX") && all:
			s.lex = true
		case is(args[i], "REV") && all:
			s.rev = true
		case is(args[i], "LIMIT") && i+2 < len(args):
			var ok bool
			if s.offset, s.count, ok = c.bounds(args[i+1:]); !ok {
				return false
			}
			s.limited = true
			i += 2
		default:
			c.out.fail(badSyntax)
			return false
		}
	}
	switch {
	case s.limited && s.count != -1 && !s.score && !s.lex:
		c.out.fail("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
	case s.scores && s.lex:
		c.out.fail("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
	case s.score && s.lex:
		c.out.fail(badSyntax)
	default:
		return true
	}
	return false
}

func zrange(c *client, args [][]byte) {
	var s zspec
	if s.read(c, args[4:], true) {
		s.answer(c, args)
	}
}

func zrangeOld(c *client, args [][]byte, s zspec) {
	if s.read(c, args[4:], false) {
		s.answer(c, args)
	}
}

// answer answers with the members of the range.
func (s *zspec) answer(c *client, args [][]byte) {
	e, z, from, to, ok := s.find(c, args)
	if !ok {
		return
	}
	if s.limited && (s.score || s.lex) {
		if s.offset < 0 || s.offset > int64(to-from) {
			from = to
		} else {
			from += int(s.offset)
		}
		if s.count >= 0 {
			to = from + int(min(s.count, int64(to-from)))
		}
	}
	var all []member
	if e != nil {
		all = z.slice(from, to, s.rev)
	}
	c.members(all, s.scores, true)
}

// find gives the places of the range, counted from the end where it is one from there.
func (s *zspec) find(c *client, args [][]byte) (e *entry, z *zset, from, to int, ok bool) {
	low, high := args[2], args[3]
	if s.rev && (s.score || s.lex) {
		low, high = high, low
	}
	var r zbounds
	var i, j int64
	if s.score || s.lex {
		r, ok = c.zrangeBy(low, high, s.lex)
	} else {
		i, j, ok = c.bounds(args[2:])
	}
	if !ok {
		return nil, nil, 0, 0, false
	}
	e, z, ok = typed[zset](c, args[1])
	switch {
	case e == nil || !ok:
		return e, z, 0, 0, ok
	case s.score || s.lex:
		from, to = r.places(z)
		if s.rev {
			from, to = z.len()-to, z.len()-from
		}
	default:
		from, to = clip(i, j, z.len())
	}
	return e, z, from, to, true
}

func zremRange(c *client, args [][]byte, s zspec) {
	e, z, from, to, ok := s.find(c, args)
	if !ok {
		return
	}
	var all []member
	if e != nil {
		all = z.slice(from, to, false)
	}
	for _, m := range all {
		z.drop([]byte(m.name))
	}
	if len(all) > 0 {
		c.s.db.shrunk(e, z.len())
	}
	c.out.int(int64(len(all)))
}
