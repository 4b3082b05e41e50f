// Package deadtest has programs that stand still, and ones that only seem to.
package deadtest

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

// crossed locks a, and then b, when the other one has locked its first, too.
//
//async:func
func crossed(met *rtsync.Barrier, a, b *rtsync.Mutex) error {
	a.Lock()
	defer a.Unlock()
	met.Wait()
	b.Lock()
	defer b.Unlock()
	return nil
}

// both has two tasks lock a and b in different orders.
//
//async:func
func both(a, b *rtsync.Mutex) error {
	var g rt.Group
	met := rtsync.NewBarrier(2)
	g.Spawn(crossedAsync(met, a, b))
	g.Spawn(crossedAsync(met, b, a))
	return g.Wait()
}

// receive waits for a value, with a deferred call.
//
//async:func
func receive(ch *rtsync.Chan[int], ended *bool) (int, error) {
	defer func() { *ended = true }()
	return ch.Recv()
}

// either waits for one of two channels.
//
//async:func
func either(a, b *rtsync.Chan[int]) error {
	c := rt.Select2(a.RecvAsync(), b.RecvAsync())
	_, err := c.A.Get()
	return err
}

// each ranges over a channel.
//
//async:func
func each(ch *rtsync.Chan[int]) (n int, err error) {
	for v, err := range rt.Each(ch) {
		if err != nil {
			return n, err
		}
		n += v
	}
	return n, nil
}

// stubborn waits for ever, and so does its cleanup.
//
//async:func
func stubborn(ch *rtsync.Chan[int]) error {
	defer func() { _, _ = ch.Recv() }()
	_, err := ch.Recv()
	return err
}

// sleeps waits for a value, but for a time.
//
//async:func
func sleeps(ch *rtsync.Chan[int], d time.Duration) (int, error) {
	return rt.Timeout(d, ch.RecvAsync())
}

// joined waits for a task that waits for a channel.
//
//async:func
func joined(ch *rtsync.Chan[int]) (int, error) {
	return rt.Await(rt.Spawn(ch.RecvAsync()))
}

// length is that of the first chunk.
//
//async:func
func length(s rt.Stream[[]int]) (int, error) {
	chunk, err := s.Next()
	return len(chunk), err
}

// first takes a value of s, and then waits for ever.
//
//async:func
func first(s rt.Stream[int]) (int, error) {
	if _, err := s.Next(); err != nil {
		return 0, err
	}
	return rt.Await(rt.Never[int]())
}
