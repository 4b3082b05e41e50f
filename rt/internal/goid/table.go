// Package goid says who is calling: the identity of a goroutine, what was said of it, its labels, and which functions it is in. It
// knows nothing of tasks, and has all that asks Go for what Go does not offer.
package goid

import (
	"iter"
	"sync"
	"sync/atomic"
)

// Table says what goroutines are, by identity: a hash table of immutable lists, which are replaced under mu and read
// without it. It grows with the number of entries, so that looking something up takes the same time whatever that is.
// The zero value is ready.
//
// A goroutine looks for itself, or for one that stands still meanwhile: so who reads a table
// that has just been replaced finds there what it looks for.
type Table[T any] struct {
	mu    sync.Mutex
	table atomic.Pointer[[]bucket[T]]
	n     int // entries
}

type bucket[T any] = atomic.Pointer[entry[T]]

type entry[T any] struct {
	id   uintptr
	what T
	next *entry[T]
}

// minBuckets is a power of two, as is the number of buckets at any time.
const minBuckets = 512

// bucketOf spreads the identities, which are addresses of large objects.
func bucketOf[T any](table []bucket[T], id uintptr) *bucket[T] {
	h := uint32(id>>6) * 0x9E3779B1
	return &table[(h>>7)&uint32(len(table)-1)]
}

// Add says what the calling goroutine is, and gives its identity. Drop must undo it before the goroutine ends, for
// identities are used again. What is said last counts.
func (t *Table[T]) Add(what T) (id uintptr) {
	id = ID()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	list := bucketOf(t.resized(), id)
	list.Store(&entry[T]{id, what, list.Load()}) // pairs with the Load in first
	return id
}

// Drop undoes the last Add of the goroutine id.
func (t *Table[T]) Drop(id uintptr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
	list := bucketOf(*t.table.Load(), id)
	list.Store(list.Load().without(id))
	t.resized()
}

// Lookup is what was last said of the goroutine id: nil for nearly all. It must not be changed.
func (t *Table[T]) Lookup(id uintptr) *T {
	e := t.first(id)
	for e != nil && e.id != id {
		e = e.next
	}
	if e == nil {
		return nil
	}
	return &e.what
}

// All yields what was said of the goroutine id, the last first.
func (t *Table[T]) All(id uintptr) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for e := t.first(id); e != nil; e = e.next {
			if e.id == id && !yield(&e.what) {
				return
			}
		}
	}
}

// Buckets is how many lists there are, and how many entries the longest has.
func (t *Table[T]) Buckets() (n, longest int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.resized()
	for i := range table {
		n := 0
		for e := table[i].Load(); e != nil; e = e.next {
			n++
		}
		longest = max(longest, n)
	}
	return len(table), longest
}

// first is the first entry of the list where id is.
func (t *Table[T]) first(id uintptr) *entry[T] {
	table := t.table.Load()
	if table == nil {
		return nil
	}
	return bucketOf(*table, id).Load()
}

// resized is the table, with as many buckets as are right for its entries. The caller has the lock.
func (t *Table[T]) resized() []bucket[T] {
	old := t.table.Load()
	size := minBuckets
	if old != nil {
		size = len(*old)
		switch {
		case t.n > size:
			size *= 2
		case t.n < size/8 && size > minBuckets:
			size /= 2
		default:
			return *old
		}
	}
	table := make([]bucket[T], size)
	if old != nil {
		for i := range *old {
			rehash(table, (*old)[i].Load())
		}
	}
	t.table.Store(&table) // pairs with the Load in first
	return table
}

// rehash puts the entries of e into table, the last first: those of one goroutine keep their order.
func rehash[T any](table []bucket[T], e *entry[T]) {
	if e == nil {
		return
	}
	rehash(table, e.next)
	list := bucketOf(table, e.id)
	list.Store(&entry[T]{e.id, e.what, list.Load()})
}

// without is the list without the first entry of id.
func (e *entry[T]) without(id uintptr) *entry[T] {
	switch {
	case e == nil:
		return nil
	case e.id == id:
		return e.next
	}
	return &entry[T]{e.id, e.what, e.next.without(id)}
}
