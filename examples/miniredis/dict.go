package main

import "math/rand/v2"

// dict is a table whose entries have places, 0 to len-1, so that it can be walked in steps while it changes, and
// gives a random entry at once. The zero dict is empty.
//
// A walk goes from the last place to the first. Removing an entry moves the last one to its place:
//
//	cursor 4, places 4… are done     a b c d | e f g
//	remove f: g, done, moves         a b c d | e g       still done
//	remove b: g, done, moves         a g c d | e         seen twice
//
// So a walk sees each entry that is there from its beginning to its end, as SCAN promises; some it may see twice.
type dict[V any] struct {
	index   map[string]*item[V]
	entries []*item[V]
}

// item is an entry of a dict.
type item[V any] struct {
	key string
	at  int // entries[at] is this one
	val V
}

func (d *dict[V]) len() int { return len(d.entries) }

// get gives the entry of a key; nil if there is none.
func (d *dict[V]) get(key []byte) *item[V] { return d.index[string(key)] }

// put gives the entry of a key, which it makes if there is none.
func (d *dict[V]) put(key []byte) (it *item[V], fresh bool) {
	if it := d.index[string(key)]; it != nil {
		return it, false
	}
	it = &item[V]{key: string(key), at: len(d.entries)}
	if d.index == nil {
		d.index = map[string]*item[V]{}
	}
	d.index[it.key] = it
	d.entries = append(d.entries, it)
	return it, true
}

// remove takes an entry out.
func (d *dict[V]) remove(it *item[V]) {
	delete(d.index, it.key)
	last := len(d.entries) - 1
	moved := d.entries[last]
	d.entries[it.at], moved.at = moved, it.at
	d.entries[last] = nil
	if d.entries = d.entries[:last]; cap(d.entries) > 64 && last < cap(d.entries)/4 {
		d.entries = append(make([]*item[V], 0, cap(d.entries)/2), d.entries...)
	}
}

// del removes the entry of a key, and says whether there was one.
func (d *dict[V]) del(key []byte) bool {
	it := d.get(key)
	if it != nil {
		d.remove(it)
	}
	return it != nil
}

// random gives any entry. There must be one.
func (d *dict[V]) random() *item[V] { return d.entries[rand.IntN(len(d.entries))] }

// scan calls f for up to count entries from a cursor on, and gives the cursor for the next ones. The cursor of
// the beginning is 0, and so is that of the end.
func (d *dict[V]) scan(cursor uint64, count int, f func(*item[V])) uint64 {
	at := len(d.entries)
	if cursor > 0 {
		at = int(min(cursor, uint64(at)))
	}
	for ; at > 0 && count > 0; count-- {
		at--
		f(d.entries[at])
	}
	return uint64(at)
}
