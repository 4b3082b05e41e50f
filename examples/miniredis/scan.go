package main

import (
	"fmt"
	"strconv"
)

var scanCommands = map[string]command{
	"SCAN":  {arity: -2, run: scanKeys},
	"HSCAN": {arity: -3, run: scanHash},
	"SSCAN": {arity: -3, run: scanSet},
	"ZSCAN": {arity: -3, run: scanZset},
}

// scanOptions are those of SCAN and the like.
type scanOptions struct {
	cursor  uint64
	pattern string
	count   int
	kind    string
}

// scanOptions reads them from the cursor on.
func (c *client) scanOptions(args [][]byte, types bool) (o scanOptions, ok bool) {
	o.count = 10
	var err error
	if o.cursor, err = strconv.ParseUint(string(args[0]), 10, 64); err != nil {
		c.out.fail("ERR invalid cursor")
		return o, false
	}
	for i := 1; i < len(args); i += 2 {
		switch {
		case i+1 == len(args):
			c.out.fail(badSyntax)
			return o, false
		case is(args[i], "MATCH"):
			o.pattern = string(args[i+1])
		case is(args[i], "TYPE") && types:
			o.kind = string(args[i+1])
		case is(args[i], "COUNT"):
			n, ok := parseInt(args[i+1])
			if !ok {
				c.out.fail(notInteger)
				return o, false
			}
			if n < 1 {
				c.out.fail(badSyntax)
				return o, false
			}
			o.count = int(n)
		default:
			c.out.fail(badSyntax)
			return o, false
		}
	}
	return o, true
}

func (o *scanOptions) wants(key string) bool { return o.pattern == "" || match(o.pattern, key) }

// scanned answers with the cursor of what comes next, and what was found.
func (c *client) scanned(next uint64, found []string) {
	c.out.array(2)
	c.out.text(fmt.Sprint(next))
	c.out.texts(found)
}

func scanKeys(c *client, args [][]byte) {
	o, ok := c.scanOptions(args[1:], true)
	if !ok {
		return
	}
	var found []string
	now := nowMs()
	next := c.s.db.keys.scan(o.cursor, o.count, func(e *entry) {
		if (e.val.expires == 0 || e.val.expires > now) && o.wants(e.key) && (o.kind == "" || o.kind == e.val.kind()) {
			found = append(found, e.key)
		}
	})
	c.scanned(next, found)
}

func scanHash(c *client, args [][]byte) {
	scanEntries(c, args, func(v *hash) *hash { return v }, func(it *item[[]byte]) []string {
		return []string{it.key, string(it.val)}
	})
}

func scanSet(c *client, args [][]byte) {
	scanEntries(c, args, func(v *set) *set { return v }, func(it *item[struct{}]) []string { return []string{it.key} })
}

func scanZset(c *client, args [][]byte) {
	scanEntries(c, args, func(v *zset) *dict[float64] { return &v.dict }, func(it *item[float64]) []string {
		return []string{it.key, formatFloat(it.val)}
	})
}

// scanEntries is HSCAN key cursor … and the like.
func scanEntries[T, V any](c *client, args [][]byte, of func(*T) *dict[V], show func(*item[V]) []string) {
	o, ok := c.scanOptions(args[2:], false)
	if !ok {
		return
	}
	e, v, ok := typed[T](c, args[1])
	if !ok {
		return
	}
	next := uint64(0)
	var found []string
	if e != nil {
		next = of(v).scan(o.cursor, o.count, func(it *item[V]) {
			if o.wants(it.key) {
				found = append(found, show(it)...)
			}
		})
	}
	c.scanned(next, found)
}
