package main

import (
	"time"
)

// db is the data. All of it is guarded by the lock of the server, which is never held across an await.
type db struct {
	keys     dict[value]
	volatile dict[struct{}]        // the keys that expire
	watched  map[string][]*client  // by key, see transaction
	blocked  map[string][]*blocked // by key, in the order of arrival
	ready    []string              // keys of blocked that have got something
	subs     topics

	loading bool  // the log is read: nothing expires but by the log
	dirty   int64 // changes so far
	expired int64 // keys that have expired so far

	gone func(key string) // is called for a key that expires
}

// value is what a key has: a string, or else a list, hash, set or zset.
type value struct {
	str     []byte
	data    any   // nil: it is str; *list, *hash, *set, *zset
	expires int64 // in ms since 1970; 0: never
}

// The types of value.data that are no struct of their own.
type (
	hash = dict[[]byte]
	set  = dict[struct{}]
	// entry is a key with its value.
	entry = item[value]
)

// kind is the name of the type.
func (v *value) kind() string {
	switch v.data.(type) {
	case nil:
		return "string"
	case *list:
		return "list"
	case *hash:
		return "hash"
	case *set:
		return "set"
	case *zset:
		return "zset"
	}
	panic("miniredis: a value of no type")
}

// nowMs is the time.
func nowMs() int64 { return time.Now().UnixMilli() }

// find gives the entry of a key; nil if there is none, or if it has expired.
func (d *db) find(key []byte) *entry {
	e := d.keys.get(key)
	if e == nil || e.val.expires == 0 || d.loading || e.val.expires > nowMs() {
		return e
	}
	d.expire(e)
	return nil
}

// expire removes a key whose time is up.
func (d *db) expire(e *entry) {
	d.expired++
	d.delete(e)
	d.gone(e.key)
}

// delete removes a key.
func (d *db) delete(e *entry) {
	d.keepFor(e, 0)
	d.keys.remove(e)
	d.changed(e.key)
}

// keepFor sets when a key expires; 0 is never.
func (d *db) keepFor(e *entry, ms int64) {
	switch {
	case ms != 0 && e.val.expires == 0:
		d.volatile.put([]byte(e.key))
	case ms == 0 && e.val.expires != 0:
		d.volatile.del([]byte(e.key))
	}
	e.val.expires = ms
}

// setString makes a key a string, which is copied, that does not expire unless keep says that the time stays.
func (d *db) setString(key, s []byte, keep bool) *entry {
	e := d.find(key)
	if e == nil {
		e, _ = d.keys.put(key)
	}
	e.val.data = nil
	if cap(e.val.str) > 4*len(s)+64 {
		e.val.str = nil
	}
	e.val.str = append(e.val.str[:0], s...)
	if !keep && e.val.expires != 0 {
		d.keepFor(e, 0)
	}
	d.changed(e.key)
	return e
}

// setData makes a key a list, set and so on; nothing is left of it where that is empty. It does not expire.
func (d *db) setData(key []byte, data any, n int) {
	if e := d.find(key); e != nil {
		d.delete(e)
	}
	if n > 0 {
		e, _ := d.keys.put(key)
		e.val.data = data
		d.pushed(e)
	}
}

// changed notes that the value of a key is another one.
func (d *db) changed(key string) {
	d.dirty++
	for _, c := range d.watched[key] {
		c.tx.broken = true
	}
}

// pushed notes that a key has got something that somebody may wait for.
func (d *db) pushed(e *entry) {
	d.changed(e.key)
	if len(d.blocked) > 0 && d.blocked[e.key] != nil {
		d.ready = append(d.ready, e.key)
	}
}

// shrunk notes that something was taken out of the value of a key, of which n are left: without any the key goes.
func (d *db) shrunk(e *entry, n int) {
	if n == 0 {
		d.delete(e)
	} else {
		d.changed(e.key)
	}
}

// expireSome looks at some of the keys that expire, and says whether it is worth to look at more.
func (d *db) expireSome() bool {
	const look = 20
	now, found := nowMs(), 0
	for range look {
		if d.volatile.len() == 0 {
			return false
		}
		if e := d.keys.get([]byte(d.volatile.random().key)); e.val.expires <= now {
			d.expire(e)
			found++
		}
	}
	return found > look/4
}

// flush removes everything.
func (d *db) flush() {
	for len(d.keys.entries) > 0 {
		d.delete(d.keys.entries[len(d.keys.entries)-1])
	}
	d.dirty++
}

// typed gives the value of a key; nil if there is no such key. A value of another type is answered with an error,
// and ok is false.
func typed[T any](c *client, key []byte) (e *entry, v *T, ok bool) {
	if e = c.s.db.find(key); e == nil {
		return nil, nil, true
	}
	if v, ok = e.val.data.(*T); !ok {
		c.out.fail(wrongType)
	}
	return e, v, ok
}

// made is typed for who will put something into the value: a key that is not there is made.
func made[T any](c *client, key []byte) (e *entry, v *T, ok bool) {
	if e, v, ok = typed[T](c, key); e == nil {
		e, _ = c.s.db.keys.put(key)
		v = new(T)
		e.val.data = v
	}
	return e, v, ok
}

// stringOf is typed for a string.
func stringOf(c *client, key []byte) (e *entry, ok bool) {
	if e = c.s.db.find(key); e != nil && e.val.data != nil {
		c.out.fail(wrongType)
		return nil, false
	}
	return e, true
}
