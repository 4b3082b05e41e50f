package rtsync

import (
	"fmt"
	"sync"
)

// Chan is a channel: any number of tasks and goroutines send values, any number receive them, in order. At
// most as many values as its capacity are in it; whoever sends one more waits. With capacity 0 it is a
// rendezvous: a Send waits for a Recv that waits. The zero Chan is a rendezvous.
//
// Who waits is served in the order of arrival, and no TrySend or TryRecv passes them. But when there is room for all who
// wait to send and for more, others need not queue behind those who are about to use theirs. A Send that is
// cancelled has not sent its value, and a Recv that is cancelled has taken none: also in a select that is
// lost in the moment in which it was about to. Values keep their order then.
//
// It is a [rt.Stream] too, whose end is Close:
//
//	for v, err := range rt.Each(ch) { … }
//
// Leaving that loop does not close the channel.
type Chan[T any] struct {
	mu        sync.Mutex
	capacity  int
	values    ring[T]
	reserved  int // permits that were given out
	closed    bool
	senders   queue // those granted have room for their values
	receivers queue // those granted have a value, or learn of the end
	cursor    *cursor[T]
}

// NewChan makes a Chan. It panics if capacity is negative.
func NewChan[T any](capacity int) *Chan[T] {
	if capacity < 0 {
		panic(fmt.Sprintf("rtsync: NewChan(%d): the capacity is negative", capacity))
	}
	return &Chan[T]{capacity: capacity}
}

// Len is how many values are in the channel.
func (c *Chan[T]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.values.n
}

// Cap is the capacity.
func (c *Chan[T]) Cap() int { return c.capacity }

// Close ends the channel: a Send from now on fails with [ErrClosed], also one that waits. Values that are
// in it are still received, and those of permits; a Recv after the last of them gives [ErrClosed]. Close
// of a channel that is closed does nothing.
func (c *Chan[T]) Close() {
	var ws wakes
	c.mu.Lock()
	c.closed = true
	c.settle(&ws)
	c.mu.Unlock()
	ws.wake()
}

// room is how many values may be sent now. In a rendezvous each Recv that waits makes room for one.
func (c *Chan[T]) room() int {
	capacity := c.capacity
	if capacity == 0 {
		capacity = c.receivers.n
	}
	return capacity - c.values.n - c.reserved
}

// ended reports that no value will come any more than those that are there.
func (c *Chan[T]) ended() bool { return c.closed && c.reserved == 0 }

// settle grants what there is now to those who wait, after any change.
func (c *Chan[T]) settle(ws *wakes) {
	if q := &c.receivers; q.n > 0 {
		if c.ended() {
			q.grant(q.n, ws)
		} else {
			q.grant(c.values.n, ws)
		}
	}
	if q := &c.senders; q.n > 0 {
		if c.closed {
			q.grant(q.n, ws)
		} else {
			q.grant(c.room(), ws)
		}
	}
}

// TrySend sends v if there is room, and not only for those who wait to send, and reports whether it has. A rendezvous has
// room while a Recv waits.
func (c *Chan[T]) TrySend(v T) bool {
	var ws wakes
	c.mu.Lock()
	ok := !c.closed && c.canSend()
	if ok {
		c.put(v, &ws)
	}
	c.mu.Unlock()
	ws.wake()
	return ok
}

// canSend reports whether there is room for one more than those who wait. If there is, they were granted theirs, and one
// who goes on sending until it is full need not queue behind them at each value.
func (c *Chan[T]) canSend() bool { return c.room() > c.senders.n }

func (c *Chan[T]) put(v T, ws *wakes) {
	c.values.push(v)
	c.settle(ws)
}

// TryRecv takes a value if there is one and nobody waits for it, and reports whether it has. A rendezvous
// holds no values: a Send that waits needs a Recv that waits.
func (c *Chan[T]) TryRecv() (v T, ok bool) {
	var ws wakes
	c.mu.Lock()
	if ok = c.receivers.n == 0 && c.values.n > 0; ok {
		v = c.values.pop()
		c.settle(&ws)
	}
	c.mu.Unlock()
	ws.wake()
	return v, ok
}

// Permit is the right to send one value, see [Chan.Reserve]. It has to be used: by Send or by Release.
type Permit[T any] struct{ c *permit[T] }

// permit is what the copies of a Permit share.
type permit[T any] struct {
	c    *Chan[T]
	used bool // under the lock of c
}

// Send sends v. It does not wait and cannot fail, also if the channel was closed meanwhile. It panics if
// the permit was used.
func (p Permit[T]) Send(v T) {
	c := p.take("Send")
	var ws wakes
	c.reserved--
	c.put(v, &ws)
	c.mu.Unlock()
	ws.wake()
}

// Release gives the permit back: no value is sent. Releasing a permit that was used does nothing, so that
// it may be deferred.
func (p Permit[T]) Release() {
	if p.c == nil {
		panic("rtsync: Permit.Release of a zero Permit: Reserve makes permits")
	}
	c := p.c.c
	var ws wakes
	c.mu.Lock()
	if !p.c.used {
		p.c.used = true
		c.reserved--
		c.settle(&ws)
	}
	c.mu.Unlock()
	ws.wake()
}

// take uses the permit up, and locks its channel.
func (p Permit[T]) take(what string) *Chan[T] {
	if p.c == nil {
		panic("rtsync: Permit." + what + " of a zero Permit: Reserve makes permits")
	}
	c := p.c.c
	c.mu.Lock()
	if p.c.used {
		c.mu.Unlock()
		panic("rtsync: Permit." + what + " of a permit that was used: Reserve another")
	}
	p.c.used = true
	return c
}

// ring is a queue of values in a slice that grows as needed, and whose free places hold nothing.
type ring[T any] struct {
	buf   []T
	first int
	n     int
}

func (r *ring[T]) push(v T) {
	if r.n == len(r.buf) {
		buf := make([]T, max(4, 2*len(r.buf)))
		n := copy(buf, r.buf[r.first:])
		copy(buf[n:], r.buf[:r.first])
		r.buf, r.first = buf, 0
	}
	i := r.first + r.n
	if i >= len(r.buf) {
		i -= len(r.buf)
	}
	r.buf[i] = v
	r.n++
}

func (r *ring[T]) pop() (v T) {
	p := &r.buf[r.first]
	var zero T
	v, *p = *p, zero
	if r.first++; r.first == len(r.buf) {
		r.first = 0
	}
	r.n--
	return v
}
