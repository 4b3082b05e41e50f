package main

import (
	"strconv"
)

var listCommands = map[string]command{
	"LPUSH":     {arity: -3, flags: write, run: func(c *client, a [][]byte) { push(c, a, true, true) }},
	"RPUSH":     {arity: -3, flags: write, run: func(c *client, a [][]byte) { push(c, a, false, true) }},
	"LPUSHX":    {arity: -3, flags: write, run: func(c *client, a [][]byte) { push(c, a, true, false) }},
	"RPUSHX":    {arity: -3, flags: write, run: func(c *client, a [][]byte) { push(c, a, false, false) }},
	"LPOP":      {arity: -2, flags: write, run: func(c *client, a [][]byte) { pop(c, a, true) }},
	"RPOP":      {arity: -2, flags: write, run: func(c *client, a [][]byte) { pop(c, a, false) }},
	"LLEN":      {arity: 2, run: llen},
	"LRANGE":    {arity: 4, run: lrange},
	"LINDEX":    {arity: 3, run: lindex},
	"LSET":      {arity: 4, flags: write, run: lset},
	"LREM":      {arity: 4, flags: write, run: lrem},
	"LTRIM":     {arity: 4, flags: write, run: ltrim},
	"LINSERT":   {arity: 5, flags: write, run: linsert},
	"LMOVE":     {arity: 5, flags: write, run: lmove},
	"RPOPLPUSH": {arity: 3, flags: write, run: func(c *client, a [][]byte) { c.move(a[1], a[2], false, true) }},
}

func push(c *client, args [][]byte, left, fresh bool) {
	e, l, ok := typed[list](c, args[1])
	switch {
	case !ok:
		return
	case e == nil && !fresh:
		c.out.int(0)
		return
	case e == nil:
		e, l, _ = made[list](c, args[1])
	}
	for _, s := range args[2:] {
		l.push(left, string(s))
	}
	c.s.db.pushed(e)
	c.out.int(int64(l.len()))
}

func pop(c *client, args [][]byte, left bool) {
	count := int64(-1)
	if len(args) > 3 {
		c.out.fail("ERR wrong number of arguments for '" + map[bool]string{true: "lpop", false: "rpop"}[left] + "' command")
		return
	}
	if len(args) == 3 {
		n, ok := parseInt(args[2])
		if !ok || n < 0 {
			c.out.fail(mustBePos)
			return
		}
		count = n
	}
	e, l, ok := typed[list](c, args[1])
	switch {
	case !ok:
	case e == nil && count < 0:
		c.out.null()
	case e == nil:
		c.out.nullArray()
	case count < 0:
		c.out.text(l.pop(left))
		c.s.db.shrunk(e, l.len())
	default:
		n := min(int(min(count, 1<<31)), l.len())
		c.out.array(n)
		for range n {
			c.out.text(l.pop(left))
		}
		if n > 0 {
			c.s.db.shrunk(e, l.len())
		}
	}
}

func llen(c *client, args [][]byte) {
	e, l, ok := typed[list](c, args[1])
	switch {
	case !ok:
	case e == nil:
		c.out.int(0)
	default:
		c.out.int(int64(l.len()))
	}
}

func lrange(c *client, args [][]byte) {
	from, to, ok := c.bounds(args[2:])
	if !ok {
		return
	}
	e, l, ok := typed[list](c, args[1])
	if !ok {
		return
	}
	i, j := 0, 0
	if e != nil {
		i, j = clip(from, to, l.len())
	}
	c.out.array(j - i)
	for ; i < j; i++ {
		c.out.text(l.at(i))
	}
}

// place reads the number of an element, which may count from the end. It is -1 if there is none.
func (c *client) place(arg []byte, n int) (int, bool) {
	i, ok := parseInt(arg)
	if !ok {
		c.out.fail(notInteger)
		return 0, false
	}
	if i < 0 {
		i += int64(n)
	}
	if i < 0 || i >= int64(n) {
		i = -1
	}
	return int(i), true
}

func lindex(c *client, args [][]byte) {
	e, l, ok := typed[list](c, args[1])
	if !ok {
		return
	}
	if e == nil {
		c.out.null()
		return
	}
	i, ok := c.place(args[2], l.len())
	switch {
	case !ok:
	case i < 0:
		c.out.null()
	default:
		c.out.text(l.at(i))
	}
}

