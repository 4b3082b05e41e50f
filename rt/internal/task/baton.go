package task

import "github.com/asyncgen/asyncgen/rt/internal/goid"

// In a simulated runtime one goroutine at a time runs. The runner of its worker does, or one that has its baton: a
// goroutine in BlockOn, and that of a task whose code has waited in BlockOn, until the task's turn is over. A baton
// is a future, and that of a task in the queue like any other: its turn is that of the goroutine.
//
//	runner               goroutine in BlockOn
//	turn of the baton ──▶ polls
//	                  ◀── pause, or BlockOn returns
//
// So it is the block of blocking forms (see block) with a goroutine that was there before.
type baton struct {
	BlockCore
	rt    *Runtime
	polls any // what the goroutine polls; only to show it
}

// newBaton queues a baton for the calling goroutine, which has to take it next. It gives nil if the runtime
// has been shut down.
func (r *Runtime) newBaton(name string) *baton {
	b := &baton{rt: r}
	b.What = name
	b.co = present()
	if !r.admit(nil) {
		return nil
	}
	t := &BoxOf[void]("Cancel", b).t
	if v := ValuesHere(); v != nil {
		t.Extra().values = v
	}
	t.passOn(AsTask)
	r.inject(t)
	return b
}

// batonOf is the baton that t, which does not run, stands for, or nil.
func batonOf(t *Task) *baton {
	if m, ok := t.Leaf.(*await[void]); ok {
		if b, ok := m.f.(*baton); ok {
			return b
		}
	}
	return nil
}

// Poll implements [Future].
func (b *baton) Poll(cx *Context) (void, bool, error) {
	if !b.Resume(cx, TurnGoOn) {
		b.State = BlockWaiting
		return void{}, false, nil
	}
	return void{}, true, nil
}

// PollCancel has the goroutine cancel what it waits for.
func (b *baton) PollCancel(cx *Context) (over bool) {
	next := TurnGoOn
	switch b.State {
	case BlockFresh, BlockWaiting:
		next = TurnLeave
	case BlockLeaving:
		if cx.force {
			next = TurnForce
		}
	case BlockRunning:
		b.Misused("cancelled")
	default:
		return true
	}
	if !b.Resume(cx, next) {
		b.State = BlockLeaving
		return false
	}
	b.State = BlockGone
	return true
}

// take waits for the first turn.
func (b *baton) take() {
	b.co.wait()
	b.over = b.next != TurnGoOn
}

// release ends the last turn.
func (b *baton) release() {
	b.ended = blockReturned
	b.co.over()
}

// batonHere is the baton of r on whose behalf the calling goroutine runs, or nil.
func batonHere(r *Runtime) *baton {
	if r.Sim == nil {
		return nil
	}
	for s := lookup(goid.ID()); s != nil; {
		switch {
		case s.puller != nil:
			s = lookup(s.puller.by)
		case s.block != nil:
			if b, ok := s.block.(*baton); ok && b.rt == r {
				return b
			}
			s = lookup(s.block.poller())
		default:
			if b := s.runner.baton; b != nil && b.rt == r {
				return b
			}
			return nil
		}
	}
	return nil
}

// board has the goroutine that r is hand its worker on, and come again in a turn of a baton, in which the turn
// of its task then ends.
func (r *Runner) board() {
	b := r.cx.rt.newBaton("rest of " + r.cx.own.Title())
	r.detach()
	if b != nil {
		b.take()
		r.baton = b
	}
}

// holdBaton has the calling goroutine run in a turn of r, which is simulated. leave is to be called when it
// has awaited what it came for. It gives nil if r has been shut down.
func (r *Runtime) holdBaton(name string) (b *baton, leave func()) {
	if b = batonHere(r); b != nil {
		return b, func() {}
	}
	aboutToBlock()
	if b = batonHere(r); b != nil { // it is a task's, which keeps it
		return b, func() {}
	}
	if b = r.newBaton(name); b == nil {
		return nil, nil
	}
	r.Enter() // now: a runtime that runs and has nothing ready has its time jump to the next timer
	b.take()
	return b, func() {
		r.Exit()
		b.release()
	}
}

// driveBaton is drive on the goroutine that has b.
func driveBaton[T any](b *baton, f Future[T]) (v T, err error) {
	defer Delist(Enlist(nil, b))
	defer func(outer any) { b.polls = outer }(b.polls)
	b.polls = f
	for first := true; b.mayWait(); first = false {
		if !first || b.cx.Spend() {
			if v, ready, err := f.Poll(b.cx); ready {
				return v, err
			}
		}
		if !b.pause() {
			break
		}
	}
	for !Cancelling(b.cx, f) {
		b.pause()
	}
	return v, ErrShutdown
}

// driveCleanup is waiter.driveCleanup on the goroutine that has b.
func (b *baton) driveCleanup(step func(cx *Context) (over bool)) {
	r, wake := b.rt, b.cx.waker
	var aborted *Task
	if own := CurrentRunner(); own.inTask(r) && own.baton == b {
		aborted = own.cx.own
		x := aborted.Extra()
		defer x.cleaner.Store(x.cleaner.Swap(wake.t))
	}
	defer Delist(Enlist(nil, b))
	g := grace{s: &waiter{Cx: Context{rt: r}}, alive: true}
	defer g.stop()
	cx := Context{waker: wake, own: wake.t, rt: r, frames: new(framePool)}
	for cx.refill(); !step(&cx); cx.refill() {
		if !g.runs && r.Grace > 0 && (b.over || r.Refuses.Load() || aborted != nil && aborted.Load().Is(StateAbort)) {
			g.runs = true
			r.anyWorker().arm(&g.timer, r.graceEnd(), wake.t)
		}
		b.cx.yields, cx.yields = b.cx.yields || cx.yields, false
		cx.force = !b.pause()
		cx.force = g.ended() || cx.force
	}
}
