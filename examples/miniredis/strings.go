package main

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

var stringCommands = map[string]command{
	"GET":         {arity: 2, run: get},
	"SET":         {arity: -3, flags: write, run: setCommand},
	"SETNX":       {arity: 3, flags: write, run: setNX},
	"SETEX":       {arity: 4, flags: write, run: func(c *client, a [][]byte) { setFor(c, a, 1000) }},
	"PSETEX":      {arity: 4, flags: write, run: func(c *client, a [][]byte) { setFor(c, a, 1) }},
	"GETSET":      {arity: 3, flags: write, run: getSet},
	"GETDEL":      {arity: 2, flags: write, run: getDel},
	"GETEX":       {arity: -2, flags: write, run: getEx},
	"MGET":        {arity: -2, run: mget},
	"MSET":        {arity: -3, flags: write, run: mset},
	"MSETNX":      {arity: -3, flags: write, run: msetNX},
	"INCR":        {arity: 2, flags: write, run: func(c *client, a [][]byte) { incr(c, a[1], 1) }},
	"DECR":        {arity: 2, flags: write, run: func(c *client, a [][]byte) { incr(c, a[1], -1) }},
	"INCRBY":      {arity: 3, flags: write, run: func(c *client, a [][]byte) { incrBy(c, a, 1) }},
	"DECRBY":      {arity: 3, flags: write, run: func(c *client, a [][]byte) { incrBy(c, a, -1) }},
	"INCRBYFLOAT": {arity: 3, flags: write, run: incrByFloat},
	"APPEND":      {arity: 3, flags: write, run: appendTo},
	"STRLEN":      {arity: 2, run: strlen},
	"GETRANGE":    {arity: 4, run: getRange},
	"SUBSTR":      {arity: 4, run: getRange},
	"SETRANGE":    {arity: 4, flags: write, run: setRange},
}

// mostString is how long a string may become.
const mostString = 512 << 20

func get(c *client, args [][]byte) {
	if e, ok := stringOf(c, args[1]); ok {
		c.value(e)
	}
}

// value answers with a string; e is nil if there is none.
func (c *client) value(e *entry) {
	if e == nil {
		c.out.null()
	} else {
		c.out.bulk(e.val.str)
	}
}

// lifetime is what options say about the time that a key has.
type lifetime struct {
	name       string // of the option with a time
	arg        []byte // the time, from base on; nil: nothing was said
	unit, base int64  // in ms
	keep       bool   // KEEPTTL
	persist    bool   // PERSIST

	at int64 // in ms since 1970; 0: none. See resolve.
}

// option reads an option with a time, and gives how many arguments it takes: 0 if it is none, or one too many.
func (l *lifetime) option(args [][]byte) int {
	if len(args) < 2 || l.keep || l.persist {
		return 0
	}
	var name string
	unit, base := int64(1), int64(0)
	switch {
	case is(args[0], "EX"):
		name, unit, base = "EX", 1000, nowMs()
	case is(args[0], "PX"):
		name, base = "PX", nowMs()
	case is(args[0], "EXAT"):
		name, unit = "EXAT", 1000
	case is(args[0], "PXAT"):
		name = "PXAT"
	}
	if name == "" || l.arg != nil && name != l.name { // twice the same one is fine: the last counts
		return 0
	}
	l.name, l.arg, l.unit, l.base = name, args[1], unit, base
	return 2
}

// resolve makes a point in time of what was said.
func (l *lifetime) resolve(c *client, name string) (ok bool) {
	if l.arg == nil {
		return true
	}
	l.at, ok = c.expiry(l.arg, l.unit, l.base, name)
	return ok
}

// expiry reads a time that has to be positive, and makes a point in time of it.
func (c *client) expiry(arg []byte, unit, base int64, name string) (int64, bool) {
	n, ok := parseInt(arg)
	if !ok {
		c.out.fail(notInteger)
		return 0, false
	}
	if n <= 0 || n > math.MaxInt64/unit || n*unit > math.MaxInt64-base {
		c.out.fail("ERR invalid expire time in '" + name + "' command")
		return 0, false
	}
	return base + n*unit, true
}

