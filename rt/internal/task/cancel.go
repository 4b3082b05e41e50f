package task

type CancelFuture struct {
	F     any // nil: the cleanup has ended
	Begun bool
	done  bool
	Claim
}

// Own implements owned.
func (c *CancelFuture) Own(by string) { c.Take("Cancel", by) }

// Poll implements [Future].
func (c *CancelFuture) Poll(cx *Context) (void, bool, error) {
	if c.done {
		Misused("Cancel", "polled", AfterReady)
	}
	NeedContext(cx, "Cancel")
	c.Begun = true
	if !c.PollCancel(cx) {
		return void{}, false, nil
	}
	c.done = true
	return void{}, true, nil
}

// PollCancel waits for the cleanup, if it has begun.
func (c *CancelFuture) PollCancel(cx *Context) bool {
	if c.Begun && c.F != nil {
		f := c.F
		c.F = nil // a panic in the cleanup ends it
		if !Cancelling(cx, f) {
			c.F = f
			return false
		}
	}
	return true
}

// Cancel implements [Canceler]. Cleanup that has begun goes on as a task of its own.
func (c *CancelFuture) Cancel() {
	if p, ok := c.F.(PollCanceler); ok && c.Begun {
		c.F = nil
		Dismiss(p)
	}
}

// owned is a future that knows whether it was passed on. Passing it on twice is a
// mistake that would otherwise show as a poll after its end, at another place.
type owned interface{ Own(by string) }

// Own passes f on to the function by.
func Own(f any, by string) {
	switch f := f.(type) {
	case owned:
		f.Own(by)
	case boxed:
		f.boxed().Own(by)
	}
}

// Handing is part of futures whose cleanup can go on without their owner, as a task
// of the runtime. From then on the rest of the future belongs to that task, and
// the owner looks only at handed.
type Handing struct {
	Handed *Task // what does the rest, or nothingLeft; nil: was not handed over
}

// nothingLeft stands for cleanup that had nothing to wait for.
var nothingLeft = func() *Task {
	t := new(Task)
	t.State.Store(uint32(StateDone))
	return t
}()

// Dismiss cancels a future on behalf of one who cannot wait. step starts the
// cancel or continues it, as PollCancel does.
func (h *Handing) Dismiss(step func(*Context) bool) {
	if h.Handed != nil {
		return
	}
	h.Handed = nothingLeft
	if rest := Dismiss(cancelFunc(step)); rest != nil {
		h.Handed = rest
	}
}

// GoOn is PollCancel: it is step, or waits for the task that does the rest.
func (h *Handing) GoOn(cx *Context, step func(*Context) bool) (over bool) {
	switch {
	case h.Handed == nil:
		return step(cx)
	case h.Handed.Load().Is(StateDone):
		return true
	}
	h.Handed.Watch(cx.waker)
	return h.Handed.Load().Is(StateDone) // pairs with end
}

// cancelFunc is a cancel that has no future any more.
type cancelFunc func(*Context) bool

// PollCancel implements PollCanceler.
func (f cancelFunc) PollCancel(cx *Context) bool { return f(cx) }

// Dismiss cancels c on behalf of one who cannot wait. Cleanup that has to wait goes
// on as a task of the runtime.
func Dismiss(c PollCanceler) (rest *Task) { return DismissOn(Here(), c) }

// DismissOn is dismiss for what belongs to r.
func DismissOn(r *Runtime, c PollCanceler) (rest *Task) {
	if c.PollCancel(ContextOf(r, Nobody)) {
		return nil
	}
	rest = &BoxOf[void]("Cancel", &CancelFuture{F: c, Begun: true}).t
	rest.Adopt(r)
	return rest
}
