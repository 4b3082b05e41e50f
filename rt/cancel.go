package rt

// Cancel drops a future that is not finished. What was started in it leaves as by
// runtime.Goexit: what it awaits first, then its deferred calls, last first.
// Cancel returns when all of that has run; in a marked function it suspends
// while the deferred calls wait.
//
// A future that was never polled has nothing to clean up. Cancelling one that has
// ended, or again, or nil, or what is no future that holds something, does nothing; a
// handle of a task is not cancelled (see [JoinHandle.Abort]).
//
// To cancel without waiting, call the method Cancel of the future ([Canceler]).
func Cancel(f any) { _, _ = Await(CancelAsync(f)) } // also a shutdown waits for the cleanup

// CancelAsync is the async form of [Cancel]. It never fails. When it is itself
// cancelled, cleanup that has begun goes on to its end.
func CancelAsync(f any) Future[Unit] { return &cancelFuture{f: f} }

type cancelFuture struct {
	f     any // nil: the cleanup has ended
	begun bool
	done  bool
	claim
}

// own implements owned.
func (c *cancelFuture) own(by string) { c.take("Cancel", by) }

// Poll implements [Future].
func (c *cancelFuture) Poll(cx *Context) (Unit, bool, error) {
	if c.done {
		misused("Cancel", "polled", afterReady)
	}
	cx.need("Cancel")
	c.begun = true
	if !c.PollCancel(cx) {
		return Unit{}, false, nil
	}
	c.done = true
	return Unit{}, true, nil
}

// PollCancel waits for the cleanup, if it has begun.
func (c *cancelFuture) PollCancel(cx *Context) bool {
	if c.begun && c.f != nil {
		f := c.f
		c.f = nil // a panic in the cleanup ends it
		if !cancelling(cx, f) {
			c.f = f
			return false
		}
	}
	return true
}

// Cancel implements [Canceler]. Cleanup that has begun goes on as a task of its own.
func (c *cancelFuture) Cancel() {
	if p, ok := c.f.(pollCanceler); ok && c.begun {
		c.f = nil
		dismiss(p)
	}
}

// owned is a future that knows whether it was passed on. Passing it on twice is a
// mistake that would otherwise show as a poll after its end, at another place.
type owned interface{ own(by string) }

// own passes f on to the function by.
func own(f any, by string) {
	if o, ok := f.(owned); ok {
		o.own(by)
	}
}

// handing is part of futures whose cleanup can go on without their owner, as a task
// of the runtime. From then on the rest of the future belongs to that task, and
// the owner looks only at handed.
type handing struct {
	handed *task // what does the rest, or nothingLeft; nil: was not handed over
}

// nothingLeft stands for cleanup that had nothing to wait for.
var nothingLeft = func() *task {
	t := new(task)
	t.state.Store(uint32(stateDone))
	return t
}()

// dismiss cancels a future on behalf of one who cannot wait. step starts the
// cancel or continues it, as PollCancel does.
func (h *handing) dismiss(step func(*Context) bool) {
	if h.handed != nil {
		return
	}
	h.handed = nothingLeft
	if rest := dismiss(cancelFunc(step)); rest != nil {
		h.handed = rest
	}
}

// goOn is PollCancel: it is step, or waits for the task that does the rest.
func (h *handing) goOn(cx *Context, step func(*Context) bool) (over bool) {
	switch {
	case h.handed == nil:
		return step(cx)
	case h.handed.load().is(stateDone):
		return true
	}
	h.handed.watch(cx.waker)
	return h.handed.load().is(stateDone) // pairs with end
}

// cancelFunc is a cancel that has no future any more.
type cancelFunc func(*Context) bool

// PollCancel implements pollCanceler.
func (f cancelFunc) PollCancel(cx *Context) bool { return f(cx) }

// dismiss cancels c on behalf of one who cannot wait. Cleanup that has to wait goes
// on as a task of the runtime.
func dismiss(c pollCanceler) (rest *task) { return dismissOn(here(), c) }

// dismissOn is dismiss for what belongs to r.
func dismissOn(r *Runtime, c pollCanceler) (rest *task) {
	if c.PollCancel(&Context{rt: r, waker: nobody, frames: new(framePool)}) {
		return nil
	}
	rest = &boxOf[Unit]("Cancel", &cancelFuture{f: c, begun: true}).t
	rest.adopt(r)
	return rest
}
