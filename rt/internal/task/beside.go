package task

import "github.com/asyncgen/asyncgen/rt/internal/goid"

// Beside calls f on a goroutine that stands for the calling one, which waits: a worker that f blocks is taken
// over, and awaits in f are awaits here. A panic of f goes on here. A Goexit ends only the stand-in: it is for what
// many may do, one after the other, and what would pile them up on the stack.
func Beside(cx *Context, f func()) {
	by, over := goid.ID(), make(chan struct{})
	var p any
	go func() {
		defer close(over)
		defer Delist(enlistAs(special{puller: &pullRunner{by: by}}))
		defer func() {
			if p = recover(); p != nil {
				cx.trace.Note(p)
			}
		}()
		f()
	}()
	if <-over; p != nil {
		cx.trace.Raise(cx)
	}
}