func lset(c *client, args [][]byte) {
	e, l, ok := typed[list](c, args[1])
	if !ok {
		return
	}
	if e == nil {
		c.out.fail(notThere)
		return
	}
	i, ok := c.place(args[2], l.len())
	switch {
	case !ok:
	case i < 0:
		c.out.fail("ERR index out of range")
	default:
		*l.slot(i) = string(args[3])
		c.s.db.changed(e.key)
		c.out.ok()
	}
}

func lrem(c *client, args [][]byte) {
	count, ok := parseInt(args[2])
	if !ok {
		c.out.fail(notInteger)
		return
	}
	e, l, ok := typed[list](c, args[1])
	if !ok {
		return
	}
	if e == nil {
		c.out.int(0)
		return
	}
	left := count >= 0
	if !left {
		count = -count
	}
	found := int64(0)
	gone := l.keep(left, func(_ int, s string) bool {
		if s != string(args[3]) || count != 0 && found == count {
			return true
		}
		found++
		return false
	})
	if gone > 0 {
		c.s.db.shrunk(e, l.len())
	}
	c.out.int(int64(gone))
}

func ltrim(c *client, args [][]byte) {
	from, to, ok := c.bounds(args[2:])
	if !ok {
		return
	}
	e, l, ok := typed[list](c, args[1])
	if !ok {
		return
	}
	if e != nil {
		i, j := clip(from, to, l.len())
		l.keep(true, func(k int, _ string) bool { return i <= k && k < j })
		c.s.db.shrunk(e, l.len())
	}
	c.out.ok()
}

func linsert(c *client, args [][]byte) {
	after := is(args[2], "AFTER")
	if !after && !is(args[2], "BEFORE") {
		c.out.fail(badSyntax)
		return
	}
	e, l, ok := typed[list](c, args[1])
	if !ok {
		return
	}
	if e == nil {
		c.out.int(0)
		return
	}
	for i := range l.len() {
		if l.at(i) == string(args[3]) {
			if after {
				i++
			}
			l.insert(i, string(args[4]))
			c.s.db.changed(e.key)
			c.out.int(int64(l.len()))
			return
		}
	}
	c.out.int(-1)
}

// ends reads LEFT or RIGHT, twice.
func (c *client) ends(from, to []byte) (fromLeft, toLeft, ok bool) {
	fromLeft, toLeft = is(from, "LEFT"), is(to, "LEFT")
	if !fromLeft && !is(from, "RIGHT") || !toLeft && !is(to, "RIGHT") {
		c.out.fail(badSyntax)
		return false, false, false
	}
	return fromLeft, toLeft, true
}

func lmove(c *client, args [][]byte) {
	if fromLeft, toLeft, ok := c.ends(args[3], args[4]); ok {
		c.move(args[1], args[2], fromLeft, toLeft)
	}
}

// move moves an element from one list to another, and answers with it. It says whether there was one, or an error.
func (c *client) move(from, to []byte, fromLeft, toLeft bool) bool {
	e, l, ok := typed[list](c, from)
	if !ok {
		return true
	}
	if e == nil {
		c.out.null()
		return false
	}
	if _, _, ok := typed[list](c, to); !ok {
		return true
	}
	s := l.pop(fromLeft)
	dst, m, _ := made[list](c, to)
	m.push(toLeft, s)
	if e.val.data.(*list).len() == 0 { // not if it is the same list
		c.s.db.delete(e)
	} else {
		c.s.db.changed(e.key)
	}
	c.s.db.pushed(dst)
	c.out.text(s)
	c.logAs([]byte("LMOVE"), from, to, end(fromLeft), end(toLeft))
	return true
}

func end(left bool) []byte {
	if left {
		return []byte("LEFT")
	}
	return []byte("RIGHT")
}

// seconds reads a timeout in seconds.
func (c *client) seconds(arg []byte) (float64, bool) {
	f, err := strconv.ParseFloat(string(arg), 64)
	switch {
	case err != nil || f != f || f > 1e15:
		c.out.fail("ERR timeout is not a float or out of range")
	case f < 0:
		c.out.fail("ERR timeout is negative")
	default:
		return f, true
	}
	return 0, false
}