// setCommand is SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL].
func setCommand(c *client, args [][]byte) {
	var life lifetime
	var nx, xx, old bool
	for i := 3; i < len(args); {
		n := life.option(args[i:])
		switch i += max(n, 1); {
		case n > 0:
		case is(args[i-1], "NX") && !xx:
			nx = true
		case is(args[i-1], "XX") && !nx:
			xx = true
		case is(args[i-1], "GET"):
			old = true
		case is(args[i-1], "KEEPTTL") && life.arg == nil:
			life.keep = true
		default:
			c.out.fail(badSyntax)
			return
		}
	}
	if !life.resolve(c, "set") {
		return
	}
	e := c.s.db.find(args[1])
	if old {
		if e != nil && e.val.data != nil {
			c.out.fail(wrongType)
			return
		}
		c.value(e)
	}
	if nx && e != nil || xx && e == nil {
		if !old {
			c.out.null()
		}
		return
	}
	c.store(args[1], args[2], life)
	if !old {
		c.out.ok()
	}
}

// store is what SET does in the end.
func (c *client) store(key, s []byte, life lifetime) {
	e := c.s.db.setString(key, s, life.keep)
	switch {
	case life.at != 0:
		c.s.db.keepFor(e, life.at)
		c.logAs([]byte("SET"), key, s, []byte("PXAT"), strconv.AppendInt(nil, life.at, 10))
	case life.keep:
		c.logAs([]byte("SET"), key, s, []byte("KEEPTTL"))
	case c.s.log != nil:
		c.logAs([]byte("SET"), key, s)
	}
}

func setNX(c *client, args [][]byte) {
	if c.s.db.find(args[1]) != nil {
		c.out.int(0)
		return
	}
	c.store(args[1], args[2], lifetime{})
	c.out.int(1)
}

func setFor(c *client, args [][]byte, unit int64) {
	if at, ok := c.expiry(args[2], unit, nowMs(), strings.ToLower(string(args[0]))); ok {
		c.store(args[1], args[3], lifetime{at: at})
		c.out.ok()
	}
}

func getSet(c *client, args [][]byte) {
	if e, ok := stringOf(c, args[1]); ok {
		c.value(e)
		c.store(args[1], args[2], lifetime{})
	}
}

func getDel(c *client, args [][]byte) {
	e, ok := stringOf(c, args[1])
	if !ok {
		return
	}
	c.value(e)
	if e != nil {
		c.s.db.delete(e)
		c.logAs([]byte("DEL"), args[1])
	}
}

// getEx is GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST].
func getEx(c *client, args [][]byte) {
	var life lifetime
	for i := 2; i < len(args); {
		n := life.option(args[i:])
		if n == 0 && is(args[i], "PERSIST") && life.arg == nil && !life.persist {
			life.persist, n = true, 1
		}
		if n == 0 {
			c.out.fail(badSyntax)
			return
		}
		i += n
	}
	e, ok := stringOf(c, args[1])
	if !ok || e != nil && !life.resolve(c, "getex") {
		return
	}
	c.value(e)
	if e != nil && (life.at != 0 || life.persist && e.val.expires != 0) {
		c.expireAt(e, life.at)
	}
}

func mget(c *client, args [][]byte) {
	c.out.array(len(args) - 1)
	for _, key := range args[1:] {
		e := c.s.db.find(key)
		if e != nil && e.val.data != nil {
			e = nil
		}
		c.value(e)
	}
}

func mset(c *client, args [][]byte) {
	if len(args)%2 == 0 {
		c.out.fail("ERR wrong number of arguments for '" + strings.ToLower(string(args[0])) + "' command")
		return
	}
	for i := 1; i < len(args); i += 2 {
		c.s.db.setString(args[i], args[i+1], false)
	}
	c.out.ok()
}

func msetNX(c *client, args [][]byte) {
	if len(args)%2 == 0 {
		c.out.fail("ERR wrong number of arguments for 'msetnx' command")
		return
	}
	for i := 1; i < len(args); i += 2 {
		if c.s.db.find(args[i]) != nil {
			c.out.int(0)
			return
		}
	}
	for i := 1; i < len(args); i += 2 {
		c.s.db.setString(args[i], args[i+1], false)
	}
	c.out.int(1)
}

func incrBy(c *client, args [][]byte, sign int64) {
	by, ok := parseInt(args[2])
	if !ok {
		c.out.fail(notInteger)
		return
	}
	if sign < 0 && by == math.MinInt64 {
		c.out.fail("ERR decrement would overflow")
		return
	}
	incr(c, args[1], sign*by)
}

