package rt

// beside calls f on a goroutine that stands for the calling one, which waits: a worker that f blocks is taken
// over, and awaits in f are awaits here. A panic of f goes on here. A Goexit ends only the stand-in: it is for what
// many may do, one after the other, and what would pile them up on the stack.
func beside(cx *Context, f func()) {
	by, over := goroutine(), make(chan struct{})
	var p any
	go func() {
		defer close(over)
		defer delist(enlistAs(special{puller: &puller{by: by}}))
		defer func() {
			if p = recover(); p != nil {
				cx.trace.note(p)
			}
		}()
		f()
	}()
	if <-over; p != nil {
		cx.trace.raise(cx)
	}
}
