// Package rtsync has what tasks share: locks, semaphores, channels, and ways to
// tell each other that something has happened.
//
//	ch := rtsync.NewChan[int](8)
//	rt.Go(produceAsync(ch))
//	for v, err := range rt.Each(ch) { … }
//
// Each operation that waits has the two forms of rt: X waits, XAsync is its future. In a marked function a
// call of X is an await, and costs no more than one of [rt.Sleep]: a call that need not wait costs a call,
// one that waits takes a frame from the worker's free list.
//
// # What holds for all of them
//
// Zero values are ready for use, where a type has no constructor that says otherwise. Nothing may be copied
// after first use. All methods may be called from any task and any goroutine. As in package sync, a method
// of a nil pointer panics with a nil dereference, in the call or, of an async form, in its first poll.
//
// Whoever waits is served in the order of arrival, and no Try passes those who wait.
//
// Every wait is cancel-safe: a wait that is cancelled (by an abort, a timeout, a lost select) has not
// happened. What it was about to be given, a lock, permits, a notification, a value, goes to the next one
// who waits; no value changes its place for it.
//
// Unlock happens before the next Lock that it lets through, and so for all of them: what was done before a
// Release, Send, Close, Set, Notify or Done is seen by who has been let through by it.
//
// On a goroutine that belongs to a runtime which is shut down, operations with an error give
// [rt.ErrShutdown]; those without go on waiting.
package rtsync

import "errors"

// ErrClosed is the error of an operation on what was closed.
var ErrClosed = errors.New("rtsync: closed")