func incr(c *client, key []byte, by int64) {
	e, ok := stringOf(c, key)
	if !ok {
		return
	}
	n := int64(0)
	if e != nil {
		if n, ok = parseInt(e.val.str); !ok {
			c.out.fail(notInteger)
			return
		}
	}
	if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
		c.out.fail("ERR increment or decrement would overflow")
		return
	}
	var digits [20]byte
	c.s.db.setString(key, strconv.AppendInt(digits[:0], n+by, 10), true)
	c.out.int(n + by)
}

func incrByFloat(c *client, args [][]byte) {
	e, ok := stringOf(c, args[1])
	if !ok {
		return
	}
	old := []byte("0")
	if e != nil {
		old = e.val.str
	}
	sum, wrong := addFloat(old, args[2], notFloat)
	if wrong != "" {
		c.out.fail(wrong)
		return
	}
	c.s.db.setString(args[1], []byte(sum), true)
	c.out.text(sum)
	c.logAs([]byte("SET"), args[1], []byte(sum), []byte("KEEPTTL"))
}

// addFloat adds two numbers as the long double of a PC does, so that 0.1 and 0.2 is 0.3.
func addFloat(a, b []byte, badA string) (sum, wrong string) {
	x, ok := longDouble(a)
	if !ok {
		return "", badA
	}
	y, ok := longDouble(b)
	if !ok {
		return "", notFloat
	}
	if x == nil || y == nil {
		return "", "ERR increment would produce NaN or Infinity"
	}
	sum = strings.TrimRight(x.Add(x, y).Text('f', 17), "0")
	if sum = strings.TrimRight(sum, "."); sum == "-0" {
		sum = "0"
	}
	return sum, ""
}

// longDouble reads a number; nil is one that is infinite.
func longDouble(p []byte) (*big.Float, bool) {
	f, ok := parseFloat(p)
	if !ok || math.IsInf(f, 0) {
		return nil, ok
	}
	x, _, err := big.ParseFloat(string(p), 10, 64, big.ToNearestEven)
	if err != nil { // a hexadecimal one
		x = new(big.Float).SetPrec(64).SetFloat64(f)
	}
	return x, true
}

func appendTo(c *client, args [][]byte) {
	e, ok := stringOf(c, args[1])
	switch {
	case !ok:
	case e == nil:
		c.out.int(int64(len(c.s.db.setString(args[1], args[2], false).val.str)))
	case len(e.val.str)+len(args[2]) > mostString:
		c.out.fail("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
	default:
		e.val.str = append(e.val.str, args[2]...)
		c.s.db.changed(e.key)
		c.out.int(int64(len(e.val.str)))
	}
}

func strlen(c *client, args [][]byte) {
	e, ok := stringOf(c, args[1])
	switch {
	case !ok:
	case e == nil:
		c.out.int(0)
	default:
		c.out.int(int64(len(e.val.str)))
	}
}

func getRange(c *client, args [][]byte) {
	from, to, ok := c.bounds(args[2:])
	if !ok {
		return
	}
	e, ok := stringOf(c, args[1])
	if !ok {
		return
	}
	if e == nil {
		c.out.text("")
		return
	}
	n := len(e.val.str)
	if to < 0 { // a range that ends before the beginning has the first byte, if it begins there
		if from < 0 && from > to {
			c.out.text("")
			return
		}
		to = max(to+int64(n), 0)
	}
	i, j := clip(from, to, n)
	c.out.bulk(e.val.str[i:j])
}

// bounds reads two integers.
func (c *client) bounds(args [][]byte) (from, to int64, ok bool) {
	from, ok1 := parseInt(args[0])
	to, ok2 := parseInt(args[1])
	if !ok1 || !ok2 {
		c.out.fail(notInteger)
		return 0, 0, false
	}
	return from, to, true
}

func setRange(c *client, args [][]byte) {
	at, ok := parseInt(args[2])
	if !ok {
		c.out.fail(notInteger)
		return
	}
	if at < 0 {
		c.out.fail("ERR offset is out of range")
		return
	}
	e, ok := stringOf(c, args[1])
	if !ok {
		return
	}
	n := 0
	if e != nil {
		n = len(e.val.str)
	}
	if len(args[3]) == 0 {
		c.out.int(int64(n))
		return
	}
	if at > mostString || int(at)+len(args[3]) > mostString {
		c.out.fail("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
		return
	}
	if e == nil {
		e = c.s.db.setString(args[1], nil, false)
	}
	end := int(at) + len(args[3])
	if end > n {
		e.val.str = append(e.val.str, make([]byte, end-n)...)
	}
	copy(e.val.str[at:], args[3])
	c.s.db.changed(e.key)
	c.out.int(int64(len(e.val.str)))
}
